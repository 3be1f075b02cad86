package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/raced"
	indexes "github.com/teahouse-im/teahouse/search"
	"github.com/teahouse-im/teahouse/search/searchtest"
)

// openSearch is a house whose messages are found; its indexes lie in dir.
func openSearch(t *testing.T, dir string, change func(*core.Options)) *house {
	t.Helper()
	h := open(t, func(o *core.Options) {
		o.SearchShelf = indexes.New(dir)
		if change != nil {
			change(o)
		}
	})
	h.Search.Start([]chat.AppID{app})
	h.settle()
	return h
}

// settle waits until everything is indexed.
func (h *house) settle(apps ...chat.AppID) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, time.Minute)
	defer cancel()
	for _, a := range append(apps, app) {
		h.must(h.Search.Settle(ctx, a))
	}
}

// searchMessages and searchUsers ask again when the index is behind, after it has caught up: a slow
// machine is no fault.
func (h *house) searchMessages(by chat.Actor, q search.MessageQuery) (page search.MessagePage, err error) {
	h.Helper()
	err = h.caughtUp(by.App, func() error {
		page, err = h.Search.Messages(h.ctx, by, q)
		return err
	})
	return page, err
}

func (h *house) searchUsers(by chat.Actor, q search.UserQuery) (page search.UserPage, err error) {
	h.Helper()
	err = h.caughtUp(by.App, func() error {
		page, err = h.Search.Users(h.ctx, by, q)
		return err
	})
	return page, err
}

func (h *house) caughtUp(a chat.AppID, ask func() error) (err error) {
	h.Helper()
	for range 20 {
		if err = ask(); chat.CodeOf(err) != chat.CodeSearchBuilding {
			return err
		}
		h.settle(a)
	}
	return err
}

// newTicket is one that no deletion of the account has ended.
func (h *house) newTicket() chat.Ticket {
	h.wait(2 * time.Second)
	now := h.clock().Unix()
	return chat.Ticket{Issued: now, Expires: now + 3600}
}

// find are the conversations with finds, each with the numbers of its messages, the newest
// first, over all pages.
func (h *house) find(by chat.Actor, q search.MessageQuery) map[string][]chat.Seq {
	h.Helper()
	found := map[string][]chat.Seq{}
	for range 1000 {
		page, err := h.searchMessages(by, q)
		h.must(err)
		for _, f := range page.List {
			if q.Conv == nil {
				t := f.Conv
				inner := q
				inner.Conv, inner.Cursor, inner.Limit = &t, "", 3
				one := h.find(by, inner)
				if f.Count != len(one[t.String()]) {
					h.Errorf("%s of %s: counts %d, lists %v", by.User, t, f.Count, one)
				}
				found[t.String()] = one[t.String()]
				continue
			}
			if page.Total != f.Count {
				h.Errorf("%s of %s: %d in all, %d here", by.User, f.Conv, page.Total, f.Count)
			}
			for _, m := range f.Messages {
				found[f.Conv.String()] = append(found[f.Conv.String()], m.Seq)
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return found
		}
	}
	h.Fatal("the pages do not end")
	return nil
}

func words(list ...string) search.MessageQuery { return search.MessageQuery{Keywords: list} }

func (h *house) wantsFound(by chat.UserID, q search.MessageQuery, want string) {
	h.Helper()
	if got := fmt.Sprint(h.find(as(by), q)); got != "map["+want+"]" {
		h.Errorf("%s finds %s of %v, want [%s]", by, got, q.Keywords, want)
	}
}

func TestMessagesAreFoundByWhomTheyAreSeen(t *testing.T) {
	h := openSearch(t, t.TempDir(), nil)
	g := h.group("ann", chat.Public, "bob")
	h.send("ann", chat.ToGroup(g), "green tea")
	h.send("ann", chat.ToUser("bob"), "喝茶 tea")
	in := "group/" + string(g)
	h.wantsFound("ann", words("te"), "c2c/bob:[1] "+in+":[1]")
	h.wantsFound("bob", words("茶"), "c2c/ann:[1]")
	h.wantsFound("cat", words("tea"), "")

	_, err := h.Group.Join(h.ctx, as("cat"), g, "") // waits for ann's answer
	h.must(err)
	h.wantsFound("cat", words("tea"), "")
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, true)
	h.must(err)
	h.wantsFound("cat", words("tea"), "") // said before they came
	h.send("bob", chat.ToGroup(g), "black tea")
	last := h.send("bob", chat.ToGroup(g), "teapot").Seq
	h.wantsFound("cat", words("tea"), fmt.Sprintf("%s:[%d %d]", in, last, last-1))

	_, err = h.Message.Recall(h.ctx, as("bob"), "", chat.ToGroup(g), chat.MessageRef{Seq: last}, "")
	h.must(err)
	h.wantsFound("cat", words("tea"), fmt.Sprintf("%s:[%d]", in, last-1))
	_, err = h.Message.Modify(h.ctx, as("bob"), message.Modification{Target: chat.ToGroup(g), Ref: chat.MessageRef{Seq: last - 1}, Body: text("coffee")})
	h.must(err)
	h.wantsFound("cat", words("tea"), "")
	h.wantsFound("cat", words("coffee"), fmt.Sprintf("%s:[%d]", in, last-1))
	h.must(h.Message.Clear(h.ctx, as("cat"), "", chat.ToGroup(g)))
	h.wantsFound("cat", words("coffee"), "")
	h.wantsFound("bob", words("coffee"), fmt.Sprintf("%s:[%d]", in, last-1))
	h.must(h.Group.Destroy(h.ctx, admin(), g))
	h.wantsFound("bob", words("coffee"), "")
}

