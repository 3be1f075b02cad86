package chat

import "context"

// Bounds of a history page.
const (
	historyDefault = 20
	historyMost    = 100
	historyBytes   = 48 << 10 // keeps an answer below the 64 KiB of spec/00 §5
)

// HistoryQuery asks for a page of a conversation (spec/00 §5). Numbers and
// times are exclusive unless Inclusive; none set asks for the newest page.
type HistoryQuery struct {
	Of                    UserID // whose view; "" is the caller
	Target                Target
	Before, After, Around Seq
	BeforeTime, AfterTime int64 // Unix seconds
	Inclusive             bool
	Limit                 int // 1 to 100; 0: 20
	MaxBytes              int // of bodies; 0: 48 KiB
}

// HistoryPage is a page, oldest first.
type HistoryPage struct {
	Messages []*Message
	Finished bool // nothing lies beyond in the direction asked
	// FinishedBefore and FinishedAfter are for Around.
	FinishedBefore, FinishedAfter bool
	// Receipts are of those messages that asked for one; nil when none did.
	Receipts map[Seq]ReceiptCount
}

// view is one user's window on a conversation: what he may see of it.
type view struct {
	conv  Conversation
	user  UserID
	first Seq // lowest number he may see
	last  Seq // highest number that matters
}

// History pages a conversation as one user sees it.
func (s *Service) History(ctx context.Context, by Actor, q HistoryQuery) (HistoryPage, error) {
	v, err := s.view(ctx, by, q.Of, q.Target)
	if err != nil {
		return HistoryPage{}, err
	}
	page, err := s.page(ctx, v, q)
	if err == nil {
		page.Receipts, err = s.receiptsOf(ctx, v.conv, page.Messages)
	}
	return page, err
}

// page reads what the query asks for.
func (s *Service) page(ctx context.Context, v *view, q HistoryQuery) (HistoryPage, error) {
	limit, bytes := q.Limit, q.MaxBytes
	if limit <= 0 {
		limit = historyDefault
	}
	limit = min(limit, historyMost)
	if bytes <= 0 {
		bytes = historyBytes
	}
	if q.Around != 0 {
		return s.around(ctx, v, q.Around, limit, bytes)
	}
	if err := s.bound(ctx, v, q); err != nil {
		return HistoryPage{}, err
	}
	up := q.After != 0 || q.AfterTime != 0
	if q.Before != 0 || q.BeforeTime != 0 {
		up = false
	}
	list, more, err := s.visible(ctx, v, !up, limit, bytes)
	if err != nil {
		return HistoryPage{}, err
	}
	return HistoryPage{Messages: list, Finished: !more}, nil
}

// view checks that by may read what user of has, and finds its limits.
func (s *Service) view(ctx context.Context, by Actor, of UserID, t Target) (*view, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	if of, err = s.onBehalf(by, of, t.Kind); err != nil {
		return nil, err
	}
	v := &view{conv: t.Of(by.App, of), user: of, first: 1}
	if t.Kind == InGroup {
		g, err := s.group(ctx, by.App, t.Group())
		if err != nil {
			return nil, err
		}
		if v.first, err = s.firstSeen(ctx, app, by, g, of); err != nil {
			return nil, err
		}
	} else if _, err := s.conversationOf(ctx, app, of, t); err != nil {
		return nil, err
	}
	heads, err := s.store.Heads(ctx, []Conversation{v.conv})
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	v.last = heads[0].Seq
	return v, nil
}

// firstSeen is seesFrom, but administrators read any group that keeps
// history, member or not (spec/21 §1).
func (s *Service) firstSeen(ctx context.Context, app *App, by Actor, g *Group, u UserID) (Seq, error) {
	first, err := s.seesFrom(ctx, app, g, u)
	if err != nil && by.Admin() && g.Type.rules().stored {
		return 1, nil
	}
	return first, err
}

// bound narrows the view to the numbers and times of the query.
func (s *Service) bound(ctx context.Context, v *view, q HistoryQuery) error {
	open := Seq(1) // exclusive bounds lie one further in
	if q.Inclusive {
		open = 0
	}
	if q.After != 0 {
		v.first = max(v.first, q.After+open)
	}
	if q.Before != 0 {
		v.last = min(v.last, q.Before-open)
	}
	if q.AfterTime != 0 {
		at, err := s.store.SeqAtTime(ctx, v.conv, (q.AfterTime+int64(open))*1000)
		if err != nil {
			return Internal(CodeInternal, err)
		}
		v.first = max(v.first, at)
	}
	if q.BeforeTime != 0 {
		at, err := s.store.SeqAtTime(ctx, v.conv, (q.BeforeTime+1-int64(open))*1000)
		if err != nil {
			return Internal(CodeInternal, err)
		}
		v.last = min(v.last, at-1)
	}
	return nil
}

// around is a page with one message in its middle.
func (s *Service) around(ctx context.Context, v *view, middle Seq, limit, bytes int) (HistoryPage, error) {
	before, after := *v, *v
	before.last = min(v.last, middle)
	after.first = max(v.first, middle+1)
	low, moreLow, err := s.visible(ctx, &before, true, (limit+1)/2, bytes/2)
	if err != nil {
		return HistoryPage{}, err
	}
	high, moreHigh, err := s.visible(ctx, &after, false, max(limit-len(low), 1), bytes/2)
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
func (s *Service) visible(ctx context.Context, v *view, down bool, limit, bytes int) (list []*Message, more bool, err error) {
	next := v.first
	if down {
		next = v.last
	}
	for v.first <= next && next <= v.last && next > 0 {
		page, err := s.store.Messages(ctx, v.conv, next, down, limit+1, bytes)
		if err != nil {
			return nil, false, Internal(CodeInternal, err)
		}
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			if m.Seq < v.first || m.Seq > v.last {
				return oldestFirst(list, down), false, nil
			}
			if !m.VisibleTo(v.user) {
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

func oldestFirst(list []*Message, down bool) []*Message {
	if down {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	return list
}
