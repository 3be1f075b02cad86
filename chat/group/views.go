package group

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// memberPage is how many member rows are read at a time.
const memberPage = 500

// Members pages the members of a group, to members and administrators
// (spec/22a §4). total counts the whole group whatever q selects; next continues when it is not "".
func (s *Service) Members(ctx context.Context, by chat.Actor, id chat.GroupID, q chat.MemberQuery) (list []chat.MemberView, total int, next chat.UserID, err error) {
	seat, err := s.read.readable(ctx, by, id)
	if err != nil {
		return nil, 0, "", err
	}
	g := seat.Group
	if q.Offset < 0 {
		return nil, 0, "", chat.Refuse(chat.CodeGroupParameter, "Offset is negative")
	}
	if len(q.Users) > maxMembersNamed {
		return nil, 0, "", chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxMembersNamed)
	}
	q.Limit = chat.PageSize(q.Limit, maxMemberPage, maxMemberPage)
	rows, more, err := s.read.memberRows(ctx, g, q)
	if err != nil {
		return nil, 0, "", err
	}
	if list, err = s.Views(ctx, by, seat, rows, q.Named); err != nil {
		return nil, 0, "", err
	}
	switch n := len(rows); {
	case more && n > 0:
		next = rows[n-1].User
	case more:
		next = q.After
	}
	return list, g.Members, next, nil
}

// Views are rows of members as by, from their seat, may see them; named adds names and
// pictures.
func (s *Service) Views(ctx context.Context, by chat.Actor, seat *Seat, rows []*chat.Member, named bool) ([]chat.MemberView, error) {
	list, err := s.read.memberViews(ctx, by, seat.Group, rows)
	if err != nil {
		return nil, err
	}
	seat.hideFields(by.User, list)
	if !named {
		return list, nil
	}
	return list, s.read.name(ctx, seat.Group.App, list)
}