func TestSearchRefusals(t *testing.T) {
	h := openSearch(t, t.TempDir(), nil)
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		by   chat.Actor
		q    search.MessageQuery
		want chat.Code
	}{
		{as("ann"), search.MessageQuery{}, chat.CodeBadJSON},
		{as("ann"), words("a", "b", "c", "d", "e", "f"), chat.CodeBadJSON},
		{as("ann"), words(""), chat.CodeBadJSON},
		{as("ann"), words(long), chat.CodeBadJSON},
		{as("ann"), words("\xff"), chat.CodeBadJSON},
		{as("ann"), search.MessageQuery{From: make([]chat.UserID, 21)}, chat.CodeBadJSON},
		{as("ann"), search.MessageQuery{Keywords: []string{"a"}, Cursor: "?"}, chat.CodeBadJSON},
		{as("ann"), search.MessageQuery{Keywords: []string{"a"}, Cursor: "AQ"}, chat.CodeBadJSON},
		{as("ann"), search.MessageQuery{Keywords: []string{"a"}, Period: -1}, chat.CodeBadJSON},
		{as("ann"), search.MessageQuery{Keywords: []string{"a"}, Of: "bob"}, chat.CodeBadFrom},
		{as("ann"), search.MessageQuery{Keywords: []string{"a"}, Conv: &chat.Target{Kind: chat.InGroup, ID: "none"}}, chat.CodeNoGroup},
		{as("ann"), search.MessageQuery{Period: 60}, 0},
		{admin(), search.MessageQuery{Keywords: []string{"a"}, Of: "bob"}, 0},
		{chat.Actor{App: 7, User: "ann"}, words("a"), chat.CodeUnknownApp},
	} {
		_, err := h.Search.Messages(h.ctx, c.by, c.q)
		h.wants(err, c.want)
	}
	_, err := h.Search.Users(h.ctx, as("ann"), search.UserQuery{})
	h.wants(err, chat.CodeBadJSON)
	_, err = h.Search.AllGroups(h.ctx, as("ann"), []string{"a"}, false, "", 0)
	h.wants(err, chat.CodeNeedAdmin)

	h.apps.Set(chat.App{ID: app, Switches: chat.Switches{NoSearch: true}})
	_, err = h.Search.Messages(h.ctx, as("ann"), words("a"))
	h.wants(err, chat.CodeCommandDisabled)
	_, err = open(t, nil).Search.Messages(h.ctx, as("ann"), words("a"))
	h.wants(err, chat.CodeCommandDisabled)
}

// TestAnAppThatTurnsSearchOffHasNoIndex looks at its folder, and finds all again when it is on.
func TestAnAppThatTurnsSearchOffHasNoIndex(t *testing.T) {
	dir := t.TempDir()
	h := openSearch(t, dir, nil)
	h.send("ann", chat.ToUser("bob"), "tea")
	h.wantsFound("bob", words("tea"), "c2c/ann:[1]")
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{NoSearch: true}})
	h.Search.Look(app)
	gone := func() bool {
		_, err := os.Stat(filepath.Join(dir, fmt.Sprint(app)))
		return errors.Is(err, os.ErrNotExist)
	}
	if !eventually(gone) {
		t.Fatal("the index stays")
	}
	h.send("ann", chat.ToUser("bob"), "more tea")
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	h.settle()
	h.wantsFound("bob", words("tea"), "c2c/ann:[2 1]")
}

