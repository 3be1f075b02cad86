package chat

import (
	"context"
	"slices"
)

// AddResult is the outcome of adding one user to a group.
type AddResult struct {
	User   UserID
	Result int // 0 failed, 1 added, 2 was a member, 3 waits for the owner or an admin to agree
}

// The results of adding.
const (
	addFailed = 0
	addDone   = 1
	addWasIn  = 2
	addWaits  = 3
)

// candidate is somebody to be added: his account, or why he cannot be.
type candidate struct {
	user    UserID
	account *Account
	err     error
}

// AddMembers brings users in: an administrator's add or a member's invitation
// (spec/22a §6). What hinders single users is their result; only when it hinders all of them
// it is the answer.
func (s *Service) AddMembers(ctx context.Context, by Actor, id GroupID, list []UserID, silent bool) ([]AddResult, error) {
	switch {
	case len(list) == 0:
		return nil, Refuse(CodeGroupParameter, "MemberList is empty")
	case len(list) > maxAdd:
		return nil, Refuse(CodeGroupBatch, "more than %d accounts", maxAdd)
	}
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	them := make([]candidate, len(list))
	for i, u := range list {
		them[i] = s.candidate(ctx, app, g.Type, u)
	}
	deciders := []UserID{g.Owner}
	if g.InviteJoin == InvitePermission && !by.Admin() {
		if deciders, err = s.deciders(ctx, g); err != nil {
			return nil, err
		}
	}
	var results []AddResult
	err = s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		results, err = t.add(ctx, them, silent, deciders)
		return err
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// candidate reads about one user what does not depend on the group.
func (s *Service) candidate(ctx context.Context, app *App, t GroupType, u UserID) candidate {
	c := candidate{user: u}
	if c.account, c.err = s.groupAccount(ctx, app.ID, u); c.err == nil {
		c.err = s.roomForGroup(ctx, app, t, u)
	}
	return c
}

// add enrolls whom it can, or asks the deciders for them.
func (t *turn) add(ctx context.Context, them []candidate, silent bool, deciders []UserID) ([]AddResult, error) {
	if !t.rules().add {
		return nil, Refuse(CodeGroupNotAllowed, "%s groups cannot be added to", t.group.Type)
	}
	waits, err := mayInvite(t.app, t.group, t.rank)
	if err != nil {
		return nil, err
	}
	results := make([]AddResult, len(them))
	added := map[UserID]bool{}
	var told []Person
	var waiting []UserID
	var first error // of the failures
	failed := 0
	for i, c := range them {
		result, err := t.addOne(ctx, c, added, waits)
		if result == addFailed {
			if CodeOf(err).Class() == Fault {
				return nil, err
			}
			if first == nil {
				first = err
			}
			failed++
		}
		if result == addWaits && !slices.Contains(waiting, c.user) {
			waiting = append(waiting, c.user)
		}
		if result == addDone {
			added[c.user] = true
			who := person(c.user, c.account, nil)
			who.Role = RoleMember
			told = append(told, who)
		}
		results[i] = AddResult{User: c.user, Result: result}
	}
	if failed == len(them) {
		return nil, first
	}
	if waits {
		return results, t.invite(ctx, waiting, deciders)
	}
	if len(told) == 0 {
		return results, nil
	}
	return results, t.welcome(ctx, told, silent)
}

// addOne enrolls one user unless something speaks against it, or he waits.
func (t *turn) addOne(ctx context.Context, c candidate, added map[UserID]bool, waits bool) (int, error) {
	m, err := t.member(ctx, c.user)
	switch {
	case err != nil:
		return addFailed, err
	case m != nil || added[c.user]:
		return addWasIn, nil
	case c.err != nil:
		return addFailed, c.err
	case t.group.full():
		return addFailed, Refuse(CodeGroupFull, "")
	case waits:
		return addWaits, nil
	}
	t.enroll(c.user, RoleMember, nil)
	return addDone, nil
}

// welcome tells of those who were added; silently it tells the app alone.
func (t *turn) welcome(ctx context.Context, told []Person, silent bool) error {
	users := make([]UserID, len(told))
	for i, p := range told {
		users[i] = p.User
	}
	t.report(AfterMemberJoin, wayInvited, users)
	if silent || t.dormant() {
		return nil
	}
	for _, u := range users {
		t.notify(u, Notice{Kind: NoticeAdded})
	}
	return t.tell(ctx, t.rules().tips.coming, Tip{
		Kind: TipInvite, Members: told, MemberNum: t.group.Members,
	})
}
