package server

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// play does the steps of a story.
type play struct {
	*testing.T
	a     *App
	app   *chat.App
	lines map[string]*playLine
	asked int
}

// playLine is a user's connection.
type playLine struct {
	mqtt.Client
	conn    net.Conn
	answers chan mqtt.Message
}

func (p *play) do(s told) {
	p.Helper()
	user, _, _ := strings.Cut(s.by, "?")
	switch {
	case user == "REST":
		p.rest(s.do, s.body, s.code)
	case s.do == "on":
		p.lines[user] = p.on(s.by)
	case s.do == "off":
		p.lines[user].Disconnect(100)
	case s.do == "lost":
		if err := p.lines[user].conn.Close(); err != nil {
			p.Fatal(err)
		}
	default:
		p.request(p.lines[user], s)
	}
}

func (p *play) on(name string) *playLine {
	p.Helper()
	user, platform, _ := strings.Cut(name, "?")
	l := &playLine{answers: make(chan mqtt.Message, 16)}
	var err error
	l.Client, err = connect(p.T, "tcp://"+p.a.Ready().MQTT, p.app.ID, p.app.Keys[0].Secret, user, func(o *mqtt.ClientOptions) {
		o.SetUsername(name).SetClientID(platform).SetCustomOpenConnectionFn(func(at *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			l.conn, err = net.DialTimeout("tcp", at.Host, patience)
			return l.conn, err
		})
	})
	if err != nil {
		p.Fatal(err)
	}
	done(p.T, l.Subscribe("im/res/+", 1, func(_ mqtt.Client, m mqtt.Message) { l.answers <- m }))
	return l
}

// request is a user's over MQTT; the answer has to have the code.
func (p *play) request(l *playLine, s told) {
	p.Helper()
	p.wants(s.by+" "+s.do+" "+s.body, p.answer(l, s.do, s.body), s.code)
}

// rest is a command of a backend.
func (p *play) rest(command, body string, code int) {
	p.Helper()
	p.wants(command+" "+body, p.restAnswer(command, body), code)
}

func (p *play) wants(what string, answer []byte, code int) {
	p.Helper()
	if !bytes.Contains(answer, fmt.Appendf(nil, `"ErrorCode":%d,`, code)) {
		p.Fatalf("%s is answered with %s", what, answer)
	}
}

func (p *play) answer(l *playLine, method, body string) []byte {
	p.Helper()
	p.asked++
	id := fmt.Sprintf("r%d", p.asked)
	done(p.T, l.Publish("im/req/"+method+"/"+id, 1, false, body))
	select {
	case m := <-l.answers:
		if m.Topic() != "im/res/"+id {
			p.Fatalf("%s %s: answered on %s with %s", method, body, m.Topic(), m.Payload())
		}
		return m.Payload()
	case <-time.After(patience):
		p.Fatalf("%s %s: no answer", method, body)
		return nil
	}
}

func (p *play) restAnswer(command, body string) []byte {
	p.Helper()
	sig, err := ticket.Mint(uint32(p.app.ID), string(Administrator), p.app.Keys[0].Secret, time.Now(), time.Hour)
	if err != nil {
		p.Fatal(err)
	}
	q := url.Values{"sdkappid": {fmt.Sprint(p.app.ID)}, "identifier": {string(Administrator)}, "usersig": {sig}, "random": {"1"}, "contenttype": {"json"}}
	resp, err := http.Post(p.a.Ready().Admin+"/v4/"+command+"?"+q.Encode(), "application/json", strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return text
}
