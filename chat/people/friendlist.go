package people

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
)

// FriendPage is a page of a list of friends.
type FriendPage struct {
	List             []chat.Friend
	Total            int // friends of the list
	Standard, Custom uint64
	Read             int         // rows that the page stands for, those of names that are gone too
	Next             chat.UserID // goes on while it is not ""
}

// Friends pages owner's friends by their UserIDs, after a name ("" first), with the custom
// fields that the caller may read. limit is as PageSize takes it, 100 at most.
func (s *Service) Friends(ctx context.Context, by chat.Actor, owner, after chat.UserID, limit int) (*FriendPage, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	shard := chat.UserShard(by.App, owner)
	state, err := relationsOf(ctx, s.read, shard)
	if err != nil {
		return nil, err
	}
	p := &FriendPage{Total: state.Friends, Standard: state.Standard, Custom: state.Custom}
	if limit = chat.PageSize(limit, relationPage, relationPage); limit == 0 {
		p.Next = after
		return p, nil
	}
	rows, names, err := friends.Page(ctx, s.read, shard, "", string(after), limit+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > limit {
		rows, names = rows[:limit], names[:limit]
		p.Next = chat.UserID(names[limit-1])
	}
	p.Read = len(rows)
	users := make([]chat.UserID, len(names))
	for i, n := range names {
		users[i] = chat.UserID(n)
	}
	found, err := s.friendViews(ctx, app, by, owner, state, users, rows)
	for _, f := range found {
		if f != nil {
			p.List = append(p.List, *f)
		}
	}
	return p, err
}

// FriendBefore is the friend that a page has to begin behind that starts at a place of owner's
// list, counted from 0: "" for the first.
func (s *Service) FriendBefore(ctx context.Context, by chat.Actor, owner chat.UserID, place int) (chat.UserID, error) {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return "", err
	}
	after := ""
	for place > 0 {
		_, names, err := friends.Page(ctx, s.read, chat.UserShard(by.App, owner), "", after, min(place, deletePage))
		if err != nil || len(names) == 0 {
			return chat.UserID(after), err
		}
		place -= len(names)
		after = names[len(names)-1]
	}
	return chat.UserID(after), nil
}

// FriendsNamed are those of owner's friends that are named, in the order asked, nil for one
// who is none; total counts all friends.
func (s *Service) FriendsNamed(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID) (found []*chat.Friend, total int, err error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, 0, err
	}
	shard := chat.UserShard(by.App, owner)
	state, err := relationsOf(ctx, s.read, shard)
	if err != nil {
		return nil, 0, err
	}
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = friends.Ask(shard, string(u))
	}
	rows, err := friends.Of(ctx, s.read, asks)
	if err != nil {
		return nil, 0, err
	}
	found, err = s.friendViews(ctx, app, by, owner, state, list, rows)
	return found, state.Friends, err
}

// friendViews shows rows of owner's list to the caller; nil for those of nobody and of
// earlier holders of a name.
func (s *Service) friendViews(ctx context.Context, app *chat.App, by chat.Actor, owner chat.UserID, state *relations, users []chat.UserID, rows []*friendRow) ([]*chat.Friend, error) {
	accounts, err := s.read.Accounts(ctx, app.ID, users)
	if err != nil {
		return nil, err
	}
	asks := make([]chat.RowAsk, len(users))
	for i, u := range users {
		asks[i] = profiles.Ask(chat.UserShard(app.ID, u), "")
	}
	cards, err := profiles.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	list := make([]*chat.Friend, len(rows))
	for i, row := range rows {
		if row == nil || accounts[i] == nil || accounts[i].Holder != row.Holder {
			continue
		}
		var fields map[string]string
		if state.Custom > 0 { // there are some
			if fields, err = fieldsFor(ctx, s.read, chat.UserShard(app.ID, owner), users[i]); err != nil {
				return nil, err
			}
			maps.DeleteFunc(fields, func(k, _ string) bool { return !readsField(app, by, k) })
		}
		list[i] = state.shown(accounts[i], row, fields)
		c := cardOf(accounts[i], cards[i])
		list[i].Profile = c.readable(app, by, users[i])
	}
	return list, nil
}

