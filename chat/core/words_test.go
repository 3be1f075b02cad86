package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/moderation"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// wordList makes a list of words.
func wordList(t testing.TB, c *core.Core, what moderation.Suggestion, words ...string) string {
	t.Helper()
	name := "words"
	id, err := c.Moderation.Make(context.Background(), admin(), moderation.Draft{Name: &name, Suggestion: &what})
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, c, id, words...)
	return id
}

func addTo(t testing.TB, c *core.Core, id string, words ...string) {
	t.Helper()
	for len(words) > 0 {
		n := min(len(words), moderation.MaxAdd)
		list := make([]moderation.NewWord, n)
		for i := range list {
			list[i].Content = words[i]
		}
		if err := c.Moderation.Add(context.Background(), admin(), id, list); err != nil {
			t.Fatal(err)
		}
		words = words[n:]
	}
}

func (h *house) utters(by chat.Actor, to chat.Target, s string) error {
	_, err := h.Message.SendWait(h.ctx, by, chat.Draft{To: to, Body: text(s)})
	return err
}

func TestBlockedWordsAreRefusedAndReplaced(t *testing.T) {
	h := open(t, nil)
	bob, lobby := chat.ToUser("bob"), chat.ToGroup(h.group("ann", chat.Public, "bob"))
	h.must(h.utters(as("ann"), bob, "coffee and tea")) // what is stored stays
	block := wordList(t, h.Core, moderation.Block, "coffee")
	wordList(t, h.Core, moderation.Replace, "tea", "milk")
	for _, to := range []chat.Target{bob, lobby} {
		for _, by := range []chat.Actor{as("ann"), admin()} {
			h.wants(h.utters(by, to, "some Coffee"), chat.CodeTextRefused)
		}
		h.must(h.utters(as("ann"), to, "a cup of TEA"))
	}
	h.same("one-to-one", h.reads("ann", bob), `1 v0 "coffee and tea", 2 v0 "a cup of ***"`)
	h.same("group", h.reads("ann", lobby), `1 v0 "a cup of ***"`)

	h.wants(h.modify(as("ann"), bob, 2, "now coffee", "", -1), chat.CodeTextRefused)
	h.must(h.modify(as("ann"), bob, 2, "now milk", "", -1))
	h.must(h.modify(as("ann"), bob, 1, "", "coffee", -1)) // the app's own data is not looked at
	h.same("modified", h.reads("ann", bob), `1 v1 "coffee and tea"coffee, 2 v1 "now ****"`)

	coffee := "Coffee house"
	h.must(h.Moderation.Modify(h.ctx, admin(), block, moderation.Draft{Name: &coffee}))
	replace := moderation.Replace
	h.must(h.Moderation.Modify(h.ctx, admin(), block, moderation.Draft{Suggestion: &replace}))
	h.must(h.utters(as("ann"), lobby, "coffee"))
	h.must(h.Moderation.Delete(h.ctx, admin(), block))
	h.must(h.utters(as("ann"), lobby, "coffee"))
	h.same("changed", h.reads("ann", lobby), `1 v0 "a cup of ***", 2 v0 "******", 3 v0 "coffee"`)
}

// A message that was stored before its word was blocked is repeated, and answered as it was.
func TestARepeatedMessageIsNotRefusedForItsWords(t *testing.T) {
	h := open(t, nil)
	d := chat.Draft{To: chat.ToUser("bob"), Body: text("coffee"), ClientMsgID: "c"}
	first, err := h.Message.SendWait(h.ctx, as("ann"), d)
	h.must(err)
	wordList(t, h.Core, moderation.Block, "coffee")
	again, err := h.Message.SendWait(h.ctx, as("ann"), d)
	h.must(err)
	h.same("the answer", again.Seq, fmt.Sprint(first.Seq))
	d.ClientMsgID = "d"
	_, err = h.Message.SendWait(h.ctx, as("ann"), d)
	h.wants(err, chat.CodeTextRefused)
}

// What the app's webhook makes of a message is looked at, not what it was asked about.
func TestWhatAWebhookRewritesIsHeldAgainstTheWords(t *testing.T) {
	h, g := gated(t)
	wordList(t, h.Core, moderation.Block, "coffee")
	wordList(t, h.Core, moderation.Replace, "tea")
	for _, row := range []struct {
		said, made string
		want       chat.Code
	}{
		{"hello", "coffee", chat.CodeTextRefused},
		{"coffee", "hello", 0},
		{"hello", "some tea", 0},
	} {
		answered := h.sendAsync("ann", chat.ToUser("bob"), row.said)
		q := <-g.asked
		h.same("asked", string(q.Message.Body), string(text(row.said)))
		q.answer(chat.Verdict{Body: text(row.made)}, nil)
		h.wants(<-answered, row.want)
	}
	h.same("stored", h.reads("ann", chat.ToUser("bob")), `1 v0 "hello", 2 v0 "some ***"`)
}

