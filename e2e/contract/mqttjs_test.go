//go:build e2e

package contract

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// node is the one process that runs MQTT.js for all tests (js/driver.mjs).
type node struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	log  *program.Record
	done chan struct{} // closed when its output is read out

	mu      sync.Mutex // guards the fields below and the writes to in
	last    int
	waiting map[int]chan nodeLine
	boxes   map[string]*inbox
}

// nodeLine is what the driver says.
type nodeLine struct {
	ID      int    `json:"id"`
	Error   string `json:"error"`
	Code    int    `json:"code"`
	Granted []int  `json:"granted"`
	Connack struct {
		SessionPresent bool `json:"sessionPresent"`
		Properties     struct {
			ResponseInformation string `json:"responseInformation"`
		} `json:"properties"`
	} `json:"connack"`

	Device      string `json:"device"`
	Event       string `json:"event"`
	Reason      string `json:"reason"`
	Topic       string `json:"topic"`
	Payload     []byte `json:"payload"`
	QoS         byte   `json:"qos"`
	Retain      bool   `json:"retain"`
	Correlation []byte `json:"correlation"`
}

var theNode struct {
	once sync.Once
	n    *node
	err  error
}

func startNode(t testing.TB) *node {
	t.Helper()
	needs(t, "node")
	if _, err := os.Stat("../node_modules/mqtt/package.json"); err != nil {
		t.Fatal("MQTT.js is not installed: npm --prefix e2e ci (apt-get install npm), or make e2e, which does it")
	}
	theNode.once.Do(func() { theNode.n, theNode.err = newNode() })
	if theNode.err != nil {
		t.Fatal(theNode.err)
	}
	return theNode.n
}

func newNode() (*node, error) {
	n := &node{
		cmd: exec.Command("node", "js/driver.mjs"), log: &program.Record{}, done: make(chan struct{}),
		waiting: map[int]chan nodeLine{}, boxes: map[string]*inbox{},
	}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if n.in, err = n.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	n.cmd.Stderr = n.log
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	go n.read(out)
	return n, nil
}

func stopNode() error {
	n := theNode.n
	if n == nil {
		return nil
	}
	n.in.Close() // the driver ends when it has nothing more to read
	<-n.done
	if err := n.cmd.Wait(); err != nil {
		return fmt.Errorf("node: %w\n%s", err, n.log)
	}
	return nil
}

func (n *node) read(out io.Reader) {
	defer close(n.done)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var line nodeLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			fmt.Fprintf(n.log, "not a line of the driver: %s\n", lines.Bytes())
			continue
		}
		n.route(line)
	}
}

func (n *node) route(line nodeLine) {
	n.mu.Lock()
	c, box := n.waiting[line.ID], n.boxes[line.Device]
	delete(n.waiting, line.ID)
	n.mu.Unlock()
	switch {
	case c != nil:
		c <- line
	case box != nil && line.Event == "message":
		box.add(packet{topic: line.Topic, payload: line.Payload, qos: line.QoS, retain: line.Retain, correlation: line.Correlation})
	case box != nil && line.Event == "over":
		box.over(line.Reason, byte(line.Code))
	}
}

// do gives an order and waits for its answer.
func (n *node) do(t testing.TB, order map[string]any) nodeLine {
	t.Helper()
	return n.wait(t, n.send(t, order))
}

