package config

import (
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/chat"
)

// ShownKey is a key of an app without its secret.
type ShownKey struct {
	ID       string
	NotAfter time.Time // zero: no end
}

// ShowApp prints an app as it would stand in a configuration file: settings as [ShowSettings] has
// them, those alone that differ from their defaults unless all is set. Of secrets it shows only
// that they are there.
func ShowApp(id chat.AppID, settings map[string]any, disabled bool, keys []ShownKey, all bool) (string, error) {
	a := App{Disabled: disabled, Keys: map[string]Key{}}
	a.setDefaults()
	var d decoder
	d.value("", reflect.ValueOf(&a).Elem(), whole(settings))
	if err := d.problems.err(); err != nil {
		return "", err
	}
	for _, k := range keys {
		a.Keys[k.ID] = Key{hidden, k.NotAfter.UTC()}
	}
	var section, plain yaml.Node
	if err := section.Encode(a); err != nil {
		return "", err
	}
	var none App
	none.setDefaults()
	if err := plain.Encode(none); err != nil {
		return "", err
	}
	if !all {
		prune(&section, &plain)
	}
	text, err := yaml.Marshal(map[string]any{"apps": map[string]*yaml.Node{strconv.FormatUint(uint64(id), 10): &section}})
	return string(text), err
}

// whole makes the numbers of a document that came as JSON those of YAML.
func whole(v any) any {
	switch v := v.(type) {
	case map[string]any:
		tree := make(map[string]any, len(v))
		for key, one := range v {
			tree[key] = whole(one)
		}
		return tree
	case float64:
		if n := int(v); float64(n) == v {
			return n
		}
	}
	return v
}

// prune takes out of a section what stands in another alike, and what is then an empty section.
func prune(section, plain *yaml.Node) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		other := valueOf(plain, key.Value)
		if value.Kind == yaml.MappingNode && other != nil && other.Kind == yaml.MappingNode && len(other.Content) > 0 {
			prune(value, other)
			if len(value.Content) == 0 {
				continue
			}
		} else if alike(value, other) {
			continue
		}
		kept = append(kept, key, value)
	}
	section.Content = kept
}

// valueOf is what a section has under a key, nil when it has none.
func valueOf(section *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(section.Content); i += 2 {
		if section.Content[i].Value == key {
			return section.Content[i+1]
		}
	}
	return nil
}

// alike reports whether two values are the same; one that is not there is like an empty list or
// section.
func alike(a, b *yaml.Node) bool {
	switch {
	case b == nil:
		return a.Value == "" && len(a.Content) == 0
	case a.Value != b.Value || len(a.Content) != len(b.Content):
		return false
	}
	for i := range a.Content {
		if !alike(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
