package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// debt is what a dormant Work group owes to those who were put in at its creation:
// notice 7, right behind the first message (spec/23 §4).
type debt struct {
	By    chat.UserID
	Users []chat.UserID
}

// debts have one row, under "", from the creation to the first message.
var debts = ledger.Table(record.NoticesOwed, func(f *record.Fields, d *debt) {
	record.Text(f, 1, &d.By)
	record.Texts(f, 2, &d.Users)
})

// tellFounders gives notice 7 to the initial members, or owes it.
func (t *Turn) tellFounders(users []chat.UserID) {
	switch {
	case len(users) == 0:
	case t.rules().Sleeps:
		debts.Put(t.Turn, "", &debt{t.by.User, users})
	default:
		for _, u := range users {
			t.addNotice(u, chat.Notice{Kind: chat.NoticeAdded})
		}
	}
}

// Wakes reports whether a message to g would be its first, of a type that is dormant
// until then.
func Wakes(g *chat.Group, head *chat.Head) bool { return head.Seq == 0 && grouptype.Of(g.Type).Sleeps }

// Wake adds to the commit of the first message what the group owes: to those who
// have stayed. ms is the message's time, Unix milliseconds.
func (s *Service) Wake(ctx context.Context, in ledger.Reads, c *chat.Commit, g *chat.Group, ms int64) error {
	owed, err := debts.Get(ctx, in, c.Shard, "")
	if err != nil || owed == nil {
		return err
	}
	stored := *s.read.Reader
	stored.Reads = in
	r := reader{Reader: &stored, rooms: s.read.rooms}
	operator, err := r.personOf(ctx, g, owed.By)
	if err != nil {
		return err
	}
	rows, err := r.membersNamed(ctx, g.App, g.ID, owed.Users)
	if err != nil {
		return err
	}
	for i, u := range owed.Users {
		if rows[i] != nil {
			n := noticeAbout(g, operator, chat.Notice{Kind: chat.NoticeAdded})
			c.Notices = append(c.Notices, ledger.NoticeEvent(g.App, u, ms, n))
		}
	}
	c.Rows = append(c.Rows, debts.Gone(""))
	return nil
}

// noticeAbout completes a notice about g.
func noticeAbout(g *chat.Group, operator chat.Person, n chat.Notice) *chat.Notice {
	if n.Group = g.ID.Home(); n.Group != g.ID {
		n.Topic = g.ID
	}
	n.Type, n.Name, n.FaceURL, n.Operator = g.Type, g.Name, g.FaceURL, operator
	return &n
}
