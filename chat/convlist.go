package chat

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// convPage is the most conversations in one page (spec/00 §5).
const convPage = 100

// ConvView is a conversation as it stands in a user's list.
type ConvView struct {
	Target   Target
	Head     Head
	Last     *Message // nil: none visible
	Read     ReadMark
	Unread   uint64
	PeerRead ReadMark // C2C
	Peer     *Account // C2C; nil when the account is gone
	Group    *Group
	Self     *MemberView // group
}

// ConvPage is a page of a user's conversations, newest first.
type ConvPage struct {
	Convs       []ConvView
	UnreadTotal uint64
	Cursor      string // "" at the end
}

// Conversations pages the caller's conversations, newest first; count 0 is
// 100, the most. Those without a message that is still kept are not listed (spec/06 §1).
func (s *Service) Conversations(ctx context.Context, by Actor, cursor string, count int) (ConvPage, error) {
	list, err := s.listed(ctx, by)
	if err != nil {
		return ConvPage{}, err
	}
	var page ConvPage
	for _, c := range list {
		page.UnreadTotal += c.unread
	}
	if cursor != "" {
		time, target, err := parseCursor(cursor)
		if err != nil {
			return ConvPage{}, err
		}
		list = slices.DeleteFunc(list, func(c counted) bool {
			return c.head.LastTime > time || c.head.LastTime == time && c.Conv.For(by.User).String() <= target
		})
	}
	if count <= 0 || count > convPage {
		count = convPage
	}
	if len(list) > count {
		list = list[:count]
		last := list[count-1]
		page.Cursor = strconv.FormatInt(last.head.LastTime, 10) + ":" + last.Conv.For(by.User).String()
	}
	for _, c := range list {
		v, err := s.convView(ctx, by, c)
		if err != nil {
			return ConvPage{}, err
		}
		page.Convs = append(page.Convs, v)
	}
	return page, nil
}

func parseCursor(cursor string) (time int64, target string, err error) {
	number, target, ok := strings.Cut(cursor, ":")
	time, bad := strconv.ParseInt(number, 10, 64)
	if !ok || bad != nil {
		return 0, "", Refuse(CodeConvParameter, "Cursor is not one of ours")
	}
	return time, target, nil
}

// listed returns the caller's conversations that have a kept message, newest
// first, with their unread numbers.
func (s *Service) listed(ctx context.Context, by Actor) ([]counted, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Conversations(ctx, by.App, by.User)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	list, err := s.unread(ctx, by.User, rows)
	if err != nil {
		return nil, err
	}
	if err := s.silence(ctx, app, by.User, list); err != nil {
		return nil, err
	}
	oldest := int64(0)
	if app.Retention > 0 {
		oldest = s.nowMs() - app.Retention.Milliseconds()
	}
	list = slices.DeleteFunc(list, func(c counted) bool {
		return c.head.LastSeq == 0 || c.head.LastTime < oldest || c.head.LastSeq <= c.JoinSeq && c.head.Seq <= c.JoinSeq
	})
	slices.SortFunc(list, func(a, b counted) int {
		if a.head.LastTime != b.head.LastTime {
			return int(min(max(b.head.LastTime-a.head.LastTime, -1), 1))
		}
		return strings.Compare(a.Conv.For(by.User).String(), b.Conv.For(by.User).String())
	})
	return list, nil
}

// silence zeroes the unread numbers of groups whose type counts none.
func (s *Service) silence(ctx context.Context, app *App, u UserID, list []counted) error {
	if !slices.ContainsFunc(list, func(c counted) bool { return c.Conv.Kind == InGroup && c.unread > 0 }) {
		return nil
	}
	in, err := s.store.Memberships(ctx, app.ID, u)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	types := make(map[GroupID]GroupType, len(in))
	for _, m := range in {
		types[m.Group] = m.Type
	}
	for i, c := range list {
		if c.Conv.Kind == InGroup && !types[c.Conv.Group()].rules().counts(app) {
			list[i].unread = 0
		}
	}
	return nil
}

// convView fills in what a list shows of one conversation.
func (s *Service) convView(ctx context.Context, by Actor, c counted) (ConvView, error) {
	v := ConvView{Target: c.Conv.For(by.User), Head: c.head, Read: c.Read, Unread: c.unread}
	var err error
	if c.Conv.Kind == InGroup {
		err = s.groupSide(ctx, by, c, &v)
	} else {
		err = s.peerSide(ctx, by, c, &v)
	}
	if err != nil {
		return v, err
	}
	v.Last, err = s.lastVisible(ctx, by.User, c)
	return v, err
}

func (s *Service) peerSide(ctx context.Context, by Actor, c counted, v *ConvView) error {
	peer := c.Conv.Peer(by.User)
	acc, err := s.store.Account(ctx, by.App, peer)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	row, _, err := s.store.Conversation(ctx, c.Conv, peer)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	v.Peer, v.PeerRead = acc, row.Read
	return nil
}

func (s *Service) groupSide(ctx context.Context, by Actor, c counted, v *ConvView) error {
	g, err := s.store.Group(ctx, by.App, c.Conv.Group())
	if err != nil {
		return Internal(CodeInternal, err)
	}
	v.Group = g
	m, err := s.store.Member(ctx, by.App, c.Conv.Group(), by.User)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	if m == nil {
		return nil
	}
	muted, err := s.store.MuteUntil(ctx, by.App, c.Conv.Group(), by.User)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	if muted <= s.nowSec() {
		muted = 0
	}
	v.Self = &MemberView{Member: m, ReadSeq: c.Read.Seq, MuteUntil: muted}
	return nil
}

// lastVisible is the newest message that places the conversation, if u may
// see it; else the newest he may.
func (s *Service) lastVisible(ctx context.Context, u UserID, c counted) (*Message, error) {
	if c.head.LastSeq > c.JoinSeq {
		m, err := s.store.Message(ctx, c.Conv, c.head.LastSeq)
		if err != nil {
			return nil, Internal(CodeInternal, err)
		}
		if m != nil && m.VisibleTo(u) {
			return m, nil
		}
	}
	v := &view{conv: c.Conv, user: u, first: c.JoinSeq + 1, last: c.head.LastSeq}
	list, _, err := s.visible(ctx, v, true, 1, 1<<20)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// Conversation returns one of the caller's conversations, with or without
// messages.
func (s *Service) Conversation(ctx context.Context, by Actor, t Target) (ConvView, error) {
	app, err := s.App(by.App)
	if err != nil {
		return ConvView{}, err
	}
	conv, err := s.conversationOf(ctx, app, by.User, t)
	if err != nil {
		return ConvView{}, err
	}
	row, _, err := s.store.Conversation(ctx, conv, by.User)
	if err != nil {
		return ConvView{}, Internal(CodeInternal, err)
	}
	row.Conv = conv
	list, err := s.unread(ctx, by.User, []UserConv{row})
	if err != nil {
		return ConvView{}, err
	}
	if err := s.silence(ctx, app, by.User, list); err != nil {
		return ConvView{}, err
	}
	return s.convView(ctx, by, list[0])
}
