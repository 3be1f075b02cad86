package core

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// repeat is what a call with a RequestId has led to. It lies under its command and
// the id, in the caller's shard, and rides in the commit of what the call has done.
type repeat struct {
	Kind   chat.Kind
	A, B   string // of the conversation that has changed
	Seq    chat.Seq
	Holder uint32 // of the caller's account
	Answer []byte
}

var repeats = ledger.Table(record.Repeat, func(f *record.Fields, r *repeat) {
	record.Int(f, 1, &r.Kind)
	record.Text(f, 2, &r.A)
	record.Text(f, 3, &r.B)
	record.Int(f, 4, &r.Seq)
	record.Int(f, 5, &r.Holder)
	record.Raw(f, 6, &r.Answer)
})

// Once runs do so that its effect happens once for each caller, command and id
// within five minutes, also when the calls come at the same time or the server was killed
// in between. A repetition runs do too: its context says what the first has led to
// (chat.Claim.Repeats), and do answers with that. What has failed is not remembered.
func (c *Core) Once(ctx context.Context, by chat.Actor, command, id string, do func(context.Context) error) error {
	shard := chat.UserShard(by.App, by.User)
	key := command + "\x00" + id
	done, err := c.under.begin(ctx, shard, key)
	if err != nil {
		return err
	}
	defer done()
	first, err := repeats.Get(ctx, c.ledger, shard, key)
	if err != nil {
		return fmt.Errorf("look for a repetition: %w", err)
	}
	claim := &chat.Claim{
		Shard: shard, Kind: chat.RowKind(record.Repeat), Key: key, Expires: c.ledger.NowSec() + int64(chat.RepeatLife/time.Second),
		Always: true,
		Value: func(m chat.Made) []byte {
			r := repeat{Kind: m.Conv.Kind, A: m.Conv.A, B: m.Conv.B, Seq: m.Seq, Holder: by.Holder, Answer: m.Answer}
			return repeats.Row(key, &r).Value
		},
	}
	if first != nil && first.Holder == by.Holder {
		conv := chat.Conversation{App: by.App, Kind: first.Kind, A: first.A, B: first.B}
		claim.First = &chat.Made{Conv: conv, Seq: first.Seq, Answer: first.Answer}
	}
	return do(chat.WithClaim(ctx, claim))
}

// underWay are the calls that run just now, so that two of a kind come one after
// the other.
type underWay struct {
	mu    sync.Mutex
	calls map[ongoing]chan struct{} // closed when the call is over
}

type ongoing struct {
	shard chat.Shard
	key   string
}

func newUnderWay() *underWay { return &underWay{calls: map[ongoing]chan struct{}{}} }

// begin waits until no other call of that name runs.
func (u *underWay) begin(ctx context.Context, s chat.Shard, key string) (done func(), err error) {
	name := ongoing{s, key}
	for {
		u.mu.Lock()
		other := u.calls[name]
		if other == nil {
			over := make(chan struct{})
			u.calls[name] = over
			u.mu.Unlock()
			return func() {
				u.mu.Lock()
				delete(u.calls, name)
				u.mu.Unlock()
				close(over)
			}, nil
		}
		u.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, chat.Internal(chat.CodeBusy, ctx.Err())
		}
	}
}
