//go:build e2e

package contract

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/eclipse/paho.golang/paho"
)

// paho5 is Eclipse Paho for MQTT 5.
type paho5 struct {
	c      *paho.Client
	conn   net.Conn
	who    person
	box    *inbox
	prefix string // Response Information: where answers may be asked for
}

func openPaho5(t testing.TB, who person, o options) device {
	t.Helper()
	conn, err := net.DialTimeout("tcp", who.home.MQTT, patience)
	if err != nil {
		t.Fatal(err)
	}
	d := &paho5{conn: conn, who: who, box: newInbox()}
	d.c = paho.NewClient(paho.ClientConfig{
		Conn: conn, PacketTimeout: patience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){d.received},
		OnClientError:     func(err error) { d.box.over(err.Error(), 0) },
		OnServerDisconnect: func(p *paho.Disconnect) {
			d.box.over("DISCONNECT from the server", p.ReasonCode)
		},
	})
	window := uint16(100)
	connect := &paho.Connect{
		ClientID: o.client, KeepAlive: 60, CleanStart: !o.keep,
		Username: escape(who.id) + o.extra, UsernameFlag: true, Password: []byte(who.sig), PasswordFlag: true,
		Properties: &paho.ConnectProperties{ReceiveMaximum: &window, RequestResponseInfo: true, RequestProblemInfo: true},
	}
	if o.keep {
		hour := uint32(3600)
		connect.Properties.SessionExpiryInterval = &hour
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ack, err := d.c.Connect(ctx, connect)
	if err != nil {
		t.Fatalf("CONNECT of %s: %v", who.id, err)
	}
	t.Cleanup(func() {
		d.c.Disconnect(&paho.Disconnect{})
		<-d.c.Done()
	})
	d.prefix = ack.Properties.ResponseInfo
	return d
}

func (d *paho5) received(m paho.PublishReceived) (bool, error) {
	p := packet{topic: m.Packet.Topic, payload: m.Packet.Payload, qos: m.Packet.QoS, retain: m.Packet.Retain}
	if m.Packet.Properties != nil {
		p.correlation = m.Packet.Properties.CorrelationData
	}
	d.box.add(p)
	return true, nil
}

func (d *paho5) subscribe(t testing.TB, filters ...string) {
	t.Helper()
	for _, f := range filters {
		if code := d.subscribed(t, f); code > 2 {
			t.Fatalf("SUBSCRIBE %q: code 0x%02x", f, code)
		}
	}
}

func (d *paho5) subscribed(t testing.TB, filter string) byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ack, err := d.c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: 1}}})
	if ack == nil || len(ack.Reasons) != 1 {
		t.Fatalf("SUBSCRIBE %q: %v", filter, err)
	}
	return ack.Reasons[0]
}

func (d *paho5) publish(t testing.TB, p *paho.Publish) byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	done, err := d.c.Publish(ctx, p)
	if done != nil && done.ReasonCode >= 0x80 {
		return done.ReasonCode
	}
	if err != nil {
		t.Fatalf("PUBLISH %s by %s: %v", p.Topic, d.who.id, err)
	}
	if done == nil {
		return 0
	}
	return done.ReasonCode
}

func (d *paho5) send(t testing.TB, topic string, payload []byte, qos byte, want string) (object, byte) {
	t.Helper()
	reason := d.publish(t, &paho.Publish{Topic: topic, QoS: qos, Payload: payload})
	return answer(t, d, want), reason
}

// ask uses MQTT 5's own request and response.
func (d *paho5) ask(t testing.TB, method string, body any) object {
	t.Helper()
	if d.prefix != "im/res/" {
		t.Fatalf("Response Information is %q, want im/res/", d.prefix)
	}
	topic, mark := d.prefix+fresh("a"), fresh("correlation")
	d.publish(t, &paho.Publish{
		Topic: "im/req/" + method, QoS: 1, Payload: encoded(t, body),
		Properties: &paho.PublishProperties{ResponseTopic: topic, CorrelationData: []byte(mark)},
	})
	res := d.box.take(t, topic, nil)
	if string(res.correlation) != mark {
		t.Fatalf("%s: Correlation Data %q, want %q", method, res.correlation, mark)
	}
	return parse(t, res.payload)
}

func (d *paho5) in() *inbox   { return d.box }
func (d *paho5) user() person { return d.who }

func (d *paho5) bye(t testing.TB) {
	t.Helper()
	if err := d.c.Disconnect(&paho.Disconnect{}); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	<-d.c.Done()
	d.box.over("our own DISCONNECT", 0)
}

func (d *paho5) cut(t testing.TB) {
	t.Helper()
	d.conn.Close()
	<-d.c.Done()
	d.box.over("we cut the connection", 0)
}
