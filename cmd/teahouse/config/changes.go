package config

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Changes makes a patch (see [Patch]) of settings of an app as the command line has them: keys of
// its section of the file with values, such as limits.group_rate=100, and keys that are to have
// their defaults again. Files are read here: those of secrets (webhook.token_file=…), of
// certificates and of public keys. What the values may be, Patch says. The error is [Problems].
func Changes(set, unset []string) (map[string]any, error) {
	c := changes{patch: map[string]any{}}
	for _, one := range set {
		key, value, ok := strings.Cut(one, "=")
		if !ok {
			c.problems.add("settings", "want KEY=VALUE, such as limits.group_rate=100") // what was given may be a secret
			continue
		}
		c.change(key, func(in map[string]any, name string, to reflect.Type) { c.set(in, key, name, value, to) })
	}
	for _, key := range unset {
		c.change(key, func(in map[string]any, name string, to reflect.Type) {
			if belowOf(to, name) == nil { // the file of a secret
				name = strings.TrimSuffix(name, "_file")
			}
			in[name] = nil
		})
	}
	return c.patch, c.problems.err()
}

// changes is a patch being made.
type changes struct {
	patch    map[string]any
	problems Problems
}

// change finds the place of a key in the patch, and has do change it there. to is the type of what
// holds it: a structure, or a map with names of one's choice.
func (c *changes) change(key string, do func(in map[string]any, name string, to reflect.Type)) {
	in, typ, path := c.patch, reflect.TypeFor[App](), ""
	steps := strings.Split(key, ".")
	for i, name := range steps {
		path = join(path, name)
		if !c.known(path, name, typ) {
			return
		}
		if i == len(steps)-1 {
			do(in, name, typ)
			return
		}
		below := belowOf(typ, name)
		if below == nil || below.Kind() != reflect.Struct && below.Kind() != reflect.Map {
			c.problems.add(path, "has no keys below it")
			return
		}
		if _, ok := in[name].(map[string]any); !ok {
			in[name] = map[string]any{}
		}
		in, typ = in[name].(map[string]any), below
	}
}

// known reports a key that a structure does not have.
func (c *changes) known(path, name string, in reflect.Type) bool {
	if in.Kind() == reflect.Map {
		return true
	}
	if belowOf(in, name) != nil || belowOf(in, strings.TrimSuffix(name, "_file")) == reflect.TypeFor[Secret]() {
		return true
	}
	_, names := fieldsOf(reflect.New(in).Elem())
	d := decoder{}
	d.unknown(path, name, names)
	c.problems = append(c.problems, d.problems...)
	return false
}

// belowOf is the type of what a structure or a map has under a name, nil when there is none.
func belowOf(in reflect.Type, name string) reflect.Type {
	if in.Kind() == reflect.Map {
		return in.Elem()
	}
	fields, _ := fieldsOf(reflect.New(in).Elem())
	if f, ok := fields[name]; ok {
		return f.Type()
	}
	return nil
}

// set puts a value. Lists and sections may be written as in YAML, on one line.
func (c *changes) set(in map[string]any, path, name, value string, to reflect.Type) {
	var parsed any = value
	if text := strings.TrimSpace(value); strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
			c.problems.add(path, "is no list or section as YAML has it on one line")
			return
		}
	}
	below := belowOf(to, name)
	switch {
	case below == nil && to.Kind() == reflect.Struct: // the file of a secret
		c.readInto(in, path, strings.TrimSuffix(name, "_file"), value)
	case name == "ca_file" && value != "" && !isPEM(value):
		c.readInto(in, path, name, value)
	case name == "public_keys":
		in[name] = c.publicKeys(path, parsed)
	default:
		in[name] = parsed
	}
}

// readInto puts what a file holds.
func (c *changes) readInto(in map[string]any, path, name, file string) {
	text, err := os.ReadFile(file)
	switch {
	case err != nil:
		c.problems.add(path, "%v", err)
	case strings.TrimSpace(string(text)) == "":
		c.problems.add(path, "the file %s is empty", file)
	default:
		in[name] = strings.TrimRight(string(text), "\r\n")
	}
}

// publicKeys are keys in PEM in place of the names of their files.
func (c *changes) publicKeys(path string, value any) any {
	list, ok := value.([]any)
	if text, is := value.(string); is && !isPEM(text) {
		ok = true
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	if !ok {
		return value
	}
	for i, one := range list {
		file, _ := one.(string)
		if isPEM(file) {
			continue
		}
		in := map[string]any{}
		c.readInto(in, fmt.Sprintf("%s[%d]", path, i), "key", file)
		list[i] = in["key"]
	}
	return list
}

// KeysBelow are the keys of a section of an app, such as push.apns, but for those with _file; none
// when it is no section.
func KeysBelow(section string) []string {
	typ := reflect.TypeFor[App]()
	for name := range strings.SplitSeq(section, ".") {
		if typ == nil || typ.Kind() != reflect.Struct {
			return nil
		}
		typ = belowOf(typ, name)
	}
	if typ == nil || typ.Kind() != reflect.Struct {
		return nil
	}
	fields, _ := fieldsOf(reflect.New(typ).Elem())
	return slices.Sorted(maps.Keys(fields))
}
