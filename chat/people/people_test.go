package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/storage/memory"
)

const app chat.AppID = 1400000001

// room is the service over a ledger on the memory engine, with ann, bob, cat and
// admin registered.
type room struct {
	testing.TB
	*people.Service
	ledger *ledger.Ledger
	store  chat.Store
	apps   *chat.Apps
	ctx    context.Context

	mu  sync.Mutex
	now time.Time
}

func open(t testing.TB) *room {
	t.Helper()
	r := &room{TB: t, apps: &chat.Apps{}, ctx: t.Context(), now: time.Unix(1_700_000_000, 0)}
	now := func() time.Time {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.now
	}
	r.store = memory.New(memory.Options{Now: now})
	r.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	r.ledger = ledger.New(ledger.Options{Store: r.store, Apps: r.apps, Now: now, Lanes: 1})
	r.Service = people.New(r.ledger, func(context.Context, chat.AppID, chat.UserID) error { return nil })
	t.Cleanup(func() {
		if err := r.ledger.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	r.register("ann", "bob", "cat", "admin")
	return r
}

func (r *room) register(list ...chat.UserID) {
	r.Helper()
	profiles := make([]chat.Profile, len(list))
	for i, u := range list {
		profiles[i].User = u
	}
	if failed, err := r.Import(r.ctx, admin(), profiles); err != nil || len(failed) != 0 {
		r.Fatalf("register %v: %v, %v", list, failed, err)
	}
}

func (r *room) account(u chat.UserID) *chat.Account {
	r.Helper()
	acc, err := r.ledger.Account(r.ctx, app, u)
	if err != nil {
		r.Fatal(err)
	}
	return acc
}

func (r *room) limit(n int) {
	a := *r.apps.App(app)
	a.Limits.Blocklist = n
	r.apps.Set(a)
}

// listed is ann's blocklist, page by page.
func (r *room) listed(page int) (names []chat.UserID) {
	r.Helper()
	for after := chat.UserID(""); ; {
		list, err := r.Blocklist(r.ctx, as("ann"), "", after, page)
		if err != nil || len(list) > page {
			r.Fatalf("%d names after %q, %v", len(list), after, err)
		}
		for _, b := range list {
			names = append(names, b.User)
			after = b.User
		}
		if len(list) < page {
			return names
		}
	}
}

func as(u chat.UserID) chat.Actor { return chat.Actor{App: app, User: u} }

func admin() chat.Actor { return chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin} }

// codes prints results as "name code".
func codes(list []chat.ItemResult) (text []string) {
	for _, r := range list {
		text = append(text, fmt.Sprint(r.User, " ", r.Code))
	}
	return text
}

func some(n int, prefix string) (list []chat.UserID) {
	for i := range n {
		list = append(list, chat.UserID(fmt.Sprintf("%s%04d", prefix, i)))
	}
	return list
}

func TestImportAnswersForEachItem(t *testing.T) {
	text := func(n int) *string { s := strings.Repeat("x", n); return &s }
	long := chat.UserID(strings.Repeat("x", 32))
	for _, c := range []struct {
		what   string
		list   []chat.Profile
		failed []string
		exist  []chat.UserID // and have a nick of so many bytes
		nick   int
	}{
		{"nobody", nil, nil, nil, 0},
		{"an empty list", []chat.Profile{}, nil, nil, 0},
		{"the longest name", []chat.Profile{{User: long, Nick: text(1)}}, nil, []chat.UserID{long}, 1},
		{"a name too long", []chat.Profile{{User: long + "x"}}, []string{string(long) + "x 70402"}, nil, 0},
		{"the longest nick", []chat.Profile{{User: "dora", Nick: text(500), FaceURL: text(500)}}, nil, []chat.UserID{"dora"}, 500},
		{"a nick too long", []chat.Profile{{User: "dora", Nick: text(501)}}, []string{"dora 40601"}, nil, 0},
		{"a face too long", []chat.Profile{{User: "dora", FaceURL: text(501)}}, []string{"dora 40601"}, nil, 0},
		{"an empty nick", []chat.Profile{{User: "dora", Nick: text(0)}}, nil, []chat.UserID{"dora"}, 0},
		{"bad names among good ones", []chat.Profile{{User: ""}, {User: "dora"}, {User: "a\x00b"}, {User: "\xff"}, {User: "é"}}, []string{" 70402", "a\x00b 70402", "\xff 70402"}, []chat.UserID{"dora", "é"}, 0},
		{"somebody twice: the last one counts", []chat.Profile{{User: "dora", Nick: text(3)}, {User: "dora", Nick: text(2)}}, nil, []chat.UserID{"dora"}, 2},
		{"somebody twice, once in vain", []chat.Profile{{User: "dora", Nick: text(3)}, {User: "dora", Nick: text(501)}}, []string{"dora 40601"}, []chat.UserID{"dora"}, 3},
		{"somebody twice, both in vain", []chat.Profile{{User: "dora", Nick: text(501)}, {User: "dora", Nick: text(501)}}, []string{"dora 40601", "dora 40601"}, nil, 0},
	} {
		r := open(t)
		failed, err := r.Import(r.ctx, admin(), c.list)
		if err != nil || !slices.Equal(codes(failed), c.failed) {
			t.Errorf("%s: failed %q, %v, want %q", c.what, codes(failed), err, c.failed)
		}
		for _, p := range c.list {
			acc := r.account(p.User)
			if want := slices.Contains(c.exist, p.User); (acc != nil) != want || want && len(acc.Nick) != c.nick {
				t.Errorf("%s: the account of %q is %+v", c.what, p.User, acc)
			}
		}
	}
}

func TestCheckAnswersInTheOrderAsked(t *testing.T) {
	r := open(t)
	for _, c := range []struct {
		list []chat.UserID
		want []bool
	}{
		{nil, []bool{}},
		{[]chat.UserID{"ann"}, []bool{true}},
		{[]chat.UserID{"nobody", "ann", "nobody", "ann"}, []bool{false, true, false, true}},
		{[]chat.UserID{"", "Ann", "ann ", chat.SystemUser}, []bool{false, false, false, false}},
	} {
		exist, err := r.Check(r.ctx, admin(), c.list)
		if err != nil || !slices.Equal(exist, c.want) {
			t.Errorf("%q: %v, %v, want %v", c.list, exist, err, c.want)
		}
	}
}

// Nothing is answered, and nothing kept, in the name of an app that is not there
// or switched off.
func TestCommandsOfDisabledAppAreRefused(t *testing.T) {
	r := open(t)
	r.apps.Set(chat.App{ID: 7, Disabled: true})
	for id, want := range map[chat.AppID]chat.Code{7: chat.CodeAppDisabled, 8: chat.CodeUnknownApp} {
		by := chat.Actor{App: id, User: "ann", Standing: chat.AsAdmin}
		_, importing := r.Import(r.ctx, by, []chat.Profile{{User: "ann"}})
		_, checking := r.Check(r.ctx, by, nil)
		_, blocking := r.BlockUsers(r.ctx, by, "", nil)
		_, unblocking := r.UnblockUsers(r.ctx, by, "", nil)
		_, listing := r.Blocklist(r.ctx, by, "", "", 1)
		_, _, asking := r.Presences(r.ctx, by, nil)
		_, me := r.Me(r.ctx, by)
		for i, err := range []error{importing, checking, blocking, unblocking, listing, asking, me, r.Kick(r.ctx, by, "ann")} {
			if chat.CodeOf(err) != want {
				t.Errorf("app %d, command %d: %v, want %d", id, i, err, want)
			}
		}
		if acc, err := r.ledger.Account(r.ctx, id, "ann"); acc != nil || err != nil {
			t.Errorf("app %d has an account: %+v, %v", id, acc, err)
		}
	}
}

func TestConcurrentFirstLoginsMakeOneAccount(t *testing.T) {
	r := open(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			acc, err := r.Login(r.ctx, app, "dora", chat.Ticket{})
			if err != nil || acc == nil || acc.User != "dora" || acc.Created != 1_700_000_000 {
				t.Errorf("login: %+v, %v", acc, err)
			}
		})
	}
	all.Wait()
}

