package search

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

var messagesIndexed = flag.Int("messages", 1_000_000, "messages that BenchmarkIndex puts")

// sentences are as people write: some words are in nearly all of them, most are rare.
type sentences struct {
	r     *rand.Rand
	words *rand.Zipf
	signs *rand.Zipf
}

func newSentences() *sentences {
	r := rand.New(rand.NewPCG(3, 4))
	return &sentences{r, rand.NewZipf(r, 1.1, 8, 200_000), rand.NewZipf(r, 1.05, 20, 3500)}
}

func (s *sentences) word() string {
	n := s.words.Uint64()
	var b strings.Builder
	for ok := true; ok; ok = n > 0 {
		b.WriteString([]string{"te", "a", "ko", "mi", "ru", "sen", "ba", "lo", "pi", "du", "gra", "no"}[n%12])
		n /= 12
	}
	return b.String()
}

func (s *sentences) text() string {
	var b strings.Builder
	if s.r.IntN(2) == 0 {
		for range 2 + s.r.IntN(14) {
			b.WriteString(s.word())
			b.WriteByte(' ')
		}
		return b.String()
	}
	for range 4 + s.r.IntN(24) {
		b.WriteRune(rune(0x4e00 + s.signs.Uint64()))
	}
	return b.String()
}

// BenchmarkIndex puts many messages, then asks: the rate, the size, and how long questions
// take. Run it with -benchtime 1x.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		s := New(dir)
		x, err := s.Open(1, false)
		if err != nil {
			b.Fatal(err)
		}
		say := newSentences()
		rate := fillIndex(b, x, say, *messagesIndexed)
		b.ReportMetric(rate, "messages/s")
		askIndex(b, x, say)
		if err := x.Close(true); err != nil {
			b.Fatal(err)
		}
		s.Close()
		b.ReportMetric(float64(bytesIn(b, filepath.Join(dir, "1")))/float64(*messagesIndexed), "bytes/message")
	}
}

const benchConvs = 5000

func benchConv(r *rand.Rand) chat.Conversation {
	n := r.IntN(benchConvs)
	if n%2 == 0 {
		return chat.GroupOf(1, chat.GroupID(fmt.Sprint("group-", n)))
	}
	return chat.C2COf(1, chat.UserID(fmt.Sprint("user-", n%700)), chat.UserID(fmt.Sprint("user-", r.IntN(700))))
}

func fillIndex(b *testing.B, x room.Index, say *sentences, n int) (rate float64) {
	const atOnce = 2000
	seqs := map[chat.Conversation]chat.Seq{}
	var spent time.Duration
	var heap runtime.MemStats
	most := uint64(0)
	for at := 0; at < n; {
		var batch room.Batch
		texts := make([]string, 0, atOnce)
		for range min(atOnce, n-at) {
			texts = append(texts, say.text())
		}
		began := time.Now()
		for _, text := range texts {
			c := benchConv(say.r)
			seqs[c]++
			batch.Messages = append(batch.Messages, room.Message{
				MessageID: room.MessageID{Conv: c, Seq: seqs[c], Time: 1_700_000_000_000 + int64(at)*20},
				From:      chat.UserID(fmt.Sprint("user-", say.r.IntN(700))), Types: []string{"TIMTextElem"},
				Texts: []room.Words{room.Read(text)}, Expires: 1_700_604_800 + int64(at)/50,
			})
			at++
		}
		batch.Place = fmt.Append(nil, at)
		if err := x.Put(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(began)
		if at%(100*atOnce) == 0 {
			runtime.ReadMemStats(&heap)
			most = max(most, heap.HeapInuse)
		}
	}
	b.ReportMetric(float64(most>>20), "MiB-heap")
	return float64(n) / spent.Seconds()
}

// askIndex asks as users do who are in 100 groups and write with some others.
func askIndex(b *testing.B, x room.Index, say *sentences) {
	kinds := map[string]func() []string{
		"word":  func() []string { return []string{say.word()} },
		"two":   func() []string { return []string{say.word(), say.word()} },
		"begun": func() []string { w := say.word(); return []string{w[:min(len(w), 2)]} },
		"sign":  func() []string { return []string{string(rune(0x4e00 + say.signs.Uint64()))} },
		"signs": func() []string {
			return []string{string([]rune{rune(0x4e00 + say.signs.Uint64()), rune(0x4e00 + say.signs.Uint64())})}
		},
		"anything": func() []string { return nil },
	}
	var convs []chat.Conversation
	for n := range 100 {
		convs = append(convs, chat.GroupOf(1, chat.GroupID(fmt.Sprint("group-", n*40))))
	}
	for name, words := range kinds {
		var took []time.Duration
		finds := 0
		for range 200 {
			f := room.Find{User: "user-3", Convs: convs, Until: math.MaxInt64, Most: 10_000}
			for _, w := range words() {
				f.Keywords.List = append(f.Keywords.List, room.Read(w))
			}
			began := time.Now()
			list, _, err := x.Messages(b.Context(), &f)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
			finds += len(list)
		}
		slices.Sort(took)
		b.Logf("%-8s p50 %v, p99 %v, %d finds each", name, took[len(took)/2], took[len(took)*99/100], finds/len(took))
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50-"+name)
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99-"+name)
	}
}

func bytesIn(b *testing.B, dir string) (n int64) {
	list, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range list {
		if info, err := f.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}
