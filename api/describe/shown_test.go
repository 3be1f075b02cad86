package describe_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Every member that is described of an answer, a message or an event is shown in some
// golden file: a description of what is no longer written is seen.
func TestEveryDescribedMemberIsShown(t *testing.T) {
	d := newDocuments(t)
	s := &shown{root: d.mqtt.root, described: map[string]bool{}}
	for _, e := range exchanges(t) {
		doc := d.mqtt
		at := "#/components/messages/" + e.name + ".answer/payload"
		if e.rest {
			doc = d.rest
			at = "#/paths/" + escaped("/v4/"+e.name) + "/post/responses/200/content/application~1json/schema"
		}
		if s.root = doc.root; s.resolve(at) != nil {
			s.walk(at, s.resolve(at), parsed(t, e.answer))
		}
	}
	s.root = d.mqtt.root
	for _, p := range payloads(t) {
		text, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		at := "#/components/messages/" + p.message + "/payload"
		s.walk(at, s.resolve(at), parsed(t, string(text)))
	}
	var never []string
	for member, seen := range s.described {
		if strings.Contains(member, "black") && strings.Contains(member, "delete") && strings.HasSuffix(member, " Fail_Account") {
			continue // the type of the answer is that of black_list_add; nobody fails to be unblocked
		}
		if strings.HasSuffix(member, " Cut") {
			continue // for clients that take little: package broker tests it
		}
		if !seen {
			never = append(never, member)
		}
	}
	slices.Sort(never)
	for _, member := range never {
		t.Errorf("%s is described, and in no golden file", member)
	}
}

// shown notes which described members values have.
type shown struct {
	root      map[string]any
	described map[string]bool // by the place of the schema and the name; true when some value had it
}

// resolve finds what a reference within the document leads to, nil for nothing.
func (s *shown) resolve(ref string) map[string]any {
	at := any(s.root)
	for _, name := range strings.Split(ref, "/")[1:] {
		in, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = in[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	found, _ := at.(map[string]any)
	return found
}

// walk goes through a value along its schema.
func (s *shown) walk(at string, schema map[string]any, v any) {
	if ref, ok := schema["$ref"].(string); ok {
		s.walk(ref, s.resolve(ref), v)
		return
	}
	for _, one := range branches(schema, v) {
		s.walk(at, one, v)
	}
	if items, ok := schema["items"].(map[string]any); ok {
		list, _ := v.([]any)
		for _, one := range list {
			s.walk(at+"[]", items, one)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	members, ok := v.(map[string]any)
	if !ok {
		return
	}
	for name, of := range properties {
		value, there := members[name]
		key := at + " " + name
		s.described[key] = s.described[key] || there
		if there {
			s.walk(key, of.(map[string]any), value)
		}
	}
}

// branches are the schemas besides that count for a value: of events that of its kind,
// of the elements of a message that of a tip.
func branches(schema map[string]any, v any) (list []map[string]any) {
	members, _ := v.(map[string]any)
	if then, ok := schema["then"].(map[string]any); ok && members["MsgType"] == "TIMGroupTipElem" {
		list = append(list, then)
	}
	forms, _ := schema["anyOf"].([]any)
	for _, form := range forms {
		one := form.(map[string]any)
		if ref, ok := one["$ref"].(string); ok && strings.HasSuffix(ref, "Event") {
			kind, _ := members["Kind"].(string)
			if !strings.EqualFold(ref, "#/components/schemas/"+kind+"Event") && !(kind == "group" && strings.HasSuffix(ref, "/NoticeEvent")) {
				continue
			}
		}
		list = append(list, one)
	}
	return list
}
