//go:build e2e

package contract

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/autopaho/queue/memory"
	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// pouring is n messages for somebody.
type pouring struct {
	to string // c2c/…
	n  int
}

func (pouring) text(i int) string { return fmt.Sprintf("number %d", i) }

// through is a server as clients see it who reach it at another address.
func through(s *server, addr string, ws bool) (seen *server, to string) {
	r := s.Ready
	if !ws {
		to, r.MQTT = r.MQTT, addr
		return &server{&program.Server{Ready: r}}, to
	}
	at, err := url.Parse(r.WS)
	if err != nil {
		panic(err) // the server's own ready file
	}
	to, at.Host = at.Host, addr
	r.WS, r.MQTT = at.String(), addr
	return &server{&program.Server{Ready: r}}, to
}

// hearThrough is a receiver with a kept session that comes back when it is cut.
func hearThrough(t *testing.T, who person, version byte) *sightings {
	t.Helper()
	seen := newSightings()
	at := "tcp://" + who.home.MQTT
	if strings.Contains(who.home.WS, who.home.MQTT) {
		at = who.home.WS
	}
	if version == 5 && strings.HasPrefix(at, "tcp") {
		c, stop := connectPaho5(t, who, func(m paho.PublishReceived) (bool, error) {
			seen.see(parse(t, m.Packet.Payload).text())
			return true, nil
		})
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if _, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "im/in/#", QoS: 1}}}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		return seen
	}
	c := connectPaho3(t, who, at, func(_ mqtt.Client, m mqtt.Message) { seen.see(parse(t, m.Payload()).text()) })
	token := c.Subscribe("im/in/#", 1, nil)
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatal("SUBSCRIBE: ", token.Error())
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return seen
}

func connectPaho3(t *testing.T, who person, at string, hear mqtt.MessageHandler) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(at).SetProtocolVersion(4).
		SetClientID("kept").SetUsername(who.id).SetPassword(who.sig).SetCleanSession(false).SetOrderMatters(true).
		SetAutoReconnect(true).SetMaxReconnectInterval(20 * time.Millisecond).
		SetConnectRetry(true).SetConnectRetryInterval(20 * time.Millisecond).SetConnectTimeout(5 * time.Second).
		SetDefaultPublishHandler(hear))
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatal("CONNECT: ", token.Error())
	}
	return c
}

func pourPaho3(qos byte) func(*testing.T, person, pouring) func() {
	return func(t *testing.T, who person, p pouring) func() {
		c := connectPaho3(t, who, "tcp://"+who.home.MQTT, nil)
		slots := make(chan struct{}, 20)
		var tokens []mqtt.Token
		for i := range p.n {
			slots <- struct{}{}
			token := c.Publish("im/text/"+p.to, qos, false, p.text(i))
			tokens = append(tokens, token)
			go func() {
				token.Wait()
				<-slots
			}()
		}
		return func() {
			for i, token := range tokens {
				// An error here is that of one attempt to write; the message is sent again.
				if !token.WaitTimeout(patience) {
					t.Errorf("message %d is not acknowledged", i)
				}
			}
			c.Disconnect(0)
		}
	}
}

func connectPaho5(t *testing.T, who person, hear func(paho.PublishReceived) (bool, error)) (c *autopaho.ConnectionManager, stop func()) {
	t.Helper()
	at, err := url.Parse("mqtt://" + who.home.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	config := autopaho.ClientConfig{
		ServerUrls: []*url.URL{at}, KeepAlive: 60, SessionExpiryInterval: 3600, Queue: memory.New(),
		ConnectUsername: who.id, ConnectPassword: []byte(who.sig), ConnectTimeout: 5 * time.Second,
		ReconnectBackoff: func(int) time.Duration { return 20 * time.Millisecond },
	}
	config.ClientID, config.PacketTimeout = "kept", patience
	if hear != nil {
		config.OnPublishReceived = append(config.OnPublishReceived, hear)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if c, err = autopaho.NewConnection(ctx, config); err != nil {
		t.Fatal(err)
	}
	bound, done := context.WithTimeout(ctx, patience)
	defer done()
	if err := c.AwaitConnection(bound); err != nil {
		t.Fatal(err)
	}
	return c, func() {
		cancel()
		<-c.Done()
	}
}

func pourPaho5(qos byte) func(*testing.T, person, pouring) func() {
	return func(t *testing.T, who person, p pouring) func() {
		c, stop := connectPaho5(t, who, nil)
		for i := range p.n {
			err := c.PublishViaQueue(context.Background(), &autopaho.QueuePublish{
				Publish: &paho.Publish{Topic: "im/text/" + p.to, QoS: qos, Payload: []byte(p.text(i))},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return stop
	}
}

func pourMQTTjs(qos int) func(*testing.T, person, pouring) func() {
	return func(t *testing.T, who person, p pouring) func() {
		n := startNode(t)
		order := map[string]any{"op": "pour", "device": fresh("js"), "url": who.home.WS, "count": p.n, "qos": qos, "options": map[string]any{
			"protocolVersion": 5, "clientId": "kept", "username": who.id, "password": who.sig,
			"clean": false, "connectTimeout": 5000, "properties": map[string]any{"sessionExpiryInterval": 3600},
		}}
		order["topic"] = "im/text/" + p.to
		if qos == 1 {
			order["topic"] = "im/send/" + p.to
		}
		answer := n.send(t, order)
		return func() {
			if line := n.wait(t, answer); line.Error != "" {
				t.Error(line.Error)
			}
		}
	}
}

// pourPython skips when this machine has no Paho for Python.
func pourPython(qos int) func(*testing.T, person, pouring) func() {
	return func(t *testing.T, who person, p pouring) func() {
		python := ""
		for _, path := range []string{"python3", "/usr/bin/python3"} {
			if exec.Command(path, "-c", "import paho.mqtt.client").Run() == nil {
				python = path
				break
			}
		}
		if python == "" {
			t.Skip("Paho for Python is not installed: apt-get install python3-paho-mqtt")
		}
		text, err := json.Marshal(map[string]any{
			"address": who.home.MQTT, "user": who.id, "ticket": who.sig, "topic": "im/text/" + p.to, "count": p.n, "qos": qos,
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(python, "py/pour.py", string(text))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		return func() {
			defer time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }).Stop()
			line, _ := bufio.NewReader(out).ReadString('\n')
			if err := cmd.Wait(); err != nil || line != "done\n" {
				t.Errorf("Paho for Python: %q, %v", line, err)
			}
		}
	}
}
