package inbox

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// convPage is the most conversations in one page (spec/00 §5).
const convPage = 100

// ConvPage is a page of a user's conversations: pinned ones first, each newest first.
type ConvPage struct {
	Convs       []ConvView
	UnreadTotal uint64
	Cursor      string // "" at the end
	Since       string // at the end: for SyncQuery
}

// ConvFilter selects conversations; the zero one selects all.
type ConvFilter struct {
	Kind   chat.Kind
	Group  string // a group of conversations; 51009 when there is none of that name
	Mark   int    // 1 to 64
	Unread bool   // with unread messages
	At     bool   // with unread messages that mention the user
}

// Conversations pages the caller's conversations, pinned ones first, each newest first; count
// 0 is 100, the most, and chat.NoEntries none. One-to-one conversations are listed while a
// message that places them is kept, joined groups always (spec/06 §1, spec/00 §5). UnreadTotal
// counts all, listed or not, selected or not.
func (s *Service) Conversations(ctx context.Context, by chat.Actor, f ConvFilter, cursor string, count int) (ConvPage, error) {
	at := listCursor{since: s.moment()}
	if cursor == "" { // Sync asks what has moved since
		if _, _, err := s.ledger.Moved(ctx, by.App, by.User, at.since.floor); err != nil {
			return ConvPage{}, fmt.Errorf("read what moved: %w", err)
		}
	}
	if cursor != "" {
		var err error
		if at, err = parseCursor(cursor); err != nil {
			return ConvPage{}, err
		}
	}
	all, err := s.all(ctx, by)
	if err != nil {
		return ConvPage{}, err
	}
	var page ConvPage
	for i := range all {
		page.UnreadTotal += all[i].unread
		if cursor == "" {
			at.since.note(all[i].held)
		}
	}
	list, err := s.picked(ctx, by, all, f, at)
	if err != nil {
		return ConvPage{}, err
	}
	if count = chat.PageSize(count, convPage, convPage); !f.At {
		list = firstOf(list, count+1, by.User)
	} else if list, err = s.mentioning(ctx, by.User, firstOf(list, len(list), by.User), count+1); err != nil {
		return ConvPage{}, err
	}
	if len(list) > count {
		page.Cursor = cursorAt(by.User, list, count, at.since)
		list = list[:count]
	} else if !at.since.none() {
		page.Since = at.since.String()
	}
	page.Convs, err = s.shown(ctx, by, list)
	return page, err
}

