package config

import (
	_ "embed"

	"go.yaml.in/yaml/v3"
)

// DefaultFile is a commented configuration file: every key with its default,
// and how an app is declared.
//
//go:embed default.yaml
var DefaultFile string

// Show prints the configuration in force: defaults, file and environment
// together. Secrets show only that they are set.
func (c Config) Show() (string, error) {
	text, err := yaml.Marshal(c)
	return string(text), err
}
