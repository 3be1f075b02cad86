package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
)

// maxConvs bounds how many conversations of one user are looked at.
const maxConvs = 10_000

// held is a conversation as one user has it, with the type of its group.
type held struct {
	chat.UserConv
	group  chat.GroupType // "" in C2C
	joined int64          // groups: when, Unix milliseconds
	first  chat.Seq       // the lowest number that the user may see
	set    *setting       // nil: nothing
	own    chat.Seq       // groups: see message.Before
}

// sight is what u, whose conversation it is, may see of it.
func (h *held) sight(u chat.UserID) message.Sight {
	return message.Sight{Conv: h.Conv, User: u, First: h.first, Own: h.own, Deleted: h.Read.Deleted}
}

// target is the conversation by its user's name for it.
func (h *held) target(u chat.UserID) chat.Target { return h.Conv.For(u) }

// mark is up to where nothing is unread: how far the user has read, or where they deleted the
// conversation from their list.
func (h *held) mark() chat.ReadMark {
	mark := h.Read
	if h.set == nil || h.set.Hidden == nil || h.set.Hidden.Seq <= mark.Seq {
		return mark
	}
	from := h.set.Hidden
	if mark.Seq, mark.Extra = from.Seq, 0; from.Counted >= mark.Counted { // else they cleared more
		mark.Counted, mark.Own = from.Counted, from.Own
	}
	return mark
}

// UserConvs lists what a user has: the groups they are a member of, with the topics
// that hold a message, and their one-to-one conversations, with their read marks; at most 10,000, in no order.
func (s *Service) UserConvs(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error) {
	a, err := s.ledger.App(app)
	if err != nil {
		return nil, err
	}
	list, err := s.held(ctx, a, u)
	if err != nil {
		return nil, err
	}
	convs := make([]chat.UserConv, len(list))
	for i := range list {
		convs[i] = list[i].UserConv
		convs[i].JoinSeq = max(convs[i].JoinSeq, convs[i].Read.Cleared)
	}
	return convs, nil
}

// held is UserConvs with what is known of the groups and what the user has set.
func (s *Service) held(ctx context.Context, app *chat.App, u chat.UserID) ([]held, error) {
	list, err := s.unmarked(ctx, app, u)
	if err != nil {
		return nil, err
	}
	return list, s.addMarks(ctx, u, list)
}

// unmarked is held without how far the user has read.
func (s *Service) unmarked(ctx context.Context, app *chat.App, u chat.UserID) ([]held, error) {
	list, set, err := s.joined(ctx, app, u)
	if err != nil {
		return nil, err
	}
	return s.private(ctx, app.ID, u, list, set)
}

// joined is unmarked of groups and topics alone; set is what the user has set of all.
func (s *Service) joined(ctx context.Context, app *chat.App, u chat.UserID) (list []held, set map[chat.Target]*setting, err error) {
	in, err := s.groups.Memberships(ctx, app.ID, u)
	if err != nil {
		return nil, nil, err
	}
	holder, err := ledger.Holder(ctx, s.ledger, app.ID, u)
	if err != nil {
		return nil, nil, err
	}
	in = in[:min(len(in), maxConvs)]
	list = make([]held, 0, len(in))
	for _, m := range in {
		list = append(list, heldGroup(app, m, holder))
	}
	topics, err := s.groups.Topics(ctx, app.ID, u, in)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range topics[:min(len(topics), maxConvs-len(list))] {
		list = append(list, heldGroup(app, m, holder))
	}
	if set, err = s.set(ctx, app.ID, u, joinedAt(in)); err != nil {
		return nil, nil, err
	}
	for i := range list {
		list[i].set = set[list[i].target(u)]
	}
	return list, set, nil
}

// heldGroup is a group as one of its members has it, the holder of their name with
// that number.
func heldGroup(app *chat.App, m chat.Membership, holder uint32) held {
	h := held{group: m.Type, joined: m.Joined * 1000, first: m.JoinSeq + 1, UserConv: chat.UserConv{
		Conv: chat.GroupOf(app.ID, m.Group), Joined: true, JoinSeq: m.JoinSeq, Want: m.Flag.Want(),
	}}
	if grouptype.ShowsEarlier(app, m.Type) {
		h.first = 1
	}
	if holder > 0 {
		h.own = m.JoinSeq + 1
	}
	return h
}

