package message

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Bounds of a history page.
const (
	historyDefault = 20
	historyMost    = 100
	historyBytes   = 48 << 10 // keeps an answer below the 64 KiB of spec/00 §5
)

// HistoryQuery asks for a page of a conversation (spec/00 §5). Numbers and
// times are bounds when they are there, also 0; exclusive unless Inclusive. None
// asks for the newest page.
type HistoryQuery struct {
	Of                    chat.UserID // whose view; "" is the caller
	Target                chat.Target
	Before, After, Around *chat.Seq
	BeforeTime, AfterTime *int64 // Unix seconds
	Inclusive             bool
	Limit                 int // 1 to 100, or chat.NoEntries; 0: 20
	MaxBytes              int // of bodies; 0: 48 KiB
}

// HistoryPage is a page, oldest first.
type HistoryPage struct {
	Messages []*chat.Message
	// First is the highest number below the first message's that the reader may see
	// (PrevSeq, spec/00 §6), 0 when there is none. Those of the others are in the page.
	First    chat.Seq
	Finished bool // nothing lies beyond in the direction asked
	// FinishedBefore and FinishedAfter are for Around.
	FinishedBefore, FinishedAfter bool
	// Receipts are of those messages that asked for one; nil when none did.
	Receipts map[chat.Seq]chat.ReceiptCount
	Pinned   []chat.Seq // messages of the conversation that are pinned
}

// view is one user's window on a conversation: what they may see of it.
type view struct {
	conv   chat.Conversation
	user   chat.UserID
	holder uint32   // see chat.Account
	first  chat.Seq // lowest number they may see
	last   chat.Seq // highest number that matters
	// own is the lowest number of what was meant for this holder of the name: what
	// was for an earlier one alone is not shown.
	own     chat.Seq
	deleted chat.Deletions
	gone    map[chat.Seq]bool // those of the messages looked at that the user has deleted
}

// sees reports whether the view has a message that lies within its limits and was looked
// at.
func (v *view) sees(m *chat.Message) bool {
	return (m.ForAll() || m.VisibleTo(v.user) && m.Seq >= v.own) && !v.gone[m.Seq]
}

// sight is the view without an end.
func (v *view) sight() *Sight {
	return &Sight{Conv: v.conv, User: v.user, First: v.first, Own: v.own, Deleted: v.deleted}
}

// look finds out which of the messages the user has deleted. It costs nothing where they
// have deleted none.
func (v *view) look(ctx context.Context, in chat.RowReader, list ...*chat.Message) error {
	if v.deleted.High == 0 {
		return nil
	}
	seqs := make([]chat.Seq, len(list))
	for i, m := range list {
		seqs[i] = m.Seq
	}
	gone, err := v.sight().gone(ctx, in, seqs...)
	if err != nil {
		return err
	}
	for seq := range gone {
		if v.gone == nil {
			v.gone = map[chat.Seq]bool{}
		}
		v.gone[seq] = true
	}
	return nil
}

// message reads one message and looks at it; nil when it never was or has expired.
func (v *view) message(ctx context.Context, in ledger.Reads, seq chat.Seq) (*chat.Message, error) {
	m, err := message(ctx, in, v.conv, seq)
	if err == nil && m != nil {
		err = v.look(ctx, in, m)
	}
	return m, err
}

// find finds a message of the conversation and looks at it.
func (v *view) find(ctx context.Context, in ledger.Reads, ref chat.MessageRef) (*chat.Message, error) {
	m, err := find(ctx, in, v.conv, ref)
	if err == nil {
		err = v.look(ctx, in, m)
	}
	return m, err
}

// wrote reports whether the view's user is the author.
func (v *view) wrote(m *chat.Message) bool { return m.From == v.user && m.Holder == v.holder }

