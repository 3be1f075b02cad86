//go:build e2e

package contract

import (
	"net"
	"net/url"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// paho3 is Eclipse Paho for MQTT 3.1.1.
type paho3 struct {
	c    mqtt.Client
	conn net.Conn
	who  person
	box  *inbox
}

func openPaho3(t testing.TB, who person, o options) device {
	t.Helper()
	d := &paho3{who: who, box: newInbox()}
	opts := mqtt.NewClientOptions().AddBroker("tcp://" + who.home.MQTT).
		SetProtocolVersion(4).SetClientID(o.client).SetUsername(escape(who.id) + o.extra).SetPassword(who.sig).
		SetCleanSession(!o.keep).SetAutoReconnect(false).SetConnectTimeout(patience).SetOrderMatters(true).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			d.box.add(packet{topic: m.Topic(), payload: m.Payload(), qos: m.Qos(), retain: m.Retained()})
		}).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { d.box.over(err.Error(), 0) }).
		SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
			conn, err := net.DialTimeout("tcp", u.Host, patience)
			d.conn = conn
			return conn, err
		})
	d.c = mqtt.NewClient(opts)
	d.wait(t, "CONNECT", d.c.Connect())
	t.Cleanup(func() { d.c.Disconnect(uint(patience / time.Millisecond)) })
	return d
}

func (d *paho3) wait(t testing.TB, what string, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) {
		t.Fatalf("%s of %s is not answered", what, d.who.id)
	}
	if err := token.Error(); err != nil {
		t.Fatalf("%s of %s: %v", what, d.who.id, err)
	}
}

func (d *paho3) subscribe(t testing.TB, filters ...string) {
	t.Helper()
	for _, f := range filters {
		if code := d.subscribed(t, f); code > 2 {
			t.Fatalf("SUBSCRIBE %q: code 0x%02x", f, code)
		}
	}
}

func (d *paho3) subscribed(t testing.TB, filter string) byte {
	t.Helper()
	token := d.c.Subscribe(filter, 1, nil)
	if !token.WaitTimeout(patience) {
		t.Fatalf("SUBSCRIBE %q is not answered", filter)
	}
	granted, ok := token.(*mqtt.SubscribeToken).Result()[filter]
	if !ok {
		t.Fatalf("SUBSCRIBE %q: %v", filter, token.Error())
	}
	return granted
}

func (d *paho3) send(t testing.TB, topic string, payload []byte, qos byte, want string) (object, byte) {
	t.Helper()
	d.wait(t, "PUBLISH "+topic, d.c.Publish(topic, qos, false, payload))
	return answer(t, d, want), 0
}

func (d *paho3) ask(t testing.TB, method string, body any) object {
	t.Helper()
	rid := fresh("q")
	d.wait(t, "request "+method, d.c.Publish("im/req/"+method+"/"+rid, 1, false, encoded(t, body)))
	return parse(t, d.box.take(t, "im/res/"+rid, nil).payload)
}

func (d *paho3) in() *inbox   { return d.box }
func (d *paho3) user() person { return d.who }

func (d *paho3) bye(t testing.TB) {
	t.Helper()
	d.c.Disconnect(uint(patience / time.Millisecond))
	d.box.over("our own DISCONNECT", 0)
}

func (d *paho3) cut(t testing.TB) {
	t.Helper()
	d.conn.Close()
	d.c.Disconnect(0) // it takes a socket closed on our side for no loss
	d.box.over("we cut the connection", 0)
}
