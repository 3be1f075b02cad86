package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/people"
)

// ConvView is a conversation as it stands in a user's list.
type ConvView struct {
	Target   chat.Target
	Head     chat.Head
	Last     *chat.Message // nil: none visible
	LastPrev chat.Seq      // the highest number below Last's that the user may see (PrevSeq)
	Read     chat.ReadMark
	Mentions []Mention // groups: the unread ones, oldest first
	Unread   uint64
	PeerRead chat.ReadMark // C2C
	Peer     *chat.Account // C2C; nil when the account is gone
	Remark   string        // what the user calls the peer, a friend of theirs
	Group    *chat.Group
	Self     *chat.MemberView // group

	Top    bool
	Option chat.ReceiveOption
	Marks  chat.Marks
	Custom string   // CustomMark
	Groups []string // names of the groups of conversations that it is in
	Draft  string
}

// views fills in what a list shows of conversations, but for Last, which costs
// a read each.
func (s *Service) views(ctx context.Context, by chat.Actor, list []counted) ([]ConvView, error) {
	views := make([]ConvView, len(list))
	for i, c := range list {
		v := &views[i]
		*v = ConvView{Target: c.Conv.For(by.User), Head: c.head, Read: c.mark(), Unread: c.unread}
		v.Head.LastTime = c.at
		v.hideBefore(c.JoinSeq)
		if c.head.Seq <= c.Read.Cleared {
			v.Head.Seq = 0
		}
		if c.Conv.Kind != chat.InGroup {
			continue
		}
		if err := s.groupSide(ctx, by, c, v); err != nil {
			return nil, err
		}
	}
	if err := s.peerSides(ctx, by, list, views); err != nil {
		return nil, err
	}
	return views, s.settingSides(ctx, by, list, views)
}

// settingSides fills in what the user has set of the conversations.
func (s *Service) settingSides(ctx context.Context, by chat.Actor, list []counted, views []ConvView) error {
	shard := chat.UserShard(by.App, by.User)
	var asks []chat.RowAsk
	var book *convBook
	for i := range list {
		v := list[i].set
		if list[i].Conv.Kind == chat.C2C {
			views[i].Option = option(v)
		} else if self := views[i].Self; self != nil {
			views[i].Option = self.Flag
		}
		if v == nil {
			continue
		}
		if len(v.Groups) > 0 && book == nil {
			var err error
			if book, err = books.Get(ctx, s.ledger, shard, ""); err != nil {
				return err
			}
		}
		views[i].Top, views[i].Marks, views[i].Custom = v.Pinned, v.Marks, v.Custom
		views[i].Groups = book.names(v)
		if v.Drafted {
			asks = append(asks, drafts.Ask(shard, list[i].target(by.User).String()))
		}
	}
	if len(asks) == 0 {
		return nil
	}
	found, err := drafts.Of(ctx, s.ledger, asks)
	if err != nil {
		return err
	}
	for i := range list {
		if v := list[i].set; v != nil && v.Drafted {
			if found[0] != nil {
				views[i].Draft = found[0].Text
			}
			found = found[1:]
		}
	}
	return nil
}

// hideBefore takes out what only messages say that are not the user's to see.
func (v *ConvView) hideBefore(seq chat.Seq) {
	if v.Target.Kind != chat.C2C || seq == 0 {
		return
	}
	if v.Head.Seq <= seq {
		v.Head = chat.Head{Rules: v.Head.Rules, Rev: v.Head.Rev}
	}
	if v.Read.Seq <= seq {
		v.Read.Seq, v.Read.Time = 0, 0
	}
}

