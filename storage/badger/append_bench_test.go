package badger

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

const benchApp chat.AppID = 1400000001

// benchText is the body of a text message of 100 bytes, of words, no two alike.
func benchText(n uint32) json.RawMessage {
	b := []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"`)
	words := rand.New(rand.NewPCG(1, uint64(n)))
	for end := len(b) + 100; len(b) < end; {
		for range min(2+words.IntN(8), end-len(b)) {
			b = append(b, "etaoinshrdlucmfwypvbgkjqxz"[min(words.IntN(26), words.IntN(26))])
		}
		if len(b) < end {
			b = append(b, ' ')
		}
	}
	return append(b, `"}}]`...)
}

// benchTexts are made beforehand: the generator shares the processors.
var benchTexts = sync.OnceValue(func() []json.RawMessage {
	list := make([]json.RawMessage, 1<<16)
	for i := range list {
		list[i] = benchText(uint32(i))
	}
	return list
})

var benchClock atomic.Uint32

// benchCommit is the append of one message to one of 200 conversations.
func benchCommit(worker int) *chat.Commit {
	n := benchClock.Add(1)
	from := chat.UserID(fmt.Sprintf("user%03d", worker%200))
	conv := chat.C2COf(benchApp, from, chat.UserID(fmt.Sprintf("peer%03d", worker%200)))
	m := &chat.Message{
		Conv: conv, From: from, Time: time.Now().UnixMilli(), Random: n * 2654435761,
		Body: benchTexts()[n%(1<<16)], Expires: time.Now().Unix() + 7*86400,
		DedupSeconds: 60,
	}
	for i := range 4 {
		m.Dedup[i] = byte(n >> (8 * i))
		m.Dedup[15-i] = byte(worker) + byte(i)
	}
	return &chat.Commit{Shard: conv.Shard(), Messages: []*chat.Message{m}}
}

func openBench(b *testing.B) (*Store, string) {
	b.Helper()
	dir := b.TempDir()
	s, err := Open(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return s, dir
}

func BenchmarkAppend(b *testing.B) {
	for _, inflight := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("inflight=%d", inflight), func(b *testing.B) {
			s, dir := openBench(b)
			b.ReportAllocs()
			appendAll(b, inflight, func(worker int) error {
				return s.Apply(b.Context(), []*chat.Commit{benchCommit(worker)})
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			b.ReportMetric(float64(b.N)/float64(s.at.Load()), "msgs/txn")
			b.StopTimer()
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(folderBytes(b, dir))/float64(b.N), "disk-B/msg")
		})
	}
}

// BenchmarkAppendOneTxnPerMessage is what group commit is measured against: the
// same rows and the same engine options, each message in a transaction of its own.
func BenchmarkAppendOneTxnPerMessage(b *testing.B) {
	for _, inflight := range []int{1, 512} {
		b.Run(fmt.Sprintf("inflight=%d", inflight), func(b *testing.B) {
			dir := b.TempDir()
			db, err := engine.Open(engineOptions(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}.filled()))
			if err != nil {
				b.Fatal(err)
			}
			appendAll(b, inflight, func(worker int) error { return ownTxn(db, benchCommit(worker)) })
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			b.StopTimer()
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// ownTxn writes the rows of an append by itself.
func ownTxn(db *engine.DB, c *chat.Commit) error {
	m := c.Messages[0]
	m.Seq = chat.Seq(m.Random)
	value := encodeMessage(nil, m)
	head := headState{Head: chat.Head{Seq: m.Seq, Time: m.Time, Clock: uint64(m.Seq)}}
	return db.Update(func(txn *engine.Txn) error {
		for _, e := range []*engine.Entry{
			{Key: putNumber(putConv(nil, keyMessage, c.Shard.Conv()), uint64(m.Seq)), Value: value, ExpiresAt: uint64(m.Expires)},
			{Key: putDedupKey(nil, c.Shard.Conv(), m.Dedup), Value: record.Encode(nil, &first{seq: m.Seq}, firstFields)},
			{Key: putShard(nil, keyHead, c.Shard), Value: record.Encode(nil, &head, headFields)},
		} {
			if err := txn.SetEntry(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// appendAll makes b.N appends from as many goroutines as may be in flight.
func appendAll(b *testing.B, inflight int, one func(worker int) error) {
	benchTexts()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for w := range inflight {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := one(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// folderBytes is what a closed folder takes on disk.
func folderBytes(b *testing.B, dir string) int64 {
	b.Helper()
	var n int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += diskBytes(info)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}
