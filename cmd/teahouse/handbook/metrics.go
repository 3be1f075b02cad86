package handbook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// metric is one that a server counts.
type metric struct {
	name, help, kind string
	labels           map[string][]string // with the values that are known before anything has happened
}

// descriptor is how the client library prints what a metric is.
var descriptor = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: "((?:[^"\\]|\\.)*)", (?:unit: "[^"]*", )?constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}\}$`)

var constLabel = regexp.MustCompile(`(\w+)="([^"]*)"`)

// runtimePrefixes are those of the Go runtime and the process, which the client library counts.
var runtimePrefixes = []string{"go_", "process_"}

// readMetrics lists what a registry has, in the order of the names.
func readMetrics(r *prometheus.Registry) ([]metric, error) {
	all := map[string]*metric{}
	descs := make(chan *prometheus.Desc)
	go func() { r.Describe(descs); close(descs) }()
	var wrong error
	for d := range descs {
		m := descriptor.FindStringSubmatch(d.String())
		if m == nil {
			wrong = fmt.Errorf("a metric that cannot be read: %s", d)
			continue
		}
		one := all[m[1]]
		if one == nil {
			one = &metric{name: m[1], help: strings.ReplaceAll(m[2], `\"`, `"`), labels: map[string][]string{}}
			all[m[1]] = one
		}
		for _, l := range constLabel.FindAllStringSubmatch(m[3], -1) {
			one.value(l[1], l[2])
		}
		for name := range strings.SplitSeq(m[4], ",") {
			if name != "" && one.labels[name] == nil {
				one.labels[name] = []string{}
			}
		}
	}
	if wrong != nil {
		return nil, wrong
	}
	families, err := r.Gather()
	if err != nil {
		return nil, err
	}
	for _, f := range families {
		if one := all[f.GetName()]; one != nil {
			one.kind = strings.ToLower(f.GetType().String())
		}
	}
	var list []metric
	for _, name := range sortedKeys(all) {
		if slices.ContainsFunc(runtimePrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		if all[name].kind == "" {
			all[name].kind = kindByName(name)
		}
		list = append(list, *all[name])
	}
	return list, nil
}

func (m *metric) value(label, value string) {
	if !slices.Contains(m.labels[label], value) {
		m.labels[label] = append(m.labels[label], value)
		slices.Sort(m.labels[label])
	}
}

// kindByName is the type of a metric with labels that nothing was counted in yet: by the rules of
// names that Prometheus has.
func kindByName(name string) string {
	switch {
	case strings.HasSuffix(name, "_total"):
		return "counter"
	case strings.HasSuffix(name, "_seconds") && !strings.HasSuffix(name, "_timestamp_seconds"):
		return "histogram"
	}
	return "gauge"
}

// unit is what a metric counts in, by the end of its name.
func unit(name string) string {
	name = strings.TrimSuffix(name, "_total")
	for _, u := range []string{"seconds", "bytes"} {
		if strings.HasSuffix(name, "_"+u) {
			return u
		}
	}
	return "number"
}

// metrics is the reference of what the server counts.
func (h *handbook) metrics() (string, error) {
	list, err := readMetrics(h.registry)
	if err != nil {
		return "", err
	}
	var l lines
	l.add("## Every metric\n")
	for _, m := range list {
		l.add("### %s\n", m.name)
		l.add("%s\n", m.help)
		text := fmt.Sprintf("Type %s, in %s", m.kind, unit(m.name))
		if unit(m.name) == "number" {
			text = "Type " + m.kind
		}
		var labels []string
		for _, name := range sortedKeys(m.labels) {
			one := code(name)
			if values := m.labels[name]; len(values) > 0 {
				quoted := make([]string, len(values))
				for i, v := range values {
					quoted[i] = code(v)
				}
				one += " (" + strings.Join(quoted, ", ") + ")"
			}
			labels = append(labels, one)
		}
		if labels != nil {
			text += "; labels " + strings.Join(labels, ", ")
		}
		l.add("%s.\n", text)
	}
	return l.String(), nil
}
