package people

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// followRow says that somebody follows somebody. It decides in the shard that the two have
// in common, that of their conversation, under 0 and who follows; so both directions change on one
// lane, and all of a change is one commit. The lists of the two and what counts them are
// mirrors, moved by that commit.
type followRow struct {
	At   int64  // Unix seconds
	From uint32 // holders of both names
	To   uint32
}

// Follow rows in a user's shard lie under one of the lists and the other's name. All are
// counted by what their keys begin with.
const (
	decides       = "0"
	listFans      = "1"
	listFollowing = "2"
	listMutual    = "3"
)

var (
	follows = ledger.Table(record.Follow, func(f *record.Fields, r *followRow) {
		record.Int(f, 1, &r.At)
		record.Int(f, 2, &r.From)
		record.Int(f, 3, &r.To)
	}).MirroredBy(func(s chat.Shard, key string, _ *followRow) []chat.RowAsk {
		conv, name := s.Conv(), strings.TrimPrefix(key, decides)
		if conv.Kind != chat.C2C {
			return nil
		}
		from := chat.UserID(name)
		return []chat.RowAsk{
			followAsk(s.App, from, listFollowing, conv.Peer(from)),
			followAsk(s.App, conv.Peer(from), listFans, from),
		}
	})

	followCounts = ledger.Counter(record.FollowCount).Counts(record.Follow, func(key string) string { return key[:min(1, len(key))] })
)

func followAsk(app chat.AppID, owner chat.UserID, list string, other chat.UserID) chat.RowAsk {
	return chat.RowAsk{Shard: chat.UserShard(app, owner), Kind: chat.RowKind(record.Follow), Key: list + string(other)}
}

// Follow makes owner a follower of others, or not any more. Who is followed already, or not,
// stays so. 30003 for who does not exist, 30515 and 30525 where a block stands between,
// 30010 when owner follows too many: choices, as adding friends has them.
func (s *Service) Follow(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID, on bool) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	have, err := followCounts.Get(ctx, s.read, chat.UserShard(by.App, owner), listFollowing)
	if err != nil {
		return nil, err
	}
	errs := sideBySide(len(list), func(i int) error {
		if list[i] == owner {
			return chat.Refuse(chat.CodeRelationParameter, "users cannot follow themselves")
		}
		full := on && app.Limits.Following >= 0 && int(have)+i >= app.Limits.Following
		return s.ledger.Change(ctx, chat.C2COf(by.App, owner, list[i]).Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
			return follow(ctx, t, app, by, owner, on, full)
		})
	})
	results := make([]chat.ItemResult, len(list))
	for i, err := range errs {
		if chat.IsFault(err) {
			return nil, err
		}
		results[i] = resultOf(list[i], err)
	}
	return results, nil
}

// follow changes one direction of the turn's two users.
func follow(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, from chat.UserID, on, full bool) error {
	to := t.Shard.Conv().Peer(from)
	both, err := t.Read.Accounts(ctx, app.ID, []chat.UserID{from, to})
	if err != nil {
		return err
	}
	row, err := follows.Get(ctx, t.Read, t.Shard, decides+string(from))
	switch has := row != nil; {
	case err != nil:
		return err
	case both[0] == nil || both[1] == nil:
		return chat.Refuse(chat.CodeRelationNoAccount, "")
	case has == on:
		return nil
	case full:
		return chat.Refuse(chat.CodeFriendsFull, "more are followed than one may follow")
	case on:
		if err := mayFollow(ctx, t, from, to); err != nil {
			return err
		}
	}
	kind := chat.AfterUnfollow
	if on {
		kind = chat.AfterFollow
	}
	if err := setFollow(ctx, t, from, to, &followRow{At: t.Sec(), From: both[0].Holder, To: both[1].Holder}, on); err != nil {
		return err
	}
	relationWebhook(t, app, from, kind, by, &chat.RelationChange{Pairs: []chat.RelationPair{{From: from, To: to}}})
	return nil
}

func mayFollow(ctx context.Context, t *ledger.Turn, from, to chat.UserID) error {
	mine, err := blocks.Has(ctx, t.Read, chat.UserShard(t.Shard.App, from), string(to))
	if err != nil {
		return err
	}
	if mine {
		return chat.Refuse(chat.CodeIsBlocked, "")
	}
	theirs, err := blocks.Has(ctx, t.Read, chat.UserShard(t.Shard.App, to), string(from))
	if err == nil && theirs {
		err = chat.Refuse(chat.CodeHasBlocked, "")
	}
	return err
}

