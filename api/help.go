package api

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Member is what help says of one member of a request (spec/00 §5).
type Member struct {
	Name     string `json:"Name"` // the newest of its names
	Type     string `json:"Type"` // text, number, object, or list of one of these
	Required bool   `json:"Required"`
}

// spelled is implemented by values whose type in JSON is not that of their kind
// in Go.
type spelled interface{ TypeInJSON() string }

// membersOf lists the members of a request type in the order of its fields, those of
// embedded structs in place.
func membersOf(t reflect.Type) []Member {
	list := []Member{}
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, ok := f.Tag.Lookup("wire"); ok {
			names, must := strings.CutPrefix(tag, "!")
			name, _, _ := strings.Cut(names, ",")
			list = append(list, Member{name, typeInJSON(f.Type), must})
		} else if f.Anonymous {
			list = append(list, membersOf(f.Type)...)
		}
	}
	return list
}

// typeInJSON names a type as a reader of JSON knows it.
func typeInJSON(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if own, ok := reflect.New(t).Interface().(spelled); ok {
		return own.TypeInJSON()
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of " + typeInJSON(t.Elem())
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return "number"
}

// Shows gives a command the body that help shows as its example.
func (c *Command) Shows(body string) *Command {
	c.example = json.RawMessage(body)
	return c
}

// Members lists the members of the command's request.
func (c *Command) Members() []Member { return c.members }

// Example is a body as a client may send it.
func (c *Command) Example() json.RawMessage { return c.example }
