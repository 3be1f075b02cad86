package inbox

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/message"
)

// PeerUnread is the number of unread messages from one peer.
type PeerUnread struct {
	Peer   chat.UserID
	Unread uint64
	Code   chat.Code // 70107 when the peer does not exist
}

// UnreadC2C counts u's unread C2C messages: in all, and from each of peers
// (spec/04 §8). u "" is the caller.
func (s *Service) UnreadC2C(ctx context.Context, by chat.Actor, u chat.UserID, peers []chat.UserID) (total uint64, each []PeerUnread, err error) {
	if _, err := s.ledger.App(by.App); err != nil {
		return 0, nil, err
	}
	if u, err = message.OnBehalf(by, u, chat.C2C); err != nil {
		return 0, nil, err
	}
	if len(peers) == 0 {
		total, err = s.UnreadTotal(ctx, by.App, u)
		return total, nil, err
	}
	accounts, err := s.ledger.Accounts(ctx, by.App, peers)
	if err != nil {
		return 0, nil, err
	}
	list := make([]held, len(peers))
	for i, p := range peers {
		v, err := s.setOf(ctx, chat.C2COf(by.App, u, p), u)
		if err != nil {
			return 0, nil, err
		}
		list[i] = heldPeer(by.App, u, p, v)
	}
	counts, err := s.unreadPrivate(ctx, by.App, u, list)
	if err != nil {
		return 0, nil, err
	}
	for i, p := range peers {
		if accounts[i] == nil {
			each = append(each, PeerUnread{Peer: p, Code: chat.CodeNoAccount})
			continue
		}
		each = append(each, PeerUnread{Peer: p, Unread: counts[i].unread})
		total += counts[i].unread
	}
	return total, each, nil
}

// UnreadTotal is the sum over u's C2C conversations.
func (s *Service) UnreadTotal(ctx context.Context, app chat.AppID, u chat.UserID) (uint64, error) {
	set, err := s.set(ctx, app, u, nil)
	if err != nil {
		return 0, err
	}
	list, err := s.private(ctx, app, u, nil, set)
	if err != nil {
		return 0, err
	}
	counts, err := s.unreadPrivate(ctx, app, u, list)
	if err != nil {
		return 0, err
	}
	var total uint64
	for _, c := range counts {
		total += c.unread
	}
	return total, nil
}

// unreadPrivate counts the unread messages of one-to-one conversations.
func (s *Service) unreadPrivate(ctx context.Context, id chat.AppID, u chat.UserID, list []held) ([]counted, error) {
	app, err := s.ledger.App(id)
	if err != nil {
		return nil, err
	}
	if err := s.addMarks(ctx, u, list); err != nil {
		return nil, err
	}
	return s.unread(ctx, app, u, list)
}

// counted is a conversation of a user with its state, as far as they may see it,
// and what is unread in it.
type counted struct {
	*held
	head chat.Head
	// at places it in lists, Unix milliseconds: the time of the last message that places
	// it, or else of the joining.
	at      int64
	empty   bool // nothing is kept that the user may see
	placed  bool // a message is kept that places it, even if the user has deleted it since
	unread  uint64
	mention chat.Seq // the newest message that mentions somebody
	last    chat.Seq // the newest message that places it, even if it is gone since
}

// listed reports whether it stands in the user's list: when a message places it there that
// is newer than its deletion, or when it is pinned or has a draft; joined groups from the
// joining on, or once they are awake (spec/00 §5).
func (c *counted) listed() bool {
	if c.set.shown() {
		return c.Conv.Kind != chat.InGroup || grouptype.Of(c.group).Stored
	}
	if c.set != nil && c.set.Hidden != nil && c.last <= c.set.Hidden.Seq {
		return false
	}
	if c.Conv.Kind != chat.InGroup {
		return c.placed
	}
	rules := grouptype.Of(c.group)
	return rules.Stored && (!rules.Sleeps || c.head.Seq > 0)
}