// setFollow puts or removes the row that decides, and moves the lists and counters of both.
func setFollow(ctx context.Context, t *ledger.Turn, from, to chat.UserID, row *followRow, on bool) error {
	back, err := follows.Get(ctx, t.Read, t.Shard, decides+string(to))
	if err != nil {
		return err
	}
	move := func(owner chat.UserID, list string, other chat.UserID) {
		shard, key, by := chat.UserShard(t.Shard.App, owner), list+string(other), int64(1)
		if on {
			t.Mirror(shard, follows.Row(key, row))
		} else {
			t.Mirror(shard, follows.Gone(key))
			by = -1
		}
		t.Mirror(shard, followCounts.Row(list, by))
	}
	if on {
		follows.Put(t, decides+string(from), row)
		followCounts.Add(t, decides, 1)
	} else {
		follows.Remove(t, decides+string(from))
		followCounts.Add(t, decides, -1)
	}
	move(from, listFollowing, to)
	move(to, listFans, from)
	if back != nil {
		move(from, listMutual, to)
		move(to, listMutual, from)
	}
	return nil
}

// CheckFollows says what owner and others are to each other, in the order asked. The
// results tell who does not exist: 30003.
func (s *Service) CheckFollows(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID) ([]chat.FollowType, []chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, nil, err
	}
	found, results, err := s.check(ctx, app, owner, list, true, func(ctx context.Context, from, to *chat.Account) (bool, error) {
		return follows.Has(ctx, s.read, chat.C2COf(app.ID, from.User, to.User).Shard(), decides+string(from.User))
	})
	if err != nil {
		return nil, nil, err
	}
	types := make([]chat.FollowType, len(found))
	for i, f := range found {
		switch {
		case f.Has && f.HadBy:
			types[i] = chat.MutualFollow
		case f.Has:
			types[i] = chat.Following
		case f.HadBy:
			types[i] = chat.Fans
		}
	}
	return types, results, nil
}

// Follows pages those of one type by their UserIDs, after a name ("" first). limit is as
// PageSize takes it: 100 unless named, 1000 at most. next goes on while it is not "".
func (s *Service) Follows(ctx context.Context, by chat.Actor, owner chat.UserID, kind chat.FollowType, after chat.UserID, limit int) (list []chat.Follower, next chat.UserID, err error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, "", err
	}
	prefix, ok := map[chat.FollowType]string{chat.Fans: listFans, chat.Following: listFollowing, chat.MutualFollow: listMutual}[kind]
	if !ok {
		return nil, "", chat.Refuse(chat.CodeRelationParameter, "FollowType is 1, 2 or 3")
	}
	if limit = chat.PageSize(limit, 100, 1000); limit == 0 {
		return nil, after, nil
	}
	from := ""
	if after != "" {
		from = prefix + string(after)
	}
	rows, keys, err := follows.Page(ctx, s.read, chat.UserShard(by.App, owner), prefix, from, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows, keys = rows[:limit], keys[:limit]
		next = chat.UserID(keys[limit-1][1:])
	}
	users := make([]chat.UserID, len(keys))
	for i, k := range keys {
		users[i] = chat.UserID(k[1:])
	}
	accounts, err := s.read.Accounts(ctx, app.ID, users)
	if err != nil {
		return nil, "", err
	}
	for i, acc := range accounts {
		if acc == nil || acc.Holder != rows[i].From && acc.Holder != rows[i].To {
			continue
		}
		list = append(list, chat.Follower{User: acc.User, Since: rows[i].At, Profile: namesOf(acc)})
	}
	return list, next, nil
}

// FollowInfo counts the follows of users, in the order asked. Anybody may ask. The results
// tell who does not exist: 30003.
func (s *Service) FollowInfo(ctx context.Context, by chat.Actor, list []chat.UserID) ([]chat.FollowCounts, []chat.ItemResult, error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, nil, err
	}
	accounts, err := s.read.Accounts(ctx, by.App, list)
	if err != nil {
		return nil, nil, err
	}
	asks := make([]chat.RowAsk, 0, 3*len(list))
	for _, u := range list {
		for _, kind := range []string{listFans, listFollowing, listMutual} {
			asks = append(asks, followCounts.Ask(chat.UserShard(by.App, u), kind))
		}
	}
	n, err := followCounts.Of(ctx, s.read, asks)
	if err != nil {
		return nil, nil, err
	}
	counts, results := make([]chat.FollowCounts, len(list)), make([]chat.ItemResult, len(list))
	for i, u := range list {
		if results[i].User = u; accounts[i] == nil {
			results[i] = resultOf(u, chat.Refuse(chat.CodeRelationNoAccount, ""))
			continue
		}
		counts[i] = chat.FollowCounts{Fans: n[3*i], Following: n[3*i+1], Mutual: n[3*i+2]}
	}
	return counts, results, nil
}