func TestUsersAreFound(t *testing.T) {
	h := openSearch(t, t.TempDir(), nil)
	for i, nick := range []string{"Ann Tea", "Bob", "茶猫"} {
		u := []chat.UserID{"ann", "bob", "cat"}[i]
		h.must(h.People.SetProfile(h.ctx, as(u), u, []chat.ProfileItem{
			{Tag: chat.TagNick, Text: nick}, {Tag: chat.TagBirthDay, Number: uint32(19900101 + i*10000), Numeric: true},
		}))
	}
	h.must(h.People.SetProfile(h.ctx, as("bob"), "bob", []chat.ProfileItem{{Tag: chat.TagGender, Text: "Gender_Type_Male"}}))
	for _, c := range []struct {
		q    search.UserQuery
		want string
	}{
		{search.UserQuery{Keywords: []string{"tea"}}, "ann"},
		{search.UserQuery{Keywords: []string{"bo"}}, "bob"},
		{search.UserQuery{Keywords: []string{"茶"}}, "cat"},
		{search.UserQuery{Keywords: []string{"a", "b", "c"}}, "admin ann bob cat"},
		{search.UserQuery{Keywords: []string{"ann", "tea"}, All: true}, "ann"},
		{search.UserQuery{Keywords: []string{"a", "b", "c"}, Gender: "Gender_Type_Male"}, "bob"},
		{search.UserQuery{Keywords: []string{"a", "b", "c"}, MinBirthDay: 19910101}, "bob cat"},
		{search.UserQuery{Keywords: []string{"a", "b", "c"}, MaxBirthDay: 19910101}, "ann bob"},
		{search.UserQuery{Keywords: []string{"..."}}, ""},
	} {
		var got []string
		c.q.Limit = 2
		total := -1
		for range 10 {
			page, err := h.searchUsers(as("bob"), c.q)
			h.must(err)
			if total < 0 {
				total = page.Total
			}
			for _, r := range page.List {
				got = append(got, string(r.User))
			}
			if c.q.Cursor = page.Cursor; c.q.Cursor == "" {
				break
			}
		}
		if strings.Join(got, " ") != c.want || total != len(got) {
			t.Errorf("%+v: %v (%d), want %s", c.q, got, total, c.want)
		}
	}
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
	h.must(err)
	page, err := h.searchUsers(as("bob"), search.UserQuery{Keywords: []string{"ann"}})
	if h.must(err); page.Total != 0 {
		t.Errorf("a deleted account is found: %+v", page)
	}
	_, err = h.People.Login(h.ctx, app, "ann", h.newTicket())
	h.must(err)
	if page, err = h.searchUsers(as("bob"), search.UserQuery{Keywords: []string{"tea"}}); err != nil || page.Total != 0 {
		t.Errorf("the next holder of the name is found by the nick of the one before: %+v, %v", page, err)
	}
}

func TestGroupsAreFoundByAdministrators(t *testing.T) {
	h := openSearch(t, t.TempDir(), nil)
	h.founds("oolong", chat.Public, "Tea house")
	h.founds("house", chat.Work, "Kitchen")
	find := func(word string) string {
		page, err := h.Search.AllGroups(h.ctx, admin(), []string{word}, false, "", 10)
		h.must(err)
		var ids []string
		for _, g := range page.List {
			ids = append(ids, string(g.ID))
		}
		return strings.Join(ids, " ")
	}
	if got := find("hous"); got != "house oolong" {
		t.Errorf("found: %s", got)
	}
	name := "Garage"
	h.must(h.Group.Modify(h.ctx, admin(), "oolong", chat.GroupPatch{Name: &name}))
	h.must(h.Group.Destroy(h.ctx, admin(), "house"))
	if got := find("hous") + "," + find("gara"); got != ",oolong" {
		t.Errorf("found later: %s", got)
	}
}

