package config

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

// EnvPrefix begins the names of our environment variables.
const EnvPrefix = "TEAHOUSE_"

// Problems is everything that is wrong with a configuration.
type Problems []Problem

// Problem is one thing that is wrong, and where: a path such as
// apps.1400000001.keys.
type Problem struct {
	Path string
	Text string
}

// Error lists the problems, one on each line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Path + ": " + one.Text
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(path, format string, args ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
}

// err is nil when there are no problems.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Load reads a file and the environment (as os.Environ gives it) over the
// defaults. The error is [Problems] when the file could be read as YAML.
func Load(file string, environ []string) (Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, inline, err := parse(text, environ)
	if inline {
		c.secretFiles = append(c.secretFiles, secretFile{"the configuration", file})
	}
	return c, err
}

// Parse is Load for the text of a file.
func Parse(text []byte, environ []string) (Config, error) {
	c, _, err := parse(text, environ)
	return c, err
}

// parse is Parse, and says whether the text itself holds secrets.
func parse(text []byte, environ []string) (_ Config, inline bool, _ error) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return Config{}, false, fmt.Errorf("the configuration is not YAML: %w", err)
	}
	from := map[string]string{} // path → variable
	vars := env.Provider(".", env.Opt{
		Prefix:      EnvPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			path := envPath(name)
			if path != "" {
				from[path] = name
			}
			return path, value
		},
	})
	if err := k.Load(vars, nil); err != nil {
		return Config{}, false, fmt.Errorf("read environment: %w", err)
	}
	c := Default()
	d := decoder{from: from}
	d.value("", reflect.ValueOf(&c).Elem(), k.Raw())
	c.derive()
	d.problems = append(d.problems, c.check()...)
	c.secretFiles = d.files
	return c, d.inline, d.problems.err()
}

// envPath turns TEAHOUSE_LISTEN__MQTT into listen.mqtt. A name without "__"
// is ours only when it is TEAHOUSE_DATA: orchestrators put variables such as
// TEAHOUSE_PORT into the environment of all containers beside a service of that name.
func envPath(name string) string {
	rest := strings.TrimPrefix(name, EnvPrefix)
	if !strings.Contains(rest, "__") && rest != "DATA" {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(rest, "__", "."))
}

// derive fills in settings that depend on others.
func (c *Config) derive() {
	if c.TLS.Given() && c.Listen.MQTTS == "" {
		c.Listen.MQTTS = ":8883"
	}
	c.TLS.derive()
	for _, addr := range []*string{
		&c.Listen.MQTT, &c.Listen.MQTTS, &c.Listen.WS, &c.Listen.WSS, &c.Listen.Admin, &c.Listen.Metrics, &c.Media.Listen, &c.TLS.ACME.HTTP,
	} {
		if *addr == "" {
			*addr = Off
		}
	}
}
