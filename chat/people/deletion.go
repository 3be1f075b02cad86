package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// deletePage is how many rows of a user are followed at a time when the account
// is deleted.
const deletePage = 500

// StartDeletion ends an account (spec/03 §3): from here on the account does not exist for
// others, and every ticket minted until now is refused, even after the name has been
// registered again. FinishDeletion removes the rest. 70107 when there is no account;
// starting again does no harm.
func (s *Service) StartDeletion(ctx context.Context, app chat.AppID, u chat.UserID) error {
	return s.endTickets(ctx, app, u, func(acc *chat.Account, _ int64) error {
		if acc == nil || acc.State == chat.AccountGone {
			return chat.Refuse(chat.CodeNoAccount, noSuchAccount)
		}
		acc.State = chat.AccountLeaving
		return nil
	})
}

// noSuchAccount is the original's text for a missing account (spec/03 §3).
const noSuchAccount = "Err_TLS_PT_Open_Login_Account_Not_Exist"

// FinishDeletion removes what a leaving account has: blocks, friends, requests and follows
// in both directions, entries in lists of conversations, and finally everything in the user's shard. The user's
// messages stay in the history of their peers; the user's own view of C2C conversations
// ends. The shard keeps only when tickets were revoked and the number of the name's next
// holder. Only one caller at a time may work on the deletion of an account.
func (s *Service) FinishDeletion(ctx context.Context, app chat.AppID, u chat.UserID) error {
	if err := s.dropBlockers(ctx, app, u); err != nil {
		return err
	}
	if err := s.dropBlocks(ctx, app, u); err != nil {
		return err
	}
	if err := s.dropRelations(ctx, app, u); err != nil {
		return err
	}
	if err := s.endViews(ctx, app, u); err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.UserShard(app, u), 0, func(ctx context.Context, t *ledger.Turn) error {
		acc, err := t.Read.AccountRow(ctx, app, u)
		if err != nil || acc == nil || acc.State != chat.AccountLeaving {
			return err
		}
		countAccount(t, -1)
		t.Count(chat.FigureUnregistered, 1)
		t.DropAccount(&chat.Account{
			State: chat.AccountGone, Holder: acc.Holder + 1, KickedAt: acc.KickedAt, Revoked: acc.Revoked,
		})
		return nil
	})
}

// quiet is an app without its server, which is not told of what ends with an account.
func (s *Service) quiet(app chat.AppID) *chat.App {
	quiet := &chat.App{ID: app}
	if of := s.read.AppEvenDisabled(app); of != nil {
		quiet.Retention, quiet.Limits = of.Retention, of.Limits
	}
	return quiet
}

// dropBlockers removes u from the blocklists of others.
func (s *Service) dropBlockers(ctx context.Context, app chat.AppID, u chat.UserID) error {
	for after := ""; ; {
		_, owners, err := blockedBy.Page(ctx, s.read, chat.UserShard(app, u), "", after, deletePage)
		if err != nil || len(owners) == 0 {
			return err
		}
		for _, o := range owners {
			if err := s.unblock(ctx, s.quiet(app), chat.Actor{App: app}, chat.UserID(o), []chat.UserID{u}); err != nil {
				return err
			}
			if err := s.relationChanged(ctx, app, chat.UserID(o), []chat.UserID{u}); err != nil {
				return err
			}
		}
		after = owners[len(owners)-1]
	}
}

// dropBlocks empties u's own blocklist.
func (s *Service) dropBlocks(ctx context.Context, app chat.AppID, u chat.UserID) error {
	for {
		_, names, err := blocks.Page(ctx, s.read, chat.UserShard(app, u), "", "", deletePage)
		if err != nil || len(names) == 0 {
			return err
		}
		list := make([]chat.UserID, len(names))
		for i, n := range names {
			list[i] = chat.UserID(n)
		}
		if err := s.unblock(ctx, s.quiet(app), chat.Actor{App: app}, u, list); err != nil {
			return err
		}
		if err := s.relationChanged(ctx, app, u, list); err != nil {
			return err
		}
	}
}

// endViews ends u's view of C2C conversations and starts a new revision of their rules,
// so that pending decisions about the account are made again. What they have deleted from
// it is forgotten. Each conversation that has ended leaves u's list; the work is done when
// the list is empty.
func (s *Service) endViews(ctx context.Context, app chat.AppID, u chat.UserID) error {
	for {
		peers, err := s.read.Peers(ctx, app, u, "", deletePage)
		if err != nil || len(peers) == 0 {
			return err
		}
		shards := make([]chat.Shard, len(peers))
		for i, p := range peers {
			shards[i] = chat.C2COf(app, u, p).Shard()
		}
		err = s.ledger.ChangeAll(ctx, shards, func(ctx context.Context, t *ledger.Turn) error {
			old, err := t.Read.Mark(ctx, t.Shard.Conv(), u)
			if err != nil {
				return err
			}
			t.EndMark(old)
			more, err := t.ForgetDeletions(ctx, u)
			if err == nil && !more {
				t.UnlistPeer(u)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
}
