package storagetest

import (
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// applies puts an application to the book group.
func (h *house) applies(newcomer, applicant chat.UserID, kind chat.ApplicationKind, expires int64) *chat.Application {
	h.t.Helper()
	a := &chat.Application{
		ID: fmt.Sprintf("%s-%d", newcomer, kind), Group: book, Kind: kind, Newcomer: newcomer, Applicant: applicant,
		Text: "let me in", Time: h.now().Unix(), Expires: expires,
	}
	h.apply(&chat.Commit{Conv: bookish, Applications: []*chat.Application{a}})
	return a
}

// askers are the ids of a page of applications.
func (h *house) askers(after *chat.Application, limit int) []string {
	h.t.Helper()
	ids := []string{}
	for _, a := range found[[]*chat.Application](h)(h.Applications(h.t.Context(), app, book, after, limit)) {
		ids = append(ids, a.ID)
	}
	return ids
}

var applications = []testCase{
	{"an application comes back as it was put, and is replaced", func(h *house) {
		h.establish(book, chat.Public, ann)
		a := h.applies(bob, bob, chat.ApplyToJoin, h.in(time.Hour))
		want := *a
		a.Text = "changed after the commit"
		one := func() *chat.Application {
			return found[*chat.Application](h)(h.Application(h.t.Context(), app, book, bob, chat.ApplyToJoin))
		}
		h.twice(func() { h.same("waiting", one(), &want) })
		want.HandledAt, want.HandledBy, want.Accepted, want.Answer = 5, ann, true, "welcome"
		answered := want
		h.apply(&chat.Commit{Conv: bookish, Applications: []*chat.Application{&answered}})
		h.twice(func() {
			h.same("answered", one(), &want)
			h.same("page", h.askers(nil, 9), []string{"bob-0"})
			h.same("other kind", found[*chat.Application](h)(h.Application(h.t.Context(), app, book, bob, chat.InviteToJoin)), (*chat.Application)(nil))
			h.same("stranger", found[*chat.Application](h)(h.Application(h.t.Context(), app, book, cid, chat.ApplyToJoin)), (*chat.Application)(nil))
			h.same("other group", found[*chat.Application](h)(h.Application(h.t.Context(), app, "boo", bob, chat.ApplyToJoin)), (*chat.Application)(nil))
			h.same("other app", found[*chat.Application](h)(h.Application(h.t.Context(), other, book, bob, chat.ApplyToJoin)), (*chat.Application)(nil))
		})
	}},

	{"applications are paged by newcomer and kind, without those that lapsed", func(h *house) {
		h.establish(book, chat.Public, ann)
		h.establish("boo", chat.Public, ann)
		later := h.in(time.Hour)
		h.applies("z", "z", chat.ApplyToJoin, later)
		h.applies(bob, ann, chat.InviteToJoin, later)
		h.applies(bob, bob, chat.ApplyToJoin, later)
		h.applies("bob\x00", ann, chat.InviteToJoin, later)
		h.applies("Bob", ann, chat.InviteToJoin, h.in(time.Minute))
		h.applies("bo", "bo", chat.ApplyToJoin, later)
		at := func(u chat.UserID, k chat.ApplicationKind) *chat.Application {
			return &chat.Application{Newcomer: u, Kind: k}
		}
		h.twice(func() {
			h.same("all", h.askers(nil, 9), []string{"Bob-1", "bo-0", "bob-0", "bob-1", "bob\x00-1", "z-0"})
			h.same("two", h.askers(nil, 2), []string{"Bob-1", "bo-0"})
			h.same("from bob's own", h.askers(at(bob, chat.ApplyToJoin), 2), []string{"bob-1", "bob\x00-1"})
			h.same("from one who is not there", h.askers(at("c", chat.InviteToJoin), 2), []string{"z-0"})
			h.same("none", h.askers(at("z", chat.ApplyToJoin), 2), []string{})
			h.same("neighbour", len(found[[]*chat.Application](h)(h.Applications(h.t.Context(), app, "boo", nil, 9))), 0)
		})
		h.pass(2 * time.Minute)
		h.same("lapsed", found[*chat.Application](h)(h.Application(h.t.Context(), app, book, "Bob", chat.InviteToJoin)), (*chat.Application)(nil))
		h.same("without it", h.askers(nil, 2), []string{"bo-0", "bob-0"})
	}},

	{"a group's applications go with it", func(h *house) {
		h.establish(book, chat.Public, ann)
		h.applies(bob, bob, chat.ApplyToJoin, h.in(time.Hour))
		h.applies(cid, ann, chat.InviteToJoin, h.in(time.Hour))
		h.apply(&chat.Commit{Conv: bookish, Drop: true})
		h.twice(func() { h.same("page", h.askers(nil, 9), []string{}) })
		h.establish(book, chat.Public, bob)
		h.twice(func() { h.same("of the next group", h.askers(nil, 9), []string{}) })
	}},
}
