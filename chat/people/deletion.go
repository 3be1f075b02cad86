package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// deletePage is how many rows of a user are followed at a time when the account
// is deleted.
const deletePage = 500

// Delete removes what a user has: relations in both directions, places in the
// lists of conversations, and at last the account with everything in the user's shard. What the user
// said stays in the history of the others (spec/03 §3): the choice made there. Until
// the end the account is there, so that a deletion which a crash has cut short can be
// asked for again.
func (s *Service) Delete(ctx context.Context, app chat.AppID, u chat.UserID) error {
	if err := s.dropBlockers(ctx, app, u); err != nil {
		return err
	}
	if err := s.dropBlocks(ctx, app, u); err != nil {
		return err
	}
	if err := s.dropMarks(ctx, app, u); err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.UserShard(app, u), 0, func(_ context.Context, t *ledger.Turn) error {
		t.Commit.Drop = true
		return nil
	})
}

// dropBlockers takes u off the blocklists of others.
func (s *Service) dropBlockers(ctx context.Context, app chat.AppID, u chat.UserID) error {
	for after := ""; ; {
		_, owners, err := blockedBy.Page(ctx, s.read, chat.UserShard(app, u), "", after, deletePage)
		if err != nil || len(owners) == 0 {
			return err
		}
		for _, o := range owners {
			if err := s.unblock(ctx, app, chat.UserID(o), []chat.UserID{u}); err != nil {
				return err
			}
			if err := s.relationChanged(ctx, app, chat.UserID(o), []chat.UserID{u}); err != nil {
				return err
			}
		}
		after = owners[len(owners)-1]
	}
}

// dropBlocks takes off u's own blocklist everybody.
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
		if err := s.unblock(ctx, app, u, list); err != nil {
			return err
		}
		if err := s.relationChanged(ctx, app, u, list); err != nil {
			return err
		}
	}
}

// dropMarks removes u's read marks in one-to-one conversations, and begins a
// new revision of their rules: the next message lists the conversation anew.
func (s *Service) dropMarks(ctx context.Context, app chat.AppID, u chat.UserID) error {
	for after := chat.UserID(""); ; {
		peers, err := s.read.Peers(ctx, app, u, after, deletePage)
		if err != nil || len(peers) == 0 {
			return err
		}
		shards := make([]chat.Shard, len(peers))
		for i, p := range peers {
			shards[i] = chat.C2COf(app, u, p).Shard()
		}
		err = s.ledger.ChangeAll(ctx, shards, func(_ context.Context, t *ledger.Turn) error {
			t.DropMark(u)
			t.UnlistPeer(u)
			t.Commit.Raise = true
			return nil
		})
		if err != nil {
			return err
		}
		after = peers[len(peers)-1]
	}
}
