package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// live are the sections that a running server takes when its configuration is read again; a name
// stands for all below it. Everything else needs a restart.
var live = []string{"apps", "log.level"}

// Differences are the names of settings that differ between two configurations, without their values:
// those that a running server takes, and those that need a restart. An app that is declared no
// longer needs one.
func Differences(was, is *Config) (taken, restart []string) {
	for _, path := range differences("", reflect.ValueOf(was).Elem(), reflect.ValueOf(is).Elem()) {
		if takesLive(path) && !is.dropped(path) {
			taken = append(taken, path)
		} else {
			restart = append(restart, path)
		}
	}
	return taken, restart
}

// takesLive reports whether a setting is taken without a restart.
func takesLive(path string) bool {
	return slices.ContainsFunc(live, func(name string) bool { return path == name || strings.HasPrefix(path, name+".") })
}

// dropped reports whether a path is that of an app which the configuration does not declare.
func (c *Config) dropped(path string) bool {
	id, ok := strings.CutPrefix(path, "apps.")
	if !ok || strings.Contains(id, ".") {
		return false
	}
	_, declared := c.Apps[id]
	return !declared
}

// differences are the paths at which two values of one type differ, in order. What only one of two
// maps has is named as a whole.
func differences(path string, a, b reflect.Value) []string {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return nil
	}
	var list []string
	switch {
	case a.Type() == timeType:
	case a.Kind() == reflect.Struct:
		fieldsA, _ := fieldsOf(a)
		fieldsB, _ := fieldsOf(b)
		for _, name := range slices.Sorted(maps.Keys(fieldsA)) {
			list = append(list, differences(join(path, name), fieldsA[name], fieldsB[name])...)
		}
		return list
	case a.Kind() == reflect.Map:
		names := map[string]bool{}
		for _, m := range []reflect.Value{a, b} {
			for _, key := range m.MapKeys() {
				names[key.String()] = true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			key := reflect.ValueOf(name).Convert(a.Type().Key())
			inA, inB := a.MapIndex(key), b.MapIndex(key)
			if inA.IsValid() && inB.IsValid() {
				list = append(list, differences(join(path, name), inA, inB)...)
			} else {
				list = append(list, join(path, name))
			}
		}
		return list
	}
	return []string{path}
}