// TestAnIndexIsMadeAnew begins on a store that has all of it already, then with a folder
// that is left over, cut, and of another store.
func TestAnIndexIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	old := openSearch(t, dir, nil)
	g := old.group("ann", chat.Public, "bob")
	old.send("ann", chat.ToGroup(g), "green tea")
	old.send("bob", chat.ToGroup(g), "black tea")
	old.send("ann", chat.ToUser("bob"), "white tea")
	_, err := old.Message.Recall(old.ctx, as("ann"), "", chat.ToGroup(g), chat.MessageRef{Seq: 1}, "")
	old.must(err)
	old.settle()
	again := func(change func()) *core.Core {
		shelf := indexes.New(dir)
		change()
		c := core.New(core.Options{Store: old.store, Apps: old.apps, Now: old.clock, SearchShelf: shelf})
		c.Search.Start([]chat.AppID{app})
		if err := c.Search.Settle(old.ctx, app); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := old.Core.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"as it was left": func() {},
		"gone":           func() { old.must(os.RemoveAll(filepath.Join(dir, fmt.Sprint(app)))) },
		"cut": func() {
			files, err := filepath.Glob(filepath.Join(dir, fmt.Sprint(app), "*.zap"))
			if err != nil || len(files) == 0 {
				t.Fatal("no files", err)
			}
			old.must(os.Truncate(files[0], 100))
		},
		"nonsense": func() {
			old.must(os.WriteFile(filepath.Join(dir, fmt.Sprint(app), "root.bolt"), []byte("tea"), 0o600))
		},
	} {
		c := again(change)
		page, err := c.Search.Messages(old.ctx, as("bob"), words("tea"))
		if err != nil || page.Total != 2 || len(page.List) != 2 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
		users, err := c.Search.Users(old.ctx, as("bob"), search.UserQuery{Keywords: []string{"ca"}})
		if err != nil || users.Total != 1 {
			t.Errorf("%s: users %+v, %v", name, users, err)
		}
		if err := c.Close(old.ctx); err != nil {
			t.Error(err)
		}
	}
	other := openSearch(t, dir, nil) // another store, which says that it is further
	for i := range 20 {
		other.send("ann", chat.ToUser("bob"), fmt.Sprint("coffee ", i))
	}
	other.wantsFound("bob", words("tea"), "")
	if got := other.find(as("bob"), words("coffee")); len(got["c2c/ann"]) != 20 {
		t.Errorf("found in another store: %v", got)
	}
}

// scan is the brute-force answer: everything that the histories of a user's conversations
// have, compared word by word.
func (h *house) scan(by chat.Actor, targets []chat.Target, q search.MessageQuery) map[string][]chat.Seq {
	h.Helper()
	k := search.Keywords{All: q.All}
	for _, w := range q.Keywords {
		k.List = append(k.List, search.Read(w))
	}
	found := map[string][]chat.Seq{}
	for _, t := range targets {
		if q.Conv != nil && *q.Conv != t {
			continue
		}
		before := chat.Newest
		for {
			page, err := h.Message.History(h.ctx, by, message.HistoryQuery{Target: t, Before: &before, Limit: 100})
			if err != nil {
				if chat.IsFault(err) {
					h.Fatal(err)
				}
				break
			}
			for _, m := range slices.Backward(page.Messages) {
				if meant(m, k, q) {
					found[t.String()] = append(found[t.String()], m.Seq)
				}
			}
			if page.Finished || len(page.Messages) == 0 {
				break
			}
			before = page.Messages[0].Seq
		}
	}
	return found
}

// meant looks at the JSON of a message.
func meant(m *chat.Message, k search.Keywords, q search.MessageQuery) bool {
	if m.Tip != nil || m.Recall != nil || q.From != nil && !slices.Contains(q.From, m.From) {
		return false
	}
	var body []struct {
		MsgType    string
		MsgContent struct{ Text, FileName, Data string }
	}
	if json.Unmarshal(m.Body, &body) != nil {
		return false
	}
	var texts []search.Words
	typed := q.Types == nil
	for _, e := range body {
		texts = append(texts, search.Read(e.MsgContent.Text), search.Read(e.MsgContent.FileName))
		typed = typed || slices.Contains(q.Types, e.MsgType)
	}
	return typed && k.In(texts)
}

var searchSteps = flag.Int("search-steps", raced.Or(300, 120), "how much happens in each of the four walks of searches")

// TestSearchesFindWhatAScanFinds does whatever users and administrators do, in two apps, and
// compares each search with the scan of everything its user may see.
func TestSearchesFindWhatAScanFinds(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			randomSearches(t, rand.New(rand.NewPCG(seed, 7)), *searchSteps)
		})
	}
}

