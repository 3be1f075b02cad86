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
		list[i] = held{first: 1, UserConv: chat.UserConv{Conv: chat.C2COf(by.App, u, p)}}
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
	list, err := s.private(ctx, app, u, maxConvs)
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
	held
	head chat.Head
	// at places it in lists, Unix milliseconds: the time of the last message that places
	// it, or else of the joining.
	at      int64
	empty   bool // nothing is kept that the user may see
	placed  bool // a message is kept that places it, even if the user has deleted it since
	unread  uint64
	mention chat.Seq // the newest message that mentions somebody
}

// listed reports whether it stands in the user's list: when a message places it there;
// joined groups from the joining on, or once they are awake (spec/00 §5).
func (c *counted) listed() bool {
	if c.Conv.Kind != chat.InGroup {
		return c.placed
	}
	rules := grouptype.Of(c.group)
	return rules.Stored && (!rules.Sleeps || c.head.Seq > 0)
}

// unread computes the unread numbers of u's conversations without reading a
// message (spec/06 §7): countable ones after u's mark, less u's own. Groups whose
// type counts none, or whose messages u discards, have 0.
func (s *Service) unread(ctx context.Context, app *chat.App, u chat.UserID, rows []held) ([]counted, error) {
	shards := make([]chat.Shard, len(rows))
	for i := range rows {
		shards[i] = rows[i].Conv.Shard()
	}
	heads, err := s.ledger.Heads(ctx, shards)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	oldest := int64(0)
	if app.Retention > 0 {
		oldest = s.ledger.NowMs() - app.Retention.Milliseconds()
	}
	list := make([]counted, len(rows))
	var behind []int // where u has not read everything
	var convs []chat.Conversation
	for i, r := range rows {
		if list[i], err = s.counted(ctx, u, r, heads[i], oldest); err != nil {
			return nil, err
		}
		if (heads[i].Counted > r.Read.Counted || r.Read.Extra > 0) && r.counts(app) && !list[i].empty {
			behind = append(behind, i)
			convs = append(convs, r.Conv)
		}
	}
	if len(behind) == 0 {
		return list, nil
	}
	own, err := s.ledger.Senders(ctx, convs, u)
	if err != nil {
		return nil, fmt.Errorf("read senders: %w", err)
	}
	for n, i := range behind {
		list[i].unread = list[i].Read.Unread(heads[i], own[n])
		if most := app.Limits.C2CUnreadCap; most > 0 && list[i].Conv.Kind == chat.C2C {
			list[i].unread = min(list[i].unread, uint64(most))
		}
	}
	return list, nil
}

// counted is a conversation with its state as u may see it, nothing counted yet. Messages
// from before oldest are no longer kept.
func (s *Service) counted(ctx context.Context, u chat.UserID, h held, head chat.Head, oldest int64) (counted, error) {
	sight := h.sight(u)
	own, err := message.HeadFor(ctx, s.ledger, head, sight)
	if err != nil {
		return counted{}, err
	}
	c := counted{held: h, at: h.joined, placed: own.LastSeq >= h.first && own.LastTime >= oldest}
	if c.placed {
		c.at = own.LastTime
	}
	c.first = max(h.first, h.Read.Cleared+1)
	sight.First = c.first
	if own, err = sight.Kept(ctx, s.ledger, own); err != nil {
		return counted{}, err
	}
	c.head, c.empty = own, own.Seq < c.first || own.Time < oldest
	if !c.placed || own.LastSeq < c.first {
		c.head.LastSeq = 0
	}
	if head.Extra != nil {
		c.mention = head.Extra.Mention
	}
	return c, nil
}

// counts reports whether messages of the conversation count as unread.
func (h *held) counts(app *chat.App) bool {
	return !h.Discard && (h.Conv.Kind != chat.InGroup || grouptype.Of(h.group).Counts(app))
}
