// Package storagetest is the contract of [chat.Store] in code: every engine
// runs it, and a fault found in one engine becomes a case here.
//
// It refuses to look inside an engine: it writes and asks through the port
// only. What it has asked once it asks again after closing and reopening, where the
// engine can do that.
//
// Start reading at [Run]; the cases stand in one file for each part of the contract.
package storagetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Engine says how to come by a store.
type Engine struct {
	// Open makes an empty store that takes the time from now.
	Open func(t *testing.T, now func() time.Time) chat.Store
	// Reopen closes a store and opens what it has kept; nil when it keeps nothing.
	Reopen func(t *testing.T, s chat.Store) chat.Store
}

// Run puts an engine through the suite, each case with a store of its own.
func Run(t *testing.T, e Engine) {
	for _, list := range [][]testCase{
		numbering, duplicates, paging, searching, expiry, events, heads, conversations, rules, rows, counters, late, mirrors, drops, erasures,
		sessions, outbox, tenancy, concurrency, freshness,
	} {
		for _, c := range list {
			t.Run(c.name, func(t *testing.T) {
				h := open(t, e)
				c.run(h)
				if err := h.Store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
	}
}

type testCase struct {
	name string
	run  func(h *house)
}

// The apps and the people of the suite.
const (
	app   chat.AppID  = 1400000001
	other chat.AppID  = 1400000002
	ann   chat.UserID = "ann"
	bob   chat.UserID = "bob"
	cid   chat.UserID = "cid"

	book chat.GroupID = "book"
)

var (
	annBob  = chat.C2COf(app, ann, bob)
	bookish = chat.GroupOf(app, book)
	anns    = chat.UserShard(app, ann)
	bobs    = chat.UserShard(app, bob)

	// everyKind is a shard of each kind.
	everyKind = []chat.Shard{annBob.Shard(), bookish.Shard(), anns, chat.AppShard(app), chat.ServerShard}

	// nothing is the head of a shard that has nothing.
	nothing = chat.Head{Rules: 1}
)

// house is one store under test, with a clock of its own.
type house struct {
	chat.Store
	t      *testing.T
	engine Engine
	time   atomic.Int64 // Unix nanoseconds
}

// open begins at the real time: an engine may drop by the machine's clock what
// has expired.
func open(t *testing.T, e Engine) *house {
	h := &house{t: t, engine: e}
	h.time.Store(time.Now().UnixNano())
	h.Store = e.Open(t, h.now)
	return h
}

func (h *house) now() time.Time { return time.Unix(0, h.time.Load()) }

// pass lets time pass.
func (h *house) pass(d time.Duration) { h.time.Add(int64(d)) }

// in is a time from now, in Unix seconds.
func (h *house) in(d time.Duration) int64 { return h.now().Add(d).Unix() }

// twice asks, reopens the store and asks again.
func (h *house) twice(ask func()) {
	h.t.Helper()
	ask()
	if h.engine.Reopen == nil || h.t.Failed() {
		return
	}
	h.Store = h.engine.Reopen(h.t, h.Store)
	ask()
	if h.t.Failed() {
		h.t.Log("after reopening")
	}
}

func (h *house) apply(commits ...*chat.Commit) {
	h.t.Helper()
	h.ok(h.Apply(h.t.Context(), commits))
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// say appends one message and returns it.
func (h *house) say(c chat.Conversation, from chat.UserID, text string, change ...func(*chat.Message)) *chat.Message {
	h.t.Helper()
	m := h.message(c, from, text, change...)
	h.apply(&chat.Commit{Shard: c.Shard(), Messages: []*chat.Message{m}})
	return m
}

func (h *house) message(c chat.Conversation, from chat.UserID, text string, change ...func(*chat.Message)) *chat.Message {
	m := &chat.Message{Conv: c, From: from, Time: h.now().UnixMilli(), Body: textBody(text)}
	for _, f := range change {
		f(m)
	}
	return m
}

// textBody is a body with blanks and signs that an encoder might change.
func textBody(text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`[ {"MsgType":"TIMTextElem", "MsgContent":{"Text":%q}, "x":"<&>"} ]`, text))
}

func (h *house) head(c chat.Conversation) chat.Head {
	h.t.Helper()
	return found[chat.Head](h)(h.Head(h.t.Context(), c.Shard()))
}

// found takes the answer of a method that returns an error besides.
func found[T any](h *house) func(T, error) T {
	return func(v T, err error) T {
		h.t.Helper()
		h.ok(err)
		return v
	}
}

// same compares what a reader sees of messages: how a duplicate is recognised
// is the append's matter and need not be kept.
func (h *house) same(what string, got, want any) {
	h.t.Helper()
	got, want = plain(got), plain(want)
	if !reflect.DeepEqual(got, want) {
		h.t.Errorf("%s:\n got %s\nwant %s", what, show(got), show(want))
	}
}

func plain(v any) any {
	switch v := v.(type) {
	case *chat.Message:
		if v == nil {
			return nil
		}
		m := *v
		m.Dedup, m.DedupSeconds, m.Duplicate, m.Chosen = chat.DedupKey{}, 0, nil, false
		return m
	case []*chat.Message:
		list := make([]any, len(v))
		for i, m := range v {
			list[i] = plain(m)
		}
		return list
	case *chat.Event:
		e := *v
		m := plain(e.Message)
		e.Message = nil
		return []any{e, m}
	case []*chat.Event:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = plain(e)
		}
		return list
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Slice && r.Len() == 0 {
		return "none"
	}
	return v
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return string(b)
}

func seqs(list []*chat.Message) []chat.Seq {
	s := []chat.Seq{}
	for _, m := range list {
		s = append(s, m.Seq)
	}
	return s
}
