package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func blocked(list []chat.BlockEntry) []chat.UserID {
	ids := []chat.UserID{}
	for _, e := range list {
		ids = append(ids, e.User)
	}
	return ids
}

var accounts = []testCase{
	{"accounts are put and replaced", func(h *house) {
		full := &chat.Account{App: app, User: ann, Nick: "A\x00", FaceURL: "f", Created: 5, KickedAt: 6, Blocked: true}
		h.ok(h.PutAccounts(h.t.Context(), []*chat.Account{{App: app, User: ann, Nick: "old"}, {App: app, User: bob}}))
		h.ok(h.PutAccounts(h.t.Context(), []*chat.Account{full}))
		h.twice(func() {
			h.same("ann", found[*chat.Account](h)(h.Account(h.t.Context(), app, ann)), full)
			h.same("bob", found[*chat.Account](h)(h.Account(h.t.Context(), app, bob)), &chat.Account{App: app, User: bob})
			h.same("cid", found[*chat.Account](h)(h.Account(h.t.Context(), app, cid)), (*chat.Account)(nil))
		})
	}},

	{"many accounts at once", func(h *house) {
		var list []*chat.Account
		for i := range 3000 {
			list = append(list, &chat.Account{App: app, User: chat.UserID(fmt.Sprint(i)), Created: int64(i)})
		}
		h.ok(h.PutAccounts(h.t.Context(), list))
		h.twice(func() {
			for _, a := range list {
				h.same("account", found[*chat.Account](h)(h.Account(h.t.Context(), app, a.User)), a)
			}
		})
	}},

	{"a blocklist is one-sided, paged and keeps its times", func(h *house) {
		h.ok(h.Block(h.t.Context(), app, ann, []chat.UserID{cid, bob, "bob\x00"}, 10))
		h.ok(h.Block(h.t.Context(), app, ann, []chat.UserID{bob, "dan"}, 20))
		h.ok(h.Unblock(h.t.Context(), app, ann, []chat.UserID{cid, "nobody"}))
		h.twice(func() {
			h.same("ann blocks bob", found[bool](h)(h.Blocked(h.t.Context(), app, ann, bob)), true)
			h.same("bob blocks ann", found[bool](h)(h.Blocked(h.t.Context(), app, bob, ann)), false)
			h.same("unblocked", found[bool](h)(h.Blocked(h.t.Context(), app, ann, cid)), false)
			page := found[[]chat.BlockEntry](h)(h.Blocklist(h.t.Context(), app, ann, "", 2))
			h.same("page", page, []chat.BlockEntry{{User: bob, At: 10}, {User: "bob\x00", At: 10}})
			page = found[[]chat.BlockEntry](h)(h.Blocklist(h.t.Context(), app, ann, "bob\x00", 2))
			h.same("rest", page, []chat.BlockEntry{{User: "dan", At: 20}})
		})
	}},

	{"a deleted account leaves its messages only", func(h *house) {
		ctx := h.t.Context()
		h.ok(h.PutAccounts(ctx, []*chat.Account{{App: app, User: ann}, {App: app, User: bob}}))
		h.say(annBob, ann, "hello")
		h.ok(h.Block(ctx, app, ann, []chat.UserID{bob, cid}, 1))
		h.ok(h.Block(ctx, app, bob, []chat.UserID{ann, cid}, 1))
		h.ok(h.SaveSessions(ctx, []*chat.SessionState{{App: app, User: ann, Client: "a"}, {App: app, User: bob, Client: "b"}}))
		h.apply(&chat.Commit{Conv: annBob, Notices: []*chat.UserEvent{{App: app, User: ann, Kind: chat.UserGroup}}})
		h.ok(h.DeleteAccount(ctx, app, ann))
		h.twice(func() {
			h.same("account", found[*chat.Account](h)(h.Account(ctx, app, ann)), (*chat.Account)(nil))
			h.same("hers", blocked(found[[]chat.BlockEntry](h)(h.Blocklist(ctx, app, ann, "", 9))), []chat.UserID{})
			h.same("his", blocked(found[[]chat.BlockEntry](h)(h.Blocklist(ctx, app, bob, "", 9))), []chat.UserID{cid})
			h.same("session", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "a")), (*chat.SessionState)(nil))
			h.same("events", found[uint64](h)(h.UserEventSeq(ctx, app, ann)), uint64(0))
			h.same("event list", found[[]*chat.UserEvent](h)(h.UserEvents(ctx, app, ann, 0, 9)), []*chat.UserEvent{})
			h.same("conversations", found[[]chat.UserConv](h)(h.Conversations(ctx, app, ann)), []chat.UserConv{})
			h.same("his conversations", len(found[[]chat.UserConv](h)(h.Conversations(ctx, app, bob))), 1)
			h.same("message", found[*chat.Message](h)(h.Message(ctx, annBob, 1)).From, ann)
			if found[*chat.SessionState](h)(h.Session(ctx, app, bob, "b")) == nil {
				h.t.Error("bob's session went with ann")
			}
		})
		// Whoever takes the name again begins anew, and is listed by the next message.
		h.say(annBob, bob, "again")
		e := &chat.UserEvent{App: app, User: ann, Kind: chat.UserGroup}
		h.apply(&chat.Commit{Conv: annBob, Notices: []*chat.UserEvent{e}})
		h.same("event", e.Seq, uint64(1))
		h.twice(func() {
			h.same("conversations", len(found[[]chat.UserConv](h)(h.Conversations(ctx, app, ann))), 1)
		})
	}},

	{"the next message lists a deleted account's conversation again", func(h *house) {
		h.say(annBob, ann, "hello")
		h.ok(h.DeleteAccount(h.t.Context(), app, ann))
		h.say(annBob, bob, "are you there?")
		h.twice(func() {
			for _, u := range []chat.UserID{ann, bob} {
				h.same("conversations", len(found[[]chat.UserConv](h)(h.Conversations(h.t.Context(), app, u))), 1)
			}
		})
	}},

	{"apps are kept", func(h *house) {
		a := chat.App{
			ID: 1400000003, Name: "shop", Keys: []chat.Key{{ID: "k1", Secret: "s", NotAfter: time.Unix(2000000000, 0).UTC()}},
			Admins: []chat.UserID{"administrator"}, Retention: 7 * 24 * time.Hour,
			Webhook:  chat.Webhook{URL: "http://x/<&>", Events: map[string]bool{"a": true}},
			Switches: chat.Switches{EarlierHistory: map[chat.GroupType]bool{chat.Work: true}},
		}
		h.ok(h.PutApp(h.t.Context(), chat.App{ID: a.ID, Name: "old"}))
		h.ok(h.PutApp(h.t.Context(), chat.App{ID: 1400000001, Disabled: true}))
		h.ok(h.PutApp(h.t.Context(), a))
		h.twice(func() {
			list := found[[]chat.App](h)(h.StoredApps(h.t.Context()))
			h.same("apps", list, []chat.App{{ID: 1400000001, Disabled: true}, a})
		})
	}},
}

