package group

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Bounds of a search; no document names any.
const (
	maxKeywords   = 5
	maxKeyword    = 100 // bytes
	searchPage    = 20  // matches unless told otherwise
	maxSearchPage = 100
	// maxGroupsLooked and maxRowsLooked are how many groups and how many rows of members
	// one call looks at. What is left is for the next page, however large the groups are.
	maxGroupsLooked = 500
	maxRowsLooked   = 2000
	maxSearchGroups = 50 // GroupIds
)

// SearchQuery asks for groups or members by words, case aside.
type SearchQuery struct {
	Keywords []string // 1 to 5, of 1 to 100 bytes
	All      bool     // all of them must be found, each in one of the fields; default: one
	Groups   []chat.GroupID
	After    string // "" first, then what the page before returned
	Limit    int    // 20 when 0, at most 100; chat.NoEntries: none
}

// MemberHits are the members found in one group.
type MemberHits struct {
	Group   *chat.Group
	Members []chat.MemberView
}

// words are keywords made ready.
type words struct {
	list []string
	all  bool
}

func (q *SearchQuery) words() (words, error) {
	if n := len(q.Keywords); n == 0 || n > maxKeywords {
		return words{}, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d Keywords are needed", maxKeywords)
	}
	w := words{all: q.All}
	for _, k := range q.Keywords {
		if k == "" || len(k) > maxKeyword || !utf8.ValidString(k) {
			return words{}, chat.Refuse(chat.CodeGroupParameter, "a keyword is empty, longer than %d bytes or not UTF-8", maxKeyword)
		}
		w.list = append(w.list, strings.ToLower(k))
	}
	return w, nil
}

// in reports whether the words are found in the fields.
func (w words) in(fields ...string) bool {
	for i, f := range fields {
		fields[i] = strings.ToLower(f)
	}
	found := func(word string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(f, word) })
	}
	if !w.all {
		return slices.ContainsFunc(w.list, found)
	}
	for _, word := range w.list {
		if !found(word) {
			return false
		}
	}
	return true
}

// SearchGroups finds the caller's groups by id or name, in byte order of their ids, and
// before them others whose id is a keyword, where such groups are found by those outside
// (spec/20 §2). A page may have fewer than asked, also none; next continues while it
// is not "".
func (s *Service) SearchGroups(ctx context.Context, by chat.Actor, q SearchQuery) (list []chat.GroupView, next string, err error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, "", err
	}
	w, err := q.words()
	if err != nil {
		return nil, "", err
	}
	if q.Limit = chat.PageSize(q.Limit, searchPage, maxSearchPage); q.Limit == 0 {
		return nil, q.After, nil
	}
	mine, err := s.Memberships(ctx, by.App, by.User)
	if err != nil {
		return nil, "", err
	}
	after := chat.GroupID("")
	if q.After != "" {
		key, ok := parseRequestID(q.After)
		if !ok {
			return nil, "", chat.Refuse(chat.CodeGroupParameter, "Cursor is invalid")
		}
		after = key.Group
	} else if list, err = s.named(ctx, by, &q, mine); err != nil {
		return nil, "", err
	}
	from, found := searchMine(mine, after)
	if found {
		from++
	}
	others := len(list) // they do not count as entries
	for i, m := range mine[from:] {
		if i == maxGroupsLooked || len(list)-others == q.Limit {
			return list, newRequestID(requestKey{Group: mine[from+i-1].Group}, 0), nil
		}
		g, err := s.read.stored(ctx, by.App, m.Group)
		if err != nil {
			return nil, "", err
		}
		if g == nil || !w.in(string(g.ID), g.Name) {
			continue
		}
		if list, err = s.appendFound(ctx, by, list, m); err != nil {
			return nil, "", err
		}
	}
	return list, "", nil
}

func searchMine(mine []chat.Membership, id chat.GroupID) (int, bool) {
	return slices.BinarySearchFunc(mine, id, func(m chat.Membership, id chat.GroupID) int {
		return strings.Compare(string(m.Group), string(id))
	})
}