// CheckFriends says what owner and others are to each other, in the order asked (spec/07
// B4). HadBy is looked up when both is set. The results tell who does not exist: 30003.
func (s *Service) CheckFriends(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID, both bool) ([]chat.Relation, []chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, nil, err
	}
	return s.check(ctx, app, owner, list, both, func(ctx context.Context, from, to *chat.Account) (bool, error) {
		row, err := friends.Get(ctx, s.read, chat.UserShard(app.ID, from.User), string(to.User))
		return row != nil && row.Holder == to.Holder, err
	})
}

// CheckBlocks is CheckFriends about blocklists.
func (s *Service) CheckBlocks(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID, both bool) ([]chat.Relation, []chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, nil, err
	}
	return s.check(ctx, app, owner, list, both, func(ctx context.Context, from, to *chat.Account) (bool, error) {
		return s.Blocked(ctx, app.ID, from.User, to.User)
	})
}

func (s *Service) check(ctx context.Context, app *chat.App, owner chat.UserID, list []chat.UserID, both bool,
	has func(ctx context.Context, from, to *chat.Account) (bool, error),
) ([]chat.Relation, []chat.ItemResult, error) {
	accounts, err := s.read.Accounts(ctx, app.ID, append([]chat.UserID{owner}, list...))
	if err != nil {
		return nil, nil, err
	}
	if accounts[0] == nil {
		return nil, nil, chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	found, results := make([]chat.Relation, len(list)), make([]chat.ItemResult, len(list))
	for i, u := range list {
		results[i].User = u
		acc := accounts[i+1]
		if acc == nil {
			results[i] = resultOf(u, chat.Refuse(chat.CodeRelationNoAccount, ""))
			continue
		}
		if found[i].Has, err = has(ctx, accounts[0], acc); err != nil {
			return nil, nil, err
		}
		if !both {
			continue
		}
		if found[i].HadBy, err = has(ctx, acc, accounts[0]); err != nil {
			return nil, nil, err
		}
	}
	return found, results, nil
}

// MayWrite refuses a message between two who are not in each other's lists of friends:
// 20009, 20010, 20011 (spec/04 §11). The app asks for that by a switch.
func (s *Service) MayWrite(ctx context.Context, app chat.AppID, from, to *chat.Account) error {
	if from.User == to.User {
		return nil
	}
	rows, err := friends.Of(ctx, s.read, []chat.RowAsk{
		friends.Ask(chat.UserShard(app, from.User), string(to.User)),
		friends.Ask(chat.UserShard(app, to.User), string(from.User)),
	})
	if err != nil {
		return err
	}
	theirs := rows[0] != nil && rows[0].Holder == to.Holder // the receiver is in the sender's list
	mine := rows[1] != nil && rows[1].Holder == from.Holder
	switch {
	case !theirs && !mine:
		return chat.Refuse(chat.CodeStrangers, "")
	case !mine:
		return chat.Refuse(chat.CodeNotTheirFriend, "")
	case !theirs:
		return chat.Refuse(chat.CodeNotOwnFriend, "")
	}
	return nil
}

// Remarks are what owner calls those of the accounts that are their friends, "" for others;
// an account may be nil.
func Remarks(ctx context.Context, in chat.RowReader, app chat.AppID, owner chat.UserID, list []*chat.Account) ([]string, error) {
	remarks := make([]string, len(list))
	var asks []chat.RowAsk
	var at []int
	for i, acc := range list {
		if acc != nil {
			asks, at = append(asks, friends.Ask(chat.UserShard(app, owner), string(acc.User))), append(at, i)
		}
	}
	if len(asks) == 0 {
		return remarks, nil
	}
	rows, err := friends.Of(ctx, in, asks)
	if err != nil {
		return nil, err
	}
	for n, row := range rows {
		if row != nil && row.Holder == list[at[n]].Holder {
			remarks[at[n]] = row.Remark
		}
	}
	return remarks, nil
}