var sessions = []testCase{
	{"sessions are saved, replaced, deleted and expire", func(h *house) {
		ctx := h.t.Context()
		one := &chat.SessionState{App: app, User: ann, Client: "phone", Expires: h.in(time.Hour), Data: []byte{0, 1, 255}}
		two := &chat.SessionState{App: app, User: ann, Client: "pad", Data: []byte("x")}
		h.ok(h.SaveSessions(ctx, []*chat.SessionState{{App: app, User: ann, Client: "phone", Data: []byte("old")}, two}))
		h.ok(h.SaveSessions(ctx, []*chat.SessionState{one}))
		h.twice(func() {
			h.same("one", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "phone")), one)
			h.same("two", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "pad")), two)
			h.same("none", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "tv")), (*chat.SessionState)(nil))
		})
		h.pass(2 * time.Hour)
		h.twice(func() {
			h.same("expired", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "phone")), (*chat.SessionState)(nil))
			h.same("all", found[[]*chat.SessionState](h)(h.AllSessions(ctx, nil, 9)), []*chat.SessionState{two})
		})
		h.ok(h.DeleteSession(ctx, app, ann, "pad"))
		h.ok(h.DeleteSession(ctx, app, ann, "pad"))
		h.twice(func() {
			h.same("deleted", found[*chat.SessionState](h)(h.Session(ctx, app, ann, "pad")), (*chat.SessionState)(nil))
		})
	}},

	{"all sessions of all apps are paged", func(h *house) {
		var want []*chat.SessionState
		for _, a := range []chat.AppID{app, other} {
			for _, u := range []chat.UserID{ann, "ann\x00", bob} {
				for _, c := range []string{"1", "2"} {
					want = append(want, &chat.SessionState{App: a, User: u, Client: c, Data: []byte(c)})
				}
			}
		}
		h.ok(h.SaveSessions(h.t.Context(), want))
		h.twice(func() {
			var got []*chat.SessionState
			var last *chat.SessionState
			for {
				page := found[[]*chat.SessionState](h)(h.AllSessions(h.t.Context(), last, 5))
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				last = page[len(page)-1]
			}
			h.same("all", got, want)
		})
	}},
}
