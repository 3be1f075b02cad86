package handbook

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a part of a description, with its members in their order.
type node struct{ *yaml.Node }

// document reads a description of a door.
func document(text []byte) (node, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return node{}, fmt.Errorf("read a description: %w", err)
	}
	return node{n.Content[0]}, nil
}

// get is what names lead to, one after another; absent is a node without anything.
func (n node) get(names ...string) node {
	for _, name := range names {
		found := node{}
		n.each(func(key string, value node) {
			if key == name {
				found = value
			}
		})
		n = found
	}
	return n
}

func (n node) absent() bool { return n.Node == nil }

// each goes through the members of an object.
func (n node) each(f func(key string, value node)) {
	if n.Node == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i].Value, node{n.Content[i+1]})
	}
}

// items are the entries of a list.
func (n node) items() (list []node) {
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range n.Content {
		list = append(list, node{c})
	}
	return list
}

// text is a value as it is written, "" when it is absent.
func (n node) text() string {
	if n.Node == nil {
		return ""
	}
	return n.Value
}

// texts are the entries of a list of texts.
func (n node) texts() (list []string) {
	for _, c := range n.items() {
		list = append(list, c.text())
	}
	return list
}

// form is the name of the schema that a reference leads to.
func (n node) form() (string, bool) {
	return strings.CutPrefix(n.get("$ref").text(), "#/components/schemas/")
}
