package describe_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// documents are both, strict.
type documents struct{ rest, mqtt *strict }

// newDocuments reads both, the first time.
func newDocuments(t *testing.T) documents {
	t.Helper()
	if known.rest == nil {
		known = documents{newStrict(t, openAPIFile), newStrict(t, asyncAPIFile)}
	}
	known.rest.t, known.mqtt.t = t, t
	return known
}

// known is for all tests of the package, which run one after the other.
var known documents

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
