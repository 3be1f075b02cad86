package inbox

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// convPage is the most conversations in one page (spec/00 §5).
const convPage = 100

// ConvPage is a page of a user's conversations, newest first.
type ConvPage struct {
	Convs       []ConvView
	UnreadTotal uint64
	Cursor      string // "" at the end
}

// Conversations pages the caller's conversations, newest first; count 0 is
// 100, the most, and chat.NoEntries none. One-to-one conversations are listed while a message
// that places them is kept, joined groups always (spec/06 §1, spec/00 §5). UnreadTotal counts
// all, listed or not.
func (s *Service) Conversations(ctx context.Context, by chat.Actor, cursor string, count int) (ConvPage, error) {
	list, err := s.all(ctx, by)
	if err != nil {
		return ConvPage{}, err
	}
	var page ConvPage
	for _, c := range list {
		page.UnreadTotal += c.unread
	}
	list = slices.DeleteFunc(list, func(c counted) bool { return !c.listed() })
	if cursor != "" {
		time, target, err := parseCursor(cursor)
		if err != nil {
			return ConvPage{}, err
		}
		list = slices.DeleteFunc(list, func(c counted) bool {
			return c.at > time || c.at == time && c.Conv.For(by.User).String() <= target
		})
	}
	if count = chat.PageSize(count, convPage, convPage); len(list) > count {
		page.Cursor = cursorAt(by.User, list, count)
		list = list[:count]
	}
	if page.Convs, err = s.views(ctx, by, list); err != nil {
		return ConvPage{}, err
	}
	for i, c := range list {
		if err := s.addMessages(ctx, by.User, c, &page.Convs[i]); err != nil {
			return ConvPage{}, err
		}
	}
	return page, nil
}

// cursorAt continues after the first n of a list that goes on.
func cursorAt(u chat.UserID, list []counted, n int) string {
	time, target := int64(math.MaxInt64), "" // before all
	if n > 0 {
		time, target = list[n-1].at, list[n-1].Conv.For(u).String()
	}
	return strconv.FormatInt(time, 10) + ":" + target
}

func parseCursor(cursor string) (time int64, target string, err error) {
	number, target, ok := strings.Cut(cursor, ":")
	time, bad := strconv.ParseInt(number, 10, 64)
	if !ok || bad != nil {
		return 0, "", chat.Refuse(chat.CodeConvParameter, "Cursor is invalid")
	}
	return time, target, nil
}

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
	views, err := s.views(ctx, by, list)
	if err != nil {
		return ConvView{}, err
	}
	err = s.addMessages(ctx, by.User, list[0], &views[0])
	return views[0], err
}

// all returns the caller's conversations, newest first, with their unread numbers.
func (s *Service) all(ctx context.Context, by chat.Actor) ([]counted, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	rows, err := s.held(ctx, app, by.User)
	if err != nil {
		return nil, err
	}
	list, err := s.unread(ctx, app, by.User, rows)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b counted) int {
		if a.at != b.at {
			return cmp.Compare(b.at, a.at)
		}
		return strings.Compare(a.Conv.For(by.User).String(), b.Conv.For(by.User).String())
	})
	return list, nil
}