func TestNamesOfGroupsAreHeldAgainstTheWords(t *testing.T) {
	h := open(t, nil)
	id := h.group("ann", chat.Public, "bob")
	wordList(t, h.Core, moderation.Block, "coffee")
	wordList(t, h.Core, moderation.Replace, "tea")
	bad, fine := "coffee", "tea time"
	for _, p := range []chat.GroupPatch{{Name: &bad}, {Introduction: &bad}, {Notification: &bad}} {
		h.wants(h.Group.Modify(h.ctx, as("ann"), id, p), chat.CodeTextRefused)
	}
	h.must(h.Group.Modify(h.ctx, as("ann"), id, chat.GroupPatch{Name: &fine, Notification: &fine}))
	h.same("what was given", fine, "tea time")
	v, err := h.Group.Get(h.ctx, as("bob"), id)
	h.must(err)
	h.same("the group", fmt.Sprint(v.Name, "|", v.Introduction, "|", v.Notification), "*** time||*** time")

	h.wants(h.Group.ModifyMember(h.ctx, as("bob"), id, "bob", chat.MemberPatch{NameCard: &bad}), chat.CodeTextRefused)
	h.must(h.Group.ModifyMember(h.ctx, as("bob"), id, "bob", chat.MemberPatch{NameCard: &fine}))
	m, err := h.Group.Member(h.ctx, app, id, "bob")
	h.must(err)
	h.same("the card", m.NameCard, "*** time")
	h.wants(h.Group.Modify(h.ctx, as("bob"), id, chat.GroupPatch{Name: &bad}), chat.CodeGroupNotAllowed) // the rules come first

	for _, d := range []chat.GroupDraft{{Name: bad}, {Name: "x", Introduction: bad}, {Name: "x", Notification: bad}} {
		d.Type = chat.Public
		_, err := h.Group.Create(h.ctx, as("ann"), d)
		h.wants(err, chat.CodeTextRefused)
		_, err = h.Group.Import(h.ctx, admin(), d, 0)
		h.wants(err, chat.CodeTextRefused)
	}
	g, err := h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.Community, Name: fine, SupportTopic: true})
	h.must(err)
	h.same("the new group", g.Name, "*** time")
	_, err = h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: g.ID, Name: bad})
	h.wants(err, chat.CodeTextRefused)
	topic, err := h.Group.CreateTopic(h.ctx, as("ann"), chat.TopicDraft{Community: g.ID, Name: "x"})
	h.must(err)
	h.wants(h.Group.ModifyTopic(h.ctx, as("ann"), g.ID, topic, chat.TopicPatch{Name: &bad}), chat.CodeTextRefused)
}

func TestImportsAndBatchesAreHeldAgainstTheWords(t *testing.T) {
	h := open(t, nil)
	id := h.group("ann", chat.Public, "bob")
	wordList(t, h.Core, moderation.Block, "coffee")
	wordList(t, h.Core, moderation.Replace, "tea")
	h.wait(time.Hour)
	at := h.clock().Unix() - 1
	results, err := h.Message.Import(h.ctx, admin(), id, []message.Imported{
		{From: "ann", Time: at, Body: text("tea")}, {From: "ann", Time: at, Body: text("coffee")}, {From: "ann", Time: at, Body: text("x")},
	}, true)
	h.must(err)
	h.same("imported", fmt.Sprint(results[0].Code, results[1].Code, results[2].Code), "0 80001 0")
	h.same("group", h.reads("ann", chat.ToGroup(id)), `1 v0 "***", 2 v0 "x"`)
	one := message.ImportedC2C{Mode: message.ImportLive, From: "ann", To: "bob", Time: at, Body: text("coffee")}
	h.wants(h.Message.ImportC2C(h.ctx, admin(), one), chat.CodeTextRefused)
	one.Body = text("tea")
	h.must(h.Message.ImportC2C(h.ctx, admin(), one))
	_, _, err = h.Message.SendMany(h.ctx, admin(), chat.Draft{Body: text("coffee")}, []chat.UserID{"ann", "bob"})
	h.wants(err, chat.CodeTextRefused)
	_, _, err = h.Message.SendMany(h.ctx, admin(), chat.Draft{From: "ann", Body: text("more tea")}, []chat.UserID{"bob"})
	h.must(err)
	h.same("one-to-one", h.reads("ann", chat.ToUser("bob")), `1 v0 "***", 2 v0 "more ***"`)
}