// heldPeer is a one-to-one conversation as one of its parties has it.
func heldPeer(app chat.AppID, u, peer chat.UserID, v *setting) (h held) {
	h.asPeer(app, u, peer, v)
	return h
}

// asPeer makes a blank one that.
func (h *held) asPeer(app chat.AppID, u, peer chat.UserID, v *setting) {
	h.first, h.set, h.Joined, h.Conv = 1, v, true, chat.C2COf(app, u, peer)
	if h.Want = option(v).Want(); h.Want != chat.WantAll {
		h.Want = chat.WantNone // nobody mentions anybody there
	}
}

// private adds u's one-to-one conversations to a list, without marks: those that
// they have, and empty ones that they have pinned or begun to write in. set is what they have set.
func (s *Service) private(ctx context.Context, app chat.AppID, u chat.UserID, list []held, set map[chat.Target]*setting) ([]held, error) {
	left := map[chat.UserID]*setting{}
	for t, v := range set {
		if t.Kind == chat.C2C {
			left[t.User()] = v
		}
	}
	peers, err := s.ledger.Peers(ctx, app, u, "", maxConvs-len(list))
	if err != nil {
		return nil, err
	}
	n := len(list)
	list = append(list, make([]held, len(peers))...)
	for i, p := range peers {
		list[n+i].asPeer(app, u, p, left[p])
		delete(left, p)
	}
	for p, v := range left {
		if v.shown() && len(list) < maxConvs {
			list = append(list, heldPeer(app, u, p, v))
		}
	}
	return list, nil
}

// privateWith is private for some of the peers.
func (s *Service) privateWith(ctx context.Context, app chat.AppID, u chat.UserID, peers []chat.UserID, list []held, set map[chat.Target]*setting) ([]held, error) {
	has, err := s.ledger.PeersAmong(ctx, app, u, peers)
	if err != nil {
		return nil, err
	}
	for i, p := range peers {
		if v := set[chat.ToUser(p)]; has[i] || v.shown() {
			list = append(list, heldPeer(app, u, p, v))
		}
	}
	return list, nil
}

// addMarks fills in how far u has read.
func (s *Service) addMarks(ctx context.Context, u chat.UserID, list []held) error {
	asks := make([]chat.RowAsk, min(len(list), atOnce))
	none := &chat.ReadMark{User: u}
	for len(list) > 0 {
		some := list[:min(len(list), atOnce)]
		list = list[len(some):]
		for i := range some {
			asks[i] = ledger.AskMark(some[i].Conv, u)
		}
		err := s.ledger.EachMark(ctx, asks[:len(some)], func(i int, m *chat.ReadMark) {
			if m == nil {
				m = none
			}
			some[i].setMark(m)
		})
		if err != nil {
			return err
		}
		for i := range some {
			if err := s.sinceJoining(ctx, u, &some[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// setMark fills in how far the user has read, and in C2C where their view
// begins.
func (h *held) setMark(m *chat.ReadMark) {
	h.Read = *m
	if h.Conv.Kind == chat.C2C {
		h.JoinSeq, h.first = m.From, m.From+1
	}
}

// one is a conversation that u may have, whether or not it is listed.
func (s *Service) one(ctx context.Context, app *chat.App, u chat.UserID, conv chat.Conversation) (h held, err error) {
	v, err := s.setOf(ctx, conv, u)
	if err != nil {
		return h, err
	}
	if conv.Kind == chat.C2C {
		h = heldPeer(app.ID, u, conv.Peer(u), v)
	} else {
		g, err := s.groups.Find(ctx, conv.App, conv.Group())
		if err != nil {
			return h, err
		}
		m, err := s.groups.Member(ctx, conv.App, conv.Group(), u)
		if err != nil {
			return h, err
		}
		holder, err := ledger.Holder(ctx, s.ledger, conv.App, u)
		if err != nil {
			return h, err
		}
		in := chat.Membership{Group: g.ID, Type: g.Type}
		if m != nil {
			in.Joined, in.JoinSeq, in.Flag = m.Joined, m.JoinSeq, m.Flag
		}
		h = heldGroup(app, in, holder)
		if v != nil && v.Stamp == in.Joined {
			h.set = v
		}
	}
	mark, err := s.ledger.Mark(ctx, conv, u)
	if err != nil {
		return h, err
	}
	h.setMark(&mark)
	return h, s.sinceJoining(ctx, u, &h)
}
