package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// roamBytes ends a page of Roam early (spec/04 §6: 13 K).
const roamBytes = 13 << 10

// RoamQuery is admin_getroammsg's question (spec/04 §6).
type RoamQuery struct {
	Of, Peer         chat.UserID
	MinTime, MaxTime int64 // Unix seconds, both inclusive
	Max              int   // messages wanted, at most 100, or chat.NoEntries
	LastKey          string
}

// RoamPage is one page, oldest first; LastTime and LastKey are those of its
// oldest message.
type RoamPage struct {
	Messages []*chat.Message
	Complete bool
	LastTime int64
	LastKey  string
	Receipts map[chat.Seq]chat.ReceiptCount // as HistoryPage has them
}

// Roam pages a C2C conversation backwards in time.
func (s *Service) Roam(ctx context.Context, by chat.Actor, q RoamQuery) (RoamPage, error) {
	v, err := s.view(ctx, by, q.Of, chat.ToUser(q.Peer))
	if err != nil {
		return RoamPage{}, err
	}
	times := HistoryQuery{AfterTime: &q.MinTime, BeforeTime: &q.MaxTime, Inclusive: true}
	if err := s.bound(ctx, v, times); err != nil {
		return RoamPage{}, err
	}
	if q.LastKey != "" {
		m, err := find(ctx, s.ledger, v.conv, chat.MessageRef{Key: q.LastKey})
		if err != nil {
			return RoamPage{}, err
		}
		v.last = min(v.last, m.Seq-1)
	}
	list, more, err := s.visible(ctx, v, true, chat.PageSize(q.Max, historyMost, historyMost), roamBytes)
	if err != nil {
		return RoamPage{}, err
	}
	page := RoamPage{Messages: list, Complete: !more}
	if page.Receipts, err = s.receiptsOf(ctx, v.conv, list); err != nil {
		return RoamPage{}, err
	}
	if len(list) > 0 {
		page.LastTime, page.LastKey = list[0].Seconds(), list[0].Key()
	}
	return page, nil
}

// groupPageMost is the most that GroupMessages returns (spec/22b §5).
const groupPageMost = 20

// GroupPage is group_msg_get_simple's answer (spec/22b §5), newest first.
// Missing are the numbers asked for whose messages have expired. Messages that are not for
// everybody are left out, numbers and all.
type GroupPage struct {
	Messages []*chat.Message
	Missing  []chat.Seq
	Finished int // 1: all asked for, 0: not all, 2: not all, and what lacks has expired
}

// expired lists at most so many numbers, from one downwards within the view, whose
// messages are no longer there.
func (s *Service) expired(ctx context.Context, v *view, next chat.Seq, most int) (gone []chat.Seq, err error) {
	fill := func(last chat.Seq) {
		for ; next > last && len(gone) < most; next-- {
			gone = append(gone, next)
		}
	}
	for next >= v.first && len(gone) < most {
		page, err := s.ledger.Messages(ctx, v.conv, next, true, apartPage, historyBytes)
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		if len(page) == 0 {
			fill(v.first - 1)
			break
		}
		for _, m := range page {
			fill(max(m.Seq, v.first-1))
			next = min(next, m.Seq-1)
		}
	}
	return gone, nil
}

// GroupMessages pages a group's history down from a number; past the end is the
// newest. count is cut to 20.
func (s *Service) GroupMessages(ctx context.Context, by chat.Actor, id chat.GroupID, from chat.Seq, count int, withRecalled bool) (GroupPage, error) {
	v, err := s.view(ctx, by, "", chat.ToGroup(id))
	if err != nil {
		return GroupPage{}, err
	}
	v.last = min(v.last, from)
	want := min(count, groupPageMost)
	list, more, err := s.visible(ctx, v, true, want, historyBytes)
	if err != nil {
		return GroupPage{}, err
	}
	var page GroupPage
	low := v.last + 1
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i]
		low = m.Seq
		if m.Recall == nil || withRecalled {
			page.Messages = append(page.Messages, m)
		}
	}
	if !more && len(list) < want && low > v.first {
		if page.Missing, err = s.expired(ctx, v, low-1, want-len(list)); err != nil {
			return GroupPage{}, err
		}
	}
	switch {
	case count <= len(list)+len(page.Missing) && count <= groupPageMost, !more && len(page.Missing) == 0:
		page.Finished = 1
	case len(list) == 0 && len(page.Missing) > 0:
		page.Finished = 2
	}
	return page, nil
}
