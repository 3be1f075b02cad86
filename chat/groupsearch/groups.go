package groupsearch

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Groups finds the caller's groups by id or name, in byte order of their ids, and
// before them others whose id is a keyword, where such groups are found by those outside
// (spec/20 §2). A page may have fewer than asked, also none; next continues while it
// is not "".
func (s *Service) Groups(ctx context.Context, by chat.Actor, q Query) (list []chat.GroupView, next string, err error) {
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
	mine, err := s.groups.Memberships(ctx, by.App, by.User)
	if err != nil {
		return nil, "", err
	}
	after := chat.GroupID("")
	if q.After != "" {
		at, ok := parsePlace(q.After)
		if !ok {
			return nil, "", chat.Refuse(chat.CodeGroupParameter, "Cursor is invalid")
		}
		after = at.Group
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
			return list, place{Group: mine[from+i-1].Group}.cursor(), nil
		}
		g, err := s.groups.Find(ctx, by.App, m.Group)
		switch {
		case chat.IsFault(err):
			return nil, "", err
		case err != nil || !w.in(string(g.ID), g.Name): // or it went meanwhile
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
func (s *Service) named(ctx context.Context, by chat.Actor, q *Query, mine []chat.Membership) ([]chat.GroupView, error) {
	if q.All && len(q.Keywords) > 1 {
		return nil, nil // no id is two words
	}
	var list []chat.GroupView
	for i, k := range q.Keywords {
		id := chat.GroupID(k)
		if _, in := searchMine(mine, id); in || slices.Contains(q.Keywords[:i], k) {
			continue
		}
		v, err := s.groups.Get(ctx, by, id)
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
	if hidden, err := s.groups.Hidden(ctx, by, m, by.User); err != nil || hidden {
		return list, err
	}
	v, err := s.groups.Get(ctx, by, m.Group)
	switch {
	case chat.IsFault(err):
		return nil, err
	case err != nil: // it went meanwhile
		return list, nil
	}
	return append(list, v), nil
}
