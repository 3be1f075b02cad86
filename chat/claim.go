package chat

import (
	"context"
	"sync/atomic"
	"time"
)

// RepeatLife is for how long the same request counts as a repetition, where what it
// asks for does not say so by itself; a RequestId is remembered for as long (spec/00 §5).
const RepeatLife = 5 * time.Minute

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
	// Always writes the row with a commit that nothing else makes durable, too.
	Always bool

	outer  *Claim // of the context it was given with
	answer []byte
	made   Made
	done   atomic.Bool // made is written
}

// Made is what a publish has led to.
type Made struct {
	Conv Conversation // whose shard has changed; zero: another shard
	Seq  Seq          // of the message that was sent, 0: none
	// Answer is what the call said of its answer (Claim.Answers), nil when nothing.
	Answer []byte
}

type claimKey struct{}

// WithClaim returns a context whose next commit carries c, and the claim that ctx
// had before.
func WithClaim(ctx context.Context, c *Claim) context.Context {
	if c != nil {
		c.outer = ClaimOf(ctx)
	}
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
	switch {
	case c == nil:
		return nil
	case c.First != nil:
		return c.First
	}
	return c.outer.Repeats()
}

// Repeated returns what the call of ctx has changed in a conversation before, nil
// when it is the first.
func Repeated(ctx context.Context, in Conversation) *Made {
	if first := ClaimOf(ctx).Repeats(); first != nil && first.Conv == in {
		return first
	}
	return nil
}

// Insists reports whether the row is to be written with whatever commit comes. c may
// be nil.
func (c *Claim) Insists() bool {
	return c != nil && (c.Always && c.First == nil && !c.done.Load() || c.outer.Insists())
}

// Answers says what to answer with when the call is repeated; for the turn that
// fills the commit. c may be nil.
func (c *Claim) Answers(b []byte) {
	if c != nil {
		c.answer = b
	}
}

// Attach puts the claim's row into a commit, as a mirror. Only one commit of a
// call carries it: the first that becomes durable. A commit that is made anew is attached to
// anew. c may be nil.
func (c *Claim) Attach(to *Commit) {
	if c == nil {
		return
	}
	c.outer.Attach(to)
	if c.done.Load() || c.First != nil || c.Value == nil {
		return
	}
	made := Made{Conv: to.Shard.Conv(), Answer: c.answer}
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
	if c == nil {
		return
	}
	c.outer.Settle(m)
	if !c.done.Load() {
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