// A long merged message is cut as it is after the words are replaced.
func TestWordsAreReplacedInACutMessage(t *testing.T) {
	h := open(t, nil)
	wordList(t, h.Core, moderation.Replace, "tea")
	long := strings.Repeat("x", 7000) + " tea"
	inner := fmt.Sprintf(`{"MsgBody":%s}`, text(long))
	body := fmt.Appendf(nil, `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"tea","MsgList":[%s,%s]}}]`, inner, inner)
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: body})
	h.must(err)
	page, err := h.Message.History(h.ctx, as("bob"), message.HistoryQuery{Target: chat.ToUser("ann")})
	h.must(err)
	cut := string(page.Messages[0].Body)
	_, key, _ := strings.Cut(cut, `"JsonMsgKey":"`)
	key, _, _ = strings.Cut(key, `"`)
	merged, err := h.Message.Merged(h.ctx, as("bob"), key)
	h.must(err)
	if list := string(merged); strings.Contains(cut+list, "tea") || strings.Count(list, " ***") != 2 {
		t.Errorf("%s\n%.100s", cut, list)
	}
}

func TestListsAndWords(t *testing.T) {
	h := open(t, nil)
	id := wordList(t, h.Core, moderation.Block, "Tea", "teapot", "ＴＥＡ", "coffee", "tea")
	words := func(content string, offset, limit int) string {
		list, total, err := h.Moderation.Words(h.ctx, admin(), id, content, offset, limit)
		h.must(err)
		var found []string
		for _, w := range list {
			found = append(found, w.Content)
		}
		return fmt.Sprint(total, found)
	}
	h.same("all", words("", 0, 10), "3 [coffee Tea teapot]")
	h.same("a page", words("", 1, 1), "3 [Tea]")
	h.same("fuzzy", words("ｅＡ", 0, 10), "2 [Tea teapot]")
	h.same("fuzzy page", words("ea", 1, 10), "2 [teapot]")
	gone, err := h.Moderation.Remove(h.ctx, admin(), id, []string{"TEA", "none", "tea"})
	h.must(err)
	h.same("removed", fmt.Sprint(gone[0].Word != nil, gone[1].Word != nil, gone[2].Word != nil), "true false false")
	h.same("left", words("", 0, 10), "2 [coffee teapot]")
	h.must(h.utters(as("ann"), chat.ToUser("bob"), "tea"))

	for _, err := range []error{
		h.Moderation.Add(h.ctx, admin(), id, nil),
		h.Moderation.Add(h.ctx, admin(), id, []moderation.NewWord{{Content: " 　"}}),
		h.Moderation.Add(h.ctx, admin(), id, []moderation.NewWord{{Content: strings.Repeat("x", 65)}}),
		h.Moderation.Add(h.ctx, admin(), id, []moderation.NewWord{{Content: "x", Label: "Tea"}}),
		h.Moderation.Add(h.ctx, admin(), "77", []moderation.NewWord{{Content: "x"}}),
		h.Moderation.Add(h.ctx, admin(), "x", []moderation.NewWord{{Content: "x"}}),
		h.Moderation.Delete(h.ctx, admin(), "77"),
	} {
		h.wants(err, chat.CodeWordsParameter)
	}
	h.wants(h.Moderation.Delete(h.ctx, as("ann"), id), chat.CodeWordsNeedAdmin)
	for range 19 {
		wordList(t, h.Core, moderation.Block)
	}
	name := "one more"
	_, err = h.Moderation.Make(h.ctx, admin(), moderation.Draft{Name: &name})
	h.wants(err, chat.CodeTooManyWords)
	h.must(h.Moderation.Delete(h.ctx, admin(), id))
	next, err := h.Moderation.Make(h.ctx, admin(), moderation.Draft{Name: &name})
	h.must(err)
	if next == id {
		t.Error("the ID of a list that is gone is given again")
	}
	lists, total, err := h.Moderation.Lists(h.ctx, admin(), 19, 5)
	h.must(err)
	h.same("lists", fmt.Sprint(total, len(lists), lists[0].ID == next, lists[0].Suggestion), "20 1 trueBlock")
}

