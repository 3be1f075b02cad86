package chat

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Login admits a user whose ticket was checked: creates the account at its
// first login, refuses a blocked one (70051), a revoked ticket (70052, minted at or before the last
// kick) and an unknown or disabled app. A zero issued time is a ticket without one.
func (s *Service) Login(ctx context.Context, app AppID, u UserID, issued time.Time) (*Account, error) {
	if _, err := s.App(app); err != nil {
		return nil, err
	}
	if !u.Valid() {
		return nil, Refuse(CodeAccountParameter, "UserID is not valid")
	}
	acc, err := s.account(ctx, app, u)
	if err != nil {
		return nil, err
	}
	if acc == nil {
		return s.register(ctx, app, u)
	}
	switch {
	case acc.Blocked:
		return nil, Refuse(CodeAccountBlocked, "")
	case !issued.IsZero() && issued.Unix() <= acc.KickedAt:
		return nil, Refuse(CodeTicketRevoked, "")
	}
	return acc, nil
}

// register creates the account of a first login.
func (s *Service) register(ctx context.Context, app AppID, u UserID) (*Account, error) {
	defer s.accounts.lock(app, u)()
	acc, err := s.account(ctx, app, u) // somebody may have been faster
	if acc != nil || err != nil {
		return acc, err
	}
	acc = &Account{App: app, User: u, Created: s.nowSec()}
	if err := s.store.PutAccounts(ctx, []*Account{acc}); err != nil {
		return nil, Internal(CodeAccountInternal, err)
	}
	return acc, nil
}

func (s *Service) account(ctx context.Context, app AppID, u UserID) (*Account, error) {
	acc, err := s.store.Account(ctx, app, u)
	if err != nil {
		return nil, Internal(CodeAccountInternal, err)
	}
	return acc, nil
}

// ImportAccounts creates accounts and updates the given fields of those that
// exist (spec/03 §1, §2); it returns those that failed: 70402 for an id that may not be registered, 40601 for a
// value above 500 bytes.
func (s *Service) ImportAccounts(ctx context.Context, by Actor, list []Profile) (failed []ItemResult, err error) {
	if err := s.accountAdmin(by); err != nil {
		return nil, err
	}
	good := make([]Profile, 0, len(list))
	for _, p := range list {
		if err := p.check(); err != nil {
			failed = append(failed, resultOf(p.User, err))
			continue
		}
		good = append(good, p)
	}
	return failed, s.importAccounts(ctx, by.App, good)
}

func (p *Profile) check() error {
	if !p.User.Valid() || p.User == SystemUser {
		return Refuse(CodeAccountParameter, "UserID is not valid")
	}
	for _, v := range []*string{p.Nick, p.FaceURL} {
		if v != nil && len(*v) > MaxProfileBytes {
			return Refuse(CodeProfileTooLong, "")
		}
	}
	return nil
}

func (s *Service) importAccounts(ctx context.Context, app AppID, list []Profile) error {
	names := make([]UserID, len(list))
	for i := range list {
		names[i] = list[i].User
	}
	defer s.accounts.lock(app, names...)()
	rows := make(map[UserID]*Account, len(list))
	put := make([]*Account, 0, len(list))
	for _, p := range list {
		row := rows[p.User]
		if row == nil {
			acc, err := s.account(ctx, app, p.User)
			if err != nil {
				return err
			}
			row = &Account{App: app, User: p.User, Created: s.nowSec()}
			if acc != nil {
				*row = *acc // stored rows are shared and never changed
			}
			rows[p.User] = row
			put = append(put, row)
		}
		if p.Nick != nil {
			row.Nick = *p.Nick
		}
		if p.FaceURL != nil {
			row.FaceURL = *p.FaceURL
		}
	}
	if len(put) == 0 {
		return nil
	}
	if err := s.store.PutAccounts(ctx, put); err != nil {
		return Internal(CodeAccountInternal, err)
	}
	return nil
}

// CheckAccounts tells which accounts exist, in the order asked.
func (s *Service) CheckAccounts(ctx context.Context, by Actor, list []UserID) ([]bool, error) {
	if err := s.accountAdmin(by); err != nil {
		return nil, err
	}
	exist := make([]bool, len(list))
	for i, u := range list {
		acc, err := s.account(ctx, by.App, u)
		if err != nil {
			return nil, err
		}
		exist[i] = acc != nil
	}
	return exist, nil
}

// KickAccount makes every ticket minted so far useless and closes the user's
// connections (spec/03 §5, spec/01 §6).
func (s *Service) KickAccount(ctx context.Context, by Actor, u UserID) error {
	if err := s.accountAdmin(by); err != nil {
		return err
	}
	if err := s.revoke(ctx, by.App, u); err != nil {
		return err
	}
	s.deliverer().Kick(by.App, u, "", KickAdmin, by.User)
	return nil
}

func (s *Service) revoke(ctx context.Context, app AppID, u UserID) error {
	defer s.accounts.lock(app, u)()
	acc, err := s.account(ctx, app, u)
	if err != nil {
		return err
	}
	if acc == nil {
		return Refuse(CodeNoAccount, "")
	}
	kicked := *acc
	kicked.KickedAt = max(acc.KickedAt, s.nowSec())
	if err := s.store.PutAccounts(ctx, []*Account{&kicked}); err != nil {
		return Internal(CodeAccountInternal, err)
	}
	return nil
}

// Me describes the caller to himself.
func (s *Service) Me(ctx context.Context, by Actor) (MyView, error) {
	app, err := s.App(by.App)
	if err != nil {
		return MyView{}, err
	}
	acc, err := s.account(ctx, by.App, by.User)
	if err != nil {
		return MyView{}, err
	}
	if acc == nil {
		return MyView{}, Refuse(CodeNoAccount, "")
	}
	return MyView{
		Account: acc,
		Devices: s.deliverer().Devices(by.App, by.User),
		Limits:  app.Limits,
		Admin:   app.IsAdmin(by.User),
	}, nil
}

// MyView is who one is: the account, the live devices, the limits in force.
type MyView struct {
	Account *Account
	Devices []Device
	Limits  Limits
	Admin   bool
}

// accountAdmin admits app administrators to the account commands.
func (s *Service) accountAdmin(by Actor) error {
	if _, err := s.App(by.App); err != nil {
		return err
	}
	if !by.Admin() {
		return Refuse(CodeAccountNeedAdmin, "")
	}
	return nil
}

func resultOf(u UserID, err error) ItemResult {
	code, info := Outward(err)
	return ItemResult{User: u, Code: code, Info: info}
}

// accountLocks serialise changes of an account that read before they write:
// a kick and an import at the same time must not undo each other. Accounts share locks by
// hash. The zero value is ready.
type accountLocks struct {
	stripes [256]sync.Mutex
}

// lock takes the locks of accounts, in one order for everybody, and returns
// what gives them back.
func (l *accountLocks) lock(app AppID, list ...UserID) (unlock func()) {
	held := make([]int, 0, len(list))
	for _, u := range list {
		held = append(held, l.stripe(app, u))
	}
	slices.Sort(held)
	held = slices.Compact(held)
	for _, i := range held {
		l.stripes[i].Lock()
	}
	return func() {
		for _, i := range held {
			l.stripes[i].Unlock()
		}
	}
}

// stripe hashes with FNV-1a, which is enough to spread names.
func (l *accountLocks) stripe(app AppID, u UserID) int {
	h := uint32(2166136261) ^ uint32(app)
	for i := range len(u) {
		h = (h ^ uint32(u[i])) * 16777619
	}
	return int(h % uint32(len(l.stripes)))
}
