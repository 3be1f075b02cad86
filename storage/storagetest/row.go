package storagetest

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// Kinds of row, which mean nothing: engines do not look into rows.
const (
	colour chat.RowKind = 0x0a01
	shape  chat.RowKind = 0x0a02
	count  chat.RowKind = 0x010a
)

// Rows of a commit: one with a value, one that moves a counter, one that
// removes.

func value(key, text string) chat.Row { return chat.Row{Kind: colour, Key: key, Value: []byte(text)} }

func add(key string, n int64) chat.Row { return chat.Row{Kind: colour, Key: key, Add: n} }

func removal(key string) chat.Row { return chat.Row{Kind: colour, Key: key} }

// until gives a row a time to expire.
func until(expires int64, r chat.Row) chat.Row {
	r.Expires = expires
	return r
}

// of gives a row another kind.
func of(k chat.RowKind, r chat.Row) chat.Row {
	r.Kind = k
	return r
}

// put commits rows to a shard.
func (h *house) put(s chat.Shard, rows ...chat.Row) {
	h.t.Helper()
	h.apply(&chat.Commit{Shard: s, Rows: rows})
}

// look says what a row of the kind colour holds: a quoted value, a signed
// number, or none.
func (h *house) look(s chat.Shard, key string) string {
	h.t.Helper()
	return h.lookAt(s, colour, key)
}

// lookAt asks for one row in the three ways there are, which must agree.
func (h *house) lookAt(s chat.Shard, k chat.RowKind, key string) string {
	h.t.Helper()
	ctx := h.t.Context()
	one := held(found[*chat.Cell](h)(h.Row(ctx, s, k, key)))
	list := found[[]*chat.Cell](h)(h.RowsOf(ctx, []chat.RowAsk{{Shard: s, Kind: k, Key: key}}))
	if len(list) != 1 || held(list[0]) != one {
		h.t.Errorf("%s %q: Row gives %s, RowsOf gives %s", s, key, one, show(list))
	}
	paged := "none"
	for _, r := range found[[]chat.Row](h)(h.Rows(ctx, s, k, key, "", 1)) {
		if r.Key == key {
			paged = holds(&r)
		}
	}
	if paged != one {
		h.t.Errorf("%s %q: Row gives %s, Rows gives %s", s, key, one, paged)
	}
	return one
}

func held(c *chat.Cell) string {
	if c == nil {
		return "none"
	}
	return holds(&c.Row)
}

// holds says what a row that was read holds.
func holds(r *chat.Row) string {
	switch {
	case r.Value != nil && r.Add == 0:
		return fmt.Sprintf("%q", r.Value)
	case r.Value == nil && r.Add != 0:
		return fmt.Sprintf("%+d", r.Add)
	}
	return fmt.Sprintf("neither value nor counter: %+v", *r)
}

// keys are those of a page of rows of the kind colour.
func (h *house) keys(s chat.Shard, prefix, after string, limit int) []string {
	h.t.Helper()
	list := []string{}
	for _, r := range found[[]chat.Row](h)(h.Rows(h.t.Context(), s, colour, prefix, after, limit)) {
		list = append(list, r.Key)
	}
	return list
}
