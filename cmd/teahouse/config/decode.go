package config

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decoder fills a Config from the tree that the file and the environment
// make. It goes on after a problem, so that all are found in one run. Values from the
// environment are always text, so text is converted to the type of the field.
type decoder struct {
	problems Problems
	from     map[string]string // path → environment variable
	files    []secretFile
	inline   bool // a secret stands in the text itself
}

var (
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	sizeType     = reflect.TypeFor[Size]()
)

func (d *decoder) value(path string, to reflect.Value, raw any) {
	if raw == nil {
		return // a key without a value keeps its default
	}
	switch {
	case to.Type() == durationType:
		d.duration(path, to, raw)
	case to.Type() == timeType:
		d.time(path, to, raw)
	case to.Type() == sizeType:
		d.size(path, to, raw)
	case to.Kind() == reflect.Struct:
		d.structure(path, to, raw)
	case to.Kind() == reflect.Map:
		d.mapping(path, to, raw)
	case to.Kind() == reflect.Slice:
		d.list(path, to, raw)
	case to.Kind() == reflect.String:
		d.text(path, to, raw)
	case to.Kind() == reflect.Bool:
		d.boolean(path, to, raw)
	case to.Kind() == reflect.Int:
		d.number(path, to, raw)
	default:
		panic("config: no way to read a " + to.Type().String())
	}
}

func (d *decoder) structure(path string, to reflect.Value, raw any) {
	tree, ok := raw.(map[string]any)
	if !ok {
		d.wrong(path, raw, "a section with keys of its own")
		return
	}
	fields, names := fieldsOf(to)
	for _, key := range sorted(tree) {
		at := join(path, key)
		if field, ok := fields[key]; ok {
			d.value(at, field, tree[key])
		} else if field, ok := fields[strings.TrimSuffix(key, "_file")]; ok && field.Type() == secretType {
			d.secretFile(at, field, tree, key)
		} else {
			d.unknown(at, key, names)
		}
	}
}

// secretFile reads a secret from the file that key names.
func (d *decoder) secretFile(path string, to reflect.Value, tree map[string]any, key string) {
	direct := strings.TrimSuffix(key, "_file")
	if v, ok := tree[direct]; ok && v != nil {
		d.problems.add(path, "%s is given as well: keep one of them", direct)
		return
	}
	file, ok := tree[key].(string)
	if !ok {
		d.wrong(path, tree[key], "the name of a file")
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		d.problems.add(path, "%v", err)
		return
	}
	d.files = append(d.files, secretFile{path, file})
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		d.problems.add(path, "the file %s is empty", file)
	}
	to.SetString(secret)
}

func (d *decoder) mapping(path string, to reflect.Value, raw any) {
	tree, ok := raw.(map[string]any)
	if !ok {
		d.wrong(path, raw, "a section with one entry for each")
		return
	}
	m := reflect.MakeMap(to.Type())
	for _, key := range sorted(tree) {
		elem := reflect.New(to.Type().Elem()).Elem()
		if e, ok := elem.Addr().Interface().(interface{ setDefaults() }); ok {
			e.setDefaults()
		}
		d.value(join(path, key), elem, tree[key])
		m.SetMapIndex(reflect.ValueOf(key), elem)
	}
	to.Set(m)
}

// list takes a YAML list, or text with commas as the environment has it.
func (d *decoder) list(path string, to reflect.Value, raw any) {
	var items []string
	switch v := raw.(type) {
	case string:
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
	case []any:
		for i, item := range v {
			text, ok := item.(string)
			if !ok {
				d.wrong(fmt.Sprintf("%s[%d]", path, i), item, "text")
				continue
			}
			items = append(items, text)
		}
	default:
		d.wrong(path, raw, "a list")
		return
	}
	to.Set(reflect.ValueOf(items))
}

// text also takes numbers, except for secrets: a name may be 42, but a key that YAML has
// read as a number has lost its leading zeros.
func (d *decoder) text(path string, to reflect.Value, raw any) {
	switch v := raw.(type) {
	case string:
		to.SetString(v)
		d.inline = d.inline || to.Type() == secretType && v != "" && d.from[path] == ""
	case int:
		if to.Type() != secretType {
			to.SetString(strconv.Itoa(v))
			return
		}
		d.problems.add(path, "is read as a number, put quotes around it")
	default:
		d.wrong(path, raw, "text")
	}
}

func (d *decoder) boolean(path string, to reflect.Value, raw any) {
	switch v := raw.(type) {
	case bool:
		to.SetBool(v)
		return
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			to.SetBool(b)
			return
		}
	}
	d.wrong(path, raw, "true or false")
}

func (d *decoder) number(path string, to reflect.Value, raw any) {
	switch v := raw.(type) {
	case int:
		to.SetInt(int64(v))
		return
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			to.SetInt(int64(n))
			return
		}
	}
	d.wrong(path, raw, "a whole number")
}

func (d *decoder) duration(path string, to reflect.Value, raw any) {
	if v, ok := raw.(string); ok {
		if t, err := time.ParseDuration(v); err == nil {
			to.SetInt(int64(t))
			return
		}
	}
	if raw == 0 {
		to.SetInt(0)
		return
	}
	d.wrong(path, raw, "a time such as 90s, 15m or 168h")
}

func (d *decoder) size(path string, to reflect.Value, raw any) {
	if n, ok := raw.(int); ok {
		raw = strconv.Itoa(n)
	}
	if v, ok := raw.(string); ok {
		if n, ok := parseSize(v); ok {
			to.SetInt(int64(n))
			return
		}
	}
	d.wrong(path, raw, "a number of bytes such as 512MiB or 2GiB")
}

func (d *decoder) time(path string, to reflect.Value, raw any) {
	switch v := raw.(type) {
	case time.Time:
		to.Set(reflect.ValueOf(v))
		return
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			to.Set(reflect.ValueOf(t))
			return
		}
	}
	d.wrong(path, raw, "a moment such as 2027-01-31T00:00:00Z")
}

// wrong does not print the value: it may be a secret in the wrong place.
func (d *decoder) wrong(path string, raw any, want string) {
	d.problems.add(path, "is %s, want %s%s", kindOf(raw), want, d.variable(path))
}

func (d *decoder) unknown(path, key string, names []string) {
	hint := ""
	if near := nearest(key, names); near != "" {
		hint = fmt.Sprintf(", did you mean %s?", near)
	}
	d.problems.add(path, "unknown key%s%s", hint, d.variable(path))
}

// variable names the environment variable that a path came from.
func (d *decoder) variable(path string) string {
	if name := d.from[path]; name != "" {
		return " (from " + name + ")"
	}
	return ""
}

func kindOf(raw any) string {
	switch raw.(type) {
	case string:
		return "text that does not fit"
	case bool:
		return "true or false"
	case int, int64, uint64, float64:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "a section"
	}
	return fmt.Sprintf("a %T", raw)
}

// fieldsOf lists the fields of a structure by their keys.
func fieldsOf(v reflect.Value) (fields map[string]reflect.Value, names []string) {
	fields = map[string]reflect.Value{}
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		fields[name] = v.Field(i)
		names = append(names, name)
		if v.Field(i).Type() == secretType {
			names = append(names, name+"_file")
		}
	}
	return fields, names
}

// sortedKeys are the keys of a map by name, in order.
func sortedKeys(m reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(m.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