// History pages a conversation as one user sees it. Of a live room there is what the app
// has kept of it in memory, if any: 10044 otherwise.
func (s *Service) History(ctx context.Context, by chat.Actor, q HistoryQuery) (HistoryPage, error) {
	v, err := s.view(ctx, by, q.Of, q.Target)
	if chat.CodeOf(err) == chat.CodeNoHistory {
		return s.liveHistory(ctx, by, q)
	}
	if err != nil {
		return HistoryPage{}, err
	}
	whole := v.sight() // the query narrows the view, and what lies outside may be seen all the same
	page, err := s.page(ctx, v, q)
	if err != nil || len(page.Messages) == 0 {
		return page, err
	}
	if page.First, err = whole.Before(ctx, s.ledger, page.Messages[0]); err != nil {
		return HistoryPage{}, err
	}
	if page.Pinned, err = s.pinned(ctx, v.conv); err != nil {
		return HistoryPage{}, err
	}
	page.Receipts, err = s.receiptsOf(ctx, v.conv, page.Messages)
	return page, err
}

// Before is the PrevSeq of message i of the page: the highest lower number that its
// reader may see.
func (p *HistoryPage) Before(i int) chat.Seq {
	if i == 0 {
		return p.First
	}
	return p.Messages[i-1].Seq
}

// page reads what the query asks for.
func (s *Service) page(ctx context.Context, v *view, q HistoryQuery) (HistoryPage, error) {
	limit, bytes := chat.PageSize(q.Limit, historyDefault, historyMost), q.MaxBytes
	if bytes <= 0 {
		bytes = historyBytes
	}
	if q.Around != nil {
		return s.around(ctx, v, *q.Around, limit, bytes)
	}
	if err := s.bound(ctx, v, q); err != nil {
		return HistoryPage{}, err
	}
	up := (q.After != nil || q.AfterTime != nil) && q.Before == nil && q.BeforeTime == nil
	list, more, err := s.visible(ctx, v, !up, limit, bytes)
	if err != nil {
		return HistoryPage{}, err
	}
	return HistoryPage{Messages: list, Finished: !more}, nil
}

// view checks that by may read what user of has, and finds its limits.
func (s *Service) view(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target) (*view, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	if of, err = OnBehalf(by, of, t.Kind); err != nil {
		return nil, err
	}
	v := &view{conv: t.Of(by.App, of), user: of, first: 1}
	if t.Kind == chat.InGroup {
		g, err := s.groups.Find(ctx, by.App, t.Group())
		if err != nil {
			return nil, err
		}
		if v.first, err = s.firstSeen(ctx, app, by, g, of); err != nil {
			return nil, err
		}
		if v.holder, v.own, err = s.ownFrom(ctx, g, of); err != nil {
			return nil, err
		}
		mark, err := s.ledger.Mark(ctx, v.conv, of)
		if err != nil {
			return nil, err
		}
		v.first, v.deleted = max(v.first, mark.First()), mark.Deleted
	} else {
		if _, err := s.ConversationOf(ctx, app, of, t); err != nil {
			return nil, err
		}
		mark, err := s.ledger.Mark(ctx, v.conv, of)
		if err != nil {
			return nil, err
		}
		v.first, v.deleted = mark.First(), mark.Deleted
		if v.holder, err = ledger.Holder(ctx, s.ledger, by.App, of); err != nil {
			return nil, err
		}
	}
	head, err := s.ledger.Head(ctx, v.conv.Shard())
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	v.last = head.Seq
	return v, nil
}

// ownFrom is which holder of their name a user is, and the first number in g of what
// can be meant for them.
func (s *Service) ownFrom(ctx context.Context, g *chat.Group, u chat.UserID) (uint32, chat.Seq, error) {
	holder, err := ledger.Holder(ctx, s.ledger, g.App, u)
	if err != nil || holder == 0 {
		return 0, 1, err
	}
	m, err := s.groups.Member(ctx, g.App, g.ID, u)
	if err != nil || m == nil {
		return holder, math.MaxUint64, err
	}
	return holder, m.JoinSeq + 1, nil
}

// firstSeen is the first number that u may see in g. Administrators read any
// group that keeps history, member or not (spec/21 §1).
func (s *Service) firstSeen(ctx context.Context, app *chat.App, by chat.Actor, g *chat.Group, u chat.UserID) (chat.Seq, error) {
	first, err := s.groups.SeesFrom(ctx, app, g, u)
	if err != nil && by.Admin() && grouptype.Of(g.Type).Stored {
		return 1, nil
	}
	return first, err
}