const otherApp chat.AppID = 1400000002

var (
	searchers = []chat.UserID{"ann", "bob", "cat", "dan"}
	pieces    = strings.Fields("tea Tea teahouse te 茶 喝茶 喝 中国茶 café cafe 茶館 สวัสดี 안녕 👍 12 2024 report.pdf")
)

func say(r *rand.Rand, most int) string {
	list := make([]string, 1+r.IntN(most))
	for i := range list {
		list[i] = pieces[r.IntN(len(pieces))]
	}
	return strings.Join(list, []string{" ", "", ", "}[r.IntN(3)])
}

func randomSearches(t *testing.T, r *rand.Rand, steps int) {
	dir := t.TempDir()
	h := openSearch(t, dir, nil)
	for _, a := range []chat.AppID{app, otherApp} {
		h.apps.Set(chat.App{
			ID: a, Admins: []chat.UserID{"admin"}, Retention: 2 * time.Hour,
			Limits: chat.Limits{GroupRate: -1, GroupsMadePerDay: -1, RecallWindow: 24 * time.Hour},
		})
		for _, u := range append(searchers, "admin") {
			_, err := h.People.Login(h.ctx, a, u, chat.Ticket{})
			h.must(err)
		}
	}
	w := &searchWalk{house: h, r: r, dir: dir}
	for _, a := range []chat.AppID{app, otherApp} {
		for id, kind := range searchGroups {
			d := chat.GroupDraft{ID: id, Type: kind, Name: "g", Owner: "ann", Members: []chat.NewMember{{User: "bob"}, {User: "cat"}}}
			_, err := h.Group.Create(h.ctx, chat.Actor{App: a, User: "admin", Standing: chat.AsAdmin}, d)
			h.must(err)
		}
	}
	for range steps {
		w.step()
		if r.IntN(3) == 0 {
			w.compare()
		}
		if r.IntN(5) == 0 {
			w.compareUsers()
		}
		switch r.IntN(80) {
		case 0, 1:
			w.keep()
		case 2, 3:
			w.restart()
		}
	}
	if w.searches < steps/4 || w.found < w.searches/3 {
		t.Errorf("only %d finds of %d searches: the test shows little", w.found, w.searches)
	}
	t.Logf("%d searches, %d finds, %d steps were refused", w.searches, w.found, w.refused)
}

// searchWalk does things at random.
type searchWalk struct {
	*house
	r                        *rand.Rand
	dir, old                 string
	searches, found, refused int
}

// keep copies the indexes as they are on the disk now.
func (w *searchWalk) keep() {
	w.old = w.TempDir()
	w.must(searchtest.CopyMoment(w.old, w.dir))
}

// restart ends the core and starts it again on the same store. Sometimes a file of the
// indexes is harmed meanwhile, and sometimes they are what a kill leaves: a while behind.
func (w *searchWalk) restart() {
	w.must(w.Core.Close(w.ctx))
	if w.old != "" && w.r.IntN(2) == 0 {
		w.must(os.RemoveAll(w.dir))
		w.must(os.CopyFS(w.dir, os.DirFS(w.old)))
		w.old = ""
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "*", "*"))
	w.must(err)
	if len(files) > 0 && w.r.IntN(3) == 0 {
		w.must(os.Truncate(files[w.r.IntN(len(files))], int64(w.r.IntN(500))))
	}
	w.Core = core.New(core.Options{Store: w.store, Apps: w.apps, Now: w.clock, SearchShelf: indexes.New(w.dir), Lanes: 1})
	w.Search.Start([]chat.AppID{app, otherApp})
	w.settle(otherApp)
}

func (w *searchWalk) app() chat.AppID { return []chat.AppID{app, app, otherApp}[w.r.IntN(3)] }

func (w *searchWalk) user() chat.UserID { return searchers[w.r.IntN(len(searchers))] }

var searchGroups = map[chat.GroupID]chat.GroupType{"pub": chat.Public, "work": chat.Work, "meet": chat.Meeting}

func (w *searchWalk) room() chat.GroupID {
	return []chat.GroupID{"pub", "work", "meet"}[w.r.IntN(3)]
}

func (w *searchWalk) target() chat.Target {
	if w.r.IntN(2) == 0 {
		return chat.ToUser(w.user())
	}
	return chat.ToGroup(w.room())
}

