package chat

import (
	"context"
	"sync/atomic"
)

// Claim makes what one publish of an MQTT session leads to known again when the
// publish is repeated (spec/00 §3): its row goes into the commit that the publish
// causes, whichever that is. A door gives it with the context of the call; the
// ledger and the message step attach it.
type Claim struct {
	// Shard, Kind, Key and Expires name the row. Value is what it holds, made when
	// the numbers are known; nil: nothing is written, and only Made is told.
	Shard   Shard
	Kind    RowKind
	Key     string
	Expires int64
	Value   func(Made) []byte

	// First is set on a repetition: what the publish has led to already. Nothing is
	// written for it. Code that would make something twice answers with what First names.
	First *Made

	made Made
	done atomic.Bool // made is written
}

// Made is what a publish has led to.
type Made struct {
	Conv Conversation // whose shard has changed; zero: another shard
	Seq  Seq          // of the message that was sent, 0: none
}

type claimKey struct{}

// WithClaim returns a context whose next commit carries c.
func WithClaim(ctx context.Context, c *Claim) context.Context {
	return context.WithValue(ctx, claimKey{}, c)
}

// ClaimOf returns the claim of a call, nil when there is none.
func ClaimOf(ctx context.Context) *Claim {
	c, _ := ctx.Value(claimKey{}).(*Claim)
	return c
}

// Repeats returns what the call has led to before, nil when it is the first. c may
// be nil.
func (c *Claim) Repeats() *Made {
	if c == nil {
		return nil
	}
	return c.First
}

// Attach puts the claim's row into a commit, as a mirror. Only one commit of a
// call carries it: the first that becomes durable. A commit that is made anew is attached to
// anew. c may be nil.
func (c *Claim) Attach(to *Commit) {
	if c == nil || c.done.Load() || c.First != nil || c.Value == nil {
		return
	}
	made := Made{Conv: to.Shard.Conv()}
	row := Row{Kind: c.Kind, Key: c.Key, Expires: c.Expires}
	if len(to.Messages) == 1 {
		m := to.Messages[0]
		row.By = m.From
		row.Late = func(n Numbers) []byte {
			if made.Seq = n.Seq; m.Duplicate != nil {
				made.Seq = m.Duplicate.Seq
			}
			return c.Value(made)
		}
	} else {
		row.Value = c.Value(made)
	}
	to.Mirrors = append(to.Mirrors, Mirror{Shard: c.Shard, Row: row})
}

// Settle says that a commit of the call is durable. c may be nil.
func (c *Claim) Settle(m Made) {
	if c != nil && !c.done.Load() {
		c.made = m
		c.done.Store(true)
	}
}

// Outcome is what a call has made durable; false: nothing yet. c may be nil.
func (c *Claim) Outcome() (Made, bool) {
	if c == nil || !c.done.Load() {
		return Made{}, false
	}
	return c.made, true
}
