package broker_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	mqtt3 "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
)

// received is a message as another's client library hands it over.
type received struct{ topic, payload string }

// paho3 connects with the library for 3.1.1.
func (h *house) paho3(u chat.UserID, client string, clean bool) (mqtt3.Client, chan received) {
	h.Helper()
	in := make(chan received, 1024)
	o := mqtt3.NewClientOptions().AddBroker("tcp://" + h.addr).SetClientID(client).SetUsername(string(u)).
		SetPassword(h.sig(app, u)).SetCleanSession(clean).SetAutoReconnect(false).SetOrderMatters(true).
		SetDefaultPublishHandler(func(_ mqtt3.Client, m mqtt3.Message) { in <- received{m.Topic(), string(m.Payload())} })
	c := mqtt3.NewClient(o)
	h.done(c.Connect())
	return c, in
}

func (h *house) done(t mqtt3.Token) {
	h.Helper()
	if !t.WaitTimeout(patience) || t.Error() != nil {
		h.Fatalf("no answer in time, or refused: %v", t.Error())
	}
}

// paho5 connects with the library for 5.0.
func (h *house) paho5(u chat.UserID, client string) (*paho.Client, chan received) {
	h.Helper()
	sock, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.Fatal(err)
	}
	in := make(chan received, 1024)
	c := paho.NewClient(paho.ClientConfig{
		Conn: sock,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			in <- received{p.Packet.Topic, string(p.Packet.Payload)}
			return true, nil
		}},
	})
	ack, err := c.Connect(context.Background(), &paho.Connect{
		ClientID: client, CleanStart: true, KeepAlive: 30, UsernameFlag: true, Username: string(u),
		PasswordFlag: true, Password: []byte(h.sig(app, u)),
	})
	if err != nil || ack.ReasonCode != 0 {
		h.Fatalf("connect: %v %+v", err, ack)
	}
	return c, in
}

// on waits for the next message on a topic, passing over others.
func (h *house) on(in chan received, topic string) message {
	h.Helper()
	deadline := time.After(patience)
	for {
		select {
		case r := <-in:
			if r.topic == topic {
				return parse(h.TB, []byte(r.payload))
			}
		case <-deadline:
			h.Fatalf("nothing came on %s", topic)
		}
	}
}

func TestPahoClients(t *testing.T) {
	h := open(t, nil)
	ann, annIn := h.paho3("ann", "phone", true)
	bob, bobIn := h.paho5("bob", "phone")
	h.done(ann.Subscribe("im/#", 1, nil))
	if _, err := bob.Subscribe(context.Background(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "#", QoS: 1}}}); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	for qos := range byte(3) {
		h.done(ann.Publish("im/text/c2c/bob", qos, false, "from 3.1.1"))
		if m := h.on(bobIn, "im/in/c2c/ann"); m.text() != "from 3.1.1" {
			t.Errorf("qos %d: %+v", qos, m)
		}
		h.on(annIn, "im/ack")
		if _, err := bob.Publish(context.Background(), &paho.Publish{QoS: qos, Topic: "im/text/c2c/ann", Payload: []byte("from 5.0")}); err != nil {
			t.Errorf("qos %d: %v", qos, err)
		}
		if m := h.on(annIn, "im/in/c2c/bob"); m.text() != "from 5.0" {
			t.Errorf("qos %d: %+v", qos, m)
		}
		h.on(bobIn, "im/ack")
	}
	r, err := bob.Publish(context.Background(), &paho.Publish{QoS: 1, Topic: "im/text/c2c/nobody", Payload: []byte("x")})
	if err == nil || r.ReasonCode != 0x83 {
		t.Errorf("a refused publish: %+v %v", r, err)
	}
	ann.Disconnect(100)
	if err := bob.Disconnect(&paho.Disconnect{}); err != nil {
		t.Errorf("disconnect: %v", err)
	}
}

func TestPahoClientResumes(t *testing.T) {
	h := open(t, nil)
	ann, _ := h.paho3("ann", "phone", false)
	h.done(ann.Subscribe("im/in/#", 1, nil))
	ann.Disconnect(100)
	h.away("ann")
	for _, s := range []string{"one", "two", "three"} {
		h.say("bob", chat.ToUser("ann"), s)
	}
	ann, in := h.paho3("ann", "phone", false)
	for _, s := range []string{"one", "two", "three"} {
		if m := h.on(in, "im/in/c2c/bob"); m.text() != s {
			t.Errorf("got %+v, want %s", m, s)
		}
	}
	ann.Disconnect(100)
	h.away("ann")
}