// step is one thing that somebody does; the rules refuse many.
func (w *searchWalk) step() {
	a := w.app()
	by := chat.Actor{App: a, User: w.user()}
	boss := chat.Actor{App: a, User: "admin", Standing: chat.AsAdmin}
	ref := func() chat.MessageRef { return chat.MessageRef{Seq: chat.Seq(1 + w.r.IntN(30))} }
	var err error
	switch n := w.r.IntN(100); {
	case n < 50:
		d := chat.Draft{To: w.target(), Body: text(say(w.r, 4))}
		if d.To.Kind == chat.InGroup && w.r.IntN(4) == 0 {
			d.Only = []chat.UserID{w.user()}
		}
		if w.r.IntN(5) == 0 {
			d.Body = fmt.Appendf(nil, `[{"MsgType":"TIMFileElem","MsgContent":{"UUID":"u","FileName":%q}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":%q}}]`, say(w.r, 2), say(w.r, 2))
		}
		if w.r.IntN(10) == 0 {
			d.LifeTime = new(int64)
			*d.LifeTime = 600
		}
		who := by
		if d.Only != nil {
			who, d.From = boss, by.User
		}
		_, err = w.Message.SendWait(w.ctx, who, d)
	case n < 55:
		_, err = w.Message.Recall(w.ctx, by, "", w.target(), ref(), "")
	case n < 62:
		c := message.Modification{Target: w.target(), Ref: ref(), Body: text(say(w.r, 4))}
		who := by
		if c.Target.Kind == chat.InGroup {
			who = boss
		}
		_, err = w.Message.Modify(w.ctx, who, c)
	case n < 66:
		err = w.Message.Delete(w.ctx, by, "", w.target(), []chat.MessageRef{ref(), ref()})
	case n < 68:
		err = w.Message.Clear(w.ctx, by, "", w.target())
	case n < 70:
		err = w.Inbox.Delete(w.ctx, by, "", w.target(), w.r.IntN(2) == 0)
	case n < 75:
		id := w.room()
		_, err = w.Group.Create(w.ctx, boss, chat.GroupDraft{ID: id, Type: searchGroups[id], Name: "g", Owner: w.user()})
	case n < 82:
		_, err = w.Group.AddMembers(w.ctx, boss, w.room(), []chat.UserID{w.user(), w.user()}, w.r.IntN(2) == 0)
	case n < 86:
		err = w.Group.RemoveMembers(w.ctx, boss, w.room(), []chat.UserID{w.user()}, true, "")
	case n < 87:
		err = w.Group.Destroy(w.ctx, boss, w.room())
	case n < 89:
		_, err = w.People.BlockUsers(w.ctx, by, by.User, []chat.UserID{w.user()})
	case n < 91:
		_, err = w.People.UnblockUsers(w.ctx, by, by.User, []chat.UserID{w.user()})
	case n < 92:
		err = w.Message.DeleteBySender(w.ctx, boss, w.room(), w.user())
	case n < 94:
		err = w.People.SetProfile(w.ctx, by, by.User, []chat.ProfileItem{{Tag: chat.TagNick, Text: say(w.r, 3)}})
	case n < 95:
		u := w.user()
		_, err = w.DeleteAccounts(w.ctx, boss, []chat.UserID{u})
		if err == nil {
			_, err = w.People.Login(w.ctx, a, u, w.newTicket())
		}
	default:
		w.wait(time.Duration(w.r.IntN(200)) * time.Second)
	}
	if err != nil {
		if chat.IsFault(err) {
			w.Fatal(err)
		}
		w.refused++
	}
}

// compare compares one search with the scan.
func (w *searchWalk) compare() {
	by := chat.Actor{App: w.app(), User: w.user()}
	q := search.MessageQuery{All: w.r.IntN(2) == 0, Limit: 1 + w.r.IntN(4)}
	for range w.r.IntN(3) {
		q.Keywords = append(q.Keywords, say(w.r, 1+w.r.IntN(4)/3))
	}
	if w.r.IntN(4) == 0 {
		q.From = []chat.UserID{w.user()}
	}
	if w.r.IntN(4) == 0 || len(q.Keywords)+len(q.From) == 0 {
		q.Types = []string{"TIMFileElem"}
	}
	var targets []chat.Target
	for _, u := range searchers {
		targets = append(targets, chat.ToUser(u))
	}
	for id := range searchGroups {
		targets = append(targets, chat.ToGroup(id))
	}
	if w.r.IntN(3) == 0 {
		t := targets[w.r.IntN(len(targets))]
		if _, err := w.Message.History(w.ctx, by, message.HistoryQuery{Target: t}); err != nil {
			_, other := w.Search.Messages(w.ctx, by, search.MessageQuery{Keywords: []string{"a"}, Conv: &t})
			w.wants(other, chat.CodeOf(err))
			return
		}
		q.Conv = &t
	}
	want := w.scan(by, targets, q)
	got := w.find(by, q)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Fatalf("%d %s searches %+v (conversation %v)\nfound %v\nscan  %v", by.App, by.User, q, q.Conv, got, want)
	}
	w.searches++
	for _, list := range want {
		w.found += len(list)
	}
}