// send gives an order; wait takes its answer.
func (n *node) send(t testing.TB, order map[string]any) <-chan nodeLine {
	t.Helper()
	c := make(chan nodeLine, 1)
	n.mu.Lock()
	n.last++
	order["id"] = n.last
	n.waiting[n.last] = c
	text, err := json.Marshal(order)
	if err == nil {
		_, err = n.in.Write(append(text, '\n'))
	}
	n.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (n *node) wait(t testing.TB, answer <-chan nodeLine) nodeLine {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	select {
	case line := <-answer:
		return line
	case <-n.done:
		t.Fatalf("node has ended: %s", n.log)
	case <-deadline.C:
		t.Fatalf("node does not answer\n%s", n.log)
	}
	return nodeLine{}
}

// mqttjs is MQTT.js over WebSocket, in MQTT 5.
type mqttjs struct {
	n      *node
	name   string // what the driver calls it
	who    person
	box    *inbox
	prefix string // Response Information
}

func openMQTTjs(t testing.TB, who person, o options) device {
	t.Helper()
	d := &mqttjs{n: startNode(t), name: fresh("js"), who: who, box: newInbox()}
	d.n.mu.Lock()
	d.n.boxes[d.name] = d.box
	d.n.mu.Unlock()
	properties := map[string]any{"receiveMaximum": 100, "requestResponseInformation": true}
	if o.keep {
		properties["sessionExpiryInterval"] = 3600
	}
	line := d.n.do(t, map[string]any{"op": "open", "device": d.name, "url": who.home.WS, "options": map[string]any{
		"protocolVersion": 5, "clientId": o.client, "username": escape(who.id) + o.extra, "password": who.sig,
		"clean": !o.keep, "connectTimeout": int(patience / time.Millisecond), "properties": properties,
	}})
	if line.Error != "" {
		t.Fatalf("MQTT.js connects for %s: %s (0x%02x)", who.id, line.Error, line.Code)
	}
	d.prefix = line.Connack.Properties.ResponseInformation
	t.Cleanup(func() {
		if d.box.alive() {
			d.bye(t)
		}
	})
	return d
}

func (d *mqttjs) subscribe(t testing.TB, filters ...string) {
	t.Helper()
	for _, f := range filters {
		if code := d.subscribed(t, f); code > 2 {
			t.Fatalf("SUBSCRIBE %q: code 0x%02x", f, code)
		}
	}
}

func (d *mqttjs) subscribed(t testing.TB, filter string) byte {
	t.Helper()
	line := d.n.do(t, map[string]any{"op": "subscribe", "device": d.name, "filter": filter})
	if len(line.Granted) != 1 {
		t.Fatalf("SUBSCRIBE %q: %s %v", filter, line.Error, line.Granted)
	}
	return byte(line.Granted[0])
}

func (d *mqttjs) publish(t testing.TB, topic string, payload []byte, qos byte, properties map[string]any) byte {
	t.Helper()
	order := map[string]any{"op": "publish", "device": d.name, "topic": topic, "payload": payload, "qos": qos}
	if properties != nil {
		order["properties"] = properties
	}
	line := d.n.do(t, order)
	if line.Error != "" {
		t.Fatalf("PUBLISH %s by %s: %s", topic, d.who.id, line.Error)
	}
	return byte(line.Code)
}

func (d *mqttjs) send(t testing.TB, topic string, payload []byte, qos byte, want string) (object, byte) {
	t.Helper()
	reason := d.publish(t, topic, payload, qos, nil)
	return answer(t, d, want), reason
}

func (d *mqttjs) ask(t testing.TB, method string, body any) object {
	t.Helper()
	if d.prefix != "im/res/" {
		t.Fatalf("Response Information is %q, want im/res/", d.prefix)
	}
	topic, mark := d.prefix+fresh("a"), fresh("correlation")
	d.publish(t, "im/req/"+method, encoded(t, body), 1,
		map[string]any{"responseTopic": topic, "correlationData": []byte(mark)})
	res := d.box.take(t, topic, nil)
	if string(res.correlation) != mark {
		t.Fatalf("%s: Correlation Data %q, want %q", method, res.correlation, mark)
	}
	return parse(t, res.payload)
}

func (d *mqttjs) in() *inbox   { return d.box }
func (d *mqttjs) user() person { return d.who }

func (d *mqttjs) bye(t testing.TB) {
	t.Helper()
	d.n.do(t, map[string]any{"op": "end", "device": d.name})
	d.box.ended(t)
}

func (d *mqttjs) cut(t testing.TB) {
	t.Helper()
	d.n.do(t, map[string]any{"op": "cut", "device": d.name})
	d.box.ended(t)
}
