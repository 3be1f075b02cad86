package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// dropRelations takes u, whose account is being deleted, off the lists of others: friends,
// requests, follows. u's own lists go with their shard. What u owes or is owed is nobody's
// then: halves look at the holders of both names.
func (s *Service) dropRelations(ctx context.Context, app chat.AppID, u chat.UserID) error {
	of := s.quiet(app)
	for _, drop := range []func(context.Context, *chat.App, chat.UserID) error{s.dropFromFriends, s.dropOwnFriends, s.dropRequests, s.dropFollows} {
		if err := drop(ctx, of, u); err != nil {
			return err
		}
	}
	return s.settle(ctx, app, u)
}

// dropFromFriends takes u off the lists of friends of others.
func (s *Service) dropFromFriends(ctx context.Context, app *chat.App, u chat.UserID) error {
	for after := ""; ; {
		_, owners, err := friendOf.Page(ctx, s.read, chat.UserShard(app.ID, u), "", after, deletePage)
		if err != nil || len(owners) == 0 {
			return err
		}
		shards := make([]chat.Shard, len(owners))
		for i, o := range owners {
			shards[i] = chat.UserShard(app.ID, chat.UserID(o))
		}
		err = s.ledger.ChangeAll(ctx, shards, func(ctx context.Context, t *ledger.Turn) error {
			return forget(ctx, t, app, u)
		})
		if err != nil {
			return err
		}
		after = owners[len(owners)-1]
	}
}

// forget takes somebody who has gone off the list of the turn's user.
func forget(ctx context.Context, t *ledger.Turn, app *chat.App, u chat.UserID) error {
	row, err := friends.Get(ctx, t.Read, t.Shard, string(u))
	if err != nil || row == nil {
		return err
	}
	l, err := openListing(ctx, t, app)
	if err != nil {
		return err
	}
	if err := l.unfriend(ctx, u, row); err != nil {
		return err
	}
	l.close()
	return nil
}

// dropOwnFriends removes what others' shards have of u's own list: the mirrors of it.
func (s *Service) dropOwnFriends(ctx context.Context, app *chat.App, u chat.UserID) error {
	return s.emptied(ctx, app, u, func(ctx context.Context, t *ledger.Turn) (int, error) {
		_, names, err := friends.Page(ctx, t.Read, t.Shard, "", "", deletePage)
		if err != nil || len(names) == 0 {
			return 0, err
		}
		l, err := openListing(ctx, t, app)
		if err != nil {
			return 0, err
		}
		for _, n := range names {
			friends.Remove(t, n)
			t.Mirror(chat.UserShard(app.ID, chat.UserID(n)), friendOf.Gone(string(u)))
		}
		l.Friends, l.friend = l.Friends-len(names), true
		l.close()
		return len(names), nil
	})
}

// dropRequests ends u's requests and those to u.
func (s *Service) dropRequests(ctx context.Context, app *chat.App, u chat.UserID) error {
	return s.emptied(ctx, app, u, func(ctx context.Context, t *ledger.Turn) (int, error) {
		_, keys, err := requests.Page(ctx, t.Read, t.Shard, "", "", deletePage)
		for _, k := range keys {
			requests.Remove(t, k)
			way := waitsIn
			if k[:1] == waitsIn {
				way = waitsOut
			}
			t.Mirror(chat.UserShard(app.ID, chat.UserID(k[1:])), requests.Gone(way+string(u)))
		}
		return len(keys), err
	})
}

// emptied repeats a turn of u's shard until it has found nothing.
func (s *Service) emptied(ctx context.Context, app *chat.App, u chat.UserID, some func(context.Context, *ledger.Turn) (int, error)) error {
	for {
		left := make(chan int, 1)
		err := s.ledger.Change(ctx, chat.UserShard(app.ID, u), 0, func(ctx context.Context, t *ledger.Turn) error {
			n, err := some(ctx, t)
			replace(left, n)
			return err
		})
		if err != nil || <-left == 0 {
			return err
		}
	}
}

// dropFollows ends u's follows in both directions.
func (s *Service) dropFollows(ctx context.Context, app *chat.App, u chat.UserID) error {
	for _, list := range []string{listFollowing, listFans} {
		for after := ""; ; {
			_, keys, err := follows.Page(ctx, s.read, chat.UserShard(app.ID, u), list, after, deletePage)
			if err != nil {
				return err
			}
			if len(keys) == 0 {
				break
			}
			after = keys[len(keys)-1]
			shards := make([]chat.Shard, len(keys))
			for i, k := range keys {
				shards[i] = chat.C2COf(app.ID, u, chat.UserID(k[1:])).Shard()
			}
			err = s.ledger.ChangeAll(ctx, shards, func(ctx context.Context, t *ledger.Turn) error {
				from, to := u, t.Shard.Conv().Peer(u)
				if list == listFans {
					from, to = to, from
				}
				row, err := follows.Get(ctx, t.Read, t.Shard, decides+string(from))
				if err != nil || row == nil {
					return err
				}
				return setFollow(ctx, t, from, to, row, false)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
