package badger

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// makeSchema writes the kept copy of the present schema anew:
//
//	go test ./storage/badger -run TestSchemaFixturesOpen -make-schema
//
// A copy of a schema that has landed is never written again.
var makeSchema = flag.Bool("make-schema", false, "write testdata/schemaN for the present schema")

// keptFiles are the files of a folder that its data is in; the engine makes the
// others by itself.
var keptFiles = []string{"MANIFEST", "KEYREGISTRY", "*.sst"}

// kept is one of everything that a folder holds.
func kept() []*chat.Commit {
	m := &chat.Message{Conv: pair, From: "ann", Time: 1_700_000_000_000, ClientMsgID: "c", Random: 7, Body: []byte(`[1]`), Dedup: chat.DedupKey{1}}
	return []*chat.Commit{{
		Shard: pair.Shard(), Raise: true,
		Messages: []*chat.Message{m},
		Events:   []*chat.ConvEvent{{Conv: pair, Time: 5, Kind: chat.EventRead, By: "bob", Seq: 1}},
		Notices:  []*chat.UserEvent{{App: 7, User: "bob", Time: 6, Kind: chat.UserGroup, Notice: &chat.Notice{Kind: chat.NoticeAdded, Group: "g"}}},
		Outbox:   []*chat.Event{{App: 7, Kind: chat.AfterC2C, Key: "k", Conv: pair, Message: m}},
		Rows:     []chat.Row{{Kind: 70, Key: "bob", Value: []byte("mark")}, {Kind: 51, Key: "1", Add: 3}},
		Mirrors:  []chat.Mirror{{Shard: chat.UserShard(7, "bob"), Row: chat.Row{Kind: 71, Key: "ann", Value: []byte("peer")}}},
	}}
}

// Every schema that has landed opens, and holds what it held.
func TestSchemaFixturesOpen(t *testing.T) {
	if *makeSchema {
		writeSchema(t)
	}
	folders, err := filepath.Glob("testdata/schema*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("kept copies: %v, %v", folders, err)
	}
	for _, from := range folders {
		t.Run(filepath.Base(from), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			hasAll(t, mustOpen(t, Options{Dir: dir}))
		})
	}
}

// hasAll asks for everything that kept commits.
func hasAll(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(ctx, pair.Shard())
	must(err)
	m, err := s.Seen(ctx, pair, chat.DedupKey{1})
	must(err)
	if head.Seq != 1 || head.Rev != 1 || head.Rules != 2 || m == nil || m.From != "ann" || string(m.Body) != `[1]` {
		t.Errorf("head %+v, message %+v", head, m)
	}
	events, err := s.ConvEvents(ctx, pair, 0, 9)
	must(err)
	notices, err := s.UserEvents(ctx, 7, "bob", 0, 9)
	must(err)
	told, err := s.Pending(ctx, "", 9)
	must(err)
	if len(events) != 1 || events[0].By != "bob" || len(notices) != 1 || notices[0].Notice.Group != "g" || len(told) != 1 || told[0].Message.Seq != 1 {
		t.Errorf("events %v, notices %v, outbox %v", events, notices, told)
	}
	session, err := s.Session(ctx, 7, "ann", "phone")
	must(err)
	if session == nil || string(session.Data) != "state" {
		t.Errorf("session %+v", session)
	}
	cells, err := s.RowsOf(ctx, []chat.RowAsk{
		{Shard: pair.Shard(), Kind: 70, Key: "bob"},
		{Shard: pair.Shard(), Kind: 51, Key: "1"},
		{Shard: chat.UserShard(7, "bob"), Kind: 71, Key: "ann"},
	})
	must(err)
	if cells[0] == nil || cells[1] == nil || cells[2] == nil {
		t.Fatalf("rows %v", cells)
	}
	if string(cells[0].Value) != "mark" || cells[1].Add != 3 || string(cells[2].Value) != "peer" {
		t.Errorf("rows %+v %+v %+v", cells[0].Row, cells[1].Row, cells[2].Row)
	}
}

// writeSchema makes the kept copy of the present schema.
func writeSchema(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if err := s.Apply(t.Context(), kept()); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveSessions(t.Context(), []*chat.SessionState{{App: 7, User: "ann", Client: "phone", Data: []byte("state")}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	to := fmt.Sprintf("testdata/schema%d", schema)
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range keptFiles {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
