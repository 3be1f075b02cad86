package badger

import (
	"errors"
	"fmt"
	"math"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// Files is what a data folder consists of.
type Files struct {
	Tables int
	Bytes  int64 // of the tables
}

// ErrNoData is the refusal to verify a folder that no store has been in.
var ErrNoData = errors.New("there is no data")

// VerifyFiles reads all files of a data folder that nobody has open, and lists
// what is damaged, without changing anything. A folder in use gives ErrInUse, one without
// a store ErrNoData.
func VerifyFiles(dir string) (Files, []Damage, error) {
	var f *folder
	err := locked(dir, func() (err error) {
		if err := checkFinished(Options{Dir: dir}); err != nil {
			return err
		}
		f, err = inspect(dir, math.MaxInt64)
		return err
	})
	if err != nil {
		return Files{}, nil, openError(dir, err)
	}
	if f.bare() {
		return Files{}, nil, fmt.Errorf("%w in %s", ErrNoData, dir)
	}
	return Files{Tables: len(f.order), Bytes: f.bytes}, f.damage, nil
}

// Contents counts what Verify has looked at.
type Contents struct {
	Shards, Messages, Events, Rows int
}

// Verify reads everything that a store holds, and reports what does not fit
// together: where, as Shard.String has it, and what. Messages are consecutive but for those
// that have expired, their counters and those of their senders add up, and nothing lies
// beyond the head of its shard. Apps that except holds are passed over: they are being erased. It
// is for a store that nobody else uses meanwhile.
func (s *Store) Verify(report func(where, what string), except func(chat.AppID) bool) (Contents, error) {
	v := s.view()
	defer v.discard()
	c := &check{s: s, v: v, report: report, except: except, now: s.secondsOfAll()}
	for _, step := range []func() error{c.heads, c.headless, c.rows, c.outbox, c.counters} {
		if err := step(); err != nil {
			return c.Contents, err
		}
	}
	return c.Contents, nil
}

// check is one run of Verify.
type check struct {
	s *Store
	v view
	Contents
	report func(where, what string)
	except func(chat.AppID) bool
	now    int64  // Unix seconds
	clock  uint64 // the largest of a message
}

func (c *check) say(where fmt.Stringer, format string, args ...any) {
	c.report(where.String(), fmt.Sprintf(format, args...))
}

// heads checks every shard that has a head.
func (c *check) heads() error {
	return c.v.scan([]byte{keyHead}, nil, func(key []byte, item *engine.Item) (bool, error) {
		r := readKey(key[1:])
		shard := r.shard(r.app())
		if r.err() != nil {
			c.report("head", r.err().Error())
			return true, nil
		}
		if c.except(shard.App) {
			return true, nil
		}
		c.Shards++
		h, err := readHead(c.v, shard)
		if err != nil {
			c.say(shard, "its head cannot be read: %v", err)
			return true, nil
		}
		if conv := shard.Conv(); conv != (chat.Conversation{}) {
			m := &messageCheck{check: c, conv: conv, head: h}
			return true, m.run()
		}
		return true, c.userEvents(shard, h)
	})
}

func (c *check) userEvents(shard chat.Shard, h headState) error {
	u := shard.User()
	if u == "" {
		return nil
	}
	return c.each(shard, putUser(nil, keyUserEvent, shard.App, u), func(r *keyReader, value []byte) error {
		c.Events++
		n := r.number()
		if n > h.EventSeq {
			c.say(shard, "event %d lies beyond the head, which is at %d", n, h.EventSeq)
		}
		_, err := decodeUserEvent(shard.App, u, n, value)
		return err
	})
}

// each reads the entries under a prefix, and reports those that cannot be read.
func (c *check) each(where fmt.Stringer, prefix []byte, read func(r *keyReader, value []byte) error) error {
	return c.v.scan(prefix, nil, func(key []byte, item *engine.Item) (bool, error) {
		r := readKey(key[len(prefix):])
		value, err := item.ValueCopy(nil)
		c.s.hasRead(len(key) + len(value))
		if err == nil {
			err = read(r, value)
		}
		if err == nil {
			err = r.err()
		}
		if err != nil {
			name, _ := describe(key)
			c.say(where, "%s cannot be read: %v", name, err)
		}
		return true, nil
	})
}

// headless looks for what has no head.
func (c *check) headless() error {
	for _, prefix := range []byte{keyMessage, keyRevision, keySender, keyDedup} {
		err := c.eachShard([]byte{prefix}, func(r *keyReader) chat.Shard { return r.shard(r.app()) })
		if err != nil {
			return err
		}
	}
	return c.eachShard([]byte{keyUserEvent}, func(r *keyReader) chat.Shard {
		return chat.UserShard(r.app(), chat.UserID(r.text()))
	})
}

// eachShard goes from shard to shard below a prefix, and reports those without a
// head.
func (c *check) eachShard(prefix []byte, read func(*keyReader) chat.Shard) error {
	for from := prefix; from != nil; {
		var next []byte
		err := c.v.scan(prefix, from, func(key []byte, _ *engine.Item) (bool, error) {
			r := readKey(key[1:])
			shard := read(r)
			next = past(key[:len(key)-len(r.rest)])
			if r.bad {
				c.report("store", fmt.Sprintf("the key %x cannot be read", key))
				return false, nil
			}
			h, err := c.v.copied(putShard(nil, keyHead, shard))
			if err == nil && h == nil && !c.except(shard.App) {
				name, _ := describe(key)
				c.say(shard, "it has no head, and has %s", name)
			}
			return false, err
		})
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// rows reads every row; what they mean is not the store's to check.
func (c *check) rows() error {
	return c.v.scan([]byte{keyRow}, nil, func(key []byte, item *engine.Item) (bool, error) {
		c.Rows++
		c.s.hasRead(len(key) + int(item.ValueSize()))
		if _, _, err := rowAt(key, item); err != nil {
			name, _ := describe(key)
			c.report("row", fmt.Sprintf("%s cannot be read: %v", name, err))
		}
		return true, nil
	})
}

// outbox reads the events of webhooks, and the sessions.
func (c *check) outbox() error {
	counters, err := readValue(c.v, storeKey(nameCounters), counterFields)
	if err != nil {
		return err
	}
	for _, prefix := range []byte{keyOutbox, keyDead} {
		err := c.each(place("outbox"), []byte{prefix}, func(r *keyReader, value []byte) error {
			c.Events++
			serial := r.number()
			if serial > counters.serial {
				c.report("outbox", fmt.Sprintf("event %s was not given a number yet", idOf(serial)))
			}
			_, err := decodeEvent(idOf(serial), value)
			return err
		})
		if err != nil {
			return err
		}
	}
	return c.each(place("session"), []byte{keySession}, func(r *keyReader, value []byte) error {
		_, err := decodeSession(r.app(), chat.UserID(r.text()), r.text(), value)
		return err
	})
}

// place is where something is that belongs to no shard.
type place string

func (p place) String() string { return string(p) }

// counters compares the numbers of the store with what was seen.
func (c *check) counters() error {
	n, err := readValue(c.v, storeKey(nameCounters), counterFields)
	if err != nil {
		return err
	}
	if n.txn != c.v.at() {
		c.report("store", fmt.Sprintf("its newest transaction is %d, and it counts %d", c.v.at(), n.txn))
	}
	if c.clock > n.clock {
		c.report("store", fmt.Sprintf("a message has clock %d, and the store is at %d", c.clock, n.clock))
	}
	return nil
}

// gone reports whether a message may have expired, by what the one above tells.
func (c *check) gone(until uint32) bool {
	return until == 0 || until != never && lapsed(int64(until), max(c.now, time.Now().Unix()))
}
