package search

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/search/searchtest"
)

// What a broken index waits for without end is given up: TestABrokenIndexCloses.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/teahouse-im/teahouse/search.(*Index).apart"))
}

func shelfAt(t *testing.T, dir string) *Shelf {
	t.Helper()
	s := New(dir)
	t.Cleanup(s.Close)
	return s
}

func openAt(t *testing.T, s *Shelf, app chat.AppID) room.Index {
	t.Helper()
	x, err := s.Open(app, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close(false) })
	return x
}

func put(t *testing.T, x room.Index, b *room.Batch) {
	t.Helper()
	if err := x.Put(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// said makes a message of a text.
func said(conv chat.Conversation, seq int, text string) room.Message {
	return room.Message{
		MessageID: room.MessageID{Conv: conv, Seq: chat.Seq(seq), Time: int64(1000 + seq)},
		From:      "ann", Types: []string{"TIMTextElem"}, Texts: []room.Words{room.Read(text)},
	}
}

// found are the numbers of the messages that may be meant, the newest first.
func found(t *testing.T, x room.Index, f room.Find, words ...string) []chat.Seq {
	t.Helper()
	for _, w := range words {
		f.Keywords.List = append(f.Keywords.List, room.Read(w))
	}
	if f.Until == 0 {
		f.Until = math.MaxInt64
	}
	if f.Most == 0 {
		f.Most = 1000
	}
	list, _, err := x.Messages(t.Context(), &f)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []chat.Seq
	for _, m := range list {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

var tea = chat.GroupOf(1, "tea")

func TestFindsNarrow(t *testing.T) {
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	c2c := chat.C2COf(1, "bob", "ann")
	file := said(tea, 2, "report.pdf")
	file.Types, file.From = []string{"TIMFileElem"}, "bob"
	put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "green tea"), file, said(tea, 3, "喝茶"), said(c2c, 4, "tea for two")}})
	in := []chat.Conversation{tea}
	for _, c := range []struct {
		find  room.Find
		words []string
		want  []chat.Seq
	}{
		{room.Find{Convs: in}, nil, []chat.Seq{3, 2, 1}},
		{room.Find{Convs: in}, []string{"tea"}, []chat.Seq{1}},
		{room.Find{Convs: in}, []string{"茶"}, []chat.Seq{3}},
		{room.Find{Convs: in}, []string{"喝茶", "rep"}, []chat.Seq{3, 2}},
		{room.Find{Convs: in, Keywords: room.Keywords{All: true}}, []string{"tea", "gre"}, []chat.Seq{1}},
		{room.Find{User: "ann"}, []string{"tea"}, []chat.Seq{4}},
		{room.Find{User: "bob", Convs: in}, []string{"tea"}, []chat.Seq{4, 1}},
		{room.Find{User: "cyd"}, []string{"tea"}, nil},
		{room.Find{}, []string{"tea"}, nil},
		{room.Find{Convs: in, From: []chat.UserID{"bob"}}, nil, []chat.Seq{2}},
		{room.Find{Convs: in, Types: []string{"TIMTextElem"}}, nil, []chat.Seq{3, 1}},
		{room.Find{Convs: in, Since: 1002, Until: 1002}, nil, []chat.Seq{2}},
		{room.Find{Convs: in, Most: 2}, nil, []chat.Seq{3, 2}},
		{room.Find{Convs: in, Before: &room.MessageID{Conv: tea, Seq: 3, Time: 1003}}, nil, []chat.Seq{2, 1}},
		{room.Find{Convs: in}, []string{"..."}, nil},
	} {
		if got := found(t, x, c.find, c.words...); !slices.Equal(got, c.want) {
			t.Errorf("%v in %+v: %v, want %v", c.words, c.find, got, c.want)
		}
	}

	put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "black coffee")}, Gone: []room.MessageID{file.MessageID}})
	if got := found(t, x, room.Find{Convs: in}, "tea", "report"); got != nil {
		t.Errorf("what was changed or removed is found: %v", got)
	}
	if got := found(t, x, room.Find{Convs: in}, "coff"); !slices.Equal(got, []chat.Seq{1}) {
		t.Errorf("the change is not found: %v", got)
	}
	if err := x.Forget(t.Context(), tea); err != nil {
		t.Fatal(err)
	}
	if got := found(t, x, room.Find{User: "ann", Convs: in}); !slices.Equal(got, []chat.Seq{4}) {
		t.Errorf("a conversation that was forgotten: %v", got)
	}
}