// unread computes the unread numbers of u's conversations without reading a
// message (spec/06 §7): countable ones after u's mark, less u's own. Groups whose
// type counts none, and conversations of which u wants no messages, have 0; where u wants
// those alone that mention them, these are read and counted.
func (s *Service) unread(ctx context.Context, app *chat.App, u chat.UserID, rows []held) ([]counted, error) {
	oldest := int64(0)
	if app.Retention > 0 {
		oldest = s.ledger.NowMs() - app.Retention.Milliseconds()
	}
	list := make([]counted, len(rows))
	var room [atOnce]chat.Conversation
	for at := 0; at < len(rows); at += atOnce {
		convs := room[:min(len(rows)-at, atOnce)]
		for i := range convs {
			convs[i] = rows[at+i].Conv
		}
		err := s.ledger.EachHead(ctx, convs, u, func(i int, h *chat.Head, own *chat.SenderStat) error {
			c := &list[at+i]
			c.held = &rows[at+i]
			if err := s.count(ctx, u, c, h, oldest); err != nil {
				return err
			}
			if c.empty || !c.behind(h) || !c.counts(app) {
				return nil
			}
			return s.countUnread(ctx, app, u, c, h, own)
		})
		if err != nil {
			return nil, fmt.Errorf("read heads: %w", err)
		}
	}
	return list, nil
}

// atOnce is how many conversations are looked at at a time: what is read of them then is
// still near.
const atOnce = 512

// behind reports whether anything may be unread.
func (h *held) behind(head *chat.Head) bool {
	mark := h.mark()
	return head.Counted > mark.Counted || mark.Extra > 0
}

func (s *Service) countUnread(ctx context.Context, app *chat.App, u chat.UserID, c *counted, head *chat.Head, own *chat.SenderStat) error {
	if c.Want == chat.WantMentions {
		list, err := s.mentions(ctx, u, *c)
		c.unread = uint64(len(list))
		return err
	}
	mark := c.mark()
	if mark.Seq > c.Read.Seq && mark.Deleted.Less > 0 { // it says how many are above Read.Seq
		var err error
		if mark.Deleted.Less, err = s.ledger.UnreadDeletions(ctx, c.Conv.Shard(), c.Read, mark.Seq); err != nil {
			return fmt.Errorf("read deletions: %w", err)
		}
	}
	c.unread = mark.Unread(*head, *own)
	if most := app.Limits.C2CUnreadCap; most > 0 && c.Conv.Kind == chat.C2C {
		c.unread = min(c.unread, uint64(most))
	}
	return nil
}

// count fills in the state of a conversation as u may see it, nothing counted yet. Messages
// from before oldest are no longer kept, but for those that were imported since.
func (s *Service) count(ctx context.Context, u chat.UserID, c *counted, head *chat.Head, oldest int64) (err error) {
	if head.Time < oldest && head.LastSeq == head.Seq && head.Until > s.ledger.NowMs()/1000 {
		oldest = 0
	}
	c.head = *head
	if head.Extra != nil {
		c.mention = head.Extra.Mention
		if c.head, err = message.HeadFor(ctx, s.ledger, *head, c.sight(u)); err != nil {
			return err
		}
	}
	c.at, c.last, c.placed = c.joined, c.head.LastSeq, c.head.LastSeq >= c.first && c.head.LastTime >= oldest
	switch {
	case c.placed:
		c.at = c.head.LastTime
	case c.at == 0 && c.set.shown():
		c.at = c.set.At
	}
	c.first = max(c.first, c.Read.Cleared+1)
	if c.Read.Deleted != (chat.Deletions{}) {
		sight := c.sight(u)
		if c.head, err = sight.Kept(ctx, s.ledger, c.head); err != nil {
			return err
		}
	}
	c.empty = c.head.Seq < c.first || c.head.Time < oldest
	if !c.placed || c.head.LastSeq < c.first {
		c.head.LastSeq = 0
	}
	return nil
}

// counts reports whether messages of the conversation count as unread.
func (h *held) counts(app *chat.App) bool {
	return h.Want != chat.WantNone && (h.Conv.Kind != chat.InGroup || grouptype.Of(h.group).Counts(app))
}
