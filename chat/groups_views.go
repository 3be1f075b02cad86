package chat

import (
	"context"
	"slices"
)

// memberPage is how many member rows are read at a time.
const memberPage = 500

// Members pages the members of a group, to members and administrators
// (spec/22a §4). total counts the whole group whatever q selects; next continues when it is not "".
func (s *Service) Members(ctx context.Context, by Actor, id GroupID, q MemberQuery) (list []MemberView, total int, next UserID, err error) {
	g, err := s.readable(ctx, by, id)
	if err != nil {
		return nil, 0, "", err
	}
	if q.Offset < 0 || q.Limit < 0 {
		return nil, 0, "", Refuse(CodeGroupParameter, "Offset or Limit is negative")
	}
	if q.Limit == 0 || q.Limit > maxMemberPage {
		q.Limit = maxMemberPage
	}
	rows, more, err := s.memberRows(ctx, g, q)
	if err != nil {
		return nil, 0, "", err
	}
	list = make([]MemberView, len(rows))
	for i, m := range rows {
		if list[i], err = s.memberView(ctx, by, g, m); err != nil {
			return nil, 0, "", err
		}
	}
	if more {
		next = rows[len(rows)-1].User
	}
	return list, g.Members, next, nil
}

// readable is a group whose members by may see.
func (s *Service) readable(ctx context.Context, by Actor, id GroupID) (*Group, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	rank, err := s.standing(ctx, by, g)
	if err != nil {
		return nil, err
	}
	if err := may(app, g.Type, ReadMembers, rank); err != nil {
		return nil, err
	}
	return g, nil
}

// memberRows selects rows; more says that others may follow the last.
func (s *Service) memberRows(ctx context.Context, g *Group, q MemberQuery) (rows []*Member, more bool, err error) {
	skip, after := q.Offset, q.After
	for {
		page, err := s.store.Members(ctx, g.App, g.ID, after, memberPage)
		if err != nil {
			return nil, false, Internal(CodeGroupInternal, err)
		}
		for _, m := range page {
			if len(q.Roles) > 0 && !slices.Contains(q.Roles, m.Role) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if len(rows) == q.Limit {
				return rows, true, nil
			}
			rows = append(rows, m)
		}
		if len(page) < memberPage {
			return rows, false, nil
		}
		after = page[len(page)-1].User
	}
}

// memberView adds to a row what lies elsewhere. When somebody spoke last is
// for administrators (spec/20 §6).
func (s *Service) memberView(ctx context.Context, by Actor, g *Group, m *Member) (MemberView, error) {
	v := MemberView{Member: m}
	conv := g.Conv()
	row, _, err := s.store.Conversation(ctx, conv, m.User)
	if err != nil {
		return v, Internal(CodeGroupInternal, err)
	}
	v.ReadSeq = row.Read.Seq
	if by.Admin() {
		sent, err := s.store.Sender(ctx, conv, m.User)
		if err != nil {
			return v, Internal(CodeGroupInternal, err)
		}
		v.LastSend = sent.Time / 1000
	}
	v.MuteUntil, err = s.muteEnds(ctx, g, m.User, s.nowSec())
	return v, err
}

