package storagetest

import "github.com/teahouse-im/teahouse/chat"

// walk pages through all conversations of an app, n at a time.
func (h *house) walk(a chat.AppID, k chat.Kind, n int) (all []chat.LastSaid) {
	h.t.Helper()
	var after chat.Conversation
	for range 100 {
		page := found[[]chat.LastSaid](h)(h.Conversations(h.t.Context(), a, k, after, n))
		if len(page) == 0 {
			return all
		}
		if len(page) > n {
			h.t.Fatalf("a page of %d has %d", n, len(page))
		}
		all = append(all, page...)
		after = page[len(page)-1].Conv
	}
	h.t.Fatal("the walk does not end")
	return nil
}

var conversations = []testCase{
	{"all conversations of an app are found in order, once each", func(h *house) {
		var wantC2C, wantGroups []chat.LastSaid
		say := func(c chat.Conversation) chat.LastSaid {
			h.say(c, ann, "older")
			newest := h.say(c, ann, "newer")
			return chat.LastSaid{Conv: c, Time: newest.Time, Moved: newest.Clock}
		}
		for _, pair := range [][2]chat.UserID{{"a", "b"}, {"a", "b\x00"}, {"a", "ba"}, {"a\x00", "b"}, {"aa", "ab"}, {"b", "c"}} {
			wantC2C = append(wantC2C, say(chat.C2COf(app, pair[0], pair[1])))
		}
		for _, g := range []chat.GroupID{"g", "g\x00", "g1", "h"} {
			wantGroups = append(wantGroups, say(chat.GroupOf(app, g)))
		}
		elsewhere := say(chat.C2COf(other, ann, bob))
		h.put(chat.GroupShard(app, "quiet"), value("a", "v"))
		h.apply(&chat.Commit{Shard: chat.GroupShard(app, "raised"), Raise: true})
		h.twice(func() {
			for n := 1; n < 8; n++ {
				h.same("one-to-one", h.walk(app, chat.C2C, n), wantC2C)
				h.same("groups", h.walk(app, chat.InGroup, n), wantGroups)
			}
			h.same("another app", h.walk(other, chat.C2C, 5), []chat.LastSaid{elsewhere})
			h.same("another app's groups", h.walk(other, chat.InGroup, 5), []chat.LastSaid{})
			h.same("none asked for", found[[]chat.LastSaid](h)(h.Conversations(h.t.Context(), app, chat.C2C, chat.Conversation{}, 0)), []chat.LastSaid{})
		})
	}},

	{"a conversation that is dropped is not found", func(h *house) {
		h.say(bookish, ann, "hello")
		h.apply(&chat.Commit{Shard: bookish.Shard(), Drop: true})
		h.twice(func() { h.same("groups", h.walk(app, chat.InGroup, 5), []chat.LastSaid{}) })
	}},

	{"an event moves its conversation in the walk", func(h *house) {
		m := h.say(bookish, ann, "hello")
		e := &chat.ConvEvent{Conv: bookish, Kind: chat.EventRecall, Time: 1}
		h.apply(&chat.Commit{Shard: bookish.Shard(), Events: []*chat.ConvEvent{e}})
		h.twice(func() {
			h.same("groups", h.walk(app, chat.InGroup, 5), []chat.LastSaid{{Conv: bookish, Time: m.Time, Moved: e.Clock}})
		})
	}},

	{"all users of an app are found in order, once each", func(h *house) {
		var want []chat.UserID
		for _, u := range []chat.UserID{"a", "a\x00", "aa", "b", "c"} {
			h.apply(&chat.Commit{Shard: chat.UserShard(app, u), Raise: true, Rows: []chat.Row{value("a", "v")}})
			want = append(want, u)
		}
		h.apply(&chat.Commit{Shard: chat.UserShard(other, "d"), Raise: true, Rows: []chat.Row{value("a", "v")}})
		h.say(bookish, ann, "hello")
		h.twice(func() {
			for n := 1; n < 7; n++ {
				var all []chat.UserID
				var after chat.UserID
				for range 10 {
					page := found[[]chat.UserID](h)(h.Users(h.t.Context(), app, after, n))
					if len(page) == 0 {
						break
					}
					all = append(all, page...)
					after = page[len(page)-1]
				}
				h.same("users", all, want)
			}
			h.same("none asked for", found[[]chat.UserID](h)(h.Users(h.t.Context(), app, "", 0)), []chat.UserID{})
		})
	}},
}
