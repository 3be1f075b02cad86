package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// mutePage is how many mutes are read at a time.
const mutePage = 1000

// MuteMembers mutes users, in a group or in one topic, for a number of seconds; 0 lifts, MuteForever does
// not end (spec/22a §13). Users who have left, or have yet to come, may be muted too. One
// who may not be muted refuses the call.
func (s *Service) MuteMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID, seconds uint32) error {
	switch {
	case len(list) == 0:
		return chat.Refuse(chat.CodeGroupParameter, "Members_Account is empty")
	case len(list) > maxMute:
		return chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxMute)
	case chat.Repeated(ctx, chat.GroupOf(by.App, id)) != nil:
		return nil
	}
	return s.alter(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.MuteMember); err != nil {
			return err
		}
		return t.mute(ctx, list, seconds)
	})
}

// mute puts mutes, with a notice and a tip for those that make a difference.
func (t *Turn) mute(ctx context.Context, list []chat.UserID, seconds uint32) error {
	until := chat.MuteEnd(t.Sec(), seconds)
	var told []chat.Person
	done := make(map[chat.UserID]bool, len(list))
	for _, u := range list {
		if done[u] {
			continue
		}
		done[u] = true
		who, err := t.muted(ctx, u, until)
		if err != nil {
			return err
		}
		if who.Role == chat.NotMember {
			continue
		}
		who.MuteTime = seconds
		told = append(told, who)
		t.addNotice(u, chat.Notice{Kind: chat.NoticeMuted, MuteTime: seconds})
	}
	if len(told) == 0 {
		return nil
	}
	return t.addTip(ctx, t.rules().Tips.People, chat.Tip{Kind: chat.TipMemberInfo, Members: told})
}

// muted puts one mute and returns the user to name in the tip; nobody when nothing
// changes.
func (t *Turn) muted(ctx context.Context, u chat.UserID, until int64) (chat.Person, error) {
	role, err := t.roleOf(ctx, u)
	if err != nil {
		return chat.Person{}, err
	}
	if err := t.mayTo(grouptype.MuteMember, role); err != nil {
		return chat.Person{}, err
	}
	acc, err := t.account(ctx, t.app.ID, u)
	if err != nil {
		return chat.Person{}, err
	}
	old, err := t.muteIn(ctx, t.Shard, u)
	if err != nil {
		return chat.Person{}, err
	}
	if old == until {
		return chat.Person{}, nil
	}
	if until > 0 {
		t.setMute(acc, until)
	} else {
		t.liftMute(u)
	}
	m, err := t.memberOf(ctx, u)
	if err != nil {
		return chat.Person{}, err
	}
	who := person(u, acc, m)
	who.Role = role
	return who, nil
}

// MutedMembers lists the mutes in force, to those who may mute (a choice, the
// documents name administrators only). Types without mutes have none.
func (s *Service) MutedMembers(ctx context.Context, by chat.Actor, id chat.GroupID) ([]chat.Mute, error) {
	seat, err := s.read.enter(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if seat.Rank != grouptype.RankApp {
		if err := seat.May(grouptype.MuteMember); err != nil {
			return nil, err
		}
	}
	var active []chat.Mute
	after := chat.UserID("")
	for {
		page, _, err := mutes.Page(ctx, s.read, seat.Group.Conv().Shard(), "", string(after), mutePage)
		if err != nil {
			return nil, err
		}
		ends, err := s.read.mutesEnd(ctx, by.App, page)
		if err != nil {
			return nil, err
		}
		for i, m := range page {
			if ends[i] > 0 {
				active = append(active, *m)
			}
		}
		if len(page) < mutePage {
			return active, nil
		}
		after = page[len(page)-1].User
	}
}
