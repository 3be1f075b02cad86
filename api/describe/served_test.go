package describe_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/topics"
)

// Every command that is served is in the documents, and nothing else.
func TestTheDocumentsHaveEveryCommand(t *testing.T) {
	d := newDocuments(t)
	want := map[string]bool{}
	for _, c := range table(t).Rows() {
		if c.Name == "" {
			continue
		}
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			want["/v4/"+c.Service+"/"+name] = true
		}
	}
	same(t, "paths", keys(d.rest.root["paths"]), slices.Sorted(maps.Keys(want)))
	var asked []string
	for name := range d.mqtt.root["operations"].(map[string]any) {
		address, _ := d.mqtt.get("channels", name)["address"].(string)
		if method, ok := strings.CutPrefix(address, "im/req/"); ok {
			asked = append(asked, strings.TrimSuffix(method, "/{rid}"))
		}
	}
	slices.Sort(asked)
	same(t, "methods", asked, table(t).Methods(true))
}

// Every command leads to a part of the specification.
func TestEveryCommandNamesItsPartOfTheSpecification(t *testing.T) {
	d := newDocuments(t)
	for path := range d.rest.root["paths"].(map[string]any) {
		if d.rest.get("paths", path, "post")["x-spec"] == nil {
			t.Errorf("%s: no page of docs/spec names the command", path)
		}
	}
}

// Every kind of event that the server sends has a channel.
func TestTheDocumentHasEveryEvent(t *testing.T) {
	var got []string
	for _, name := range keys(newDocuments(t).mqtt.root["channels"]) {
		if kind, ok := strings.CutPrefix(name, "event."); ok && kind != "typing" && kind != "presence" {
			got = append(got, kind)
		}
	}
	same(t, "events", got, topics.EventKinds())
}

// Every topic in the tables of spec/00 has a channel.
func TestTheDocumentHasEveryTopic(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec/00-mqtt-contract.md")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	channels := newDocuments(t).mqtt.get("channels")
	for name := range channels {
		have = append(have, pattern(channels[name].(map[string]any)["address"].(string)))
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		for _, topic := range topicsOf(line) {
			if n++; !slices.Contains(have, topic) {
				t.Errorf("%s is not described", topic)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d topics found in spec/00, want all", n)
	}
}

var quotedTopic = regexp.MustCompile("`((?:im|app)/[^`#…]*)`")

// topicsOf are the topics that begin a line of a table, {conv} and {method} as the
// document has them.
func topicsOf(line string) (list []string) {
	cells := strings.Split(line, "|")
	if len(cells) < 4 {
		return nil
	}
	for _, m := range quotedTopic.FindAllStringSubmatch(cells[1]+cells[2], -1) {
		switch topic := m[1]; {
		case strings.HasPrefix(topic, "im/req/"), topic == "im/event/{kind}":
			// TestTheDocumentsHaveEveryCommand, TestTheDocumentHasEveryEvent
		case strings.Contains(topic, "{conv}"):
			list = append(list, pattern(strings.Replace(topic, "{conv}", "c2c/{}", 1)), pattern(strings.Replace(topic, "{conv}", "group/{}", 1)))
		default:
			list = append(list, pattern(topic))
		}
	}
	return list
}

var parameter = regexp.MustCompile(`{[^}]*}`)

// pattern is an address without the names of its parameters.
func pattern(address string) string { return parameter.ReplaceAllString(address, "{}") }

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func keys(of any) []string { return slices.Sorted(maps.Keys(of.(map[string]any))) }
