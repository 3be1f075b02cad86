package describe_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// Every golden request that was understood and every golden answer fits the documents,
// in which for this no object may have a member that is not described.
func TestTheGoldensFitTheDocuments(t *testing.T) {
	d := newDocuments(t)
	for _, e := range exchanges(t) {
		request, answer := d.of(e)
		if request == nil {
			if codeOf(t, e.answer).Class() != chat.NotFound && !strings.Contains(e.where, "no_such_command") {
				t.Errorf("%s: not described", e.where)
			}
			continue
		}
		if err := answer.Validate(parsed(t, e.answer)); err != nil {
			t.Errorf("%s\n%s\nthe answer: %v", e.where, e.answer, err)
		}
		if code := codeOf(t, e.answer); code != 0 && code.Class() == chat.Malformed {
			continue
		}
		if err := request.Validate(given(t, e.body)); err != nil {
			t.Errorf("%s\nthe request: %v", e.where, err)
		}
	}
}

// So do the golden files of what topics carry.
func TestThePayloadsFitTheDocument(t *testing.T) {
	d := newDocuments(t)
	for _, p := range payloads(t) {
		text, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.mqtt.at("/components/messages/" + p.message + "/payload").Validate(parsed(t, string(text))); err != nil {
			t.Errorf("%s as %s: %v", p.file, p.message, err)
		}
	}
}

// A member that is not described is seen: the tests above can fail.
func TestAMemberThatIsNotDescribedIsSeen(t *testing.T) {
	d := newDocuments(t)
	for _, e := range exchanges(t) {
		if codeOf(t, e.answer) != 0 {
			continue
		}
		request, answer := d.of(e)
		if answer.Validate(parsed(t, strings.Replace(e.answer, "{", `{"Drift":1,`, 1))) == nil {
			t.Errorf("%s: the answer may have a member Drift", e.where)
		}
		if request.Validate(parsed(t, strings.Replace(strings.Replace(e.body, "{", `{"Drift":1,`, 1), ",}", "}", 1))) == nil {
			t.Errorf("%s: the request may have a member Drift", e.where)
		}
	}
}

// Each command has a golden exchange that succeeds, over REST and over MQTT.
func TestEachCommandHasAGoldenExchange(t *testing.T) {
	rest, mqtt := map[string]bool{}, map[string]bool{}
	for _, e := range exchanges(t) {
		if codeOf(t, e.answer) != 0 {
			continue
		}
		rest[e.name] = rest[e.name] || e.rest
		mqtt[e.name] = mqtt[e.name] || e.overNet
	}
	for _, c := range table(t).Rows() {
		if name := c.Service + "/" + c.Name; c.Name != "" && !rest[name] {
			t.Errorf("%s has no golden exchange that succeeds: add one to the scripts of package admin", name)
		}
		if c.Method != "" && !mqtt[c.Method] {
			t.Errorf("%s has no golden exchange that succeeds: add one to askRows of package hooks", c.Method)
		}
	}
}

// Every command that is served is in the documents, and nothing else.
func TestTheDocumentsHaveEveryCommand(t *testing.T) {
	d := newDocuments(t)
	want := map[string]bool{}
	for _, c := range table(t).Rows() {
		if c.Name == "" {
			continue
		}
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			want["/v4/"+c.Service+"/"+name] = true
		}
	}
	same(t, "paths", keys(d.rest.root["paths"]), slices.Sorted(maps.Keys(want)))
	var asked []string
	for name := range d.mqtt.root["operations"].(map[string]any) {
		address, _ := d.mqtt.get("channels", name)["address"].(string)
		if method, ok := strings.CutPrefix(address, "im/req/"); ok {
			asked = append(asked, strings.TrimSuffix(method, "/{rid}"))
		}
	}
	slices.Sort(asked)
	same(t, "methods", asked, table(t).Methods(true))
}

// Every command leads to a part of the specification.
func TestEveryCommandNamesItsPartOfTheSpecification(t *testing.T) {
	d := newDocuments(t)
	for path := range d.rest.root["paths"].(map[string]any) {
		if d.rest.get("paths", path, "post")["x-spec"] == nil {
			t.Errorf("%s: no page of docs/spec names the command", path)
		}
	}
}

// Every kind of event that the server sends has a channel.
func TestTheDocumentHasEveryEvent(t *testing.T) {
	var got []string
	for _, name := range keys(newDocuments(t).mqtt.root["channels"]) {
		if kind, ok := strings.CutPrefix(name, "event."); ok && kind != "typing" {
			got = append(got, kind)
		}
	}
	same(t, "events", got, topics.EventKinds())
}

// given is a request without the members that are null, which is to say absent.
func given(t *testing.T, body string) any {
	t.Helper()
	v := parsed(t, body)
	if members, ok := v.(map[string]any); ok {
		maps.DeleteFunc(members, func(_ string, value any) bool { return value == nil })
	}
	return v
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func keys(of any) []string { return slices.Sorted(maps.Keys(of.(map[string]any))) }

func codeOf(t *testing.T, answer string) chat.Code {
	t.Helper()
	var a struct{ ErrorCode chat.Code }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return a.ErrorCode
}

// documents are both, strict.
type documents struct{ rest, mqtt *strict }

func newDocuments(t *testing.T) documents {
	t.Helper()
	return documents{newStrict(t, openAPIFile), newStrict(t, asyncAPIFile)}
}

// of finds the schemas of a request and its answer; nil for what is not described.
func (d documents) of(e exchange) (request, answer *jsonschema.Schema) {
	if !e.rest {
		if d.mqtt.root["channels"].(map[string]any)[e.name] == nil {
			return nil, nil
		}
		at := "/components/messages/" + e.name
		return d.mqtt.at(at + "/payload"), d.mqtt.at(at + ".answer/payload")
	}
	path := "/v4/" + e.name
	if d.rest.root["paths"].(map[string]any)[path] == nil {
		return nil, nil
	}
	at := "/paths/" + escaped(path) + "/post"
	const schema = "/content/application~1json/schema"
	return d.rest.at(at + "/requestBody" + schema), d.rest.at(at + "/responses/200" + schema)
}

// escaped is a name as a JSON pointer has it (RFC 6901).
func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// strict is a document whose objects have no members but those described.
type strict struct {
	t        *testing.T
	root     map[string]any
	compiler *jsonschema.Compiler
	known    map[string]*jsonschema.Schema
}

func newStrict(t *testing.T, file string) *strict {
	t.Helper()
	s := &strict{t: t, root: document(t, file), compiler: jsonschema.NewCompiler(), known: map[string]*jsonschema.Schema{}}
	shut(s.root)
	if err := s.compiler.AddResource("document", s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// shut forbids more members in every schema of an object that says nothing of them.
func shut(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			shut(one)
		}
	case map[string]any:
		if v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			shut(one)
		}
	}
}

// at compiles the schema at a JSON pointer.
func (s *strict) at(pointer string) *jsonschema.Schema {
	s.t.Helper()
	if s.known[pointer] == nil {
		schema, err := s.compiler.Compile("document#" + pointer)
		if err != nil {
			s.t.Fatal(err)
		}
		s.known[pointer] = schema
	}
	return s.known[pointer]
}

// get is the object at the end of a path.
func (s *strict) get(path ...string) map[string]any {
	s.t.Helper()
	at := s.root
	for _, name := range path {
		next, ok := at[name].(map[string]any)
		if !ok {
			s.t.Fatalf("no %q in the document", path)
		}
		at = next
	}
	return at
}