func TestBlocklistLimit(t *testing.T) {
	for _, c := range []struct {
		what  string
		limit int
		had   []chat.UserID
		block []chat.UserID
		want  []string
	}{
		{"an empty list", 1, nil, nil, nil},
		{"one has no place", 1, nil, []chat.UserID{"bob", "cat"}, []string{"bob 0", "cat 30013"}},
		{"no limit", -1, nil, []chat.UserID{"bob", "cat", "admin"}, []string{"bob 0", "cat 0", "admin 0"}},
		{"the default has place", 0, nil, []chat.UserID{"bob", "cat"}, []string{"bob 0", "cat 0"}},
		{"somebody listed already finds a full list no hindrance", 1, []chat.UserID{"bob"}, []chat.UserID{"bob", "cat"}, []string{"bob 30001", "cat 30013"}},
		{"who is refused takes no place", 1, nil, []chat.UserID{"ann", "nobody", "", "bob"}, []string{"ann 30001", "nobody 30003", " 30003", "bob 0"}},
		{"twice in one call takes one place", 2, nil, []chat.UserID{"bob", "bob", "bob", "cat"}, []string{"bob 0", "bob 30001", "bob 30001", "cat 0"}},
		{"a limit that fell below the list", 1, []chat.UserID{"bob", "cat"}, []chat.UserID{"admin", "cat"}, []string{"admin 30013", "cat 30001"}},
	} {
		r := open(t)
		if _, err := r.BlockUsers(r.ctx, as("ann"), "", c.had); err != nil {
			t.Fatal(err)
		}
		r.limit(c.limit)
		results, err := r.BlockUsers(r.ctx, as("ann"), "", c.block)
		if err != nil || !slices.Equal(codes(results), c.want) {
			t.Errorf("%s: %q, %v, want %q", c.what, codes(results), err, c.want)
		}
	}
}

