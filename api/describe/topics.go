package describe

import (
	"reflect"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// topic is a topic of the contract with one kind of message. The text of a topic comes from
// package topics, from values whose ids are parameters.
type topic struct {
	name, address string
	qos           int // as the server sends it
	shape         any // nil: text
	way           way
	text          object
	what          string
}

var (
	peer  = chat.ToUser("{user}")
	group = chat.ToGroup("{group}")
)

// parameterOf says what the parameters of topics are.
var parameterOf = map[string]string{
	"user": "a UserID", "group": "the id of a group or of a topic of a community", "from": "the UserID of the sender",
	"to": "the UserID of the receiver", "rid": "whatever the client wants the answer under, at most 64 bytes",
	"kind": "the CallbackCommand of an after-webhook", "name": "which number",
}

// address is a topic as a document has it: the braces are not escaped.
func address(topic string) string { return strings.NewReplacer("%7B", "{", "%7D", "}").Replace(topic) }

func publishes(v topics.Verb, to chat.Target) string {
	return address(topics.Publish{Verb: v, Target: to}.String())
}

func outbound(o topics.Outbound) string { return address(o.String()) }

func eventAddress(kind string) string { return outbound(topics.Event(kind)) }

func requestAddress(method string) string {
	return address(topics.Publish{Verb: topics.Request, Method: method, RID: "{rid}"}.String())
}

var resAddress = outbound(topics.Res("{rid}"))

var (
	anyText = object{{"type", "string"}, {"minLength", 1}}
	oneBit  = object{{"type", "string"}, {"enum", texts("0", "1")}}
)

// received are the topics that the server takes, but for requests (spec/00 §3).
var received = []topic{
	{name: "text.c2c", address: publishes(topics.SendText, peer), text: anyText, what: "a text message; im/ack or im/err answers"},
	{name: "text.group", address: publishes(topics.SendText, group), text: anyText, what: "a text message; im/ack or im/err answers"},
	{name: "send.c2c", address: publishes(topics.SendMessage, peer), shape: form.SendShape{}, way: read, what: "any message; im/ack or im/err answers"},
	{name: "send.group", address: publishes(topics.SendMessage, group), shape: form.SendShape{}, way: read, what: "any message; im/ack or im/err answers"},
	{name: "read.c2c", address: publishes(topics.MarkRead, peer), shape: form.ReadShape{}, way: read, what: "read up to there; an empty payload: everything"},
	{name: "read.group", address: publishes(topics.MarkRead, group), shape: form.ReadShape{}, way: read, what: "read up to there; an empty payload: everything"},
	{name: "recall.c2c", address: publishes(topics.Recall, peer), shape: form.RecallShape{}, way: read, what: "recall a message, named in one of three ways"},
	{name: "recall.group", address: publishes(topics.Recall, group), shape: form.RecallShape{}, way: read, what: "recall a message, named in one of three ways"},
	{name: "typing", address: publishes(topics.SetTyping, peer), text: oneBit, what: "whether the user is typing; never stored"},
	{name: "status", address: topics.Publish{Verb: topics.SetStatus}.String(), text: object{{"type", "string"}, {"maxLength", chat.MaxStatusBytes}}, what: "the custom status, of at most 100 bytes; empty for none"},
}

// sent are the topics that the server sends on, but for events and answers (spec/00 §4).
var sent = []topic{
	{name: "in.c2c", address: outbound(topics.In(peer)), qos: 1, shape: form.MessageShape{}, way: written, what: "a message"},
	{name: "in.group", address: outbound(topics.In(group)), qos: 1, shape: form.MessageShape{}, way: written, what: "a message"},
	{name: "plain.c2c", address: outbound(topics.Text(peer, "{from}")), qos: 1, text: anyText, what: "a text message as plain text (spec/00 §7)"},
	{name: "plain.group", address: outbound(topics.Text(group, "{from}")), qos: 1, text: anyText, what: "a text message as plain text (spec/00 §7)"},
	{name: "ack", address: outbound(topics.Ack), shape: form.AckShape{}, way: written, what: "what was published is done, and durable"},
	{name: "err", address: outbound(topics.Err), shape: form.ErrShape{}, way: written, what: "what was published is refused"},
	{name: "event.typing", address: outbound(topics.Typing("{user}")), text: oneBit, what: "whether a user is typing"},
	{name: "event.presence", address: outbound(topics.Presence("{user}")), shape: form.PresenceShape{}, way: written, what: "the state of a user who is watched: at once, then when it changes"},
	{name: "event.kick", address: eventAddress("kick"), shape: form.KickShape{}, way: written, what: "why the server closes the connection"},
	{name: "app.c2c", address: outbound(topics.AppMessage("{from}", chat.ToUser("{to}"))), shape: form.MessageShape{}, way: written, what: "for administrators of the app: a message, once stored"},
	{name: "app.group", address: outbound(topics.AppMessage("{from}", group)), shape: form.MessageShape{}, way: written, what: "for administrators of the app: a message, once stored"},
	{name: "app.event", address: outbound(topics.AppEvent("{kind}")), shape: map[string]any{}, way: written, what: "for administrators of the app: the body of an after-webhook (spec/30 §6)"},
	{name: "system", address: outbound(topics.System("{name}")), text: anyText, what: "for administrators: a number about the server, every 10 s"},
}

func (t topic) contentType() string {
	if t.shape == nil {
		return "text/plain"
	}
	return ""
}

func (t topic) payload(s *schemas) object {
	if t.shape == nil {
		return t.text
	}
	return s.of(reflect.TypeOf(t.shape), t.way)
}
