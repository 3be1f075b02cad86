package chat

import (
	"context"
	"errors"
)

// noSuchAccount is the original's text for a missing account (spec/03 §3).
const noSuchAccount = "Err_TLS_PT_Open_Login_Account_Not_Exist"

// DeleteAccounts removes accounts for good and closes their connections
// (spec/03 §3). A deleted account leaves its groups and loses its relations and conversations;
// what it said stays in the peers' history: the choice made there.
func (s *Service) DeleteAccounts(ctx context.Context, by Actor, list []UserID) ([]ItemResult, error) {
	if err := s.accountAdmin(by); err != nil {
		return nil, err
	}
	results := make([]ItemResult, len(list))
	for i, u := range list {
		results[i].User = u
		if err := s.deleteAccount(ctx, by, u); err != nil {
			results[i] = resultOf(u, err)
		}
	}
	return results, nil
}

func (s *Service) deleteAccount(ctx context.Context, by Actor, u UserID) error {
	acc, err := s.account(ctx, by.App, u)
	if err != nil {
		return err
	}
	if acc == nil {
		return Refuse(CodeNoAccount, noSuchAccount)
	}
	if err := s.leaveGroups(ctx, by, u); err != nil {
		return err
	}
	if err := s.dropAccount(ctx, by.App, u); err != nil {
		return err
	}
	s.deliverer().Kick(by.App, u, "", KickAdmin, by.User)
	return nil
}

func (s *Service) dropAccount(ctx context.Context, app AppID, u UserID) error {
	defer s.accounts.lock(app, u)()
	if err := s.store.DeleteAccount(ctx, app, u); err != nil {
		return Internal(CodeAccountInternal, err)
	}
	return nil
}

// leaveGroups takes a user out of all his groups, and out of the rooms he
// watches.
func (s *Service) leaveGroups(ctx context.Context, by Actor, u UserID) error {
	self := Actor{App: by.App, User: u, Platform: by.Platform, IP: by.IP}
	s.leaveRooms(self)
	groups, err := s.store.Memberships(ctx, by.App, u)
	if err != nil {
		return Internal(CodeAccountInternal, err)
	}
	for _, g := range groups {
		err := s.QuitGroup(ctx, self, g.Group)
		switch code := CodeOf(err); {
		case code == CodeOwnerMayNotQuit:
			err = s.abandon(ctx, by.App, g.Group, u)
		case errors.Is(err, ErrNoGroup), code == CodeGroupNotAllowed: // he is out already
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// abandon leaves a group without its owner where an owner may not quit:
// groups without one are allowed in every type (spec/20 §2).
func (s *Service) abandon(ctx context.Context, app AppID, id GroupID, u UserID) error {
	conv := GroupOf(app, id)
	return s.change(ctx, conv, 0, func(ctx context.Context) (*Commit, error) {
		g, err := s.store.Group(ctx, app, id)
		if err != nil {
			return nil, Internal(CodeAccountInternal, err)
		}
		if g == nil || g.Owner != u {
			return nil, nil
		}
		left := *g
		left.Owner = ""
		left.Members = max(0, g.Members-1)
		left.InfoSeq++
		left.InfoTime = s.nowSec()
		return &Commit{Conv: conv, Group: &left, Leaves: []UserID{u}}, nil
	})
}