// However often somebody is put on a list and taken off, the place is counted once.
func TestUnblockFreesPlacesOnBlocklist(t *testing.T) {
	r := open(t)
	r.limit(2)
	pair := []chat.UserID{"bob", "cat"}
	for range 3 {
		if results, err := r.BlockUsers(r.ctx, as("ann"), "", pair); err != nil || !slices.Equal(codes(results), []string{"bob 0", "cat 0"}) {
			t.Errorf("block: %q, %v", codes(results), err)
		}
		results, err := r.UnblockUsers(r.ctx, as("ann"), "", []chat.UserID{"bob", "bob", "nobody", "cat", "bob"})
		if want := []string{"bob 0", "bob 0", "nobody 0", "cat 0", "bob 0"}; err != nil || !slices.Equal(codes(results), want) {
			t.Errorf("unblock: %q, %v, want %q", codes(results), err, want)
		}
		if names := r.listed(10); names != nil {
			t.Errorf("%v are on the list", names)
		}
	}
	for _, owner := range pair {
		if is, err := r.Blocked(r.ctx, app, "ann", owner); is || err != nil {
			t.Errorf("%s is blocked: %t, %v", owner, is, err)
		}
	}
	results, err := r.BlockUsers(r.ctx, as("ann"), "", append(pair, "admin"))
	if want := []string{"bob 0", "cat 0", "admin 30013"}; err != nil || !slices.Equal(codes(results), want) {
		t.Errorf("after all that: %q, %v, want %q", codes(results), err, want)
	}
}

func TestBlocklistPages(t *testing.T) {
	r := open(t)
	all := some(7, "u")
	r.register(all...)
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	if _, err := r.BlockUsers(r.ctx, as("ann"), "", backwards); err != nil {
		t.Fatal(err)
	}
	for page := 1; page <= 8; page++ {
		if names := r.listed(page); !slices.Equal(names, all) {
			t.Errorf("pages of %d: %v, want %v", page, names, all)
		}
	}
	for after, want := range map[chat.UserID]chat.UserID{"u0003": "u0004", "u0003\x00": "u0004", "nobody": "u0000", "u0006": "", "\xff": ""} {
		list, err := r.Blocklist(r.ctx, as("ann"), "", after, 1)
		if err != nil || len(list) > 1 || (len(list) == 1) != (want != "") || want != "" && list[0].User != want {
			t.Errorf("after %q: %v, %v, want %q", after, list, err, want)
		}
	}
}

// devices is who is connected.
type devices struct {
	chat.Deliverer
	of map[chat.UserID][]chat.Device
}

func (d devices) Devices(_ chat.AppID, u chat.UserID) []chat.Device { return d.of[u] }

func TestPresences(t *testing.T) {
	r := open(t)
	phone, web := chat.Device{Client: "phone", Platform: chat.PlatformIOS}, chat.Device{Client: "tab", Platform: chat.PlatformWeb}
	r.ledger.Attach(devices{r.ledger.Deliverer(), map[chat.UserID][]chat.Device{"ann": {phone, web}, "bob": {web}, "cat": {}, "ghost": {web}}})
	for _, c := range []struct {
		list   []chat.UserID
		states []string
		failed []string
	}{
		{nil, nil, nil},
		{[]chat.UserID{"ann", "bob", "cat", "admin"}, []string{"ann Online 2", "bob Online 1", "cat Unknown 0", "admin Unknown 0"}, nil},
		{[]chat.UserID{"bob", "nobody", "bob", "nobody"}, []string{"bob Online 1", "bob Online 1"}, []string{"nobody 70107", "nobody 70107"}},
		{[]chat.UserID{"ghost", ""}, nil, []string{"ghost 70107", " 70107"}}, // connected, and deleted meanwhile
	} {
		states, failed, err := r.Presences(r.ctx, as("cat"), c.list)
		var got []string
		for _, p := range states {
			got = append(got, fmt.Sprint(p.User, " ", p.State, " ", len(p.Devices)))
		}
		if err != nil || !slices.Equal(got, c.states) || !slices.Equal(codes(failed), c.failed) {
			t.Errorf("%q: %q and %q, %v, want %q and %q", c.list, got, codes(failed), err, c.states, c.failed)
		}
	}
}

