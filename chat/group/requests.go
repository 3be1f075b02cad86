package group

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// JoinRequests pages the join requests of a group, or of all groups ("") whose
// owner or admin the caller is or which have invited them, in byte order of group and newcomer: those that wait and
// those that were answered in the last seven days. At most 50 come at once, which 0 means
// too, and none for chat.NoEntries. next continues while it is not ""; pages before the last
// may have fewer than limit. A newcomer who has become a member by another way waits no longer
// and is not listed.
func (s *Service) JoinRequests(ctx context.Context, by chat.Actor, id chat.GroupID, limit int, next string) (list []chat.JoinRequestView, more string, err error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, "", err
	}
	var after requestKey
	if next != "" {
		var ok bool
		if after, ok = parseRequestID(next); !ok || id != "" && after.Group != id {
			return nil, "", chat.Refuse(chat.CodeGroupParameter, "Next is invalid")
		}
	}
	limit = chat.PageSize(limit, maxRequestPage, maxRequestPage)
	p := requestPage{Service: s, app: app, by: by, after: after, limit: limit}
	if id != "" {
		err = p.one(ctx, id)
	} else {
		err = p.all(ctx)
	}
	switch {
	case err != nil:
		return nil, "", err
	case limit == 0:
		return nil, next, nil
	}
	return p.list, p.next, nil
}

// requestPage is a page being filled.
type requestPage struct {
	*Service
	app   *chat.App
	by    chat.Actor
	after requestKey // where the page begins
	limit int
	list  []chat.JoinRequestView
	next  string // set once there may be more
}

// one fills the page from a group whose join requests the caller may answer.
func (p *requestPage) one(ctx context.Context, id chat.GroupID) error {
	seat, err := p.read.enter(ctx, p.by, id)
	if err != nil {
		return err
	}
	if err := seat.May(grouptype.Approve); err != nil {
		if mine := p.own(ctx, seat.Group); mine != nil || len(p.list) > 0 {
			return mine
		}
		return err
	}
	return p.fill(ctx, seat.Group)
}

// all fills the page from group after group.
func (p *requestPage) all(ctx context.Context) error {
	rows, err := p.Memberships(ctx, p.app.ID, p.by.User)
	if err != nil {
		return err
	}
	if rows, err = p.withInvited(ctx, rows); err != nil {
		return err
	}
	from, _ := slices.BinarySearchFunc(rows, p.after.Group, func(m chat.Membership, id chat.GroupID) int {
		switch {
		case m.Group < id:
			return -1
		case m.Group > id:
			return 1
		}
		return 0
	})
	for i, m := range rows[from:] {
		if i == maxGroupsSearched {
			p.next = newRequestID(requestKey{Group: m.Group}, 0) // the beginning of m's
			return nil
		}
		if err := p.administered(ctx, m.Group); err != nil || p.next != "" {
			return err
		}
	}
	return nil
}

// administered fills the page from a group if the caller is its owner or admin.
func (p *requestPage) administered(ctx context.Context, id chat.GroupID) error {
	g, err := p.read.stored(ctx, p.app.ID, id)
	switch {
	case err != nil:
		return err
	case g == nil: // it went meanwhile
		return nil
	}
	role, err := p.read.role(ctx, g, p.by.User)
	switch {
	case err != nil:
		return err
	case grouptype.May(p.app, g.Type, grouptype.Approve, role) != nil:
		return p.own(ctx, g)
	}
	return p.fill(ctx, g)
}

// fill adds the join requests of one group until the page is full.
func (p *requestPage) fill(ctx context.Context, g *chat.Group) error {
	if p.limit == 0 {
		return nil
	}
	after := ""
	if p.after.Group == g.ID && p.after.Newcomer != "" {
		after = p.after.row()
	}
	for {
		rows, keys, err := requests.Page(ctx, p.read, g.Conv().Shard(), "", after, maxRequestPage)
		if err != nil {
			return err
		}
		for _, a := range rows {
			if a.Kind == chat.AskInvitee { // the invitee's to answer
				continue
			}
			if len(p.list) == p.limit {
				p.next = p.list[len(p.list)-1].ID
				return nil
			}
			if err := p.add(ctx, g, a); err != nil {
				return err
			}
		}
		if len(rows) < maxRequestPage {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

func (p *requestPage) add(ctx context.Context, g *chat.Group, a *chat.JoinRequest) error {
	if lapsed, err := p.read.lapsed(ctx, p.app.ID, a); err != nil || lapsed {
		return err
	}
	if a.Open() {
		m, err := p.read.member(ctx, p.app.ID, g.ID, a.Newcomer)
		if err != nil {
			return err
		}
		if m != nil {
			return nil
		}
	}
	v := chat.JoinRequestView{JoinRequest: a, GroupName: g.Name}
	acc, err := p.read.Account(ctx, p.app.ID, a.Applicant)
	if err != nil {
		return err
	}
	if acc != nil {
		v.Nick, v.FaceURL = acc.Nick, acc.FaceURL
	}
	p.list = append(p.list, v)
	return nil
}
