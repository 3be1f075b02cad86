package badger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
)

// without takes messages of pair out of a folder, as damage would, and opens it
// again.
func without(t *testing.T, s *Store, o Options, numbers ...chat.Seq) *Store {
	t.Helper()
	err := s.edit(func(b *batch) error {
		for _, n := range numbers {
			if err := b.del(putMessageKey(nil, pair, n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o.Dir = s.db.Opts().Dir
	return mustOpen(t, o)
}

func numbersOf(page []*chat.Message) string {
	var list []string
	for _, m := range page {
		list = append(list, fmt.Sprint(m.Seq))
	}
	return strings.Join(list, " ")
}

// TestHoleIsFault: messages that are missing and have not expired end a page;
// a page that begins with them is a fault that names them.
func TestHoleIsFault(t *testing.T) {
	log := new(lines)
	s := mustOpen(t, Options{Dir: t.TempDir()})
	fill(t, s, 60)
	registry := prometheus.NewRegistry()
	s = without(t, s, Options{Log: log.logger(), Registerer: registry}, 20, 21, 22, 40, 60)
	for _, c := range []struct {
		from  chat.Seq
		down  bool
		limit int
		page  string    // what comes
		hole  chat.Hole // or the fault
	}{
		{from: 1, limit: 3, page: "1 2 3"},
		{from: 17, limit: 3, page: "17 18 19"},
		{from: 17, limit: 100, page: "17 18 19"},
		{from: 18, limit: 4, page: "18 19"},
		{from: 20, limit: 4, hole: chat.Hole{First: 20, Last: 22}},
		{from: 22, limit: 4, hole: chat.Hole{First: 22, Last: 22}},
		{from: 23, limit: 4, page: "23 24 25 26"},
		{from: 38, limit: 40, page: "38 39"},
		{from: 58, limit: 40, page: "58 59"},
		{from: 60, limit: 40, hole: chat.Hole{First: 60, Last: 60}},
		{from: 60, down: true, limit: 40, hole: chat.Hole{First: 60, Last: 60}},
		{from: 59, down: true, limit: 2, page: "59 58"},
		{from: 42, down: true, limit: 40, page: "42 41"},
		{from: 40, down: true, limit: 2, hole: chat.Hole{First: 40, Last: 40}},
		{from: 24, down: true, limit: 5, page: "24 23"},
		{from: 22, down: true, limit: 5, hole: chat.Hole{First: 20, Last: 22}},
		{from: 21, down: true, limit: 40, hole: chat.Hole{First: 20, Last: 22}},
		{from: 19, down: true, limit: 2, page: "19 18"},
	} {
		page, err := s.Messages(t.Context(), pair, c.from, c.down, c.limit, 0)
		var hole *chat.Hole
		switch {
		case c.page != "" && (err != nil || numbersOf(page) != c.page):
			t.Errorf("%+v: got %s, %v", c, numbersOf(page), err)
		case c.page == "" && (!errors.As(err, &hole) || hole.First != c.hole.First || hole.Last != c.hole.Last || hole.Conv != pair):
			t.Errorf("%+v: got %s, %v", c, numbersOf(page), err)
		}
	}
	if m, err := s.Message(t.Context(), pair, 21); !errors.Is(err, chat.ErrDamaged) || !chat.IsFault(err) || m != nil {
		t.Errorf("message 21: %v, %v", m, err)
	}
	if m, err := s.Message(t.Context(), pair, 61); err != nil || m != nil {
		t.Errorf("a message that never was: %v, %v", m, err)
	}
	log.wait(t, "messages are missing")
	if found, _ := log.with("missing"); len(found) != 1 || !strings.Contains(found[0], pair.String()) {
		t.Errorf("the log says %q", found)
	}
	if n := gathered(t, registry)["teahouse_store_damage_total"]; n < 5 {
		t.Errorf("%v times counted", n)
	}
}

// TestExpiredMessagesAreNoFault: what may have expired may be missing, whatever
// lifetime its neighbours have.
func TestExpiredMessagesAreNoFault(t *testing.T) {
	now := time.Now()
	o := Options{Dir: t.TempDir(), Now: func() time.Time { return now }}
	s := mustOpen(t, o)
	for i := range 30 {
		m := text(pair, fmt.Sprint(i))
		switch {
		case i < 10, i == 14, i == 29:
			m.Expires = now.Unix() + 60
		case i < 20:
			m.Expires = now.Unix() + 3600
		}
		if err := s.Apply(t.Context(), one(m)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Message(t.Context(), pair, 5); err != nil {
		t.Fatal(err)
	}
	now = now.Add(10 * time.Minute)
	s = without(t, s, o, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 30)
	for _, c := range []struct {
		from chat.Seq
		down bool
		page string
	}{
		{from: 1, page: "11 12 13 14 16"},
		{from: 15, page: "16 17 18 19 20"},
		{from: 30, down: true, page: "29 28 27 26 25"},
		{from: 30},
		{from: 13, down: true, page: "13 12 11"},
		{from: 10, down: true},
		{from: 4, down: true},
	} {
		page, err := s.Messages(t.Context(), pair, c.from, c.down, 5, 0)
		if err != nil || numbersOf(page) != c.page {
			t.Errorf("%+v: got %s, %v", c, numbersOf(page), err)
		}
	}
	for _, n := range []chat.Seq{1, 5, 10, 15, 30} {
		if m, err := s.Message(t.Context(), pair, n); m != nil || err != nil {
			t.Errorf("message %d: %v, %v", n, m, err)
		}
	}
	// And one that has not.
	s = without(t, s, o, 11)
	for _, down := range []bool{false, true} {
		if page, err := s.Messages(t.Context(), pair, 11, down, 5, 0); !errors.Is(err, chat.ErrDamaged) {
			t.Errorf("down %v: got %s, %v", down, numbersOf(page), err)
		}
	}
}

// TestRecallKeepsPriorExpires: a recall replaces the message, and
// what it knows of the one before stays.
func TestRecallKeepsPriorExpires(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	fill(t, s, 3)
	if err := applyScript(s, []*chat.Commit{{
		Shard: pair.Shard(), Edits: []*chat.Message{{Conv: pair, Seq: 3, Recall: &chat.Recall{By: "ann"}}},
	}}); err != nil {
		t.Fatal(err)
	}
	s = without(t, s, Options{}, 2)
	if _, err := s.Message(t.Context(), pair, 2); !errors.Is(err, chat.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

// TestHolesOfOlderVersionsAreNoFault: those of a version that did not note when the one
// before expires.
func TestHolesOfOlderVersionsAreNoFault(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	fill(t, s, 5)
	err := s.edit(func(b *batch) error {
		m, err := b.s.message(b.view(), pair, 4, b.now.Unix())
		if err != nil {
			return err
		}
		old := *m
		old.PriorExpires = 0
		return b.putMessage(&old)
	})
	if err != nil {
		t.Fatal(err)
	}
	s = without(t, s, Options{}, 2, 3)
	page, err := s.Messages(t.Context(), pair, 1, false, 9, 0)
	if err != nil || numbersOf(page) != "1 4 5" {
		t.Errorf("got %s, %v", numbersOf(page), err)
	}
}