// A state change is told to apps that want it, and to no other.
func TestStateChangeEventsNeedSubscription(t *testing.T) {
	wants := chat.Webhook{URL: "http://x", Events: map[string]bool{string(chat.StateChange): true}}
	for _, c := range []struct {
		what string
		app  chat.App
		told int
	}{
		{"no webhook", chat.App{}, 0},
		{"another webhook", chat.App{Webhook: chat.Webhook{URL: "http://x", Events: map[string]bool{string(chat.AfterC2C): true}}}, 0},
		{"no address", chat.App{Webhook: chat.Webhook{All: true}}, 0},
		{"this one", chat.App{Webhook: wants}, 2},
		{"all", chat.App{Webhook: chat.Webhook{URL: "http://x", All: true}}, 2},
		{"switched off meanwhile", chat.App{Webhook: wants, Disabled: true}, 2},
	} {
		r := open(t)
		c.app.ID = app
		r.apps.Set(c.app)
		r.StateChanged(r.ctx, chat.Actor{App: 99, User: "ann"}, "Login", "Register", nil)
		r.StateChanged(r.ctx, as("ann"), "Login", "Register", nil)
		r.StateChanged(r.ctx, as("bob"), "Login", "Register", nil)
		if err := r.ledger.Raise(r.ctx, []chat.Shard{chat.UserShard(app, "ann")}); err != nil { // the one lane has done it
			t.Fatal(err)
		}
		list, err := r.store.Pending(r.ctx, "", 10)
		if err != nil || len(list) != c.told || len(list) == 2 && list[0].Key == list[1].Key {
			t.Errorf("%s: %d events, %v, want %d with keys of their own", c.what, len(list), err, c.told)
		}
	}
}

// An account may have more rows than are followed at a time, and a deletion that
// was cut short is finished again.
func TestDeletionOfMoreRowsThanOnePage(t *testing.T) {
	const many = 501
	r := open(t)
	r.limit(-1)
	crowd := some(many, "u")
	r.register(crowd...)
	if _, err := r.BlockUsers(r.ctx, as("ann"), "", crowd); err != nil {
		t.Fatal(err)
	}
	for _, u := range crowd {
		if _, err := r.BlockUsers(r.ctx, as(u), "", []chat.UserID{"ann", "bob"}); err != nil {
			t.Fatal(err)
		}
		r.meet("ann", u)
	}
	if err := errors.Join(r.StartDeletion(r.ctx, app, "ann"), r.FinishDeletion(r.ctx, app, "ann"), r.FinishDeletion(r.ctx, app, "ann")); err != nil {
		t.Fatal(err)
	}
	if err := r.StartDeletion(r.ctx, app, "ann"); chat.CodeOf(err) != chat.CodeNoAccount {
		t.Errorf("deleted again: %v, want %d", err, chat.CodeNoAccount)
	}
	if acc := r.account("ann"); acc != nil {
		t.Errorf("the account is %+v", acc)
	}
	r.register("ann") // the next user of the name has nothing of the first
	if names := r.listed(many); len(names) != 0 {
		t.Errorf("%d names are on the list", len(names))
	}
	if peers, err := r.ledger.Peers(r.ctx, app, "ann", "", many); len(peers) != 0 || err != nil {
		t.Errorf("%d conversations, %v", len(peers), err)
	}
	for _, u := range crowd {
		list, err := r.Blocklist(r.ctx, as(u), "", "", 10)
		if err != nil || len(list) != 1 || list[0].User != "bob" {
			t.Fatalf("%s has blocked %v, %v, want bob", u, list, err)
		}
		mark, err := r.ledger.Mark(r.ctx, chat.C2COf(app, "ann", u), "ann")
		if err != nil || mark.From != 1 {
			t.Fatalf("ann's view of the conversation with %s begins after %d, %v, want 1", u, mark.From, err)
		}
	}
}

// meet gives two users a conversation that the first has read.
func (r *room) meet(one, other chat.UserID) {
	r.Helper()
	conv := chat.C2COf(app, one, other)
	err := r.ledger.Change(r.ctx, conv.Shard(), 0, func(_ context.Context, t *ledger.Turn) error {
		t.Commit.Messages = []*chat.Message{{Conv: conv, From: other, Time: t.Ms, Body: []byte("[]")}}
		ledger.ListPeer(t.Commit, one, other, t.Ms)
		ledger.ListPeer(t.Commit, other, one, t.Ms)
		t.SetMark(one, 0)
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
}
