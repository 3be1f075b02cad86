package describe

import (
	"reflect"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/wire/form"
)

// AsyncAPI describes the MQTT door: its topics (spec/00 §3, §4) and the methods of the
// table with their requests and answers (spec/00 §5).
func AsyncAPI(table *api.Table, spec *Spec) []byte {
	d := &door{schemas: newSchemas()}
	for _, t := range received {
		d.topic(t, "receive")
	}
	for _, t := range sent {
		d.topic(t, "send")
	}
	for _, e := range form.Events {
		d.event(e.Kind, reflect.TypeOf(e.Shape))
	}
	d.methods(table, spec)
	return object{
		{"asyncapi", "3.0.0"},
		{"info", object{
			{"title", "teahouse: MQTT"},
			{"version", version},
			{"description", "What a client sends and gets (spec/00): receive is what the server takes. Ids in topics are percent-encoded (spec/00 §2). " +
				"A request may leave out the level {rid} and name a Response Topic below im/res/ instead (spec/00 §5). " +
				"In a request null is the same as absent, and unknown members are passed over; an answer may get new members."},
			{"license", object{{"name", license}}},
		}},
		{"defaultContentType", "application/json"},
		{"servers", servers},
		{"channels", d.channels},
		{"operations", d.operations},
		{"components", object{
			{"securitySchemes", object{{"ticket", object{
				{"type", "userPassword"}, {"description", "the UserID, and a UserSig or a JWT (spec/00 §1, spec/01)"},
			}}}},
			{"messages", d.messages},
			{"schemas", sorted(d.named)},
		}},
	}.print(generated)
}

var servers = object{
	{"mqtt", server("127.0.0.1:1883", "mqtt")},
	{"websocket", append(server("127.0.0.1:8083", "ws"), member{"pathname", "/mqtt"})},
}

func server(host, protocol string) object {
	return object{
		{"host", host},
		{"protocol", protocol},
		{"protocolVersion", "3.1.1, 5"},
		{"security", list{object{{"$ref", "#/components/securitySchemes/ticket"}}}},
	}
}

// door collects the parts of the document.
type door struct {
	*schemas
	channels, operations, messages object
}

// channel adds a channel with its messages; the words of its topic that are in
// braces are parameters.
func (d *door) channel(name, address string, messages ...string) {
	var refs object
	for _, m := range messages {
		refs.set(m, object{{"$ref", "#/components/messages/" + m}})
	}
	o := object{{"address", address}, {"messages", refs}}
	var params object
	for rest := address; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			break
		}
		word, after, _ := strings.Cut(after, "}")
		params.set(word, object{{"description", parameterOf[word]}})
		rest = after
	}
	if params != nil {
		o.set("parameters", params)
	}
	d.channels.set(name, o)
}

// operation adds an operation on a channel.
func (d *door) operation(name, action, channel string, qos list, more ...member) {
	at := "#/channels/" + channel
	o := object{{"action", action}, {"channel", object{{"$ref", at}}}}
	o = append(o, more...)
	if qos != nil {
		o.set("bindings", object{{"mqtt", object{{"qos", qos[0]}}}})
	}
	d.operations.set(name, o)
}

// message adds a message.
func (d *door) message(name, contentType string, payload object) {
	o := object{{"name", name}}
	if contentType != "" {
		o.set("contentType", contentType)
	}
	o.set("payload", payload)
	d.messages.set(name, o)
}

func (d *door) topic(t topic, action string) {
	d.message(t.name, t.contentType(), t.payload(d.schemas))
	d.channel(t.name, t.address, t.name)
	qos := list{t.qos}
	if action == "receive" {
		qos = nil // the client chooses
	}
	d.operation(t.name, action, t.name, qos, member{"description", t.what})
}

// event is a durable event.
func (d *door) event(kind string, shape reflect.Type) {
	name := "event." + kind
	d.message(name, "", d.of(shape, written))
	d.channel(name, eventAddress(kind), name)
	d.operation(name, "send", name, list{1}, member{"description", "spec/00 §4"})
}

// methods are the requests. They have one topic for all answers.
func (d *door) methods(table *api.Table, spec *Spec) {
	var answers []string
	for _, name := range table.Methods(true) {
		c, _ := table.Explained(name, true)
		request := object{{"name", name}, {"payload", d.request(c)}}
		if e := example(c); e != nil {
			request.set("examples", list{object{{"payload", e}}})
		}
		if c.Name != "" {
			request.set("x-rest-command", c.Service+"/"+c.Name)
		}
		d.messages.set(name, request)
		answer := name + ".answer"
		d.message(answer, "", d.answer(c))
		answers = append(answers, answer)
		d.channel(name, requestAddress(name), name)
		r, ok := spec.Find(c.Name)
		if c.Name == "" || !ok {
			r, _ = spec.Find("Requests") // the part about all methods
		}
		d.operation(name, "receive", name, nil, member{"description", r.String()}, member{"x-spec", r.object()}, member{"reply", object{
			{"channel", object{{"$ref", "#/channels/res"}}},
			{"messages", list{object{{"$ref", "#/channels/res/messages/" + answer}}}},
		}})
	}
	d.channel("res", resAddress, answers...)
}
