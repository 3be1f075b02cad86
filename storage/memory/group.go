package memory

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// applyGroup puts the group's row, joins, mutes and applications. before is the number of
// the newest message before this commit: a newcomer without a JoinSeq gets it.
func (s *Store) applyGroup(c *chat.Commit, before chat.Seq) {
	if c.Conv.Kind != chat.InGroup {
		return
	}
	app, id := c.Conv.App, c.Conv.Group()
	g := s.group(app, id)
	if c.Group != nil {
		g.row = copyGroup(c.Group)
	}
	for _, m := range c.Joins {
		if g.members[m.User] == nil && m.JoinSeq == 0 {
			m.JoinSeq = before
		}
		kept := *m
		kept.Group = id
		kept.Custom = maps.Clone(m.Custom)
		g.members[m.User] = &kept
		mirror := chat.Membership{Group: id, Joined: m.Joined, JoinSeq: m.JoinSeq}
		if g.row != nil {
			mirror.Type = g.row.Type
		}
		s.user(app, m.User).groups[id] = mirror
	}
	for _, m := range c.Mutes {
		if m.Until <= 0 {
			delete(g.mutes, m.User)
			continue
		}
		g.mutes[m.User] = m.Until
	}
	s.file(c)
}

// leave removes a member, his mirror and his mark. A mute stays.
func (s *Store) leave(c chat.Conversation, u chat.UserID) {
	delete(s.group(c.App, c.Group()).members, u)
	row := s.user(c.App, u)
	delete(row.groups, c.Group())
	delete(row.marks, c)
}

// drop removes a group with all that hangs on it.
func (s *Store) drop(c chat.Conversation) {
	k := groupKey{c.App, c.Group()}
	if g := s.groups[k]; g != nil {
		for u := range g.members {
			s.leave(c, u)
		}
	}
	delete(s.groups, k)
	delete(s.convs, c)
}

// Group implements chat.GroupRows.
func (s *Store) Group(_ context.Context, app chat.AppID, g chat.GroupID) (*chat.Group, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.groups[groupKey{app, g}]; row != nil {
		return row.row, nil
	}
	return nil, nil
}

// Groups implements chat.GroupRows.
func (s *Store) Groups(_ context.Context, app chat.AppID, t chat.GroupType, after chat.GroupID, limit int) ([]chat.GroupID, int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[chat.GroupID]bool{}
	for k, g := range s.groups {
		if k.app == app && g.row != nil && (t == "" || g.row.Type == t) {
			all[k.id] = true
		}
	}
	return pageKeys(all, after, limit), len(all), nil
}

// Member implements chat.GroupRows.
func (s *Store) Member(_ context.Context, app chat.AppID, g chat.GroupID, u chat.UserID) (*chat.Member, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.groups[groupKey{app, g}]; row != nil {
		return row.members[u], nil
	}
	return nil, nil
}

// Members implements chat.GroupRows.
func (s *Store) Members(_ context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.groups[groupKey{app, g}]
	if row == nil {
		return nil, nil
	}
	var list []*chat.Member
	for _, u := range pageKeys(row.members, after, limit) {
		list = append(list, row.members[u])
	}
	return list, nil
}

// Memberships implements chat.GroupRows.
func (s *Store) Memberships(_ context.Context, app chat.AppID, u chat.UserID) ([]chat.Membership, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.users[userKey{app, u}]
	if row == nil {
		return nil, nil
	}
	var list []chat.Membership
	for _, g := range pageKeys(row.groups, "", maxListed) {
		list = append(list, row.groups[g])
	}
	return list, nil
}

// MuteUntil implements chat.GroupRows.
func (s *Store) MuteUntil(_ context.Context, app chat.AppID, g chat.GroupID, u chat.UserID) (int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if row := s.groups[groupKey{app, g}]; row != nil {
		return row.mutes[u], nil
	}
	return 0, nil
}

// Mutes implements chat.GroupRows.
func (s *Store) Mutes(_ context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]chat.Mute, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.groups[groupKey{app, g}]
	if row == nil {
		return nil, nil
	}
	var list []chat.Mute
	for _, u := range pageKeys(row.mutes, after, limit) {
		list = append(list, chat.Mute{User: u, Until: row.mutes[u]})
	}
	return list, nil
}
