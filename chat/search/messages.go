package search

import (
	"context"
	"math"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// MessageQuery asks for messages (spec/00 §5, msg.search).
type MessageQuery struct {
	Of       chat.UserID // whose view; "" is the caller
	Conv     *chat.Target
	Keywords []string
	All      bool // each keyword has to be found; default: one
	From     []chat.UserID
	Types    []string // MsgType of an element of the message
	// Position is the time up to which, Period for how long before that, in seconds; 0: now,
	// and for ever.
	Position, Period int64
	Cursor           string
	Limit            int // 20 when 0, at most 100; chat.NoEntries: none
}

// MessageFinds are those of one conversation.
type MessageFinds struct {
	Conv     chat.Target
	Count    int
	Messages []*chat.Message // the newest first
}

// MessagePage is a page of finds. Total is exact up to 1,000, of which a call counts the
// newest.
type MessagePage struct {
	Total  int
	List   []MessageFinds
	Cursor string
}

// Messages finds messages that the caller, or the user named by an administrator, may see
// now. With Conv the page has those of that conversation, the newest first; without, the
// conversations with finds, each with how many and the newest of them, in the order of that one.
//
// 60040 while the index is being made, 60017 when nothing is searched; what the view
// of a conversation refuses, for Conv.
func (s *Service) Messages(ctx context.Context, by chat.Actor, q MessageQuery) (MessagePage, error) {
	var page MessagePage
	if _, err := s.read.App(by.App); err != nil {
		return page, err
	}
	f, err := s.finding(ctx, by, &q)
	if err != nil {
		return page, err
	}
	w, err := s.index(ctx, by.App)
	if err != nil {
		return page, err
	}
	most := chat.PageSize(q.Limit, usualPage, mostPage)
	switch {
	case most == 0:
		return MessagePage{Cursor: q.Cursor}, nil
	case q.Conv != nil:
		return f.inOne(ctx, w, *q.Conv, most)
	}
	return f.inAll(ctx, w, most)
}

// finding is a search under way.
type finding struct {
	*Service
	by   chat.Actor
	of   chat.UserID
	find Find
	from *cursor // nil: the first page

	views map[chat.Conversation]View // nil: they may not see it
}

func (s *Service) finding(ctx context.Context, by chat.Actor, q *MessageQuery) (*finding, error) {
	f := &finding{Service: s, by: by, of: by.User, views: map[chat.Conversation]View{}}
	if q.Of != "" && q.Of != by.User {
		if !by.Admin() {
			return nil, chat.Refuse(chat.CodeBadFrom, "another user is named")
		}
		f.of = q.Of
	}
	var err error
	if f.find.Keywords, err = keywordsOf(q.Keywords, q.All); err != nil {
		return nil, err
	}
	switch {
	case len(q.From) > maxNamed || len(q.Types) > maxNamed:
		return nil, chat.Refuse(chat.CodeBadJSON, "more than %d Senders or MsgTypes", maxNamed)
	case q.Position < 0 || q.Period < 0:
		return nil, chat.Refuse(chat.CodeBadJSON, "TimePosition and TimePeriod are not below 0")
	case len(q.Keywords)+len(q.From)+len(q.Types) == 0 && q.Position == 0 && q.Period == 0:
		return nil, chat.Refuse(chat.CodeBadJSON, "nothing is searched for")
	}
	f.find.From, f.find.Types = q.From, q.Types
	f.find.Until = math.MaxInt64
	end := s.read.NowSec()
	if q.Position > 0 {
		end = min(q.Position, math.MaxInt64/1000-1)
		f.find.Until = end*1000 + 999
	}
	if q.Period > 0 {
		f.find.Since = max(0, end-q.Period) * 1000
	}
	if f.from, err = parseCursor(by.App, q.Cursor); err != nil {
		return nil, err
	}
	if f.from != nil {
		f.find.Until = min(f.find.Until, f.from.until)
	}
	if q.Conv != nil {
		return f, f.within(ctx, *q.Conv)
	}
	if f.of == "" {
		return nil, chat.Refuse(chat.CodeBadFrom, "neither a user nor a conversation is named")
	}
	f.find.User = f.of
	ids, err := s.Rooms(ctx, by.App, f.of)
	for _, id := range ids {
		f.find.Convs = append(f.find.Convs, chat.GroupOf(by.App, id))
	}
	return f, err
}

// within searches one conversation, which the user may see.
func (f *finding) within(ctx context.Context, t chat.Target) error {
	v, err := f.View(ctx, f.by, f.of, t)
	if err != nil {
		return err
	}
	conv := t.Of(f.by.App, f.of)
	f.views[conv] = v
	f.find.Convs = []chat.Conversation{conv}
	return nil
}

// each judges what the index finds, the newest first, and hands on what is really found,
// until use wants no more. It returns the last that was judged; more says that there are others.
func (f *finding) each(ctx context.Context, w *worker, use func(m *chat.Message) (goOn bool)) (last MessageID, more bool, err error) {
	find := f.find
	find.Most = mostJudged
	var list []MessageID
	err = w.ask(func(x Index) error {
		list, more, err = x.Messages(ctx, &find)
		return err
	})
	if err != nil {
		return last, false, err
	}
	for i, id := range list {
		last = id
		m, err := f.judge(ctx, id)
		if err != nil {
			return last, false, err
		}
		if m != nil && !use(m) {
			return last, more || i < len(list)-1, nil
		}
	}
	return last, more, nil
}

// judge reads a message that may be meant; nil when it is not, or is not for the user.
func (f *finding) judge(ctx context.Context, id MessageID) (*chat.Message, error) {
	v, err := f.view(ctx, id.Conv)
	if err != nil || v == nil {
		return nil, err
	}
	m, err := v.Message(ctx, id.Seq)
	// One of another time is another: its conversation has begun anew.
	if err != nil || m == nil || m.Time != id.Time || !f.find.matches(m) {
		return nil, err
	}
	return m, nil
}

// view is what the user sees of a conversation, nil when that is nothing.
func (f *finding) view(ctx context.Context, c chat.Conversation) (View, error) {
	v, known := f.views[c]
	if known {
		return v, nil
	}
	v, err := f.View(ctx, f.by, f.of, c.For(f.of))
	switch {
	case chat.IsFault(err):
		return nil, err
	case err != nil:
		v = nil
	}
	f.views[c] = v
	return v, nil
}

// matches reports whether a message is meant, as it is now.
func (f *Find) matches(m *chat.Message) bool {
	switch {
	case !searchable(m), m.Time < f.Since, m.Time > f.Until, f.From != nil && !slices.Contains(f.From, m.From):
		return false
	}
	c := contentOf(m)
	if f.Types != nil && !slices.ContainsFunc(c.types, func(t string) bool { return slices.Contains(f.Types, t) }) {
		return false
	}
	return f.Keywords.In(c.texts)
}

// inOne is the page of one conversation.
func (f *finding) inOne(ctx context.Context, w *worker, t chat.Target, most int) (MessagePage, error) {
	next := cursor{until: f.until()}
	if f.from != nil {
		next.total = f.from.total
		if f.from.last.Conv != (chat.Conversation{}) {
			f.find.Before = &f.from.last
		}
	}
	var list []*chat.Message
	found := 0
	last, more, err := f.each(ctx, w, func(m *chat.Message) bool {
		if found++; found <= most {
			list = append(list, m)
		}
		// The first page counts; the others end with what they show, and one more.
		return found < mostCounted && (f.from == nil || found <= most)
	})
	if err != nil {
		return MessagePage{}, err
	}
	if f.from == nil {
		next.total = found
	}
	page := MessagePage{Total: next.total}
	if len(list) > 0 {
		page.List = []MessageFinds{{Conv: t, Count: next.total, Messages: list}}
	}
	switch {
	case found > most, len(list) == most && more:
		m := list[most-1]
		next.last = MessageID{Conv: m.Conv, Seq: m.Seq, Time: m.Time}
	case more:
		next.last = last
	default:
		return page, nil
	}
	page.Cursor = next.String()
	return page, nil
}

// until is up to when the pages of this search go.
func (f *finding) until() int64 {
	if f.from != nil {
		return f.from.until
	}
	return min(f.find.Until, f.read.NowMs())
}

// inAll is a page of conversations with finds.
func (f *finding) inAll(ctx context.Context, w *worker, most int) (MessagePage, error) {
	var list []MessageFinds // in the order of their newest finds
	at := map[chat.Conversation]int{}
	total := 0
	_, _, err := f.each(ctx, w, func(m *chat.Message) bool {
		total++
		i, known := at[m.Conv]
		if !known {
			i = len(list)
			at[m.Conv] = i
			list = append(list, MessageFinds{Conv: m.Conv.For(f.of), Messages: []*chat.Message{m}})
		}
		list[i].Count++
		return total < mostCounted
	})
	if err != nil {
		return MessagePage{}, err
	}
	page := MessagePage{Total: total}
	from := 0
	if f.from != nil {
		page.Total = f.from.total
		for from < len(list) && !older(list[from].Messages[0], f.from.last) {
			from++
		}
	}
	page.List = list[from:min(len(list), from+most)]
	if from+most < len(list) {
		m := page.List[most-1].Messages[0]
		next := cursor{total: page.Total, until: f.until(), last: MessageID{Conv: m.Conv, Seq: m.Seq, Time: m.Time}}
		page.Cursor = next.String()
	}
	return page, nil
}

// older reports whether a message comes after another in the order of finds: that of times,
// then of numbers, then of the names of conversations.
func older(m *chat.Message, than MessageID) bool {
	a := MessageID{Conv: m.Conv, Seq: m.Seq, Time: m.Time}
	return a.Compare(than) < 0
}
