package main

import (
	"context"
	"io"
	"net/url"
	"os"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/cmd/teahouse/top"
	"github.com/teahouse-im/teahouse/ticket"
)

// top shows a client of a real server that acknowledges nothing.
func TestTopShowsWhoIsSlow(t *testing.T) {
	h := openHouse(t, "name: shop")
	ann, bob := h.enters("ann"), h.enters("bob")
	came := make(chan struct{}, 1)
	done(t, bob.Subscribe("im/in/#", 1, func(mqtt.Client, mqtt.Message) { came <- struct{}{} }))
	done(t, ann.Publish("im/text/c2c/bob", 1, false, "hello"))
	receive(t, came)
	run := func(c topCommand) func() error {
		c.target = h.at
		if c.Every == 0 {
			c.Every = top.Shortest
		}
		return func() error { return c.Run(context.Background(), os.Stdout) }
	}
	h.prints("a table", run(topCommand{By: "unacked"}), `(?s)^teahouse \S+   up \d+s   ready.*Clients  2 connected   0 kept   tcp: 2\n.*`+
		`1400000001 shop +2 +2 .*Slow connections, by packets without an acknowledgement\n USER .*\n bob +slow-bob .*127\.0\.0\.1 +\d+s +1 +0 B +0\n$`)
	h.prints("an object", run(topCommand{By: "stuck", JSON: true, Once: true}),
		`^\{"at":.*"transports":\{"tcp":2\},"protocols":\{"3.1.1":2\},"apps_in_all":1,"apps":\[\{"id":1400000001,"name":"shop",.*"slow":\[\{.*"user":"bob".*"unacked":1.*"stuck_seconds":.*\]\}\n$`)
	h.fails("an app that there is not", run(topCommand{By: "stuck", App: 5}), "there is no app 5")
	h.fails("too often", run(topCommand{By: "stuck", Every: time.Millisecond}), "want 500ms to 1h")
	away := topCommand{By: "stuck", Every: time.Second}
	away.Data = t.TempDir()
	h.fails("no server", func() error { return away.Run(context.Background(), io.Discard) }, "start it first")
}

// enters logs a user in who acknowledges nothing.
func (h *house) enters(user string) mqtt.Client {
	h.t.Helper()
	text, err := ticket.Mint(houseApp, user, h.key, time.Now(), time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + h.app.Ready().MQTT).SetClientID("slow-" + user).SetUsername(user).SetPassword(text).
		SetAutoReconnect(false).SetAutoAckDisabled(true))
	done(h.t, c.Connect())
	h.t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func done(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("not done: %v", token.Error())
	}
}

// A pipe gets objects until nobody reads any more, over a time in which the server is away.
func TestTopGoesOnWhenTheServerIsBack(t *testing.T) {
	asked := 0
	o := top.Options{Every: top.Shortest, By: "stuck"}
	o.Ask = func(_ context.Context, _ url.Values, into *top.Sample) error {
		if asked++; asked == 2 {
			return errNotRunning
		}
		*into = top.Sample{At: int64(asked) * 1000, Counters: map[string]float64{"sent": float64(asked)}}
		return nil
	}
	r, w := io.Pipe()
	said := make(chan string, 4)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- top.Stream(ctx, w, teller(said), false, o) }()
	if line := receive(t, said); line != "no answer, asking again: "+errNotRunning.Error()+"\n" {
		t.Errorf("it says %q", line)
	}
	if line := receive(t, said); line != "the server answers again\n" {
		t.Errorf("it says %q", line)
	}
	b := make([]byte, 1<<12)
	if n, err := r.Read(b); err != nil || n == 0 {
		t.Errorf("no object: %v", err)
	}
	cancel()
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
}

// teller hands on each write.
type teller chan string

func (s teller) Write(p []byte) (int, error) {
	s <- string(p)
	return len(p), nil
}
