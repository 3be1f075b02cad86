package badger

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A survey counts what there is, and not what has expired or was dropped.
func TestSurvey(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	old := text(pair, "old")
	old.Expires = 1
	first, last := text(pair, "first"), text(pair, "last")
	for _, m := range []*chat.Message{old, first, last} {
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
	}
	s = reopened(t, s)
	got, err := s.Survey()
	if err != nil {
		t.Fatal(err)
	}
	app := got[pair.App]
	if app == nil || app.Messages != 2 || app.Conversations != 1 || app.Oldest != first.Time || app.Newest != last.Time {
		t.Fatalf("got %+v", app)
	}
	sum := Tally{}
	for _, k := range app.Kinds {
		sum.Entries += k.Entries
		sum.Bytes += k.Bytes
	}
	if sum != app.Tally || app.Kinds["message"].Entries != 2 || app.Kinds["head"].Entries != 1 || app.Bytes <= 0 {
		t.Errorf("the kinds add up to %+v, and all is %+v: %+v", sum, app.Tally, app.Kinds)
	}
	if server := got[0]; server == nil || server.Kinds["store"] == nil {
		t.Errorf("the store's own entries: %+v", server)
	}
}
