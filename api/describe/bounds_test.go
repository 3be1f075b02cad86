package describe_test

import (
	"encoding/json"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// A list that is described with a bound may be that long, and is refused beyond it.
func TestBoundsAreTheCommandsOwn(t *testing.T) {
	requests := map[string]string{}
	for _, e := range exchanges(t) {
		if codeOf(t, e.answer) == 0 && e.rest {
			requests[e.name] = e.body
		}
	}
	by := chat.Actor{App: app, User: "administrator", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	for _, c := range table(t).Rows() {
		for name, b := range c.Bounds() {
			code := func(entries int) chat.Code {
				_, err := c.Run(t.Context(), by, withList(t, requests[c.Service+"/"+c.Name], name, entries), api.MostREST)
				return chat.CodeOf(err)
			}
			within, beyond := code(b.Most), code(b.Most+1)
			if beyond == 0 || within == beyond {
				t.Errorf("%s: %d entries of %s get %d, one more %d", c.Name, b.Most, name, within, beyond)
			}
			if b.Least > 0 && code(b.Least-1) == 0 {
				t.Errorf("%s: %d entries of %s are taken", c.Name, b.Least-1, name)
			}
		}
	}
}

// withList is a request in which a list has so many entries, all like its first.
func withList(t *testing.T, body, name string, entries int) []byte {
	t.Helper()
	members := map[string]any{}
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	entry := any("ann") // where no golden request has the list, it is one of accounts
	if list, ok := members[name].([]any); ok && len(list) > 0 {
		entry = list[0]
	}
	if name == "AccountList" {
		entry = map[string]any{"UserID": "ann"}
	}
	list := make([]any, entries)
	for i := range list {
		list[i] = entry
	}
	members[name] = list
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
