package storagetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// ofApps are shards of each kind that an app can have, of both apps of the suite.
func ofApps() (list, there []chat.Shard) {
	for _, s := range everyKind {
		if s.App == 0 {
			continue
		}
		list = append(list, s)
		s.App = other
		there = append(there, s)
	}
	return list, there
}

// told puts an event of each app into the outbox, and one among the dead letters.
func (h *house) told() {
	for _, id := range []chat.AppID{app, other} {
		buried := &chat.Event{App: id, Kind: chat.AfterC2C, Key: "k"}
		h.apply(&chat.Commit{Shard: chat.AppShard(id), Outbox: []*chat.Event{buried, {App: id, Kind: chat.AfterC2C, Key: "k"}}})
		h.ok(h.Bury(h.t.Context(), []string{buried.ID}))
	}
}

// erase erases an app and returns in how many steps how many entries went.
func (h *house) erase(id chat.AppID) (steps, entries int) {
	h.t.Helper()
	h.ok(h.Erase(h.t.Context(), id, func(n int) {
		steps++
		entries += n
	}))
	return steps, entries
}

var erasures = []testCase{
	{"an erased app leaves nothing, and others are as they were", func(h *house) {
		ctx := h.t.Context()
		list, there := ofApps()
		for i := range list {
			h.furnish(list[i])
			h.furnish(there[i])
			h.furnished(list[i]) // and is in every cache
		}
		h.put(chat.ServerShard, value("a", "v"))
		h.told()
		if steps, n := h.erase(app); steps == 0 || n < 30 {
			h.t.Errorf("%d entries went in %d steps", n, steps)
		}
		h.twice(func() {
			for i := range list {
				h.gone(list[i], 1)
				h.furnished(there[i])
			}
			for _, kind := range []chat.Kind{chat.C2C, chat.InGroup} {
				h.same("conversations", len(found[[]chat.LastSaid](h)(h.Conversations(ctx, app, kind, chat.Conversation{}, 9))), 0)
			}
			h.same("users", len(found[[]chat.UserID](h)(h.Users(ctx, app, "", 9))), 0)
			h.same("users of the other", len(found[[]chat.UserID](h)(h.Users(ctx, other, "", 9))), 1)
			h.same("server", h.look(chat.ServerShard, "a"), `"v"`)
			for what, list := range map[string][]*chat.Event{
				"waiting": found[[]*chat.Event](h)(h.Pending(ctx, "", 9)), "dead": found[[]*chat.Event](h)(h.Dead(ctx, "", 9)),
			} {
				if len(list) != 1 || list[0].App != other {
					h.t.Errorf("%s: %v", what, list)
				}
			}
			for _, s := range found[[]*chat.SessionState](h)(h.AllSessions(ctx, nil, 9)) {
				if s.App != other {
					h.t.Errorf("a session of app %d", s.App)
				}
			}
		})
		if steps, _ := h.erase(app); steps != 0 {
			h.t.Errorf("nothing is erased in %d steps", steps)
		}
	}},

	{"an app begins anew under the number of an erased one", func(h *house) {
		list, _ := ofApps()
		for _, s := range list {
			h.furnish(s)
		}
		h.erase(app)
		for _, s := range list {
			h.furnish(s)
		}
		h.twice(func() {
			for _, s := range list {
				h.furnished(s)
			}
		})
	}},

	{"erasing goes on where it was ended, in steps of a bounded size", func(h *house) {
		const shards, rows = 5, 500
		for i := range shards {
			s := chat.UserShard(app, chat.UserID(fmt.Sprintf("u%d", i)))
			c := &chat.Commit{Shard: s, Raise: true}
			for j := range rows {
				c.Rows = append(c.Rows, value(fmt.Sprintf("%03d", j), "v"))
			}
			h.apply(c)
		}
		h.furnish(chat.UserShard(other, ann))
		all := 0
		for ended := 0; ; ended++ {
			ctx, stop := context.WithCancel(h.t.Context())
			err := h.Erase(ctx, app, func(n int) {
				if all += n; n > 2000 {
					h.t.Errorf("%d entries in one step", n)
				}
				stop()
			})
			stop()
			if err == nil {
				if ended < 2 {
					h.t.Errorf("it was ended %d times", ended)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				h.t.Fatal(err)
			}
			if h.engine.Reopen != nil {
				h.Store = h.engine.Reopen(h.t, h.Store)
			}
		}
		if want := shards * (rows + 1); all != want {
			h.t.Errorf("%d entries went, want %d", all, want)
		}
		h.twice(func() {
			h.same("users", len(found[[]chat.UserID](h)(h.Users(h.t.Context(), app, "", 9))), 0)
			h.furnished(chat.UserShard(other, ann))
		})
	}},
}
