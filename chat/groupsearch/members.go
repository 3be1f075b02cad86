package groupsearch

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// MemberHits are the members found in one group.
type MemberHits struct {
	Group   *chat.Group
	Members []chat.MemberView
}

// Members finds members of the caller's groups by UserID, nick or name card, in
// byte order of group and user. Groups that are named must be the caller's. Pages are as
// those of [Service.Groups].
func (s *Service) Members(ctx context.Context, by chat.Actor, q Query) ([]MemberHits, string, error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, "", err
	}
	w, err := q.words()
	if err != nil {
		return nil, "", err
	}
	p := memberSearch{Service: s, by: by, words: w, left: maxRowsLooked}
	if p.most = chat.PageSize(q.Limit, searchPage, maxSearchPage); p.most == 0 {
		return nil, q.After, nil
	}
	if q.After != "" {
		var ok bool
		if p.after, ok = parsePlace(q.After); !ok {
			return nil, "", chat.Refuse(chat.CodeGroupParameter, "Cursor is invalid")
		}
	}
	ids, err := p.ids(ctx, q.Groups)
	if err != nil {
		return nil, "", err
	}
	for _, id := range ids {
		if err := p.search(ctx, id); err != nil || p.next != "" {
			return p.hits, p.next, err
		}
	}
	return p.hits, "", nil
}

// memberSearch is a page of members being filled.
type memberSearch struct {
	*Service
	by    chat.Actor
	words words
	after place // the last that was looked at
	most  int   // matches
	left  int   // rows that may be looked at
	hits  []MemberHits
	next  string // set once the page ends before the end
}

// enter is the caller's seat in a group whose members they may see.
func (p *memberSearch) enter(ctx context.Context, id chat.GroupID) (*group.Seat, error) {
	seat, err := p.groups.Enter(ctx, p.by, id)
	if err != nil {
		return nil, err
	}
	return seat, seat.May(grouptype.ReadMembers)
}

// ids are the groups to search, from where the page begins.
func (p *memberSearch) ids(ctx context.Context, named []chat.GroupID) ([]chat.GroupID, error) {
	if len(named) > maxSearchGroups {
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d groups", maxSearchGroups)
	}
	var ids []chat.GroupID
	if len(named) > 0 {
		for _, id := range named {
			if _, err := p.enter(ctx, id); err != nil {
				return nil, err
			}
		}
		ids = slices.Clone(named)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	} else {
		mine, err := p.groups.Memberships(ctx, p.by.App, p.by.User)
		if err != nil {
			return nil, err
		}
		for _, m := range mine {
			ids = append(ids, m.Group)
		}
	}
	from, _ := slices.BinarySearch(ids, p.after.Group)
	return ids[from:], nil
}

// search looks through one group; those whose members the caller may not read have none.
func (p *memberSearch) search(ctx context.Context, id chat.GroupID) error {
	p.left--
	seat, err := p.enter(ctx, id)
	switch {
	case chat.IsFault(err):
		return err
	case err != nil:
		return nil
	}
	in := chat.Membership{Group: id, Type: seat.Group.Type}
	if hidden, err := p.groups.Hidden(ctx, p.by, in, p.by.User); err != nil || hidden {
		return err
	}
	after := chat.UserID("")
	if p.after.Group == id {
		after = p.after.User
	}
	var found []*chat.Member
	for more := true; more && p.next == ""; {
		var page []*chat.Member
		if page, after, more, err = p.page(ctx, id, after); err != nil {
			return err
		}
		found = append(found, page...)
	}
	if len(found) == 0 {
		return nil
	}
	views, err := p.groups.Views(ctx, p.by, seat, found, true)
	if err != nil {
		return err
	}
	p.hits = append(p.hits, MemberHits{seat.Group, views})
	return nil
}

// page looks at some rows of a group after a user; it ends the whole page when there are
// enough matches or no more rows may be looked at.
func (p *memberSearch) page(ctx context.Context, id chat.GroupID, after chat.UserID) (found []*chat.Member, last chat.UserID, more bool, err error) {
	most := min(rowsAtATime, p.left)
	if most <= 0 || p.most <= 0 {
		p.next = place{id, after}.cursor()
		return nil, after, false, nil
	}
	rows, err := p.groups.MemberPage(ctx, p.by.App, id, after, most)
	if err != nil {
		return nil, "", false, err
	}
	users := make([]chat.UserID, len(rows))
	for i, m := range rows {
		users[i] = m.User
	}
	accounts, err := p.read.Accounts(ctx, p.by.App, users)
	if err != nil {
		return nil, "", false, err
	}
	p.left -= len(rows)
	last = after
	for i, m := range rows {
		if p.most == 0 {
			p.next = place{id, last}.cursor()
			return found, last, false, nil
		}
		last = m.User
		nick := ""
		if accounts[i] != nil {
			nick = accounts[i].Nick
		}
		if p.words.in(string(m.User), nick, m.NameCard) {
			found = append(found, m)
			p.most--
		}
	}
	return found, last, len(rows) == most, nil
}
