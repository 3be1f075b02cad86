package storagetest

import (
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

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
