package describe

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/form"
)

// way is the tag by which members are named.
type way string

// The ways.
const (
	read    way = "wire" // requests
	written way = "json" // answers
)

// schemas collects the schemas of named types, which documents refer to.
type schemas struct {
	named object
	known map[string]reflect.Type
}

func newSchemas() *schemas { return &schemas{known: map[string]reflect.Type{}} }

// ref is a reference to the schema of a named type.
func ref(name string) object { return object{{"$ref", "#/components/schemas/" + name}} }

// of is the schema of a type, a reference when it is a named struct.
func (s *schemas) of(t reflect.Type, w way) object {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if special, ok := s.special(t, w); ok {
		return special
	}
	switch t.Kind() {
	case reflect.Struct:
		if t.Name() == "" {
			return s.inline(t, w)
		}
		return s.refer(t, w)
	case reflect.Slice:
		return object{{"type", "array"}, {"items", s.of(t.Elem(), w)}}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{{"type", "object"}, {"additionalProperties", true}}
		}
		return object{{"type", "object"}, {"additionalProperties", s.of(t.Elem(), w)}}
	}
	return scalar(t)
}

// special is the schema of a type that says itself what it is in JSON.
func (s *schemas) special(t reflect.Type, w way) (object, bool) {
	switch v := reflect.New(t).Interface().(type) {
	case *form.Bit:
		return object{{"type", "integer"}, {"enum", list{0, 1}}}, true
	case *json.RawMessage:
		return object{}, true // anything
	case *form.EventShape:
		if s.known["Event"] == nil {
			s.known["Event"] = t
			at := len(s.named)
			s.named.set("Event", nil)
			s.named[at].value = s.anyOf(v.Either(), w)
		}
		return ref("Event"), true
	case *chat.UserID:
		return object{{"type", "string"}, {"maxLength", chat.MaxUserIDBytes}}, true
	case api.Either:
		return s.anyOf(v.Either(), w), true
	case api.Shaped:
		return s.of(reflect.TypeOf(v.Shape()), w), true
	case api.Worded:
		return object{{"type", "string"}, {"enum", texts(v.Words()...)}}, true
	case api.Patterned:
		return object{{"type", "string"}, {"pattern", v.Pattern()}}, true
	}
	return nil, false
}

func (s *schemas) anyOf(forms []any, w way) object {
	var all list
	for _, v := range forms {
		if v == nil {
			all = append(all, object{{"type", "null"}})
			continue
		}
		all = append(all, s.of(reflect.TypeOf(v), w))
	}
	return object{{"anyOf", all}}
}

// scalar is the schema of a text, number or yes and no.
func scalar(t reflect.Type) object {
	switch t.Kind() {
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Uint16:
		return object{{"type", "integer"}, {"minimum", 0}, {"maximum", math.MaxUint16}}
	case reflect.Uint32:
		return object{{"type", "integer"}, {"minimum", 0}, {"maximum", math.MaxUint32}}
	case reflect.Uint64:
		return object{{"type", "integer"}, {"minimum", 0}}
	case reflect.Int, reflect.Int64:
		return object{{"type", "integer"}}
	}
	panic("describe: no schema for " + t.String())
}

// refer is a reference to a struct's schema, which it makes the first time.
func (s *schemas) refer(t reflect.Type, w way) object {
	name := nameOf(t, w)
	switch known := s.known[name]; known {
	case t:
		return ref(name)
	case nil:
	default:
		panic("describe: two types named " + name + ": " + t.String() + ", " + known.String())
	}
	s.known[name] = t
	at := len(s.named)
	s.named.set(name, nil)
	schema := s.inline(t, w)
	if t == reflect.TypeFor[form.ElementShape]() && w == written {
		schema = append(schema, s.tips()...)
	}
	s.named[at].value = schema
	return ref(name)
}

// tips says what the MsgContent of a group tip is, which is of the server's making.
func (s *schemas) tips() object {
	return object{
		{"if", object{{"properties", object{{"MsgType", object{{"const", "TIMGroupTipElem"}}}}}}},
		{"then", object{{"properties", object{{"MsgContent", s.refer(reflect.TypeFor[form.TipShape](), written)}}}}},
	}
}

