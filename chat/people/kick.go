package people

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Kicked means kicked (spec/01 §6): once a user has been kicked, a ticket is refused with 70052 when
//
//   - it was minted at or before the kick, or does not say when it was minted;
//   - it is dated further ahead of the clock than clocks may differ: such a date says
//     nothing about when it was minted. It is remembered and stays refused when the clock gets there;
//   - it was in use on a connection at the kick, or is remembered.
//
// Deleting an account is a kick too, and what is remembered outlives the account.
const (
	maxAhead   = time.Minute // how far clocks may differ
	maxRevoked = 100         // tickets remembered of a user; the one that expires first makes room
)

// Kick makes every ticket minted so far useless, closes the user's connections
// (spec/03 §5), and ends the pushes to the user's devices. 70107 when there is no account.
func (s *Service) Kick(ctx context.Context, by chat.Actor, u chat.UserID) error {
	if err := s.admin(by); err != nil {
		return err
	}
	err := s.endTickets(ctx, by.App, u, func(acc *chat.Account, _ int64) error {
		if acc == nil || acc.State != chat.AccountLive {
			return chat.Refuse(chat.CodeNoAccount, "")
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.ledger.Deliverer().Kick(by.App, u, "", chat.KickAdmin, by.User)
	return s.pushes.Forget(ctx, by.App, u)
}

// endTickets changes the row of an account, which may be nil, and makes its tickets
// useless, those in use among them. A connection that was let in meanwhile is found the second time:
// from the kick on nobody is let in with an old ticket.
func (s *Service) endTickets(ctx context.Context, app chat.AppID, u chat.UserID, change func(acc *chat.Account, now int64) error) error {
	used := s.inUse(app, u)
	err := s.changeRow(ctx, app, u, func(acc *chat.Account, now int64) error {
		if err := change(acc, now); err != nil {
			return err
		}
		acc.KickedAt = max(acc.KickedAt, now)
		revoke(acc, now, used)
		return nil
	})
	if err != nil {
		return err
	}
	late := slices.DeleteFunc(s.inUse(app, u), func(t chat.Ticket) bool { return slices.Contains(used, t) })
	if len(late) == 0 {
		return nil
	}
	return s.remember(ctx, app, u, late...)
}

// inUse are the tickets of a user's connections.
func (s *Service) inUse(app chat.AppID, u chat.UserID) []chat.Ticket {
	devices := s.ledger.Deliverer().Devices(app, u)
	list := make([]chat.Ticket, len(devices))
	for i, d := range devices {
		list[i] = d.Ticket
	}
	return list
}

// checkTicket refuses a ticket that a kick has revoked.
func (s *Service) checkTicket(ctx context.Context, acc *chat.Account, t chat.Ticket) error {
	now := s.read.NowSec()
	switch {
	case acc.KickedAt == 0:
		return nil
	case t.Issued > now+int64(maxAhead/time.Second):
		if err := s.remember(ctx, acc.App, acc.User, t); err != nil {
			return err
		}
	case t.Issued > acc.KickedAt && !remembered(acc, t):
		return nil
	}
	return chat.Refuse(chat.CodeTicketRevoked, "")
}

func remembered(acc *chat.Account, t chat.Ticket) bool {
	return slices.ContainsFunc(acc.Revoked, func(r chat.RevokedTicket) bool { return r.Hash == t.Hash })
}

// remember revokes single tickets of a user, durably.
func (s *Service) remember(ctx context.Context, app chat.AppID, u chat.UserID, list ...chat.Ticket) error {
	return s.changeRow(ctx, app, u, func(acc *chat.Account, now int64) error {
		if acc != nil {
			revoke(acc, now, list)
		}
		return nil
	})
}

// changeRow changes a copy of the row of an account, nil when there is none, and
// puts it if it differs in what a kick changes.
func (s *Service) changeRow(ctx context.Context, app chat.AppID, u chat.UserID, change func(acc *chat.Account, now int64) error) error {
	return s.ledger.Change(ctx, chat.UserShard(app, u), 0, func(ctx context.Context, t *ledger.Turn) error {
		old, err := t.Read.AccountRow(ctx, app, u)
		if err != nil {
			return err
		}
		if old == nil {
			return change(nil, t.Sec())
		}
		acc := *old // stored values are shared and never changed
		if err := change(&acc, t.Sec()); err != nil {
			return err
		}
		if acc.State != old.State || acc.KickedAt != old.KickedAt || !slices.Equal(acc.Revoked, old.Revoked) {
			t.PutAccount(&acc)
		}
		return nil
	})
}

// revoke remembers tickets that their dates may let in later, and forgets those
// that have expired.
func revoke(acc *chat.Account, now int64, list []chat.Ticket) {
	kept := make([]chat.RevokedTicket, 0, len(acc.Revoked)+len(list))
	for _, r := range acc.Revoked {
		if r.Expires > now {
			kept = append(kept, r)
		}
	}
	for _, t := range list {
		if t.Issued <= acc.KickedAt || remembered(&chat.Account{Revoked: kept}, t) {
			continue
		}
		kept = append(kept, chat.RevokedTicket{Hash: t.Hash, Expires: t.Expires + int64(maxAhead/time.Second)})
	}
	if over := len(kept) - maxRevoked; over > 0 {
		slices.SortStableFunc(kept, func(a, b chat.RevokedTicket) int { return cmp.Compare(a.Expires, b.Expires) })
		kept = kept[over:]
	}
	acc.Revoked = kept
}