// Roles returns the roles of users in a group, in the order asked.
func (s *Service) Roles(ctx context.Context, by Actor, id GroupID, list []UserID) ([]Role, error) {
	if len(list) > maxRoles {
		return nil, Refuse(CodeGroupBatch, "more than %d accounts", maxRoles)
	}
	g, err := s.readable(ctx, by, id)
	if err != nil {
		return nil, err
	}
	roles := make([]Role, len(list))
	for i, u := range list {
		if roles[i], err = s.role(ctx, g, u); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// JoinedGroup is a group as one of its members has it.
type JoinedGroup struct {
	GroupView
	Self MemberView
}

// JoinedQuery pages the groups of a user.
type JoinedQuery struct {
	Type          GroupType // "": all
	WithLive      bool      // AVChatRooms too
	WithInactive  bool      // Work groups without a message too
	Offset, Limit int       // Limit 0: all
}

// JoinedGroups lists the groups of a user, to himself and to administrators,
// in byte order of their ids (spec/22a §10). total does not depend on paging.
func (s *Service) JoinedGroups(ctx context.Context, by Actor, u UserID, q JoinedQuery) (list []JoinedGroup, total int, err error) {
	if _, err := s.App(by.App); err != nil {
		return nil, 0, err
	}
	switch {
	case u != by.User && !by.Admin():
		return nil, 0, Refuse(CodeGroupNotAllowed, "another user's groups")
	case q.Offset < 0 || q.Limit < 0:
		return nil, 0, Refuse(CodeGroupParameter, "Offset or Limit is negative")
	}
	ids, err := s.joinedIDs(ctx, by, u, q)
	if err != nil {
		return nil, 0, err
	}
	total = len(ids)
	ids = ids[min(q.Offset, total):]
	if q.Limit == 0 || q.Limit > maxJoinedPage {
		q.Limit = maxJoinedPage
	}
	for _, id := range ids[:min(q.Limit, len(ids))] {
		j, err := s.joined(ctx, by, id, u)
		if err != nil {
			return nil, 0, err
		}
		if j.Group != nil {
			list = append(list, j)
		}
	}
	return list, total, nil
}

// joinedIDs are the groups that q asks for.
func (s *Service) joinedIDs(ctx context.Context, by Actor, u UserID, q JoinedQuery) ([]GroupID, error) {
	rows, err := s.store.Memberships(ctx, by.App, u)
	if err != nil {
		return nil, Internal(CodeGroupInternal, err)
	}
	var ids []GroupID
	for _, m := range rows {
		rules := m.Type.rules()
		if q.Type != "" && m.Type != q.Type || !rules.members && !q.WithLive {
			continue
		}
		if rules.needsMessage && !q.WithInactive {
			hidden, err := s.hidden(ctx, by, m.Group, u)
			if err != nil {
				return nil, err
			}
			if hidden {
				continue
			}
		}
		ids = append(ids, m.Group)
	}
	if q.WithLive && (q.Type == "" || q.Type == AVChatRoom) { // what rooms hold is nothing else
		for _, c := range s.rooms.watched(by.App, u) {
			ids = append(ids, c.Group())
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	return ids, nil
}

// hidden reports whether a group that needs a first message has none yet. To
// its owner it shows all the same when he asks himself (note F of spec/20).
func (s *Service) hidden(ctx context.Context, by Actor, id GroupID, u UserID) (bool, error) {
	heads, err := s.store.Heads(ctx, []Conversation{GroupOf(by.App, id)})
	if err != nil {
		return false, Internal(CodeGroupInternal, err)
	}
	if heads[0].Seq > 0 {
		return false, nil
	}
	if by.User != u {
		return true, nil
	}
	g, err := s.store.Group(ctx, by.App, id)
	if err != nil {
		return false, Internal(CodeGroupInternal, err)
	}
	return g == nil || g.Owner != u, nil
}

// joined is one group of u's; its Group is nil when it went meanwhile.
func (s *Service) joined(ctx context.Context, by Actor, id GroupID, u UserID) (JoinedGroup, error) {
	var j JoinedGroup
	g, err := s.store.Group(ctx, by.App, id)
	if err != nil {
		return j, Internal(CodeGroupInternal, err)
	}
	if g == nil {
		return j, nil
	}
	m, err := s.store.Member(ctx, by.App, id, u)
	if err != nil {
		return j, Internal(CodeGroupInternal, err)
	}
	if m == nil { // a viewer
		m = &Member{Group: id, User: u, Role: RoleMember, Flag: g.Type.rules().flag}
	}
	if j.Head, err = s.head(ctx, g); err != nil {
		return j, err
	}
	j.Group = s.counted(g)
	j.Self, err = s.memberView(ctx, by, g, m)
	return j, err
}
