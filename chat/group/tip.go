package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// addTip adds a tip in the way that its kind has in this type of group: stored,
// passing, or not at all.
func (t *Turn) addTip(ctx context.Context, way grouptype.TipWay, tip chat.Tip) error {
	if way == grouptype.TipOff || t.dormant() {
		return nil
	}
	operator, err := t.operator(ctx)
	if err != nil {
		return err
	}
	tip.Operator = operator
	m := &chat.Message{
		Conv: t.conv(), From: t.by.User, Time: max(t.Ms, t.Head.Time),
		Random: t.Random(), Tip: &tip,
	}
	if m.From == "" {
		m.From = chat.SystemUser
	}
	if way == grouptype.TipPassing { // numbered like all that a live room hears (spec/00 §6)
		n, mark, err := t.nextLive(ctx, t.reader, t.conv())
		if err != nil {
			return err
		}
		if m.Seq = n; mark != nil {
			t.Commit.Rows = append(t.Commit.Rows, *mark)
		}
		t.Commit.Passing = append(t.Commit.Passing, m)
		return nil
	}
	m.Expires = t.Expiry(t.app)
	t.Commit.Messages = append(t.Commit.Messages, m)
	return nil
}

// operator is the caller as tips show them.
func (t *Turn) operator(ctx context.Context) (chat.Person, error) {
	if t.by.User == "" {
		return chat.Person{User: chat.SystemUser}, nil
	}
	return t.personOf(ctx, t.group, t.by.User)
}

// personOf is u as tips and notices show them. The turn's own changes do not show yet,
// but for the owner of a group just made.
func (r reader) personOf(ctx context.Context, g *chat.Group, u chat.UserID) (chat.Person, error) {
	m, err := r.member(ctx, g.App, g.ID, u)
	if err != nil {
		return chat.Person{}, err
	}
	acc, err := r.Account(ctx, g.App, u)
	if err != nil {
		return chat.Person{}, err
	}
	p := person(u, acc, m)
	if u == g.Owner {
		p.Role = chat.RoleOwner
	}
	return p, nil
}

// person shows a user; both rows may be missing.
func person(u chat.UserID, acc *chat.Account, m *chat.Member) chat.Person {
	p := chat.Person{User: u}
	if acc != nil {
		p.Nick, p.FaceURL = acc.Nick, acc.FaceURL
	}
	if m != nil {
		p.NameCard, p.Role = m.NameCard, m.Role
	}
	return p
}