// readable is by's seat in a group whose members they may see.
func (r reader) readable(ctx context.Context, by chat.Actor, id chat.GroupID) (*Seat, error) {
	seat, err := r.enter(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return seat, seat.May(grouptype.ReadMembers)
}

// memberRows selects rows; more says that others may follow the last.
func (r reader) memberRows(ctx context.Context, g *chat.Group, q chat.MemberQuery) (rows []*chat.Member, more bool, err error) {
	if q.Users != nil {
		rows, err = r.membersNamed(ctx, g.App, g.ID, q.Users)
		return slices.DeleteFunc(rows, func(m *chat.Member) bool {
			return m == nil || len(q.Roles) > 0 && !slices.Contains(q.Roles, m.Role)
		}), false, err
	}
	skip, after := q.Offset, q.After
	for {
		page, err := r.memberPage(ctx, g.App, g.ID, after, memberPage)
		if err != nil {
			return nil, false, err
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

// memberViews adds to rows of a group what lies elsewhere. When somebody spoke
// last is for administrators (spec/20 §6).
func (r reader) memberViews(ctx context.Context, by chat.Actor, g *chat.Group, rows []*chat.Member) ([]chat.MemberView, error) {
	marks := make([]chat.RowAsk, len(rows))
	muted := make([]chat.RowAsk, len(rows))
	shard := g.Conv().Shard()
	for i, m := range rows {
		marks[i] = ledger.AskMark(g.Conv(), m.User)
		muted[i] = mutes.Ask(shard, string(m.User))
	}
	read, err := r.MarksAsked(ctx, marks)
	if err != nil {
		return nil, err
	}
	rowsOf, err := mutes.Of(ctx, r, muted)
	if err != nil {
		return nil, err
	}
	until, err := r.mutesEnd(ctx, g.App, rowsOf)
	if err != nil {
		return nil, err
	}
	list := make([]chat.MemberView, len(rows))
	for i, m := range rows {
		list[i] = chat.MemberView{Member: m, ReadSeq: read[i].Seq, MuteUntil: until[i]}
		if !by.Admin() {
			continue
		}
		sent, err := r.Senders(ctx, []chat.Conversation{g.Conv()}, m.User)
		if err != nil {
			return nil, fmt.Errorf("read sender: %w", err)
		}
		if last := sent[0].Time / 1000; last >= m.Joined { // else it was before they left, or of another holder of the name
			list[i].LastSend = last
		}
	}
	return list, nil
}

// Roles returns the roles of users in a group, in the order asked.
func (s *Service) Roles(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID) ([]chat.Role, error) {
	if len(list) > maxRoles {
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxRoles)
	}
	seat, err := s.read.readable(ctx, by, id)
	if err != nil {
		return nil, err
	}
	roles := make([]chat.Role, len(list))
	for i, u := range list {
		if roles[i], err = s.read.role(ctx, seat.Group, u); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// JoinedGroup is a group as one of its members has it.
type JoinedGroup struct {
	chat.GroupView
	Self chat.MemberView
	// Said and Read are the numbers of all topics together: of the messages, and of how
	// far the user has read. Asked for by WithTopics.
	Said, Read chat.Seq
}

// JoinedQuery pages the groups of a user.
type JoinedQuery struct {
	Type          chat.GroupType // "": all
	WithLive      bool           // AVChatRooms too
	WithInactive  bool           // Work groups without a message too
	Topics        *bool          // those that may have topics, or those that may not; nil: all
	WithTopics    bool           // with Said and Read
	Offset, Limit int            // Limit 0: all, chat.NoEntries: none
}

// Joined lists the groups of a user, to themselves and to administrators,
// in byte order of their ids (spec/22a §10). total does not depend on paging.
func (s *Service) Joined(ctx context.Context, by chat.Actor, u chat.UserID, q JoinedQuery) (list []JoinedGroup, total int, err error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, 0, err
	}
	switch {
	case u != by.User && !by.Admin():
		return nil, 0, chat.Refuse(chat.CodeGroupNotAllowed, "another user's groups")
	case q.Offset < 0:
		return nil, 0, chat.Refuse(chat.CodeGroupParameter, "Offset is negative")
	}
	ids, err := s.joinedIDs(ctx, by, u, q)
	if err != nil {
		return nil, 0, err
	}
	total = len(ids)
	ids = ids[min(q.Offset, total):]
	most := chat.PageSize(q.Limit, maxJoinedPage, maxJoinedPage)
	for _, id := range ids[:min(most, len(ids))] {
		j, err := s.joined(ctx, by, id, u)
		if err != nil {
			return nil, 0, err
		}
		if j.Group == nil {
			continue
		}
		if q.WithTopics {
			if err := s.read.addTopics(ctx, &j, u); err != nil {
				return nil, 0, err
			}
		}
		list = append(list, j)
	}
	return list, total, nil
}

// joinedIDs are the groups that q asks for.
func (s *Service) joinedIDs(ctx context.Context, by chat.Actor, u chat.UserID, q JoinedQuery) ([]chat.GroupID, error) {
	rows, err := s.Memberships(ctx, by.App, u)
	if err != nil {
		return nil, err
	}
	var ids []chat.GroupID
	for _, m := range rows {
		rules := grouptype.Of(m.Type)
		if q.Type != "" && m.Type != q.Type || !rules.Members && !q.WithLive {
			continue
		}
		if q.Topics != nil {
			has, err := s.read.hasTopics(ctx, by.App, m)
			if err != nil {
				return nil, err
			}
			if has != *q.Topics {
				continue
			}
		}
		if !q.WithInactive {
			hidden, err := s.Hidden(ctx, by, m, u)
			if err != nil {
				return nil, err
			}
			if hidden {
				continue
			}
		}
		ids = append(ids, m.Group)
	}
	if q.WithLive && (q.Type == "" || q.Type == chat.AVChatRoom) { // what rooms hold is nothing else
		for _, c := range s.read.rooms.Watched(by.App, u) {
			ids = append(ids, c.Group())
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	return ids, nil
}

// Hidden reports whether one of u's groups is left out of what by is shown: it needs a first
// message and has none yet. Its owner sees it all the same when they ask themselves (note F of
// spec/20).
func (s *Service) Hidden(ctx context.Context, by chat.Actor, m chat.Membership, u chat.UserID) (bool, error) {
	if !grouptype.Of(m.Type).Sleeps {
		return false, nil
	}
	head, err := s.read.Head(ctx, chat.GroupShard(by.App, m.Group))
	if err != nil {
		return false, fmt.Errorf("read head: %w", err)
	}
	if head.Seq > 0 {
		return false, nil
	}
	if by.User != u {
		return true, nil
	}
	g, err := s.read.stored(ctx, by.App, m.Group)
	if err != nil {
		return false, err
	}
	return g == nil || g.Owner != u, nil
}

// joined is one group of u's; its Group is nil when it went meanwhile.
func (s *Service) joined(ctx context.Context, by chat.Actor, id chat.GroupID, u chat.UserID) (JoinedGroup, error) {
	var j JoinedGroup
	g, err := s.read.stored(ctx, by.App, id)
	if err != nil {
		return j, err
	}
	if g == nil {
		return j, nil
	}
	m, err := s.read.place(ctx, g, u)
	if err != nil || m == nil {
		return j, err
	}
	if j.Head, err = s.read.head(ctx, g); err != nil {
		return j, err
	}
	j.Group = s.read.counted(g)
	views, err := s.read.memberViews(ctx, by, g, []*chat.Member{m})
	if err != nil {
		return j, err
	}
	j.Self = views[0]
	return j, nil
}
