package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Self is the caller's own place in a group (SelfInfo of spec/00 §5), nil when they are
// not in it.
func (s *Service) Self(ctx context.Context, by chat.Actor, g *chat.Group) (*chat.MemberView, error) {
	m, err := s.read.place(ctx, g, by.User)
	if err != nil || m == nil {
		return nil, err
	}
	views, err := s.read.memberViews(ctx, by, g, []*chat.Member{m})
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

// place is u's row, or what stands for it with a viewer; nil for others.
func (r reader) place(ctx context.Context, g *chat.Group, u chat.UserID) (*chat.Member, error) {
	m, err := r.member(ctx, g.App, g.ID, u)
	if err != nil || m != nil || grouptype.Of(g.Type).Members || !r.rooms.Has(g.Conv(), u) {
		return m, err
	}
	return &chat.Member{Group: g.ID, User: u, Role: chat.RoleMember, Flag: grouptype.Of(g.Type).Flag}, nil
}

// name puts names to members.
func (r reader) name(ctx context.Context, app chat.AppID, list []chat.MemberView) error {
	users := make([]chat.UserID, len(list))
	for i, m := range list {
		users[i] = m.User
	}
	accounts, err := r.Accounts(ctx, app, users)
	if err != nil {
		return err
	}
	for i, acc := range accounts {
		if acc != nil {
			list[i].Nick, list[i].FaceURL = acc.Nick, acc.FaceURL
		}
	}
	return nil
}
