package handbook

import (
	"slices"
	"strings"
)

// member is a member of a request, an answer or a message.
type member struct {
	name, kind string
	must       bool
	others     []string // its other names
}

const anotherName = "Another name of "

// members lists what an object may have, that of objects inside it behind it.
func members(schema node, prefix string) (list []member) {
	required := append(schema.get("required").texts(), schema.get("then", "required").texts()...)
	for _, either := range schema.get("allOf").items() {
		for _, one := range either.get("anyOf").items() {
			required = append(required, one.get("required").texts()...)
		}
	}
	at := map[string]int{} // where the members stand by name
	schema.get("properties").each(func(name string, value node) {
		if of, ok := strings.CutPrefix(value.get("description").text(), anotherName); ok {
			if i, known := at[strings.TrimSuffix(of, ".")]; known {
				list[i].others = append(list[i].others, name)
			}
			return
		}
		at[name] = len(list)
		list = append(list, member{name: prefix + name, kind: kindOf(value), must: slices.Contains(required, name)})
		list = append(list, inside(value, prefix+name)...)
	})
	return list
}

// inside are the members of an object that has no name, or of the entries of a list.
func inside(value node, name string) []member {
	for value.get("type").text() == "array" {
		value, name = value.get("items"), name+"[]"
	}
	if value.get("properties").absent() {
		return nil
	}
	return members(value, name+".")
}

// kindOf says what a value is.
func kindOf(schema node) string {
	if name, ok := schema.form(); ok {
		return "[" + name + "](#form-" + strings.ToLower(name) + ")"
	}
	if c := schema.get("const"); !c.absent() {
		return "always " + code(c.text())
	}
	if words := schema.get("enum").texts(); words != nil {
		return choice(words)
	}
	if forms := schema.get("anyOf").items(); forms != nil {
		var kinds []string
		for _, f := range forms {
			kinds = append(kinds, kindOf(f))
		}
		return strings.Join(kinds, " or ")
	}
	switch schema.get("type").text() {
	case "string":
		return textKind(schema)
	case "integer":
		return "number" + between(schema, "minimum", "maximum")
	case "boolean":
		return "true or false"
	case "null":
		return "null"
	case "array":
		return "list" + between(schema, "minItems", "maxItems") + ", of " + kindOf(schema.get("items"))
	case "object":
		if more := schema.get("additionalProperties"); more.get("type").text() != "" {
			return "object: by name, " + kindOf(more)
		}
		return "object"
	}
	return "anything"
}

func textKind(schema node) string {
	kind := "text"
	if most := schema.get("maxLength").text(); most != "" {
		kind += ", at most " + most + " bytes"
	}
	if least := schema.get("minLength").text(); least != "" {
		kind += ", not empty"
	}
	if pattern := schema.get("pattern").text(); pattern != "" {
		kind += " like " + code(pattern)
	}
	return kind
}

// between says the bounds of a number, or how many entries a list may have.
func between(schema node, least, most string) string {
	from, to := schema.get(least).text(), schema.get(most).text()
	switch {
	case from != "" && to != "":
		return ", " + from + " to " + to
	case from != "":
		return ", " + from + " or more"
	case to != "":
		return ", at most " + to
	}
	return ""
}

func choice(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = code(w)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}

// envelope are the members of every answer.
var envelope = []string{"ActionStatus", "ErrorCode", "ErrorInfo", "ErrorDisplay"}

// table adds a table of members; must is what stands behind those that have to be there.
func (l *lines) members(what, must string, list []member) {
	if len(list) == 0 {
		return
	}
	var rows [][]string
	for _, m := range list {
		there := ""
		if m.must {
			there = must
		}
		if m.others != nil {
			there = strings.TrimPrefix(there+"; or "+choice(m.others), "; ")
		}
		rows = append(rows, []string{code(m.name), m.kind, there})
	}
	l.table([]string{what, "what it is", ""}, rows)
}

// forms adds the schemas that others refer to.
func (l *lines) forms(doc node, skip func(name string) bool) {
	doc.get("components", "schemas").each(func(name string, schema node) {
		if skip(name) {
			return
		}
		l.add("#### Form %s\n", name)
		if forms := schema.get("anyOf"); !forms.absent() {
			l.add("%s.\n", kindOf(schema))
			return
		}
		list := members(schema, "")
		if len(list) == 0 {
			l.add("%s.\n", kindOf(schema))
		}
		must := "always"
		if strings.HasSuffix(name, "Input") {
			must = "needed"
		}
		l.members("member", must, list)
	})
}
