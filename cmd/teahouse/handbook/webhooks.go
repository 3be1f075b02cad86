package handbook

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/webhook"
)

// webhooks is the reference of what the app's server is asked and told.
func (h *handbook) webhooks() (string, error) {
	var l lines
	l.add("## All of them\n")
	var rows [][]string
	for _, kind := range chat.EventKinds {
		s, ok := h.hooks[string(kind)]
		if !ok {
			return "", fmt.Errorf("%s is in no table of docs/spec/30-webhooks.md", kind)
		}
		rows = append(rows, []string{"[" + code(string(kind)) + "](#" + slug(string(kind)) + ")", whenAsked(kind), s.trigger})
	}
	l.table([]string{"`CallbackCommand`", "when", "what about"}, rows)
	section := ""
	for _, kind := range chat.EventKinds {
		s := h.hooks[string(kind)]
		if s.section != section {
			section = s.section
			l.add("## %s\n", section)
		}
		if err := h.hook(&l, kind, s); err != nil {
			return "", err
		}
	}
	return l.String(), nil
}

func whenAsked(k chat.EventKind) string {
	if k.Asks() {
		return "before"
	}
	return "after"
}

// hook is one webhook, with an example from its golden file.
func (h *handbook) hook(l *lines, kind chat.EventKind, s specHook) error {
	golden, err := fs.ReadFile(h.root, "webhook/testdata/"+string(kind)+".json")
	if err != nil {
		return err
	}
	var example map[string]any
	if err := json.Unmarshal(golden, &example); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	l.add("### %s\n", kind)
	l.add("%s: %s.\n", strings.ToUpper(whenAsked(kind)[:1])+whenAsked(kind)[1:], strings.TrimSuffix(s.trigger, "."))
	rows := [][]string{{code("CallbackCommand"), "always " + code(string(kind)), ""}}
	for _, m := range webhook.Members(kind) {
		there := ""
		if m.Optional {
			there = "left out when there is nothing to say"
		}
		rows = append(rows, []string{code(m.Name), s.shape(m.Name, example[m.Name]), there})
	}
	l.table([]string{"member", "what it is", ""}, rows)
	switch {
	case kind.Asks() && s.answer != none:
		l.add("The answer [decides](#answers), and may hold besides: %s.\n", s.answer)
	case kind.Asks():
		l.add("The answer [decides](#answers).\n")
	}
	l.add("```json\n%s\n```\n", strings.TrimSpace(indented(golden)))
	return nil
}

// shape says what a value of an example is.
func (s *specHook) shape(name string, v any) string {
	switch v := v.(type) {
	case nil, string:
		if words := s.words[name]; words != nil {
			return choice(words)
		}
		return "text"
	case float64:
		return "number"
	case []any:
		if len(v) == 0 {
			return "list"
		}
		return "list of " + s.shape(name, v[0])
	case map[string]any:
		var names []string
		for _, name := range sortedKeys(v) {
			names = append(names, code(name)+" "+s.shape(name, v[name]))
		}
		return "object (" + strings.Join(names, ", ") + ")"
	}
	return "true or false"
}
