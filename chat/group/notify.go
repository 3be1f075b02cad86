package group

import (
	"context"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Bounds of a system notification: its receivers (spec/22b §2), and its text in
// bytes, for which no document names a bound.
const (
	maxNotified = 500
	maxContent  = 12288
)

// Notify tells those of a group who are online now, or of them those named, a text
// (spec/22b §2). Nothing is stored. In a live room it is for all; users who are no members
// are passed over.
func (s *Service) Notify(ctx context.Context, by chat.Actor, id chat.GroupID, to []chat.UserID, content string) error {
	switch {
	case content == "" || !utf8.ValidString(content):
		return chat.Refuse(chat.CodeGroupParameter, "Content is empty or not UTF-8")
	case len(content) > maxContent:
		return chat.Refuse(chat.CodeMessageTooLong, "Content is longer than %d bytes", maxContent)
	case len(to) > maxNotified:
		return chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxNotified)
	case !id.Valid():
		return chat.Refuse(chat.CodeBadGroupID, "")
	case chat.Repeated(ctx, chat.GroupOf(by.App, id)) != nil:
		return nil
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	return s.ledger.Share(ctx, chat.GroupShard(app.ID, id), 0, len(content), s.read.turn(app, by, id,
		func(ctx context.Context, t *Turn) error {
			if err := t.May(grouptype.Notify); err != nil {
				return err
			}
			if len(to) > 0 && !t.rules().Members {
				return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups are notified as a whole", t.group.Type)
			}
			return t.notify(ctx, distinct(to), chat.Notice{Kind: chat.NoticeCustom, Content: content})
		}))
}

func (t *Turn) notify(ctx context.Context, to []chat.UserID, n chat.Notice) error {
	who, err := t.operator(ctx)
	if err != nil {
		return err
	}
	n = *noticeAbout(t.group, who, n)
	if len(to) == 0 {
		t.Commit.PassingEvents = []*chat.ConvEvent{{
			Conv: t.conv(), Time: t.Ms, Kind: chat.EventNotice, By: t.by.User, Detail: &chat.EventDetail{Notice: &n},
		}}
		return nil
	}
	rows, err := t.membersNamed(ctx, t.app.ID, t.group.ID, to)
	if err != nil {
		return err
	}
	for i, m := range rows {
		if m != nil {
			t.Commit.PassingNotices = append(t.Commit.PassingNotices, &chat.UserEvent{
				App: t.app.ID, User: to[i], Time: t.Ms, Kind: chat.UserGroup, Notice: &n,
			})
		}
	}
	return nil
}
