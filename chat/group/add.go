package group

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// AddResult is the outcome of adding one user to a group.
type AddResult struct {
	User   chat.UserID
	Result int // 0 failed, 1 added, 2 was a member, 3 waits for the owner, an admin or themselves to agree
}

// The results of adding.
const (
	addFailed = 0
	addDone   = 1
	addWasIn  = 2
	addWaits  = 3
)

// candidate is somebody to be added: their account, or why they cannot be.
type candidate struct {
	user    chat.UserID
	account *chat.Account
	err     error
	leftOut bool // by the app
}

// AddMembers brings users in: an administrator's add or a member's invitation
// (spec/22a §6). A failure for one user is reported in that user's result. The call
// fails only if every user failed.
func (s *Service) AddMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID, silent bool) ([]AddResult, error) {
	switch {
	case len(list) == 0:
		return nil, chat.Refuse(chat.CodeGroupParameter, "MemberList is empty")
	case len(list) > maxAdd:
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxAdd)
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	g, err := s.read.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	them, err := s.read.candidates(ctx, app, g.Type, list)
	if err != nil {
		return nil, err
	}
	if err := s.askInvite(ctx, app, by, g, them); err != nil {
		return nil, err
	}
	deciders := []chat.UserID{g.Owner}
	if g.InviteJoin == chat.InvitePermission && !by.Admin() {
		if deciders, err = s.read.deciders(ctx, g); err != nil {
			return nil, err
		}
	}
	var results []AddResult
	err = s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		done, err := t.add(ctx, them, silent, deciders)
		results = done
		return err
	})
	if err != nil {
		s.tellFull(by, id, err)
		return nil, err
	}
	return results, nil
}

// candidates reads about users what does not depend on the group.
func (r reader) candidates(ctx context.Context, app *chat.App, t chat.GroupType, list []chat.UserID) ([]candidate, error) {
	accounts, err := r.Accounts(ctx, app.ID, list)
	if err != nil {
		return nil, err
	}
	them := make([]candidate, len(list))
	for i, u := range list {
		them[i] = candidate{user: u, account: accounts[i]}
		if accounts[i] == nil || !app.Admits(u) {
			them[i].err = unknownAccount(u)
			continue
		}
		them[i].err = r.roomForGroup(ctx, app, t, u)
	}
	return them, nil
}

// add enrolls those it can, or asks the deciders for them.
func (t *Turn) add(ctx context.Context, them []candidate, silent bool, deciders []chat.UserID) ([]AddResult, error) {
	if !t.rules().Add {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "members cannot be added to %s groups", t.group.Type)
	}
	waits, err := grouptype.MayInvite(t.app, t.group, t.rank)
	if err != nil {
		return nil, err
	}
	results := make([]AddResult, len(them))
	added := map[chat.UserID]bool{}
	var told []chat.Person
	var waiting []chat.UserID
	var first error // of the failures
	failed := 0
	for i, c := range them {
		result, err := t.addOne(ctx, c, added, waits)
		if result == addFailed && !c.leftOut {
			if chat.IsFault(err) {
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
			who.Role = chat.RoleMember
			told = append(told, who)
		}
		results[i] = AddResult{User: c.user, Result: result}
	}
	if failed == len(them) {
		return nil, first
	}
	switch {
	case waits:
		return results, t.invite(ctx, waiting, deciders)
	case t.consents():
		return results, t.askInvitees(ctx, waiting)
	}
	if len(told) == 0 {
		return results, nil
	}
	return results, t.welcome(ctx, told, silent)
}

// addOne enrolls one user, unless something speaks against it or they must wait
// for approval.
func (t *Turn) addOne(ctx context.Context, c candidate, added map[chat.UserID]bool, waits bool) (int, error) {
	m, err := t.memberOf(ctx, c.user)
	switch {
	case err != nil:
		return addFailed, err
	case m != nil || added[c.user]:
		return addWasIn, nil
	case c.err != nil:
		return addFailed, c.err
	case c.leftOut:
		return addFailed, nil
	}
	if err := t.admits(ctx, t.group, c.user); err != nil {
		return addFailed, err
	}
	switch {
	case full(t.group):
		return addFailed, chat.Refuse(chat.CodeGroupFull, "")
	case waits || t.consents():
		return addWaits, nil
	}
	t.enroll(c.user, chat.RoleMember, nil)
	return addDone, nil
}

// welcome adds what is told of those who were added; silently, only the webhook
// event.
func (t *Turn) welcome(ctx context.Context, told []chat.Person, silent bool) error {
	users := make([]chat.UserID, len(told))
	for i, p := range told {
		users[i] = p.User
	}
	t.addWebhook(chat.AfterMemberJoin, wayInvited, users)
	if silent || t.dormant() {
		return nil
	}
	for _, u := range users {
		t.addNotice(u, chat.Notice{Kind: chat.NoticeAdded})
	}
	return t.addTip(ctx, t.rules().Tips.Coming, chat.Tip{
		Kind: chat.TipInvite, Members: told, MemberNum: t.group.Members,
	})
}
