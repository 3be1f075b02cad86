package describe

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// object is an object of a document, its members in order.
type object []member

type member struct {
	name  string
	value any // object, list, string, int, uint64, bool or nil
}

// list is a list of a document.
type list []any

// set appends a member.
func (o *object) set(name string, value any) { *o = append(*o, member{name, value}) }

// get is a member's value, nil when there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// texts makes a list of texts.
func texts(of ...string) list {
	all := make(list, len(of))
	for i, s := range of {
		all[i] = s
	}
	return all
}

// print writes a document as YAML behind a comment.
func (o object) print(comment string) []byte {
	var b bytes.Buffer
	b.WriteString(comment)
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node(o)); err != nil {
		panic("describe: " + err.Error()) // a buffer takes everything
	}
	return b.Bytes()
}

// node is a value as the YAML library has it.
func node(v any) *yaml.Node {
	n := &yaml.Node{}
	switch v := v.(type) {
	case object:
		n.Kind = yaml.MappingNode
		for _, m := range v {
			n.Content = append(n.Content, node(m.name), node(m.value))
		}
	case list:
		n.Kind = yaml.SequenceNode
		for _, one := range v {
			n.Content = append(n.Content, node(one))
		}
	default:
		if err := n.Encode(v); err != nil {
			panic(fmt.Sprintf("describe: %v: %v", v, err))
		}
	}
	return n
}
