package describe

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/api"
)

// generated is the first line of both files.
const generated = "# Code generated from the command table by go generate; DO NOT EDIT.\n"

// version is that of the contract, which CHANGELOG.md tells of.
const version = "0.1.0"

// OpenAPI describes every command of the table that REST serves.
func OpenAPI(table *api.Table, spec *Spec) []byte {
	s := newSchemas()
	var paths object
	var tags list
	for _, c := range table.Rows() {
		if c.Name == "" {
			continue
		}
		if tag := (object{{"name", c.Service}}); !slices.ContainsFunc(tags, func(t any) bool { return t.(object).get("name") == c.Service }) {
			tags = append(tags, tag)
		}
		for i, name := range append([]string{c.Name}, c.Aliases...) {
			paths.set("/v4/"+c.Service+"/"+name, object{{"post", s.operation(c, spec, name, i > 0)}})
		}
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", object{
			{"title", "teahouse: HTTP"},
			{"version", version},
			{"description", "The commands of an app's backend (spec/02). Every answer has HTTP status 200: ErrorCode says what became of the call. " +
				"In a request null is the same as absent, and unknown members are passed over; an answer may get new members."},
			{"license", object{{"name", license}, {"identifier", license}}},
		}},
		{"servers", list{object{{"url", "http://127.0.0.1:8090"}, {"description", "the admin port"}}}},
		{"security", list{object{{"usersig", list{}}}}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{{"usersig", object{
				{"type", "apiKey"},
				{"in", "query"},
				{"name", "usersig"},
				{"description", "a UserSig of identifier, who is an administrator of the app (spec/01)"},
			}}}},
			{"parameters", parameters},
			{"schemas", sorted(s.named)},
		}},
	}.print(generated)
}

const license = "Apache-2.0"

// parameters are those of every command (spec/02 §1).
var parameters = object{
	{"sdkappid", query("sdkappid", "the id of the app", true, object{{"type", "integer"}, {"minimum", 1}, {"maximum", uint64(1<<32 - 1)}})},
	{"identifier", query("identifier", "the UserID of an administrator of the app", true, object{{"type", "string"}})},
	{"random", query("random", "any number", false, object{{"type", "integer"}, {"minimum", 0}, {"maximum", uint64(1<<32 - 1)}})},
	{"contenttype", query("contenttype", "", false, object{{"const", "json"}})},
}

func query(name, what string, must bool, schema object) object {
	o := object{{"name", name}, {"in", "query"}, {"required", must}, {"schema", schema}}
	if what != "" {
		o.set("description", what)
	}
	return o
}

// operation is one command.
func (s *schemas) operation(c *api.Command, spec *Spec, name string, alias bool) object {
	o := object{{"operationId", name}, {"summary", summary(c, alias)}, {"tags", texts(c.Service)}}
	if r, ok := spec.Find(c.Name); ok {
		o.set("description", r.String())
		o.set("x-spec", r.object())
	}
	if c.Method != "" {
		o.set("x-mqtt-method", c.Method)
	}
	var params list
	for _, p := range parameters {
		params = append(params, object{{"$ref", "#/components/parameters/" + p.name}})
	}
	o.set("parameters", params)
	body := object{{"schema", s.request(c)}}
	if e := example(c); e != nil {
		body.set("example", e)
	}
	o.set("requestBody", object{{"required", true}, {"content", object{{"application/json", body}}}})
	o.set("responses", object{{"200", object{
		{"description", "the answer, or the refusal"},
		{"content", object{{"application/json", object{{"schema", s.answer(c)}}}}},
	}}})
	return o
}

// summary is a command's name, and what it is called elsewhere.
func summary(c *api.Command, alias bool) string {
	switch {
	case alias:
		return "another name of " + c.Name
	case c.Method != "":
		return c.Name + ", over MQTT " + c.Method
	}
	return c.Name
}

// example is the body that help shows, its members in order.
func example(c *api.Command) any {
	if c.Example() == nil {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(c.Example())))
	d.UseNumber()
	v, err := ordered(d)
	if err != nil {
		panic("describe: example of " + c.Method + ": " + err.Error())
	}
	return v
}

// ordered reads the next value.
func ordered(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return orderedObject(d)
		}
		return orderedList(d)
	case json.Number:
		return t.Int64()
	}
	return t, nil
}

func orderedObject(d *json.Decoder) (any, error) {
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := ordered(d)
		if err != nil {
			return nil, err
		}
		o.set(name.(string), v)
	}
	_, err := d.Token()
	return o, err
}

func orderedList(d *json.Decoder) (any, error) {
	l := list{}
	for d.More() {
		v, err := ordered(d)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := d.Token()
	return l, err
}

// sorted orders members by name.
func sorted(o object) object {
	slices.SortFunc(o, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return o
}