func TestWordsAreBounded(t *testing.T) {
	h := open(t, nil)
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint("word ", i)
	}
	id := wordList(t, h.Core, moderation.Block, many...)
	h.wants(h.Moderation.Add(h.ctx, admin(), id, []moderation.NewWord{{Content: "one more"}}), chat.CodeTooManyWords)
	h.wants(h.utters(as("ann"), chat.ToUser("bob"), "word 7777"), chat.CodeTextRefused)
	h.must(h.Moderation.Delete(h.ctx, admin(), id))
	long := make([]string, 256<<10/64+1)
	for i := range long {
		long[i] = fmt.Sprintf("%064d", i)
	}
	id = wordList(t, h.Core, moderation.Block, long[1:]...)
	h.wants(h.Moderation.Add(h.ctx, admin(), id, []moderation.NewWord{{Content: long[0]}}), chat.CodeTooManyWords)
	h.must(h.Moderation.Delete(h.ctx, admin(), id))
	h.must(h.utters(as("ann"), chat.ToUser("bob"), long[1]))
	rows, err := h.store.Rows(h.ctx, chat.AppShard(app), 62, "", "", 10)
	h.must(err)
	h.same("words left", len(rows), "0")
}

// Apps have words of their own, and those of an app that begins anew are not taken for those
// it had.
func TestWordsAreTheAppsOwn(t *testing.T) {
	h := open(t, nil)
	const other = app + 1
	h.apps.Set(chat.App{ID: other, Admins: []chat.UserID{"admin"}})
	for _, u := range []chat.UserID{"ann", "bob"} {
		_, err := h.People.Login(h.ctx, other, u, chat.Ticket{})
		h.must(err)
	}
	wordList(t, h.Core, moderation.Block, "coffee")
	ann := chat.Actor{App: other, User: "ann"}
	h.must(h.utters(ann, chat.ToUser("bob"), "coffee"))
	h.wants(h.utters(as("ann"), chat.ToUser("bob"), "coffee"), chat.CodeTextRefused)
}

// What one core changes binds the next message through the other.
func TestTwoCoresShareWords(t *testing.T) {
	eachTwins(t, func(w *twins) {
		id := wordList(t, w.two, moderation.Block, "tea")
		for range 5 {
			addTo(t, w.two, id, "x")
			if got := w.says(w.one, "ann", chat.ToUser("bob")); got != chat.CodeTextRefused {
				w.Fatalf("with the word: %d", got)
			}
			_, err := w.two.Moderation.Remove(w.Context(), admin(), id, []string{"X"})
			w.must(err)
			if got := w.says(w.one, "ann", chat.ToUser("bob")); got != 0 {
				w.Fatalf("without the word: %d", got)
			}
		}
	})
}

// A crash between the commits of a deletion leaves words that nothing is held against, and
// that are removed before the next change of the lists.
func TestACutDeletionOfAListIsFinished(t *testing.T) {
	var store *faulty.Store
	h := open(t, func(o *core.Options) {
		store = faulty.New(o.Store)
		o.Store = store
		o.Fatal = func(error) {}
	})
	many := make([]string, 1200)
	for i := range many {
		many[i] = fmt.Sprint("word ", i)
	}
	id := wordList(t, h.Core, moderation.Block, many...)
	store.Fail("Apply", 3, errors.New("cut"))
	if err := h.Moderation.Delete(h.ctx, admin(), id); err == nil {
		t.Fatal("it is not cut")
	}
	c := core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock})
	t.Cleanup(func() { h.must(c.Close(context.Background())) })
	rows, err := h.store.Rows(h.ctx, chat.AppShard(app), 62, "", "", 2000)
	h.must(err)
	if len(rows) == 0 {
		t.Fatal("nothing is left of it")
	}
	_, err = c.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: text("word 7")})
	h.must(err)
	wordList(t, c, moderation.Block, "coffee")
	rows, err = h.store.Rows(h.ctx, chat.AppShard(app), 62, "", "", 2000)
	h.must(err)
	h.same("words left", len(rows), "1")
}

// BenchmarkWords is what the words of an app add to a message: without any, with one, with
// 10,000.
func BenchmarkWords(b *testing.B) {
	for _, n := range []int{0, 1, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			store, err := badger.Open(badger.Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			apps := &chat.Apps{}
			apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
			c := core.New(core.Options{Store: store, Apps: apps})
			b.Cleanup(func() {
				if err := errors.Join(c.Close(context.Background()), store.Close()); err != nil {
					b.Error(err)
				}
			})
			if n > 0 {
				words := make([]string, n)
				for i := range words {
					words[i] = fmt.Sprintf("word%d", i*7919)
				}
				wordList(b, c, moderation.Block, words...)
			}
			look := func() {
				if _, err := c.Moderation.Body(b.Context(), app, benchBody); err != nil {
					b.Fatal(err)
				}
			}
			look() // what is made of the words is kept
			b.ReportAllocs()
			for b.Loop() {
				look()
			}
		})
	}
}