// named are the groups of others that a keyword names.
func (s *Service) named(ctx context.Context, by chat.Actor, q *SearchQuery, mine []chat.Membership) ([]chat.GroupView, error) {
	if q.All && len(q.Keywords) > 1 {
		return nil, nil // no id is two words
	}
	var list []chat.GroupView
	for i, k := range q.Keywords {
		id := chat.GroupID(k)
		if _, in := searchMine(mine, id); in || slices.Contains(q.Keywords[:i], k) {
			continue
		}
		v, err := s.Get(ctx, by, id)
		switch {
		case chat.IsFault(err):
			return nil, err
		case err == nil:
			list = append(list, v)
		}
	}
	return list, nil
}

// appendFound adds one of the caller's groups, unless it is dormant for them.
func (s *Service) appendFound(ctx context.Context, by chat.Actor, list []chat.GroupView, m chat.Membership) ([]chat.GroupView, error) {
	if grouptype.Of(m.Type).Sleeps {
		if hidden, err := s.hidden(ctx, by, m.Group, by.User); err != nil || hidden {
			return list, err
		}
	}
	v, err := s.Get(ctx, by, m.Group)
	switch {
	case chat.IsFault(err):
		return nil, err
	case err != nil: // it went meanwhile
		return list, nil
	}
	return append(list, v), nil
}

// SearchMembers finds members of the caller's groups by UserID, nick or name card, in
// byte order of group and user. Groups that are named must be the caller's. Pages are as
// those of [Service.SearchGroups].
func (s *Service) SearchMembers(ctx context.Context, by chat.Actor, q SearchQuery) ([]MemberHits, string, error) {
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
		if p.after, ok = parseRequestID(q.After); !ok {
			return nil, "", chat.Refuse(chat.CodeGroupParameter, "Cursor is invalid")
		}
	}
	ids, err := p.groups(ctx, q.Groups)
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
	after requestKey // the last that was looked at
	most  int        // matches
	left  int        // rows that may be looked at
	hits  []MemberHits
	next  string // set once the page ends before the end
}

// groups are the ids of the groups to search, from where the page begins.
func (p *memberSearch) groups(ctx context.Context, named []chat.GroupID) ([]chat.GroupID, error) {
	if len(named) > maxSearchGroups {
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d groups", maxSearchGroups)
	}
	var ids []chat.GroupID
	if len(named) > 0 {
		for _, id := range named {
			if _, err := p.read.readable(ctx, p.by, id); err != nil {
				return nil, err
			}
		}
		ids = slices.Clone(named)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	} else {
		mine, err := p.Memberships(ctx, p.by.App, p.by.User)
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
	seat, err := p.read.readable(ctx, p.by, id)
	switch {
	case chat.IsFault(err):
		return err
	case err != nil:
		return nil
	case grouptype.Of(seat.Group.Type).Sleeps:
		if hidden, err := p.hidden(ctx, p.by, id, p.by.User); err != nil || hidden {
			return err
		}
	}
	after := chat.UserID("")
	if p.after.Group == id {
		after = p.after.Newcomer
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
	views, err := p.read.memberViews(ctx, p.by, seat.Group, found)
	if err != nil {
		return err
	}
	seat.hideFields(p.by.User, views)
	if err := p.read.name(ctx, p.by.App, views); err != nil {
		return err
	}
	p.hits = append(p.hits, MemberHits{seat.Group, views})
	return nil
}

// page looks at some rows of a group after a user; it ends the whole page when there are
// enough matches or no more rows may be looked at.
func (p *memberSearch) page(ctx context.Context, id chat.GroupID, after chat.UserID) (found []*chat.Member, last chat.UserID, more bool, err error) {
	most := min(memberPage, p.left)
	if most <= 0 || p.most <= 0 {
		p.next = newRequestID(requestKey{Group: id, Newcomer: after}, 0)
		return nil, after, false, nil
	}
	rows, err := p.read.memberPage(ctx, p.by.App, id, after, most)
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
			p.next = newRequestID(requestKey{Group: id, Newcomer: last}, 0)
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
