//go:build e2e

package contract

import (
	"encoding/json"
	"fmt"
	"testing"
)

// device is a client of a user: the same few gestures in every family of
// clients. Each gesture waits for its event and ends the test when it does not come.
type device interface {
	// subscribe asks for filters at QoS 1; all must be granted.
	subscribe(t testing.TB, filters ...string)
	// subscribed tells how one filter is answered: the granted QoS or the refusal.
	subscribed(t testing.TB, filter string) byte
	// send publishes and waits for the one answer, which must come on want, im/ack
	// or im/err. reason is the code of the MQTT 5 acknowledgement, 0 without one.
	send(t testing.TB, topic string, payload []byte, qos byte, want string) (answer object, reason byte)
	// ask makes a request and returns the answer whole.
	ask(t testing.TB, method string, body any) object
	// in is what arrives on the subscriptions.
	in() *inbox
	// user is who the device belongs to.
	user() person
	// bye disconnects as the protocol has it; cut closes the socket without a word.
	bye(t testing.TB)
	cut(t testing.TB)
}

// options of a connection.
type options struct {
	client string // client id; one is made when empty
	keep   bool   // the session outlives the connection
	extra  string // appended to the user name: ?platform=…
}

// kind is a family of clients.
type kind struct {
	name string
	open func(t testing.TB, who person, o options) device
}

// kinds are the families every story runs with. In MQTT 5 they are paho5 and
// mqttjs; the others speak 3.1.1.
var kinds = []kind{
	{"mosquitto", openMosquitto},
	{"paho3", openPaho3},
	{"paho5", openPaho5},
	{"mqttjs", openMQTTjs},
}

// everyKind runs a story with each family alone, then with a different one
// at every turn.
func everyKind(t *testing.T, story func(t *testing.T, open opener)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			story(t, opening(t, k))
		})
	}
	t.Run("mixed", func(t *testing.T) {
		t.Parallel()
		story(t, opening(t, kinds...))
	})
}

// opener connects a device that ends with the test. It listens to
// everything unless it is told what to listen to.
type opener func(who person, o options, filters ...string) device

func opening(t *testing.T, of ...kind) opener {
	n := 0
	return func(who person, o options, filters ...string) device {
		t.Helper()
		k := of[n%len(of)]
		n++
		if o.client == "" {
			o.client = fresh("phone")
		}
		d := k.open(t, who, o)
		if len(filters) == 0 {
			filters = []string{"im/#"}
		}
		d.subscribe(t, filters...)
		return d
	}
}

// mustSend publishes and returns what im/ack says.
func mustSend(t testing.TB, d device, topic, payload string, qos byte) object {
	t.Helper()
	ack, reason := d.send(t, topic, []byte(payload), qos, "im/ack")
	if reason != 0 {
		t.Fatalf("%s publishes on %s: reason code 0x%02x, want 0", d.user().id, topic, reason)
	}
	if got := ack.str("Topic"); got != topic {
		t.Fatalf("im/ack names the topic %q, want %q", got, topic)
	}
	return ack
}

// mustRefuse publishes and wants im/err with the code.
func mustRefuse(t testing.TB, d device, topic, payload string, qos byte, codes ...int) object {
	t.Helper()
	refusal, _ := d.send(t, topic, []byte(payload), qos, "im/err")
	wantCode(t, refusal, codes...)
	if got := refusal.str("Topic"); got != topic {
		t.Fatalf("im/err names the topic %q, want %q", got, topic)
	}
	return refusal
}

// mustAsk makes a request that must be granted.
func mustAsk(t testing.TB, d device, method string, body any) object {
	t.Helper()
	answer := d.ask(t, method, body)
	if answer.num("ErrorCode") != 0 || answer.str("ActionStatus") != "OK" {
		t.Fatalf("%s asks %s %s: %s", d.user().id, method, jsonText(body), answer)
	}
	return answer
}

// mustDeny makes a request that must be refused with one of the codes.
func mustDeny(t testing.TB, d device, method string, body any, codes ...int) {
	t.Helper()
	answer := d.ask(t, method, body)
	wantCode(t, answer, codes...)
	if got := answer.str("ActionStatus"); got != "FAIL" {
		t.Fatalf("%s: ActionStatus %q, want FAIL: %s", method, got, answer)
	}
}

func wantCode(t testing.TB, answer object, codes ...int) {
	t.Helper()
	for _, code := range codes {
		if answer.num("ErrorCode") == code {
			return
		}
	}
	t.Fatalf("ErrorCode %d, want %v: %s", answer.num("ErrorCode"), codes, answer)
}

// object is a JSON object, read without ceremony: what is absent is zero.
type object map[string]any

func parse(t testing.TB, text []byte) object {
	t.Helper()
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("not a JSON object: %v: %q", err, text)
	}
	return o
}

func (o object) str(key string) string {
	s, _ := o[key].(string)
	return s
}

func (o object) num(key string) int {
	f, _ := o[key].(float64)
	return int(f)
}

func (o object) has(key string) bool {
	_, ok := o[key]
	return ok
}

func (o object) obj(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

func (o object) list(key string) []object {
	list, _ := o[key].([]any)
	all := make([]object, 0, len(list))
	for _, x := range list {
		m, _ := x.(map[string]any)
		all = append(all, m)
	}
	return all
}

func (o object) String() string { return jsonText(o) }

// text is what a message's first text element says.
func (o object) text() string {
	for _, element := range o.list("MsgBody") {
		if element.str("MsgType") == "TIMTextElem" {
			return element.obj("MsgContent").str("Text")
		}
	}
	return ""
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// textBody is a MsgBody of one text element.
func textBody(text string) []any {
	return []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": text}}}
}