// alphabet has pieces of which random texts are made: few, so that they meet.
var alphabet = strings.Fields("a b ab abc abcd abcde tea teahouse Tee 茶 喝 喝茶 中国 国 か が ｶﾞ 한 국 ที่ ไหน 👍 👍🏽 $ + 12 123 ١٢ é e Ü ß ss http:// .com , ! ' - ى ي مَ")

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
		if r.IntN(2) == 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// TestWhatMatchesIsAmongTheFinds holds the index against the definition: it may find more, and
// misses nothing.
func TestWhatMatchesIsAmongTheFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	texts := map[chat.Seq][]room.Words{}
	for seq := 1; seq <= 600; {
		var b room.Batch
		for range 1 + r.IntN(60) {
			m := said(tea, seq, randomText(r, 6))
			if r.IntN(4) == 0 {
				m.Texts = append(m.Texts, room.Read(randomText(r, 3)))
			}
			texts[m.Seq] = m.Texts
			b.Messages = append(b.Messages, m)
			seq++
		}
		put(t, x, &b)
	}
	hits, matches := 0, 0
	for range 2000 {
		words := make([]string, 1+r.IntN(3))
		for i := range words {
			words[i] = randomText(r, 3)
		}
		k := room.Keywords{All: r.IntN(2) == 0}
		for _, w := range words {
			k.List = append(k.List, room.Read(w))
		}
		got := found(t, x, room.Find{Convs: []chat.Conversation{tea}, Keywords: room.Keywords{All: k.All}}, words...)
		hits += len(got)
		for seq, list := range texts {
			if !k.In(list) {
				continue
			}
			if matches++; !slices.Contains(got, seq) {
				t.Fatalf("%q (all: %t) match %v, which is not found", words, k.All, list)
			}
		}
	}
	t.Logf("%d matches among %d finds", matches, hits)
	if matches < 10_000 {
		t.Errorf("only %d matches: the test shows little", matches)
	}
}

func TestNamesInOrder(t *testing.T) {
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	var b room.Batch
	for i := range 30 {
		b.Names = append(b.Names, room.Name{Kind: room.UserName, ID: fmt.Sprintf("u%02d", i), Texts: []room.Words{room.Read("tea fan")}, Round: 1})
	}
	b.Names = append(b.Names, room.Name{Kind: room.GroupName, ID: "tea", Texts: []room.Words{room.Read("tea")}, Round: 1})
	put(t, x, &b)
	k := room.Keywords{List: []room.Words{room.Read("te")}}
	ids, more, err := x.Names(t.Context(), room.UserName, k, "u09", 3)
	if err != nil || !more || !slices.Equal(ids, []string{"u10", "u11", "u12"}) {
		t.Errorf("%v, more %t, %v", ids, more, err)
	}
	put(t, x, &room.Batch{Names: []room.Name{{Kind: room.UserName, ID: "u10", Texts: []room.Words{room.Read("tea")}, Round: 2}}})
	if err := x.Renewed(t.Context(), room.UserName, 2); err != nil {
		t.Fatal(err)
	}
	if ids, _, err = x.Names(t.Context(), room.UserName, k, "", 3); err != nil || !slices.Equal(ids, []string{"u10"}) {
		t.Errorf("after a round: %v, %v", ids, err)
	}
	if ids, _, err = x.Names(t.Context(), room.GroupName, k, "", 3); err != nil || !slices.Equal(ids, []string{"tea"}) {
		t.Errorf("groups after a round of users: %v, %v", ids, err)
	}
}

