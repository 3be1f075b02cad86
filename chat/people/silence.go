package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Silence mutes a user everywhere for so many seconds from now, chat.MuteForever without
// an end, 0 not any more: in what they send to other users, and in groups; nil leaves
// that as it is (spec/09 §D). What they send after the answer is refused. It stands in the
// account, which every message is decided by. 70107 when there is no account.
func (s *Service) Silence(ctx context.Context, by chat.Actor, u chat.UserID, c2c, groups *uint32) error {
	if err := s.admin(by); err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.UserShard(by.App, u), 0, func(ctx context.Context, t *ledger.Turn) error {
		old, err := t.Read.Account(ctx, by.App, u)
		if err != nil {
			return err
		}
		if old == nil {
			return chat.Refuse(chat.CodeNoAccount, "")
		}
		acc := *old // stored values are shared and never changed
		if c2c != nil {
			acc.SilentC2C = chat.MuteEnd(t.Sec(), *c2c)
		}
		if groups != nil {
			acc.SilentGroups = chat.MuteEnd(t.Sec(), *groups)
		}
		if acc.SilentC2C != old.SilentC2C || acc.SilentGroups != old.SilentGroups {
			t.PutAccount(&acc)
		}
		return nil
	})
}

// Silenced is for how many seconds yet a user is muted everywhere: 0 when they are not,
// chat.MuteForever when that has no end. 70107 when there is no account.
func (s *Service) Silenced(ctx context.Context, by chat.Actor, u chat.UserID) (c2c, groups uint32, err error) {
	if err := s.admin(by); err != nil {
		return 0, 0, err
	}
	acc, err := s.read.Account(ctx, by.App, u)
	if err != nil {
		return 0, 0, err
	}
	if acc == nil {
		return 0, 0, chat.Refuse(chat.CodeNoAccount, "")
	}
	now := s.read.NowSec()
	return chat.MuteLeft(now, acc.SilentC2C), chat.MuteLeft(now, acc.SilentGroups), nil
}