// peerSides fills in the other party of the one-to-one conversations.
func (s *Service) peerSides(ctx context.Context, by chat.Actor, list []counted, views []ConvView) error {
	var at []int
	var convs []chat.Conversation
	var peers []chat.UserID
	for i, c := range list {
		if c.Conv.Kind == chat.C2C {
			at = append(at, i)
			convs = append(convs, c.Conv)
			peers = append(peers, c.Conv.Peer(by.User))
		}
	}
	if len(at) == 0 {
		return nil
	}
	accounts, err := s.ledger.Accounts(ctx, by.App, peers)
	if err != nil {
		return err
	}
	marks, err := s.ledger.PeerMarks(ctx, convs, by.User)
	if err != nil {
		return err
	}
	remarks, err := people.Remarks(ctx, s.ledger, by.App, by.User, accounts)
	if err != nil {
		return err
	}
	for n, i := range at {
		views[i].Peer, views[i].PeerRead, views[i].Remark = accounts[n], marks[n], remarks[n]
		if marks[n].Seq <= list[i].JoinSeq {
			views[i].PeerRead = chat.ReadMark{User: marks[n].User}
		}
	}
	return nil
}

// groupSide fills in the group and the caller's place in it. A group that was
// disbanded meanwhile leaves both empty.
func (s *Service) groupSide(ctx context.Context, by chat.Actor, c counted, v *ConvView) error {
	g, err := s.groups.Find(ctx, by.App, c.Conv.Group())
	if errors.Is(err, chat.ErrNoGroup) {
		return nil
	}
	if err != nil {
		return err
	}
	v.Group = g
	m, err := s.groups.Member(ctx, by.App, g.ID, by.User)
	if err != nil || m == nil {
		return err
	}
	muted, err := s.groups.MuteEnds(ctx, g, by.User)
	if err != nil {
		return err
	}
	v.Self = &chat.MemberView{Member: m, ReadSeq: c.Read.Seq, MuteUntil: muted}
	return nil
}

// addMessages fills in what of a conversation of u's is read from its messages.
func (s *Service) addMessages(ctx context.Context, u chat.UserID, c counted, v *ConvView) (err error) {
	if v.Mentions, err = s.mentions(ctx, u, c); err != nil {
		return err
	}
	if v.Last, err = s.lastVisible(ctx, u, c); err != nil || v.Last == nil {
		return err
	}
	sight := c.sight(u)
	if v.LastPrev, err = sight.Before(ctx, s.ledger, v.Last); err != nil {
		return err
	}
	v.Last, err = s.named(ctx, v.Last)
	return err
}

// named is a message with the names that its sender has now (spec/00 §5); those of
// when it was sent, if somebody else has the UserID now or nobody.
func (s *Service) named(ctx context.Context, m *chat.Message) (*chat.Message, error) {
	if m.Tip != nil {
		return m, nil
	}
	acc, err := s.ledger.Account(ctx, m.Conv.App, m.From)
	if err != nil || acc == nil || acc.Holder != m.Holder {
		return m, err
	}
	card, err := s.card(ctx, m)
	if err != nil {
		return nil, err
	}
	now := chat.NewAuthor(acc.Nick, acc.FaceURL, card)
	if now == nil && m.Author == nil {
		return m, nil
	}
	copied := *m
	copied.Author = now
	return &copied, nil
}

// card is the name card that the sender of a group message has now.
func (s *Service) card(ctx context.Context, m *chat.Message) (string, error) {
	if m.Conv.Kind != chat.InGroup {
		return "", nil
	}
	in, err := s.groups.Member(ctx, m.Conv.App, m.Conv.Group(), m.From)
	if err != nil || in == nil {
		return "", err
	}
	return in.NameCard, nil
}

// lastVisible is the newest message that places the conversation, if u may see
// it; else the newest that they may see. When the store has lost it there is none: the list
// is of all conversations, and who reads the history of this one is told.
func (s *Service) lastVisible(ctx context.Context, u chat.UserID, c counted) (*chat.Message, error) {
	m, err := s.newestOf(ctx, u, c)
	if chat.IsHole(err) {
		return nil, nil
	}
	return m, err
}

func (s *Service) newestOf(ctx context.Context, u chat.UserID, c counted) (*chat.Message, error) {
	if c.head.LastSeq < c.first {
		return nil, nil
	}
	m, err := s.ledger.Message(ctx, c.Conv, c.head.LastSeq)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	sight := c.sight(u)
	if m != nil {
		if has, err := sight.Has(ctx, s.ledger, m); err != nil || has {
			return m, err
		}
	}
	return s.messages.Newest(ctx, sight, c.head.LastSeq)
}