func TestExpiredMessagesGo(t *testing.T) {
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	short, long := said(tea, 1, "tea"), said(tea, 2, "tea")
	short.Expires, long.Expires = 3600, 4*3600+1
	put(t, x, &room.Batch{Messages: []room.Message{short, long, said(tea, 3, "tea")}})
	for _, c := range []struct {
		now  int64
		want []chat.Seq
	}{{3599, []chat.Seq{3, 2, 1}}, {3600, []chat.Seq{3, 2}}, {4*3600 + 1, []chat.Seq{3, 2}}, {5 * 3600, []chat.Seq{3}}} {
		if err := x.Expire(t.Context(), c.now); err != nil {
			t.Fatal(err)
		}
		if got := found(t, x, room.Find{Convs: []chat.Conversation{tea}}, "tea"); !slices.Equal(got, c.want) {
			t.Errorf("at %d: %v, want %v", c.now, got, c.want)
		}
	}
}

func TestConversationsOfAnIndex(t *testing.T) {
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	want := map[chat.Conversation]bool{chat.C2COf(1, "a\x00", "\xff"): true, chat.C2COf(1, "ann", "ann"): true, tea: true, chat.GroupOf(1, "teas"): true}
	var b room.Batch
	for c := range want {
		b.Messages = append(b.Messages, said(c, 1, "x"))
	}
	put(t, x, &b)
	var after chat.Conversation
	for {
		page, err := x.Conversations(t.Context(), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		if after = page[0]; !want[after] {
			t.Errorf("%v comes twice, or from nowhere", after)
		}
		delete(want, after)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestAnIndexStays closes it orderly, and finds the place and the messages again.
func TestAnIndexStays(t *testing.T) {
	dir := t.TempDir()
	s := shelfAt(t, dir)
	x := openAt(t, s, 1)
	put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "tea")}, Place: []byte("here")})
	if err := x.Close(true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.Place(); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed index answers %v", err)
	}
	if err := s.Begin(); err != nil {
		t.Fatal(err)
	}
	x = openAt(t, s, 1)
	if place, orderly, err := x.Place(); string(place) != "here" || !orderly || err != nil {
		t.Errorf("the place is %q, orderly %t, %v", place, orderly, err)
	}
	if got := found(t, x, room.Find{Convs: []chat.Conversation{tea}}, "tea"); len(got) != 1 {
		t.Errorf("found again: %v", got)
	}
	if err := errors.Join(x.Close(false), s.Begin()); err != nil {
		t.Fatal(err)
	}
	x = openAt(t, s, 1)
	if _, orderly, _ := x.Place(); orderly {
		t.Error("an end that was none counts as orderly")
	}
	if err := errors.Join(x.Close(true), s.Begin(), s.Begin()); err != nil {
		t.Fatal(err)
	}
	if _, orderly, _ := openAt(t, s, 1).Place(); orderly {
		t.Error("an end before the last start counts as orderly")
	}
	if apps, err := s.Apps(); err != nil || !slices.Equal(apps, []chat.AppID{1}) {
		t.Errorf("apps: %v, %v", apps, err)
	}
}

