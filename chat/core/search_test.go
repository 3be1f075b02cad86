package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/groupsearch"
)

// founds makes a group of ann's with a name of its own.
func (h *house) founds(id chat.GroupID, t chat.GroupType, name string, members ...chat.UserID) {
	h.Helper()
	d := chat.GroupDraft{ID: id, Type: t, Name: name}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	_, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
}

// groupsFound pages through a search for groups.
func (h *house) groupsFound(by chat.UserID, q groupsearch.Query) []string {
	h.Helper()
	found := []string{}
	for range 100 {
		list, next, err := h.GroupSearch.Groups(h.ctx, as(by), q)
		h.must(err)
		for _, g := range list {
			if g.Outside {
				found = append(found, string(g.ID)+" from outside")
			} else {
				found = append(found, string(g.ID))
			}
		}
		if q.After = next; next == "" {
			return found
		}
	}
	h.Fatal("the search does not end")
	return nil
}

func TestGroupsAreFoundByIDOrName(t *testing.T) {
	h := open(t, nil)
	h.founds("tea-1", chat.Public, "Green", "bob")
	h.founds("tea-2", chat.Meeting, "Black tea", "bob")
	h.founds("tea-3", chat.Public, "Others")
	h.founds("tea-4", chat.Work, "Tea at work")
	h.founds("tea-5", chat.Work, "Asleep tea", "bob")
	for _, c := range []struct {
		q    groupsearch.Query
		want []string
	}{
		{groupsearch.Query{Keywords: []string{"TEA"}}, []string{"tea-1", "tea-2"}},
		{groupsearch.Query{Keywords: []string{"TEA"}, Limit: 1}, []string{"tea-1", "tea-2"}},
		{groupsearch.Query{Keywords: []string{"black", "green"}}, []string{"tea-1", "tea-2"}},
		{groupsearch.Query{Keywords: []string{"tea", "green"}, All: true}, []string{"tea-1"}},
		{groupsearch.Query{Keywords: []string{"tea-3", "tea-4", "tea-9", "tea-2"}}, []string{"tea-3 from outside", "tea-2"}},
		{groupsearch.Query{Keywords: []string{"tea-3", "others"}, All: true}, []string{}},
		{groupsearch.Query{Keywords: []string{"Others"}}, []string{}},
	} {
		if got := h.groupsFound("bob", c.q); !slices.Equal(got, c.want) {
			t.Errorf("%v: found %q, want %q", c.q, got, c.want)
		}
	}
	for _, q := range []groupsearch.Query{{}, {Keywords: []string{""}}, {Keywords: make([]string, 6)}, {Keywords: []string{"x"}, After: "?"}} {
		_, _, err := h.GroupSearch.Groups(h.ctx, as("bob"), q)
		h.wants(err, 10004)
		_, _, err = h.GroupSearch.Members(h.ctx, as("bob"), q)
		h.wants(err, 10004)
	}
}

// membersFound pages through a search for members and counts its calls.
func (h *house) membersFound(by chat.UserID, q groupsearch.Query) (found []string, calls int) {
	h.Helper()
	for calls = 1; calls < 100; calls++ {
		hits, next, err := h.GroupSearch.Members(h.ctx, as(by), q)
		h.must(err)
		for _, hit := range hits {
			for _, m := range hit.Members {
				found = append(found, fmt.Sprintf("%s/%s %s%s", hit.Group.ID, m.User, m.Nick, m.NameCard))
			}
		}
		if q.After = next; next == "" {
			return found, calls
		}
	}
	h.Fatal("the search does not end")
	return nil, 0
}

func TestMembersAreFoundByIDNickOrCard(t *testing.T) {
	h := open(t, nil)
	h.called("cat", "Bobcat", "")
	h.founds("a", chat.Public, "a", "bob", "cat")
	h.founds("b", chat.Meeting, "b", "cat")
	h.founds("c", chat.Public, "c")
	h.card("ann", "b", "not bob")
	for _, c := range []struct {
		by   chat.UserID
		q    groupsearch.Query
		want []string
	}{
		{"cat", groupsearch.Query{Keywords: []string{"bob"}}, []string{"a/bob ", "a/cat Bobcat", "b/ann not bob", "b/cat Bobcat"}},
		{"cat", groupsearch.Query{Keywords: []string{"bob"}, Limit: 1}, []string{"a/bob ", "a/cat Bobcat", "b/ann not bob", "b/cat Bobcat"}},
		{"cat", groupsearch.Query{Keywords: []string{"bob"}, Groups: []chat.GroupID{"b"}}, []string{"b/ann not bob", "b/cat Bobcat"}},
		{"cat", groupsearch.Query{Keywords: []string{"cat", "BOB"}, All: true}, []string{"a/cat Bobcat", "b/cat Bobcat"}},
		{"bob", groupsearch.Query{Keywords: []string{"ann"}}, []string{"a/ann "}},
	} {
		if got, _ := h.membersFound(c.by, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: found %q, want %q", c.by, c.q, got, c.want)
		}
	}
	_, _, err := h.GroupSearch.Members(h.ctx, as("cat"), groupsearch.Query{Keywords: []string{"x"}, Groups: []chat.GroupID{"c"}})
	h.wants(err, 10007)
}

// However large a group is, one call looks at a part of it.
func TestMemberSearchLooksAtAPartOfALargeGroup(t *testing.T) {
	h := open(t, nil)
	h.founds("@TGS#_big", chat.Community, "big")
	users := h.people(2500)
	for part := range slices.Chunk(users, 300) {
		_, err := h.Group.AddMembers(h.ctx, admin(), "@TGS#_big", part, true)
		h.must(err)
	}
	found, calls := h.membersFound("ann", groupsearch.Query{Keywords: []string{"u2499"}})
	if want := []string{"@TGS#_big/u2499 "}; !slices.Equal(found, want) || calls != 2 {
		t.Errorf("found %q in %d calls, want %q in 2", found, calls, want)
	}
}