// shown are conversations with everything that a list shows of them.
func (s *Service) shown(ctx context.Context, by chat.Actor, list []*counted) ([]ConvView, error) {
	rows := make([]counted, len(list))
	for i, c := range list {
		rows[i] = *c
	}
	views, err := s.views(ctx, by, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if err := s.addMessages(ctx, by.User, rows[i], &views[i]); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// picked are those of the conversations, in no order, that are listed, come
// after the cursor and are selected by what is known of them without reading messages.
func (s *Service) picked(ctx context.Context, by chat.Actor, all []counted, f ConvFilter, at listCursor) ([]*counted, error) {
	group := uint32(0)
	if f.Group != "" {
		book, err := books.Get(ctx, s.ledger, chat.UserShard(by.App, by.User), "")
		if err != nil {
			return nil, err
		}
		i := book.find(f.Group)
		if i < 0 {
			return nil, chat.Refuse(chat.CodeNoConvGroup, "")
		}
		group = book.Groups[i].ID
	}
	if f.Mark < 0 || f.Mark > chat.MaxMark {
		return nil, chat.Refuse(chat.CodeConvParameter, "marks are from 1 to %d", chat.MaxMark)
	}
	list := make([]*counted, 0, len(all))
	for i := range all {
		c := &all[i]
		if c.listed() && f.selects(c, group) && at.before(by.User, c) {
			list = append(list, c)
		}
	}
	return list, nil
}

// firstOf are the first n of a list, in order. It keeps the best so far in order twice as
// many at a time: most of a long list are compared once.
func firstOf(list []*counted, n int, u chat.UserID) []*counted {
	compare := func(a, b *counted) int { return a.compare(b, u) }
	if n >= len(list) || n == 0 {
		slices.SortFunc(list, compare)
		return list[:min(n, len(list))]
	}
	best := make([]*counted, 0, 2*n)
	var worst *counted // of the first n, once there are so many
	for _, c := range list {
		if worst != nil && compare(c, worst) > 0 {
			continue
		}
		if best = append(best, c); len(best) == 2*n {
			slices.SortFunc(best, compare)
			best, worst = best[:n], best[n-1]
		}
	}
	slices.SortFunc(best, compare)
	return best[:min(n, len(best))]
}

// selects looks at what needs no message to be read.
func (f *ConvFilter) selects(c *counted, group uint32) bool {
	switch {
	case f.Kind != 0 && c.Conv.Kind != f.Kind, f.Unread && c.unread == 0:
		return false
	case f.Mark != 0 && (c.set == nil || !c.set.Marks.Has(f.Mark)):
		return false
	case group != 0 && (c.set == nil || !slices.Contains(c.set.Groups, group)):
		return false
	}
	return !f.At || c.mention > c.mark().Seq
}

// mentioning are the first most of a list that hold an unread mention of the user.
func (s *Service) mentioning(ctx context.Context, u chat.UserID, list []*counted, most int) ([]*counted, error) {
	kept := list[:0]
	for _, c := range list {
		if len(kept) == most {
			break
		}
		found, err := s.mentions(ctx, u, *c)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

func (c *counted) pinned() bool { return c.set != nil && c.set.Pinned }

// compare orders the list: pinned first, then newest first; of one millisecond by name.
func (c *counted) compare(d *counted, u chat.UserID) int {
	switch {
	case c.pinned() != d.pinned():
		if c.pinned() {
			return -1
		}
		return 1
	case c.at != d.at:
		return cmp.Compare(d.at, c.at)
	}
	return compareTargets(c.target(u), d.target(u))
}

// listCursor is where a page goes on: after a conversation, and, when the list began, what
// moment it was.
type listCursor struct {
	since  moment
	goesOn bool
	pinned bool // among the pinned ones
	at     int64
	target string
}

// before reports whether a conversation comes after the cursor.
func (l *listCursor) before(u chat.UserID, c *counted) bool {
	switch {
	case !l.goesOn:
		return true
	case c.pinned() != l.pinned:
		return l.pinned
	case c.at != l.at:
		return c.at < l.at
	}
	return c.target(u).String() > l.target
}

// cursorAt continues after the first n of a list that goes on.
func cursorAt(u chat.UserID, list []*counted, n int, since moment) string {
	l := listCursor{since: since, pinned: true, at: math.MaxInt64} // before all
	if n > 0 {
		c := list[n-1]
		l.pinned, l.at, l.target = c.pinned(), c.at, c.target(u).String()
	}
	return l.String()
}

// String is the cursor: the moment and a tilde, a ^ among the pinned ones, time and name.
func (l *listCursor) String() string {
	text := ""
	if !l.since.none() {
		text = l.since.String() + "~"
	}
	if l.pinned {
		text += "^"
	}
	return text + strconv.FormatInt(l.at, 10) + ":" + l.target
}

func parseCursor(cursor string) (l listCursor, err error) {
	l.goesOn = true
	rest := cursor
	if strings.HasPrefix(cursor, "s") {
		since, after, ok := strings.Cut(cursor, "~")
		if l.since, err = parseMoment(since); err != nil || !ok {
			return l, badCursor()
		}
		rest = after
	}
	rest, l.pinned = strings.CutPrefix(rest, "^")
	number, target, ok := strings.Cut(rest, ":")
	if l.at, err = strconv.ParseInt(number, 10, 64); err != nil || !ok {
		return l, badCursor()
	}
	l.target = target
	return l, nil
}

func badCursor() error { return chat.Refuse(chat.CodeConvParameter, "Cursor is invalid") }

// Conversation returns one of the caller's conversations, with or without
// messages.
func (s *Service) Conversation(ctx context.Context, by chat.Actor, t chat.Target) (ConvView, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return ConvView{}, err
	}
	conv, err := s.messages.ConversationOf(ctx, app, by.User, t)
	if err != nil {
		return ConvView{}, err
	}
	row, err := s.one(ctx, app, by.User, conv)
	if err != nil {
		return ConvView{}, err
	}
	list, err := s.unread(ctx, app, by.User, []held{row})
	if err != nil {
		return ConvView{}, err
	}
	views, err := s.shown(ctx, by, []*counted{&list[0]})
	if err != nil {
		return ConvView{}, err
	}
	return views[0], nil
}

// Item is what a user's list shows of the messages of a conversation.
func (s *Service) Item(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Target) (*chat.ConvItem, error) {
	v, err := s.Conversation(ctx, chat.Actor{App: app, User: u}, t)
	if err != nil {
		return nil, err
	}
	return &chat.ConvItem{Last: v.Last, Prev: v.LastPrev, Unread: v.Unread}, nil
}

// all returns the caller's conversations with their unread numbers, in no order.
func (s *Service) all(ctx context.Context, by chat.Actor) ([]counted, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	rows, err := s.held(ctx, app, by.User)
	if err != nil {
		return nil, err
	}
	return s.unread(ctx, app, by.User, rows)
}
