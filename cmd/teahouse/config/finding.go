package config

import (
	"reflect"
	"time"
)

// Finding is something about a configuration that can be read and that an operator ought to know.
// The server starts all the same.
type Finding struct {
	Problem
	Grave bool // it does not work so, or not for long; else it works and is unwise
}

// findings gathers them.
type findings struct {
	now  time.Time
	list []Finding
}

func (f *findings) add(grave bool, path, format string, args ...any) {
	var p Problems
	p.add(path, format, args...)
	f.list = append(f.list, Finding{p[0], grave})
}

// inspections is what is looked at, in the order in which it is told.
var inspections = []struct {
	what string
	look func(*Config, *findings)
}{
	{"the data folder can be written", (*Config).inspectData},
	{"listeners that others reach have TLS", (*Config).inspectDoors},
	{"the certificate is good, for long enough, and for the names by which clients come", (*Config).inspectCertificate},
	{"secrets cannot be guessed", (*Config).inspectSecrets},
	{"each app has a key in force, now and later", (*Config).inspectKeys},
	{"files with secrets are for their owner alone", (*Config).inspectFiles},
	{"what is sent to other machines is encrypted", (*Config).inspectCalls},
}

// Findings looks at a checked configuration and at what it names on this machine, at the time now.
func (c *Config) Findings(now time.Time) []Finding {
	f := findings{now: now}
	for _, i := range inspections {
		i.look(c, &f)
	}
	return f.list
}

// secrets calls use for every secret that is set, with its path.
func (c *Config) secrets(use func(path, secret string)) {
	walkSecrets("", reflect.ValueOf(c).Elem(), use)
}

func walkSecrets(path string, v reflect.Value, use func(path, secret string)) {
	switch {
	case v.Type() == timeType:
	case v.Type() == secretType:
		if v.String() != "" {
			use(path, v.String())
		}
	case v.Kind() == reflect.Struct:
		fields, names := fieldsOf(v)
		for _, name := range names {
			if field, ok := fields[name]; ok {
				walkSecrets(join(path, name), field, use)
			}
		}
	case v.Kind() == reflect.Map:
		for _, key := range sortedKeys(v) {
			walkSecrets(join(path, key.String()), v.MapIndex(key), use)
		}
	}
}
