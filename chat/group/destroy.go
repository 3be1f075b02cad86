package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// destroyPage is how many members are read at a time when all are told.
const destroyPage = 1000

// Destroy disbands a group, with its history (spec/22a §9). A large group is over at once,
// and the call returns when all its members are told; when it fails before that, it can be
// repeated.
func (s *Service) Destroy(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	var was *chat.Group
	var viewers []chat.UserID // who is not told yet
	large := false
	err := s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.Disband); err != nil {
			return err
		}
		if large = t.large(); large {
			return t.over(ctx)
		}
		members, err := t.everybody(ctx)
		if err != nil {
			return err
		}
		now := min(len(members), endAtOnce)
		was, viewers = t.group, members[now:]
		for _, u := range members[:now] {
			t.addNotice(u, chat.Notice{Kind: chat.NoticeDestroyed})
		}
		return t.disband(ctx, members)
	})
	switch {
	case chat.CodeOf(err) == chat.CodeNoGroup:
		return s.endAgain(ctx, by, id)
	case err != nil:
		return err
	case large:
		return s.finishEnd(ctx, by.App, id)
	}
	s.read.rooms.Close(chat.GroupOf(by.App, id))
	return s.tellViewers(ctx, by, was, viewers)
}

// everybody lists members, or viewers, and the owner.
func (t *Turn) everybody(ctx context.Context) ([]chat.UserID, error) {
	if !t.rules().Members {
		list := t.rooms.Viewers(t.conv())
		if o := t.group.Owner; o != "" && !t.rooms.Has(t.conv(), o) {
			list = append(list, o)
		}
		return list, nil
	}
	list := make([]chat.UserID, 0, t.group.Members)
	after := chat.UserID("")
	for {
		page, err := t.memberPage(ctx, t.app.ID, t.group.ID, after, destroyPage)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			list = append(list, m.User)
		}
		if len(page) < destroyPage {
			return list, nil
		}
		after = page[len(page)-1].User
	}
}

// disband removes the group; members is who was in it at the end.
func (t *Turn) disband(ctx context.Context, members []chat.UserID) error {
	if err := t.unmirrorAll(ctx); err != nil {
		return err
	}
	t.unlist()
	t.disowned()
	t.group.Members = len(members)
	if !t.rules().NamesGone {
		members = nil
	}
	t.addWebhook(chat.AfterDestroy, "", members)
	t.Commit.Drop, t.Commit.Rows = true, nil
	return t.endTopics(ctx)
}

// unmirrorAll takes the group off the lists of all who have a member row.
func (t *Turn) unmirrorAll(ctx context.Context) error {
	after := chat.UserID("")
	for {
		page, err := t.memberPage(ctx, t.app.ID, t.group.ID, after, destroyPage)
		if err != nil {
			return err
		}
		for _, m := range page {
			t.unmirror(m.User)
		}
		if len(page) < destroyPage {
			return nil
		}
		after = page[len(page)-1].User
	}
}
