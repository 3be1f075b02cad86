package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// message is what of a delivered or stored message the tests look at.
type message struct {
	From        string `json:"From_Account"`
	MsgSeq      uint64 `json:"MsgSeq"`
	ClientMsgID string `json:"ClientMsgId"`
	MsgBody     []struct {
		MsgType    string
		MsgContent json.RawMessage
	}
}

// An ack means durable: the process is killed while many sends are in flight,
// several times over on one folder. Afterwards everything that was
// acknowledged is there, once, and the numbers have no holes.
func TestCrashKeepsWhatWasAcknowledged(t *testing.T) {
	const rounds, inFlight = 3, 64
	data := t.TempDir()
	acked := map[string]bool{}
	for round := range rounds {
		p := start(t, "--data", data, "--no-limits")
		for id := range storm(t, p, round, inFlight) {
			acked[id] = true
		}
	}
	p := start(t, "--data", data, "--no-limits")
	c := connect(t, p, "alice", "reader")
	for _, conv := range []string{"c2c/bob", "group/lobby"} {
		seen, next := map[string]bool{}, uint64(1)
		for _, m := range history(t, c, conv) {
			if m.MsgSeq != next {
				t.Fatalf("%s: after %d comes %d", conv, next-1, m.MsgSeq)
			}
			next++
			if seen[m.ClientMsgID] && m.ClientMsgID != "" {
				t.Errorf("%s: %s is there twice", conv, m.ClientMsgID)
			}
			seen[m.ClientMsgID] = true
		}
		count := 0
		for id := range acked {
			if len(id) > len(conv) && id[:len(conv)] == conv {
				count++
				if !seen[id] {
					t.Errorf("%s was acknowledged and is lost", id)
				}
			}
		}
		t.Logf("%s: %d acknowledged, %d stored", conv, count, next-1)
		if count == 0 {
			t.Errorf("%s: nothing was acknowledged before the crashes", conv)
		}
	}
}

// storm keeps many sends in flight, kills the server in their midst and
// returns the ClientMsgIds of those that were acknowledged.
func storm(t *testing.T, p *program, round, inFlight int) map[string]bool {
	t.Helper()
	c := connect(t, p, "alice", fmt.Sprintf("storm-%d", round))
	acked := map[string]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	killAt := 200 + rand.IntN(400)
	enough := make(chan struct{})
	for w := range inFlight {
		all.Go(func() {
			conv := []string{"c2c/bob", "group/lobby"}[w%2]
			for n := 0; ; n++ {
				id := fmt.Sprintf("%s %d.%d.%d", conv, round, w, n)
				if !send(c, conv, id) {
					return
				}
				mu.Lock()
				acked[id] = true
				if len(acked) == killAt {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
		t.Errorf("fewer than %d sends were acknowledged", killAt)
	}
	p.kill()
	all.Wait()
	return acked
}

// send publishes with QoS 1 and reports whether it was acknowledged.
func send(c mqtt.Client, conv, id string) bool {
	body, _ := json.Marshal(map[string]any{
		"ClientMsgId": id,
		"MsgBody":     []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": id}}},
	})
	token := c.Publish("im/send/"+conv, 1, false, body)
	return token.WaitTimeout(patience) && token.Error() == nil
}

// connect signs a user in with a device that does not come back by itself.
func connect(t *testing.T, p *program, user, device string) mqtt.Client {
	t.Helper()
	o := mqtt.NewClientOptions().AddBroker("tcp://" + p.MQTT).SetClientID(device).
		SetUsername(user).SetPassword(p.ticket(t, user)).
		SetAutoReconnect(false).SetConnectTimeout(patience).SetProtocolVersion(4)
	c := mqtt.NewClient(o)
	token := c.Connect()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("connect %s: %v", user, token.Error())
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

// history reads a whole conversation, oldest first.
func history(t *testing.T, c mqtt.Client, conv string) (all []message) {
	t.Helper()
	answers := make(chan []byte, 1)
	token := c.Subscribe("im/res/#", 0, func(_ mqtt.Client, m mqtt.Message) { answers <- m.Payload() })
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("subscribe: %v", token.Error())
	}
	for {
		after := uint64(0)
		if len(all) > 0 {
			after = all[len(all)-1].MsgSeq
		}
		body := fmt.Sprintf(`{"Conv":%q,"After":%d,"Inclusive":0,"Limit":100}`, conv, after)
		if after == 0 {
			body = fmt.Sprintf(`{"Conv":%q,"After":1,"Inclusive":1,"Limit":100}`, conv)
		}
		c.Publish("im/req/msg.history/1", 1, false, body)
		var page struct {
			ErrorCode  int
			ErrorInfo  string
			MsgList    []message
			IsFinished int
		}
		select {
		case text := <-answers:
			if err := json.Unmarshal(text, &page); err != nil || page.ErrorCode != 0 {
				t.Fatalf("history of %s: %v %s", conv, err, text)
			}
		case <-time.After(patience):
			t.Fatalf("no history of %s", conv)
		}
		all = append(all, page.MsgList...)
		if page.IsFinished == 1 || len(page.MsgList) == 0 {
			return all
		}
	}
}