// nameOf names the schema of a struct: by its package, unless that says nothing, and
// its type. What is read has a name of its own.
func nameOf(t reflect.Type, w way) string {
	name := strings.TrimSuffix(t.Name(), "Shape")
	pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	if pkg != "form" && pkg != "api" && pkg != "chat" {
		name = title(pkg) + title(name)
	}
	if w == read {
		return title(name) + "Input"
	}
	return title(name)
}

func title(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// inline is the schema of a struct.
func (s *schemas) inline(t reflect.Type, w way) object {
	f := s.fields(t, w)
	o := object{{"type", "object"}, {"properties", f.properties}}
	if len(f.required) > 0 {
		o.set("required", f.required)
	}
	if len(f.either) > 0 {
		o.set("allOf", f.either)
	}
	return o
}

// fields are the members of a struct.
type fields struct {
	properties object
	required   list
	either     list // members that must be there under one of their names
}

func (s *schemas) fields(t reflect.Type, w way) (f fields) {
	if spread, ok := reflect.Zero(t).Interface().(api.Spread); ok && t.NumField() == 0 {
		for _, m := range spread.Members() {
			f.properties.set(m.Name, object{{"type", map[string]string{"text": "string", "number": "integer"}[m.Type]}})
		}
	}
	for i := range t.NumField() {
		field := t.Field(i)
		tag, ok := field.Tag.Lookup(string(w))
		switch {
		case ok && w == read:
			f.read(tag, s.of(field.Type, w))
		case ok:
			f.written(tag, field.Tag.Get("is"), s.of(field.Type, w))
		case field.Anonymous:
			f.join(s.fields(field.Type, w))
		}
	}
	return f
}

// join adds the members of an embedded struct, but for those that are there.
func (f *fields) join(in fields) {
	for _, m := range in.properties {
		if f.properties.get(m.name) == nil {
			f.properties = append(f.properties, m)
		}
	}
	f.required = append(f.required, in.required...)
	f.either = append(f.either, in.either...)
}

// read adds a member of a request under all its names.
func (f *fields) read(tag string, schema object) {
	spelled, must := strings.CutPrefix(tag, "!")
	names := strings.Split(spelled, ",")
	f.properties.set(names[0], schema)
	for _, older := range names[1:] {
		f.properties.set(older, append(schema[:len(schema):len(schema)], member{"description", "Another name of " + names[0] + "."}))
	}
	switch {
	case must && len(names) == 1:
		f.required = append(f.required, names[0])
	case must:
		var one list
		for _, n := range names {
			one = append(one, object{{"required", texts(n)}})
		}
		f.either = append(f.either, object{{"anyOf", one}})
	}
}

// written adds a member of an answer; one that says always the same is a constant.
func (f *fields) written(tag, is string, schema object) {
	name, options, _ := strings.Cut(tag, ",")
	if is != "" {
		schema = object{{"const", is}}
	}
	f.properties.set(name, schema)
	if options != "omitempty" {
		f.required = append(f.required, name)
	}
}

// request is the schema of a command's request.
func (s *schemas) request(c *api.Command) object {
	schema := s.inline(c.Request(), read)
	properties := schema.get("properties").(object)
	for name, b := range c.Bounds() {
		i := slices.IndexFunc(properties, func(m member) bool { return m.name == name })
		if i < 0 {
			panic("describe: " + c.Service + "/" + c.Name + " has no list " + name)
		}
		bounded := append(object{}, properties[i].value.(object)...)
		if b.Least > 0 {
			bounded.set("minItems", b.Least)
		}
		bounded.set("maxItems", b.Most)
		properties[i].value = bounded
	}
	return schema
}

// answer is the schema of a command's answer: the envelope, and behind it the members,
// of which those that are always there are so when the call was successful.
func (s *schemas) answer(c *api.Command) object {
	head := s.fields(c.EnvelopeShape(), written)
	body := s.fields(c.Answer(), written)
	always := head.required
	needed := body.required
	head.required, body.required = nil, nil
	head.join(body)
	o := object{{"type", "object"}, {"properties", head.properties}, {"required", always}}
	if len(needed) > 0 {
		o.set("if", object{{"properties", object{{"ErrorCode", object{{"const", 0}}}}}})
		o.set("then", object{{"required", needed}})
	}
	return o
}
