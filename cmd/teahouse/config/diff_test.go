package config

import (
	"reflect"
	"strings"
	"testing"
)

// What has changed is named, sorted by whether it needs a restart, and without values.
func TestDifferences(t *testing.T) {
	const file = `
data: /tmp/x
log: {level: info}
apps:
  1400000001:
    name: one
    keys: {first: {secret: "0123456789abcdef0123456789abcdef"}}
  7:
    keys: {first: {secret: "0123456789abcdef0123456789abcdef"}}
`
	for _, c := range []struct {
		what, old, new string
		taken, restart []string
	}{
		{what: "nothing"},
		{"a level", "info", "debug", []string{"log.level"}, nil},
		{"a folder", "/tmp/x", "/tmp/y", nil, []string{"data"}},
		{"a listener", "log:", "listen: {mqtt: \":1884\"}\nlog:", nil, []string{"listen.mqtt"}},
		{"a list", "log:", "admin: {hosts: [im.example.com]}\nlog:", nil, []string{"admin.hosts"}},
		{"a format", "{level: info}", "{level: info, format: json}", nil, []string{"log.format"}},
		{"a secret", `"0123456789abcdef0123456789abcdef"}}` + "\n  7", `"1123456789abcdef0123456789abcdef"}}` + "\n  7", []string{"apps.1400000001.keys.first.secret"}, nil},
		{"a secret of the server", "log:", "secrets: {key: 0123456789abcdef0123456789abcdefx}\nlog:", nil, []string{"secrets.key"}},
		{"a key's name", "first: {secret", "second: {secret", []string{"apps.1400000001.keys.first", "apps.1400000001.keys.second"}, nil},
		{"a limit", "name: one", "limits: {group_rate: 7}", []string{"apps.1400000001.limits.group_rate", "apps.1400000001.name"}, nil},
		{"a new app", "  7:", "  8:", []string{"apps.8"}, []string{"apps.7"}},
	} {
		was, err := Parse([]byte(file), nil)
		if err != nil {
			t.Fatal(err)
		}
		is, err := Parse([]byte(strings.Replace(file, c.old, c.new, 1)), nil)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		taken, restart := Differences(&was, &is)
		if !reflect.DeepEqual(taken, c.taken) || !reflect.DeepEqual(restart, c.restart) {
			t.Errorf("%s: taken %q, restart %q; want %q, %q", c.what, taken, restart, c.taken, c.restart)
		}
	}
}

// Every section that is said to be taken by a running server exists.
func TestLiveSettingsExist(t *testing.T) {
	fields, _ := fieldsOf(reflect.ValueOf(Config{}))
	for _, path := range live {
		section, name, deeper := strings.Cut(path, ".")
		v, ok := fields[section]
		if ok && deeper {
			below, _ := fieldsOf(v)
			_, ok = below[name]
		}
		if !ok {
			t.Errorf("there is no setting %s", path)
		}
	}
}
