package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// liveHistory is History of a live room of which the app has messages kept: for those who
// watch it, and for administrators. 10044 where none are.
func (s *Service) liveHistory(ctx context.Context, by chat.Actor, q HistoryQuery) (HistoryPage, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return HistoryPage{}, err
	}
	if keepsRecent(app) == 0 {
		return HistoryPage{}, chat.Refuse(chat.CodeNoHistory, "")
	}
	g, err := s.groups.Find(ctx, by.App, q.Target.Group())
	if err != nil {
		return HistoryPage{}, err
	}
	switch rank, err := s.groups.Standing(ctx, by, g); {
	case err != nil:
		return HistoryPage{}, err
	case rank == chat.NotMember:
		return HistoryPage{}, chat.Refuse(chat.CodeGroupNotAllowed, "members only")
	}
	page := q.choose(s.recents.of(g, keepsRecent(app)))
	for i, m := range page.Messages {
		page.Messages[i] = s.media.Fresh(m)
	}
	return page, nil
}

// choose is the page that the query asks for out of a whole history, oldest first.
func (q *HistoryQuery) choose(all []*chat.Message) HistoryPage {
	limit, bytes := chat.PageSize(q.Limit, historyDefault, historyMost), q.MaxBytes
	if bytes <= 0 {
		bytes = historyBytes
	}
	from, to := q.window(all)
	if q.Around != nil {
		middle := to
		for middle > from && all[middle-1].Seq > *q.Around {
			middle--
		}
		low := newest(all[from:middle], (limit+1)/2, bytes/2)
		high := oldest(all[middle:to], limit-low, bytes/2)
		page := pageOf(all, middle-low, middle+high)
		page.FinishedBefore, page.FinishedAfter = middle-low == from, middle+high == to
		page.Finished = page.FinishedBefore && page.FinishedAfter
		return page
	}
	if (q.After != nil || q.AfterTime != nil) && q.Before == nil && q.BeforeTime == nil {
		n := oldest(all[from:to], limit, bytes)
		page := pageOf(all, from, from+n)
		page.Finished = from+n == to
		return page
	}
	n := newest(all[from:to], limit, bytes)
	page := pageOf(all, to-n, to)
	page.Finished = to-n == from
	return page
}

func pageOf(all []*chat.Message, from, to int) HistoryPage {
	page := HistoryPage{Messages: all[from:to]}
	if from > 0 && from < to {
		page.First = all[from-1].Seq
	}
	return page
}

// window is where the bounds of the query lie in a history.
func (q *HistoryQuery) window(all []*chat.Message) (from, to int) {
	from, to = 0, len(all)
	if q.Around != nil {
		return from, to
	}
	below := func(m *chat.Message) bool {
		return q.After != nil && (m.Seq < *q.After || m.Seq == *q.After && !q.Inclusive) ||
			q.AfterTime != nil && (m.Seconds() < *q.AfterTime || m.Seconds() == *q.AfterTime && !q.Inclusive)
	}
	above := func(m *chat.Message) bool {
		return q.Before != nil && (m.Seq > *q.Before || m.Seq == *q.Before && !q.Inclusive) ||
			q.BeforeTime != nil && (m.Seconds() > *q.BeforeTime || m.Seconds() == *q.BeforeTime && !q.Inclusive)
	}
	for from < to && below(all[from]) {
		from++
	}
	for from < to && above(all[to-1]) {
		to--
	}
	return from, to
}

// newest and oldest say how many messages of that end fit into a page: one always does.
func newest(list []*chat.Message, limit, bytes int) int {
	return fitting(len(list), limit, bytes, func(i int) *chat.Message { return list[len(list)-1-i] })
}

func oldest(list []*chat.Message, limit, bytes int) int {
	return fitting(len(list), limit, bytes, func(i int) *chat.Message { return list[i] })
}

func fitting(have, limit, bytes int, at func(int) *chat.Message) (n int) {
	for n < min(have, limit) {
		if bytes -= len(at(n).Body); bytes < 0 && n > 0 {
			break
		}
		n++
	}
	return n
}
