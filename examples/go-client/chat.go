package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/eclipse/paho.golang/paho"
)

// message is what comes on im/in, and in a page of msg.history.
type message struct {
	From    string  `json:"From_Account"`
	Seq     uint64  `json:"MsgSeq"`
	Prev    *uint64 `json:"PrevSeq"`
	MsgBody []struct {
		MsgContent struct{ Text string }
	}
}

// say sends a line.
func (c *client) say(ctx context.Context, text string) {
	kind, name, _ := strings.Cut(c.to, "/")
	mark := rand.Text()
	body, _ := json.Marshal(map[string]any{ // texts alone: it cannot fail
		"ClientMsgId": mark, "MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}},
	})
	p := &paho.Publish{Topic: "im/send/" + kind + "/" + escape(name), QoS: 1, Payload: body}
	c.mu.Lock()
	c.unsent[mark] = p
	c.mu.Unlock()
	c.publish(p)
}

// publish does not wait for the answer: that comes on im/ack or im/err. When the connection is gone,
// up does it again.
func (c *client) publish(p *paho.Publish) {
	go func() { _, _ = c.conn.Publish(context.Background(), p) }()
}

// fill asks for what is missing in a conversation, page by page.
func (c *client) fill(conv string) {
	topic := "im/res/" + rand.Text()
	c.mu.Lock()
	body, _ := json.Marshal(map[string]any{"Conv": conv, "After": c.last[conv], "Limit": 100})
	c.asked[topic] = func(payload []byte) {
		var a struct {
			ErrorCode  int
			ErrorInfo  string
			MsgList    []message
			IsFinished int
		}
		if err := json.Unmarshal(payload, &a); err != nil || a.ErrorCode != 0 {
			fmt.Println("refused:", a.ErrorCode, a.ErrorInfo, err)
			return
		}
		for _, m := range a.MsgList {
			c.take(conv, m)
		}
		if a.IsFinished == 0 {
			c.fill(conv)
		}
	}
	c.mu.Unlock()
	c.publish(&paho.Publish{Topic: "im/req/msg.history", QoS: 1, Payload: body, Properties: &paho.PublishProperties{ResponseTopic: topic}})
}

// take prints a message, once.
func (c *client) take(conv string, m message) {
	c.mu.Lock()
	seen := m.Seq != 0 && m.Seq <= c.last[conv] // what is not stored has no number
	if !seen && m.Seq != 0 {
		c.last[conv] = m.Seq
	}
	c.mu.Unlock()
	var text strings.Builder
	for _, e := range m.MsgBody {
		text.WriteString(e.MsgContent.Text)
	}
	if !seen {
		fmt.Printf("%s %s: %q\n", conv, m.From, text.String()) // quoted: a text could move the cursor
	}
}

// received gets every packet, one at a time.
func (c *client) received(p paho.PublishReceived) (bool, error) {
	topic, payload := p.Packet.Topic, p.Packet.Payload
	c.mu.Lock()
	then := c.asked[topic]
	delete(c.asked, topic)
	c.mu.Unlock()
	switch {
	case then != nil:
		then(payload)
	case strings.HasPrefix(topic, "im/in/"):
		kind, name, _ := strings.Cut(topic[len("im/in/"):], "/")
		id, err := url.PathUnescape(name)
		var m message
		if err = errors.Join(err, json.Unmarshal(payload, &m)); err != nil {
			return true, err
		}
		c.arrived(kind+"/"+id, m)
	case topic == "im/ack" || topic == "im/err":
		c.answered(topic, payload)
	case topic == "im/event/kick":
		var kick struct{ Reason string }
		if json.Unmarshal(payload, &kick) == nil && kick.Reason != "server" { // only then it is to come back
			c.end(errors.New("kicked: " + kick.Reason))
		}
	}
	return true, nil
}

// arrived looks whether there is a gap before a message: of what came before this start nothing is known.
func (c *client) arrived(conv string, m message) {
	before := m.Seq - 1
	if m.Prev != nil {
		before = *m.Prev
	}
	c.mu.Lock()
	last, known := c.last[conv]
	c.mu.Unlock()
	if known && m.Seq != 0 && before > last {
		c.fill(conv) // brings m, too
		return
	}
	c.take(conv, m)
}

// answered is what became of a line. What says nothing of it goes out again after the next connect.
func (c *client) answered(topic string, payload []byte) {
	var a struct {
		ClientMsgId, ErrorInfo string
		ErrorCode              int
	}
	if json.Unmarshal(payload, &a) != nil {
		return
	}
	if topic == "im/err" {
		fmt.Println("refused:", a.ErrorCode, a.ErrorInfo)
	} else {
		fmt.Println("stored")
	}
	if a.ErrorCode != 60008 && a.ErrorCode != 60011 {
		c.mu.Lock()
		delete(c.unsent, a.ClientMsgId)
		c.mu.Unlock()
	}
}

// escape is JavaScript's encodeURIComponent.
func escape(id string) string { return strings.ReplaceAll(url.QueryEscape(id), "+", "%20") }
