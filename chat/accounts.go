package chat

import (
	"context"
	"time"
)

// Login admits a user whose ticket was checked: creates the account at its
// first login, refuses a blocked one (70051), a revoked ticket (70052, minted at or before the last
// kick) and an unknown or disabled app. A zero issued time is a ticket without one.
func (s *Service) Login(ctx context.Context, app AppID, u UserID, issued time.Time) (*Account, error) {
	panic("unwritten")
}

// Online reports a new connection of by's device, and which platforms it
// pushed out.
func (s *Service) Online(ctx context.Context, by Actor, pushedOut []Platform) {
	panic("unwritten")
}

// Offline reports that by's device is gone: action and reason are those of
// State.StateChange (spec/30 §6.1). last says that the user has no session left, connected or
// resumable: he leaves the AVChatRooms he watches.
func (s *Service) Offline(ctx context.Context, by Actor, action, reason string, last bool) {
	panic("unwritten")
}

// ImportAccounts creates or updates accounts and returns those that failed.
func (s *Service) ImportAccounts(ctx context.Context, by Actor, list []Profile) (failed []UserID, err error) {
	panic("unwritten")
}

// DeleteAccounts removes accounts for good and closes their connections.
func (s *Service) DeleteAccounts(ctx context.Context, by Actor, list []UserID) ([]ItemResult, error) {
	panic("unwritten")
}

// CheckAccounts tells which accounts exist, in the order asked.
func (s *Service) CheckAccounts(ctx context.Context, by Actor, list []UserID) ([]bool, error) {
	panic("unwritten")
}

// KickAccount makes every ticket minted so far useless and closes the user's
// connections.
func (s *Service) KickAccount(ctx context.Context, by Actor, u UserID) error {
	panic("unwritten")
}

// Presences tells the state of users; one that does not exist has Code 70107.
func (s *Service) Presences(ctx context.Context, by Actor, list []UserID) ([]Presence, []ItemResult, error) {
	panic("unwritten")
}

// BlockUsers and UnblockUsers change owner's blocklist.
func (s *Service) BlockUsers(ctx context.Context, by Actor, owner UserID, list []UserID) ([]ItemResult, error) {
	panic("unwritten")
}

// UnblockUsers takes users off owner's blocklist.
func (s *Service) UnblockUsers(ctx context.Context, by Actor, owner UserID, list []UserID) ([]ItemResult, error) {
	panic("unwritten")
}

// Blocklist pages owner's blocklist in byte order after a name.
func (s *Service) Blocklist(ctx context.Context, by Actor, owner, after UserID, limit int) ([]BlockEntry, error) {
	panic("unwritten")
}

// Me describes the caller to himself.
func (s *Service) Me(ctx context.Context, by Actor) (MyView, error) {
	panic("unwritten")
}

// MyView is who one is: the account, the live devices, the limits in force.
type MyView struct {
	Account *Account
	Devices []Device
	Limits  Limits
	Admin   bool
}