// bound narrows the view to the numbers and times of the query.
func (s *Service) bound(ctx context.Context, v *view, q HistoryQuery) error {
	open := chat.Seq(1) // exclusive bounds lie one further in
	if q.Inclusive {
		open = 0
	}
	if q.After != nil {
		v.first = max(v.first, min(*q.After, chat.Newest-1)+open)
	}
	if q.Before != nil {
		v.last = min(v.last, max(*q.Before, open)-open)
	}
	if q.AfterTime != nil {
		at, err := s.seqAt(ctx, v.conv, clampTime(*q.AfterTime)+int64(open))
		if err != nil {
			return err
		}
		v.first = max(v.first, at)
	}
	if q.BeforeTime != nil {
		at, err := s.seqAt(ctx, v.conv, clampTime(*q.BeforeTime)+1-int64(open))
		if err != nil {
			return err
		}
		v.last = min(v.last, at-1)
	}
	return nil
}

// maxTime bounds times of queries, Unix seconds, so that milliseconds can be counted.
const maxTime = 1 << 40

func clampTime(sec int64) int64 { return max(0, min(sec, maxTime)) }

// seqAt is the first message at or after a time in Unix seconds.
func (s *Service) seqAt(ctx context.Context, conv chat.Conversation, sec int64) (chat.Seq, error) {
	at, err := s.ledger.SeqAtTime(ctx, conv, sec*1000)
	if err != nil {
		return 0, fmt.Errorf("find time: %w", err)
	}
	return at, nil
}

// around is a page with one message in its middle.
func (s *Service) around(ctx context.Context, v *view, middle chat.Seq, limit, bytes int) (HistoryPage, error) {
	before, after := *v, *v
	middle = min(middle, v.last)
	before.last = min(v.last, middle)
	after.first = max(v.first, middle+1)
	low, moreLow, err := s.visible(ctx, &before, true, (limit+1)/2, bytes/2)
	if err != nil {
		return HistoryPage{}, err
	}
	high, moreHigh, err := s.visible(ctx, &after, false, limit-len(low), bytes/2)
	if err != nil {
		return HistoryPage{}, err
	}
	return HistoryPage{
		Messages:       append(low, high...),
		Finished:       !moreLow && !moreHigh,
		FinishedBefore: !moreLow, FinishedAfter: !moreHigh,
	}, nil
}

// visible reads messages within the view, from its end downwards or from its
// beginning upwards, and returns them oldest first. more says that the view goes on beyond.
func (s *Service) visible(ctx context.Context, v *view, down bool, limit, bytes int) (list []*chat.Message, more bool, err error) {
	next := v.first
	if down {
		next = v.last
	}
	for v.first <= next && next <= v.last && next > 0 {
		page, err := s.ledger.Messages(ctx, v.conv, next, down, limit+1, bytes)
		if err != nil {
			return nil, false, fmt.Errorf("read messages: %w", err)
		}
		if len(page) == 0 {
			break
		}
		if err := v.look(ctx, s.ledger, page...); err != nil {
			return nil, false, err
		}
		for _, m := range page {
			if m.Seq < v.first || m.Seq > v.last {
				return oldestFirst(list, down), false, nil
			}
			if !v.sees(m) {
				continue
			}
			if len(list) == limit || len(list) > 0 && bytes < len(m.Body) {
				return oldestFirst(list, down), true, nil
			}
			bytes -= len(m.Body)
			list = append(list, m)
		}
		next = page[len(page)-1].Seq + 1
		if down {
			next -= 2
		}
	}
	return oldestFirst(list, down), false, nil
}

func oldestFirst(list []*chat.Message, down bool) []*chat.Message {
	if down {
		slices.Reverse(list)
	}
	return list
}

// Newest returns the newest message from a number downwards that the user may see; nil
// when there is none. Membership is the caller's matter.
func (s *Service) Newest(ctx context.Context, of Sight, last chat.Seq) (*chat.Message, error) {
	v := &view{conv: of.Conv, user: of.User, first: of.First, last: last, own: of.Own, deleted: of.Deleted}
	list, _, err := s.visible(ctx, v, true, 1, 1<<20)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}
