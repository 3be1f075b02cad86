package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// RemoveMembers kicks users; those who are not members are passed over
// (spec/22a §7). One who may not be kicked refuses the call. The removed are told even
// when it happens silently.
func (s *Service) RemoveMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID, silent bool, reason string) error {
	switch {
	case len(list) == 0:
		return chat.Refuse(chat.CodeGroupParameter, "MemberToDel_Account is empty")
	case len(list) > maxKick:
		return chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxKick)
	case len(reason) > maxReason:
		return chat.Refuse(chat.CodeGroupParameter, "Reason is longer than %d bytes", maxReason)
	}
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.Kick); err != nil {
			return err
		}
		return t.kick(ctx, list, silent, reason)
	})
}

// maxReason bounds the text of a kick in bytes; no document names a bound,
// this is that of a ban's description (spec/21 §5).
const maxReason = 1000

func (t *Turn) kick(ctx context.Context, list []chat.UserID, silent bool, reason string) error {
	var users []chat.UserID
	var told []chat.Person
	rows, err := t.membersNamed(ctx, t.app.ID, t.group.ID, list)
	if err != nil {
		return err
	}
	accounts, err := t.Accounts(ctx, t.app.ID, list)
	if err != nil {
		return err
	}
	done := make(map[chat.UserID]bool, len(list))
	for i, m := range rows {
		if m == nil || done[m.User] {
			continue
		}
		done[m.User] = true
		if err := t.mayTo(grouptype.Kick, m.Role); err != nil {
			return err
		}
		users = append(users, m.User)
		told = append(told, person(m.User, accounts[i], m))
	}
	if len(users) == 0 {
		return nil
	}
	if err := t.expel(ctx, users...); err != nil {
		return err
	}
	t.addWebhook(chat.AfterMemberExit, wayKicked, users)
	if !t.dormant() {
		for _, u := range users {
			t.addNotice(u, chat.Notice{Kind: chat.NoticeKicked, Reason: reason})
		}
	}
	if silent {
		return nil
	}
	return t.addTip(ctx, t.rules().Tips.Coming, chat.Tip{
		Kind: chat.TipKicked, Members: told, MemberNum: t.group.Members,
	})
}
