package badger

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// stage puts a commit into the transaction and fills in the numbers, in the
// order that Commit gives. A stale commit is left alone.
func (b *batch) stage(r *request, c *chat.Commit) error {
	if err := b.room(costOf(c)); err != nil {
		return err
	}
	h, err := b.head(c.Shard)
	if err != nil {
		return err
	}
	if c.Stale = r.outdated(c, &h); c.Stale {
		return nil
	}
	if c.Drop {
		return b.stageDrop(r, c, h)
	}
	if c.Raise {
		h.Rules++
	}
	if err := b.stageMessages(c, &h); err != nil {
		return err
	}
	if err := b.stageEvents(c, &h); err != nil {
		return err
	}
	if c.Raise || len(c.Messages) > 0 || len(c.Events) > 0 {
		b.heads[c.Shard] = h
	}
	for i := range c.Rows {
		if err := b.stageRow(c.Shard, &c.Rows[i], c, &h); err != nil {
			return err
		}
	}
	return b.stageElsewhere(c, &h)
}

// stageElsewhere stages what lies outside the commit's shard: mirrors, and what
// users and the app are told.
func (b *batch) stageElsewhere(c *chat.Commit, h *headState) error {
	for i := range c.Mirrors {
		m := &c.Mirrors[i]
		if err := b.stageRow(m.Shard, &m.Row, c, h); err != nil {
			return err
		}
	}
	if err := b.stageNotices(c); err != nil {
		return err
	}
	return b.stageOutbox(c)
}

// outdated reports whether c was decided under rules that hold no longer, or
// follows such a commit in the same call, and marks the shard for the rest of the call.
func (r *request) outdated(c *chat.Commit, h *headState) bool {
	if slices.Contains(r.stale, c.Shard) {
		return true
	}
	if c.Rules == 0 || c.Rules == h.Rules {
		return false
	}
	r.stale = append(r.stale, c.Shard)
	return true
}

// head returns the head as it is after what is staged.
func (b *batch) head(s chat.Shard) (headState, error) {
	if h, ok := b.heads[s]; ok {
		return h, nil
	}
	if h, ok := b.s.heads.get(s); ok {
		return h, nil
	}
	return readHead(b.view(), s)
}

// costOf is about what a commit adds to a transaction.
func costOf(c *chat.Commit) cost {
	n := cost{
		entries: 6*len(c.Messages) + len(c.Edits) + len(c.Events) + len(c.Rows) + len(c.Mirrors) +
			2*len(c.Notices) + len(c.Outbox) + 8,
	}
	n.bytes = 256 * n.entries
	for _, list := range [][]*chat.Message{c.Messages, c.Edits} {
		for _, m := range list {
			n.bytes += weight(m)
		}
	}
	for i := range c.Rows {
		n.bytes += rowCost(&c.Rows[i])
	}
	for i := range c.Mirrors {
		n.bytes += rowCost(&c.Mirrors[i].Row)
	}
	for _, e := range c.Outbox {
		if e.Message != nil {
			n.bytes += weight(e.Message)
		}
		n.bytes += 40 * len(e.Users)
	}
	if c.Drop {
		n.entries += dropAtOnce
		n.bytes += dropAtOnce * 256
	}
	return n
}

// rowCost is what a row may take beyond an ordinary entry.
func rowCost(r *chat.Row) int {
	if r.Late != nil {
		return chat.MaxRowValue
	}
	return len(r.Key) + len(r.Value)
}
