package storagetest

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

var tenancy = []testCase{
	{"the same names in two apps never meet", func(h *house) {
		ctx := h.t.Context()
		for _, s := range []chat.Shard{annBob.Shard(), bookish.Shard(), anns, chat.AppShard(app)} {
			h.furnish(s)
			there := s
			there.App = other
			h.twice(func() {
				h.gone(there, 1)
				h.furnished(s)
			})
			h.apply(&chat.Commit{Shard: there, Drop: true})
			h.twice(func() {
				h.gone(there, 2)
				h.furnished(s)
			})
		}
		h.same("sessions", len(found[[]*chat.SessionState](h)(h.AllSessions(ctx, nil, 9))), 1)
	}},

	{"shards of one name and of names that contain each other never meet", func(h *house) {
		list := neighbours()
		for i, s := range list {
			h.put(s, value("a", fmt.Sprint(i)), add("n", int64(i+1)))
			h.raise(s, i)
			if c := s.Conv(); c != (chat.Conversation{}) {
				h.fill(c, i+1)
			}
			if u := s.User(); u != "" {
				h.apply(&chat.Commit{Shard: chat.ServerShard, Notices: []*chat.UserEvent{{App: s.App, User: u, Seq: 1, Kind: chat.UserGroup}}})
			}
		}
		h.twice(func() {
			for i, s := range list {
				name := fmt.Sprintf("%q", s)
				h.same(name, []string{h.look(s, "a"), h.look(s, "n")}, []string{fmt.Sprintf("%q", fmt.Sprint(i)), fmt.Sprintf("%+d", i+1)})
				h.same(name, h.keys(s, "", "", 9), []string{"a", "n"})
				head, want := h.headOf(s), chat.Head{Rules: uint64(i + 1)}
				if c := s.Conv(); c != (chat.Conversation{}) {
					want.Seq = chat.Seq(i + 1)
					h.same(name, len(found[[]*chat.Message](h)(h.Messages(h.t.Context(), c, 1, false, 99, 0))), i+1)
				}
				if s.User() != "" {
					want.EventSeq = 1
				}
				h.same(name, chat.Head{Rules: head.Rules, Seq: head.Seq, EventSeq: head.EventSeq}, want)
			}
		})
	}},
}