// TestACrashLeavesWholeBatches copies the folder while batches are put, as a kill would leave
// it: what is there is all up to some place, and nothing behind it.
func TestACrashLeavesWholeBatches(t *testing.T) {
	dir := t.TempDir()
	x := openAt(t, shelfAt(t, dir), 1)
	seen, opened := 0, 0
	for n := range 60 {
		var b room.Batch
		for i := range 10 {
			b.Messages = append(b.Messages, said(tea, n*10+i+1, "tea "+fmt.Sprint(n)))
		}
		b.Place = fmt.Appendf(nil, "%d", n*10+10)
		put(t, x, &b)
		if n%3 > 0 {
			continue
		}
		copied := t.TempDir()
		if err := searchtest.CopyMoment(copied, dir); err != nil {
			t.Fatal(err)
		}
		y, err := shelfAt(t, copied).Open(1, true)
		if err != nil {
			t.Fatal(err)
		}
		place, _, err := y.Place()
		if err != nil {
			t.Fatal(err)
		}
		got := found(t, y, room.Find{Convs: []chat.Conversation{tea}, Most: 1 << 20}, "tea")
		if len(got) > 0 && string(place) != fmt.Sprint(len(got)) {
			t.Errorf("at place %q there are %d messages", place, len(got))
		}
		opened, seen = opened+1, max(seen, len(got))
		if err := y.Close(false); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d copies opened; the fullest had %d messages", opened, seen)
	if seen == 0 {
		t.Error("no copy had anything")
	}
}

// TestDamageIsNoticed cuts and flips each file of an index that was closed, and removes it.
func TestDamageIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := shelfAt(t, dir)
	make1 := func() string {
		x := openAt(t, s, 1)
		for i := range 3 {
			var b room.Batch
			for j := range 50 {
				b.Messages = append(b.Messages, said(tea, i*50+j+1, "green tea 喝茶"))
			}
			b.Place = []byte("here")
			put(t, x, &b)
		}
		if err := x.Close(true); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, "1")
	}
	harm := map[string]func(string, []byte) error{
		"cut":     func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)*2/3], 0o600) },
		"emptied": func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"removed": func(path string, _ []byte) error { return os.Remove(path) },
		"flipped": func(path string, text []byte) error {
			text = slices.Clone(text)
			text[len(text)/2] ^= 0x10
			return os.WriteFile(path, text, 0o600)
		},
	}
	for name, do := range harm {
		for _, end := range []string{".zap", rootFile} {
			folder := make1()
			files, err := filepath.Glob(filepath.Join(folder, "*"+end))
			if err != nil || len(files) == 0 {
				t.Fatalf("no %s: %v", end, err)
			}
			text, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(do(files[0], text), s.Begin()); err != nil {
				t.Fatal(err)
			}
			x, err := s.Open(1, true)
			switch {
			case err == nil: // then it must be empty: it is made anew
				place, _, err := x.Place()
				if err != nil || place != nil {
					t.Errorf("%s %s: it opens with place %q, %v", name, end, place, err)
				}
				if err := x.Close(false); err != nil {
					t.Error(err)
				}
			case !errors.Is(err, room.ErrDamaged):
				t.Errorf("%s %s: %v", name, end, err)
			}
			if err := s.Remove(1); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The goroutine that writes ends by a fault within a transaction: the index is broken, and closes.
func TestABrokenIndexCloses(t *testing.T) {
	s := shelfAt(t, t.TempDir())
	x := openAt(t, s, 1)
	put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "hello")}})
	if err := x.(*Index).flush(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(s.folder(1), rootFile), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const heads = 2 * 4096 // which are right: the file is one of its kind
	if _, err := f.WriteAt(make([]byte, info.Size()-heads), heads); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	for seq := 2; ; seq++ {
		err = x.Put(t.Context(), &room.Batch{Messages: []room.Message{said(tea, seq, "hello")}})
		if err != nil {
			break
		}
	}
	if !errors.Is(err, room.ErrDamaged) {
		t.Errorf("put: %v", err)
	}
	if err := x.Close(true); !errors.Is(err, room.ErrDamaged) {
		t.Errorf("close: %v", err)
	}
	if err := s.Remove(1); err != nil {
		t.Fatal(err)
	}
	x = openAt(t, s, 1)
	put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "hello")}})
	if got := found(t, x, room.Find{Convs: []chat.Conversation{tea}}, "hello"); len(got) != 1 {
		t.Errorf("made anew: %v", got)
	}
}

// TestMuchIsForgotten removes more than one batch does.
func TestMuchIsForgotten(t *testing.T) {
	x := openAt(t, shelfAt(t, t.TempDir()), 1)
	for n := range 3 {
		var b room.Batch
		for i := range removeAtOnce {
			b.Messages = append(b.Messages, said(tea, n*removeAtOnce+i+1, "tea"))
		}
		put(t, x, &b)
	}
	other := chat.GroupOf(1, "other")
	put(t, x, &room.Batch{Messages: []room.Message{said(other, 1, "tea")}})
	if err := x.Forget(t.Context(), tea); err != nil {
		t.Fatal(err)
	}
	if got := found(t, x, room.Find{Convs: []chat.Conversation{tea, other}}, "tea"); !slices.Equal(got, []chat.Seq{1}) {
		t.Errorf("%d are left", len(got))
	}
}