// compareUsers compares one search for users with what their profiles say.
func (w *searchWalk) compareUsers() {
	by := chat.Actor{App: w.app(), User: w.user()}
	q := search.UserQuery{Keywords: []string{say(w.r, 1)}, Limit: 1 + w.r.IntN(3)}
	if w.r.IntN(3) == 0 {
		q.Keywords = []string{string(w.user())[:1+w.r.IntN(3)], say(w.r, 1)}
	}
	k := search.Keywords{}
	for _, one := range q.Keywords {
		k.List = append(k.List, search.Read(one))
	}
	all, err := w.People.Profiles(w.ctx, by, append([]chat.UserID{"admin"}, searchers...), []chat.ProfileTag{chat.TagNick})
	w.must(err)
	var want, got []chat.UserID
	for _, r := range all {
		nick := ""
		if len(r.Items) > 0 {
			nick = r.Items[0].Text
		}
		if r.Code == 0 && k.In([]search.Words{search.Read(string(r.User)), search.Read(nick)}) {
			want = append(want, r.User)
		}
	}
	for next := true; next; next = q.Cursor != "" {
		page, err := w.searchUsers(by, q)
		w.must(err)
		for _, r := range page.List {
			got = append(got, r.User)
		}
		q.Cursor = page.Cursor
		if page.Total != len(want) {
			w.Errorf("users: %d counted, want %v", page.Total, want)
		}
	}
	if !slices.Equal(got, want) {
		w.Fatalf("%d %s searches users by %v: %v, want %v", by.App, by.User, q.Keywords, got, want)
	}
}

// TestChangesBeforeACrashAreFound changes messages after the last that an index has kept.
func TestChangesBeforeACrashAreFound(t *testing.T) {
	dir, kept := t.TempDir(), t.TempDir()
	h := openSearch(t, dir, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	in := "group/" + string(g)
	h.send("ann", chat.ToGroup(g), "green tea")
	r, err := h.Message.SendWait(h.ctx, admin(), chat.Draft{From: "ann", To: chat.ToGroup(g), Body: text("black tea"), Only: []chat.UserID{"bob"}})
	h.must(err)
	h.settle()
	h.must(h.Core.Close(h.ctx))
	h.must(os.CopyFS(kept, os.DirFS(dir)))
	h.must(os.Remove(filepath.Join(kept, fmt.Sprint(app), "seal"))) // as if it had been killed
	start := func(dir string) {
		h.Core = core.New(core.Options{Store: h.store, Apps: h.apps, Now: h.clock, SearchShelf: indexes.New(dir), Lanes: 1})
		h.Search.Start([]chat.AppID{app})
		h.settle()
	}
	start(dir)
	for seq, to := range map[chat.Seq]string{1: "green coffee", r.Seq: "black coffee"} {
		_, err := h.Message.Modify(h.ctx, admin(), message.Modification{Target: chat.ToGroup(g), Ref: chat.MessageRef{Seq: seq}, Body: text(to)})
		h.must(err)
	}
	h.must(h.People.SetProfile(h.ctx, as("cat"), "cat", []chat.ProfileItem{{Tag: chat.TagNick, Text: "Coffee cat"}}))
	h.must(h.Core.Close(h.ctx))
	start(kept)
	h.wantsFound("bob", words("coffee"), fmt.Sprintf("%s:[%d 1]", in, r.Seq))
	h.wantsFound("cat", words("coffee"), in+":[1]")
	h.wantsFound("bob", words("tea"), "")
	users, err := h.searchUsers(as("bob"), search.UserQuery{Keywords: []string{"coffee"}})
	if h.must(err); users.Total != 1 {
		t.Errorf("users: %+v", users)
	}
}
