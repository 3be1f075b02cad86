package badger

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

func verified(t *testing.T, s *Store) (c Contents, problems []string) {
	t.Helper()
	c, err := s.Verify(func(where, what string) { problems = append(problems, where+": "+what) }, func(chat.AppID) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return c, problems
}

// TestVerifyPassesSoundStore: everything a commit can hold, drops of groups
// among it, and messages that have expired.
func TestVerifyPassesSoundStore(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	rooms := []*crashRoom{{script: newScript(0)}, {script: newScript(groupThatEnds(5, 40))}}
	w := &roomWriter{s: s, rooms: rooms}
	for range rooms[1].ends + 20 {
		if err := w.apply(rooms); err != nil {
			t.Fatal(err)
		}
	}
	old := text(pair, "old")
	old.Expires = 1
	for _, m := range []*chat.Message{text(pair, "first"), old, text(pair, "last")} {
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
	}
	s = reopened(t, s)
	c, problems := verified(t, s)
	for _, p := range problems {
		t.Error(p)
	}
	if c.Shards < 5 || c.Messages < 50 || c.Events < 50 || c.Rows < 50 {
		t.Errorf("looked at %+v", c)
	}
}

// TestVerifySeesDamage changes one entry at a time.
func TestVerifySeesDamage(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	room := groupThatEnds(100, 200)
	rooms := []*crashRoom{{script: newScript(room)}}
	w := &roomWriter{s: s, rooms: rooms}
	for range 20 {
		if err := w.apply(rooms); err != nil {
			t.Fatal(err)
		}
	}
	conv := room.conv()
	user := room.watcher()
	head := headAt(t, s, conv)
	removes := func(key []byte) func(*batch) error { return func(b *batch) error { return b.del(key) } }
	puts := func(key, value []byte) func(*batch) error {
		return func(b *batch) error { return b.put(key, value, 0) }
	}
	changed := func(n chat.Seq, change func(m *chat.Message)) func(*batch) error {
		return func(b *batch) error {
			m, err := b.view().stored(conv, n)
			if err != nil {
				return err
			}
			change(m)
			return b.putMessage(m)
		}
	}
	headed := func(change func(h *headState)) func(*batch) error {
		return func(b *batch) error {
			h, err := readHead(b.view(), conv.Shard())
			change(&h)
			b.heads[conv.Shard()] = h
			return err
		}
	}
	for _, c := range []struct {
		what string
		do   func(*batch) error
		says string
	}{
		{"a message is missing", removes(putMessageKey(nil, conv, 5)), "messages 5 to 5 are missing"},
		{"the newest message is missing", removes(putMessageKey(nil, conv, head.Seq)), fmt.Sprintf("messages %d to %d are missing", head.Seq, head.Seq)},
		{"the first message is missing", removes(putMessageKey(nil, conv, 1)), "messages 1 to 1 are missing"},
		{"a message is no record", puts(putMessageKey(nil, conv, 5), []byte("x")), "cannot be read"},
		{"a message counts wrong", changed(5, func(m *chat.Message) { m.Counted += 3 }), "message 5 counts"},
		{"a sender counts wrong", changed(5, func(m *chat.Message) { m.Own += 3 }), "of its sender"},
		{"a message is older than the one before", changed(5, func(m *chat.Message) { m.Time = 0 }), "older than message 4"},
		{"the head is missing", removes(putShard(nil, keyHead, conv.Shard())), "it has no head"},
		{"the head is behind", headed(func(h *headState) { h.Seq-- }), "beyond the head"},
		{"the head is ahead", headed(func(h *headState) { h.Seq++ }), "are missing"},
		{"the head counts wrong", headed(func(h *headState) { h.Counted++ }), "the head is not that of message"},
		{"the head knows less events", headed(func(h *headState) { h.Rev-- }), "event 20 lies beyond the head"},
		{"what a sender has sent is missing", removes(putSenderKey(nil, conv, room.person(0))), "are kept"},
		{"the head of a user is missing", removes(putShard(nil, keyHead, user)), "it has no head"},
		{"a row is no row", puts(putRow(nil, user, scriptMirror, "room"), []byte{9}), "cannot be read"},
		{"an event of the outbox is no record", puts(outboxKey(keyOutbox, 1), []byte("x")), "cannot be read"},
		{"an event of the outbox is too new", puts(outboxKey(keyOutbox, 1<<60), encodeEvent(nil, &chat.Event{App: 7})), "not given a number"},
		{"a session is no record", puts(sessionKey(7, "ann", "c"), []byte("x")), "cannot be read"},
		{"a dedup key is too new", puts(putDedupKey(nil, conv, chat.DedupKey{1}), record.Encode(nil, &first{seq: 999}, firstFields)), "dedup key"},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			if err := copyFolder(s.db.Opts().Dir, dir); err != nil {
				t.Fatal(err)
			}
			bad := mustOpen(t, Options{Dir: dir})
			if _, problems := verified(t, bad); len(problems) > 0 {
				t.Fatalf("before: %q", problems)
			}
			if err := bad.edit(c.do); err != nil {
				t.Fatal(err)
			}
			_, problems := verified(t, reopened(t, bad))
			if !strings.Contains(strings.Join(problems, "\n"), c.says) {
				t.Errorf("got %q, want %q", problems, c.says)
			}
		})
	}
}

// TestVerifyFilesListsAllDamage: every damaged table, and how much of it.
func TestVerifyFilesListsAllDamage(t *testing.T) {
	closed, _ := damagedFolders(t)
	files, damage, err := VerifyFiles(closed)
	if err != nil || len(damage) > 0 || files.Tables != 4 || files.Bytes == 0 {
		t.Fatalf("%+v, %v, %v", files, damage, err)
	}
	tables, err := filepath.Glob(filepath.Join(closed, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tables[:2] {
		change(t, path, flipped(100, 1))
		change(t, path, flipped(6000, 1))
	}
	if _, damage, err = VerifyFiles(closed); err != nil || len(damage) != 2 {
		t.Fatalf("%v, %v", damage, err)
	}
	for _, d := range damage {
		if !strings.Contains(d.What, "block 1 of ") || !strings.Contains(d.What, "begins with dedup") && !strings.Contains(d.What, "begins with head") || !strings.Contains(d.What, "1 more") {
			t.Error(d)
		}
	}
}
