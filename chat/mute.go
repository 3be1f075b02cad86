package chat

import (
	"context"
	"math"
)

// Mute is a member's mute; it outlives the membership (spec/21 §4).
type Mute struct {
	User  UserID
	Until int64 // Unix seconds
}

// MuteForever is the duration that never ends (spec/21 §4). It is kept as the
// last second that the wire's unsigned 32 bits can name, in the year 2106; no mute ends later.
const MuteForever uint32 = math.MaxUint32

// muteEnd is when a mute of so many seconds ends; 0 when it lifts.
func muteEnd(now int64, seconds uint32) int64 {
	switch seconds {
	case 0:
		return 0
	case MuteForever:
		return math.MaxUint32
	}
	return min(now+int64(seconds), math.MaxUint32)
}

// mutePage is how many mutes are read at a time.
const mutePage = 1000

// MuteMembers mutes users for a number of seconds; 0 lifts, MuteForever does
// not end (spec/22a §13). Whoever has left, or has yet to come, may be muted too. One user
// who may not be muted refuses the call.
func (s *Service) MuteMembers(ctx context.Context, by Actor, id GroupID, list []UserID, seconds uint32) error {
	switch {
	case len(list) == 0:
		return Refuse(CodeGroupParameter, "Members_Account is empty")
	case len(list) > maxMute:
		return Refuse(CodeGroupBatch, "more than %d accounts", maxMute)
	}
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		if err := t.may(MuteMember); err != nil {
			return err
		}
		return t.mute(ctx, list, seconds)
	})
}

// mute puts mutes and tells of those that make a difference.
func (t *turn) mute(ctx context.Context, list []UserID, seconds uint32) error {
	until := muteEnd(t.ms/1000, seconds)
	var told []Person
	done := make(map[UserID]bool, len(list))
	for _, u := range list {
		if done[u] {
			continue
		}
		done[u] = true
		who, err := t.muted(ctx, u, until)
		if err != nil {
			return err
		}
		if who.Role == NotMember {
			continue
		}
		who.MuteTime = seconds
		told = append(told, who)
		t.notify(u, Notice{Kind: NoticeMuted, MuteTime: seconds})
	}
	if len(told) == 0 {
		return nil
	}
	return t.tell(ctx, t.rules().tips.people, Tip{Kind: TipMemberInfo, Members: told})
}

// muted puts one mute and returns who is to be told of; nobody when nothing
// changes.
func (t *turn) muted(ctx context.Context, u UserID, until int64) (Person, error) {
	role, err := t.role(ctx, t.group, u)
	if err != nil {
		return Person{}, err
	}
	if err := t.mayTo(MuteMember, role); err != nil {
		return Person{}, err
	}
	acc, err := t.groupAccount(ctx, t.app.ID, u)
	if err != nil {
		return Person{}, err
	}
	old, err := t.muteUntil(ctx, u)
	if err != nil {
		return Person{}, err
	}
	if old == until {
		return Person{}, nil
	}
	t.commit.Mutes = append(t.commit.Mutes, Mute{User: u, Until: until})
	m, err := t.member(ctx, u)
	if err != nil {
		return Person{}, err
	}
	who := person(u, acc, m)
	who.Role = role
	return who, nil
}

// muteUntil is when u's mute ends; 0 when he is not muted now.
func (t *turn) muteUntil(ctx context.Context, u UserID) (int64, error) {
	return t.muteEnds(ctx, t.group, u, t.ms/1000)
}

func (s *Service) muteEnds(ctx context.Context, g *Group, u UserID, now int64) (int64, error) {
	until, err := s.store.MuteUntil(ctx, g.App, g.ID, u)
	switch {
	case err != nil:
		return 0, Internal(CodeGroupInternal, err)
	case until <= now:
		return 0, nil
	}
	return until, nil
}

// MutedMembers lists the mutes in force, to those who may mute (a choice, the
// documents name administrators only). Types without mutes have none.
func (s *Service) MutedMembers(ctx context.Context, by Actor, id GroupID) ([]Mute, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	rank, err := s.standing(ctx, by, g)
	if err != nil {
		return nil, err
	}
	if rank != rankApp {
		if err := may(app, g.Type, MuteMember, rank); err != nil {
			return nil, err
		}
	}
	now := s.nowSec()
	var active []Mute
	after := UserID("")
	for {
		page, err := s.store.Mutes(ctx, by.App, id, after, mutePage)
		if err != nil {
			return nil, Internal(CodeGroupInternal, err)
		}
		for _, m := range page {
			if m.Until > now {
				active = append(active, m)
			}
		}
		if len(page) < mutePage {
			return active, nil
		}
		after = page[len(page)-1].User
	}
}
