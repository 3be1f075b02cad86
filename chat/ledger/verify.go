package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// EachRow hands on all rows there are, those of a shard together.
type EachRow func(ctx context.Context, use func(chat.Shard, chat.Row) error) error

// Verify reads all rows of a store that nobody else uses meanwhile, and reports
// what does not fit together: values that cannot be read, counters that do not stand for what
// they count, rows without their mirrors. A mirror without its row is no fault: it is
// removed when it is read.
func Verify(ctx context.Context, store chat.RowReader, each EachRow, now time.Time, report func(where, what string)) error {
	v := &verifier{store: store, now: now.Unix(), report: report}
	err := each(ctx, func(s chat.Shard, r chat.Row) error { return v.row(ctx, s, r) })
	if err != nil {
		return err
	}
	v.endShard()
	return v.askMirrors(ctx)
}

// verifier is one run of Verify.
type verifier struct {
	store  chat.RowReader
	now    int64 // Unix seconds
	report func(where, what string)

	shard    chat.Shard
	counters map[counterAt]*standing // of the shard

	asks  []chat.RowAsk // mirrors to look for
	asked []string      // the rows they mirror, with their shards
}

type counterAt struct {
	kind record.Kind
	key  string
}

// standing is a counter, and what it counts.
type standing struct {
	says, rows int64
	uncounted  bool // the counter does not count rows
}

// soon is a time within which rows that expire are left out, in seconds: they may
// go while the others of their message are counted.
const soon = 60

func (v *verifier) row(ctx context.Context, s chat.Shard, r chat.Row) error {
	if s != v.shard || v.counters == nil {
		v.endShard()
		v.shard, v.counters = s, map[counterAt]*standing{}
	}
	if _, err := Inspect(s, r); err != nil {
		v.report(s.String(), err.Error())
		return nil
	}
	if r.Expires != 0 && r.Expires <= v.now+soon {
		return nil
	}
	if err := v.count(s, r); err != nil {
		return err
	}
	return v.mirrors(ctx, s, r)
}

// count enters a row as a counter, and as one that is counted.
func (v *verifier) count(s chat.Shard, r chat.Row) error {
	k := record.Kind(r.Kind)
	if t, ok := counted[k]; ok {
		v.counter(t.counter, t.key(r.Key)).rows++
	}
	t, ok := counting[k]
	if !ok {
		return nil
	}
	n, ok, err := t.stands(s, r)
	c := v.counter(k, r.Key)
	c.says, c.uncounted = n, !ok
	return err
}

func (v *verifier) counter(k record.Kind, key string) *standing {
	at := counterAt{k, key}
	if v.counters[at] == nil {
		v.counters[at] = &standing{}
	}
	return v.counters[at]
}

// endShard compares the counters of a shard.
func (v *verifier) endShard() {
	for at, c := range v.counters {
		if c.says != c.rows && !c.uncounted {
			v.report(v.shard.String(), fmt.Sprintf("%s %q stands at %d, and there are %d rows", at.kind, at.key, c.says, c.rows))
		}
	}
}

// mirrors enters the mirrors that a row has.
func (v *verifier) mirrors(ctx context.Context, s chat.Shard, r chat.Row) error {
	k := record.Kind(r.Kind)
	rows, ok := mirrored[k]
	if !ok {
		return nil
	}
	asks, err := rows(s, r)
	for _, ask := range asks {
		v.asks = append(v.asks, ask)
		v.asked = append(v.asked, fmt.Sprintf("%s %q of %s", k, r.Key, s))
	}
	if err == nil && len(v.asks) >= mirrorsAtOnce {
		err = v.askMirrors(ctx)
	}
	return err
}

// mirrorsAtOnce is how many mirrors are looked for in one call.
const mirrorsAtOnce = 1000

// askMirrors looks for the mirrors asked for. Users whose account is gone have
// none.
func (v *verifier) askMirrors(ctx context.Context) error {
	cells, err := v.store.RowsOf(ctx, v.asks)
	if err != nil {
		return fmt.Errorf("read mirrors: %w", err)
	}
	for i, cell := range cells {
		if cell != nil {
			continue
		}
		ask := v.asks[i]
		if has, err := v.hasAccount(ctx, ask.Shard); err != nil {
			return err
		} else if !has {
			continue
		}
		v.report(ask.Shard.String(), fmt.Sprintf("%s %q is missing, which mirrors %s", record.Kind(ask.Kind), ask.Key, v.asked[i]))
	}
	v.asks, v.asked = v.asks[:0], v.asked[:0]
	return nil
}

// hasAccount reports whether the user whose shard it is has an account; other
// shards need none.
func (v *verifier) hasAccount(ctx context.Context, s chat.Shard) (bool, error) {
	if s.User() == "" {
		return true, nil
	}
	a, err := accounts.Get(ctx, v.store, s, "")
	return a != nil && a.State == chat.AccountLive, err
}
