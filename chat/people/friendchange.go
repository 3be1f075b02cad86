package people

import (
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// RemoveFriends takes others off owner's list, and owner off theirs unless it is single
// (spec/07 B5). 31704 for one who is in neither list; with single, who is not in owner's.
func (s *Service) RemoveFriends(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID, single bool) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx, by.App, owner); err != nil {
		return nil, err
	}
	var results []chat.ItemResult
	for page := range slices.Chunk(list, relationPage) {
		r, err := s.removeSome(ctx, app, by, owner, page, single)
		if err != nil {
			return nil, err
		}
		results = append(results, r...)
	}
	return results, nil
}

func (s *Service) removeSome(ctx context.Context, app *chat.App, by chat.Actor, owner chat.UserID, list []chat.UserID, single bool) ([]chat.ItemResult, error) {
	type outcome struct {
		results []chat.ItemResult
		halves  []chat.UserID
	}
	outcomes := make(chan outcome, 1)
	err := s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		results, halves, err := removeFriends(ctx, t, app, by, list, single)
		replace(outcomes, outcome{results, halves})
		return err
	})
	if err != nil {
		return nil, err
	}
	o := <-outcomes
	if err := s.strangers(ctx, by.App, owner, done(o.results)); err != nil {
		return nil, err
	}
	for _, err := range s.halves(ctx, by.App, owner, o.halves) {
		if chat.IsFault(err) {
			return nil, err
		}
	}
	return o.results, nil
}

// done are the users of a batch that it has gone well for.
func done(results []chat.ItemResult) []chat.UserID {
	var list []chat.UserID
	for _, r := range results {
		if r.Code == 0 {
			list = append(list, r.User)
		}
	}
	return list
}

// strangers makes pending messages of owner and those who are no friends any more be
// decided again, where friends alone may write.
func (s *Service) strangers(ctx context.Context, app chat.AppID, owner chat.UserID, list []chat.UserID) error {
	of := s.read.AppEvenDisabled(app)
	if of == nil || !of.Switches.FriendsOnly {
		return nil
	}
	return s.relationChanged(ctx, app, owner, list)
}

// removeFriends takes friends off the list of the turn's user, and says whose lists are
// next.
func removeFriends(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, list []chat.UserID, single bool) (results []chat.ItemResult, halves []chat.UserID, err error) {
	l, err := openListing(ctx, t, app)
	if err != nil {
		return nil, nil, err
	}
	me, err := t.Read.Account(ctx, app.ID, l.owner())
	if err != nil || me == nil {
		return nil, nil, err
	}
	tell := &chat.RelationChange{}
	for i, u := range list {
		gone, owes, err := l.part(ctx, by, me, u, single || slices.Contains(list[:i], u))
		if err != nil {
			return nil, nil, err
		}
		if gone {
			tell.Pairs = append(tell.Pairs, chat.RelationPair{From: l.owner(), To: u})
		}
		if owes {
			halves = append(halves, u)
		}
		var refused error
		if !gone && !owes && !slices.Contains(list[:i], u) {
			refused = chat.Refuse(chat.CodeNotFriends, "")
		}
		results = append(results, resultOf(u, refused))
	}
	if len(tell.Pairs) > 0 {
		l.webhook(chat.AfterFriendGone, by, tell)
	}
	l.close()
	return results, halves, nil
}

// part takes one friend off the list; owes says that the other list is next.
func (l *listing) part(ctx context.Context, by chat.Actor, me *chat.Account, u chat.UserID, single bool) (gone, owes bool, err error) {
	row, err := friends.Get(ctx, l.Read, l.Shard, string(u))
	if err != nil {
		return false, false, err
	}
	if row != nil && !l.parted(u) {
		gone = true
		if err := l.unfriend(ctx, u, row); err != nil {
			return false, false, err
		}
	}
	if single {
		return gone, false, nil
	}
	back, err := friends.Get(ctx, l.Read, chat.UserShard(l.app.ID, u), string(l.owner()))
	if err != nil || back == nil {
		return gone, false, err
	}
	acc, err := l.Read.Account(ctx, l.app.ID, u)
	if err != nil || acc == nil {
		return gone, false, err
	}
	o := &owed{Remove: true, Owner: me.Holder, Other: acc.Holder}
	l.owe(u, o.calledBy(by))
	return gone, true, nil
}

// parted reports whether the turn has taken somebody off already.
func (l *listing) parted(u chat.UserID) bool {
	return slices.ContainsFunc(l.Commit.Rows, func(r chat.Row) bool {
		return r.Kind == friends.Gone("").Kind && r.Key == string(u) && r.Removes()
	})
}

// RemoveAllFriends empties owner's list, and takes owner off the lists of these friends
// unless it is single (spec/07 B5). Its groups stay, empty.
func (s *Service) RemoveAllFriends(ctx context.Context, by chat.Actor, owner chat.UserID, single bool) error {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return err
	}
	for {
		_, names, err := friends.Page(ctx, s.read, chat.UserShard(by.App, owner), "", "", relationPage)
		if err != nil || len(names) == 0 {
			return err
		}
		list := make([]chat.UserID, len(names))
		for i, n := range names {
			list[i] = chat.UserID(n)
		}
		if _, err := s.RemoveFriends(ctx, by, owner, list, single); err != nil {
			return err
		}
	}
}

// UpdateFriends changes what owner says of friends. 31704 for who is none.
func (s *Service) UpdateFriends(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.FriendUpdate) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	results := make(chan []chat.ItemResult, 1)
	err = s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		r, err := updateFriends(ctx, t, app, by, list)
		replace(results, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-results, nil
}

func updateFriends(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, list []chat.FriendUpdate) ([]chat.ItemResult, error) {
	l, err := openListing(ctx, t, app)
	if err != nil {
		return nil, err
	}
	results := make([]chat.ItemResult, len(list))
	for i := range list {
		u := &list[i]
		err := checkUpdate(app, by, u)
		if slices.ContainsFunc(list[:i], func(o chat.FriendUpdate) bool { return o.User == u.User }) {
			err = chat.Refuse(chat.CodeRelationParameter, "To_Account is there twice")
		}
		if err == nil {
			err = l.update(ctx, u)
		}
		if chat.IsFault(err) {
			return nil, err
		}
		results[i] = resultOf(u.User, err)
	}
	l.close()
	return results, nil
}

func checkUpdate(app *chat.App, by chat.Actor, u *chat.FriendUpdate) error {
	if u.Remark != nil && (len(*u.Remark) > chat.MaxRemark || !utf8.ValidString(*u.Remark)) {
		return badRemark()
	}
	if err := checkGroupNames(u.Groups); err != nil {
		return err
	}
	return mayWriteFriend(app, by, u.Custom)
}

// mayWriteFriend decides about custom fields of friends. Where the app declares none every
// key of the right form is known, as in groups: our choice.
func mayWriteFriend(app *chat.App, by chat.Actor, fields map[string]string) error {
	for k, v := range fields {
		switch right, declared := app.Custom.Friend[k]; {
		case !chat.ValidProfileKey(k):
			return chat.Refuse(chat.CodeRelationParameter, "the key of a custom field has 1 to %d letters", chat.MaxProfileKey)
		case len(v) > chat.MaxFriendField || !utf8.ValidString(v):
			return chat.Refuse(chat.CodeRelationParameter, "a custom field is longer than %d bytes", chat.MaxFriendField)
		case len(app.Custom.Friend) == 0 || by.Admin() && declared:
		case !declared:
			return chat.Refuse(chat.CodeRelationParameter, "custom field %s is not declared", k)
		case !ownerMay(right.Write):
			return chat.Refuse(chat.CodeRelationNeedAdmin, "custom field %s may not be written", k)
		}
	}
	return nil
}

// ownerMay reports whether the owner of a list is let in.
func ownerMay(levels []chat.Level) bool {
	return slices.Contains(levels, chat.LevelUser) || slices.Contains(levels, chat.LevelSelf)
}

// readsField reports whether the caller, the owner of the list or an administrator, may
// read a custom field.
func readsField(app *chat.App, by chat.Actor, key string) bool {
	return by.Admin() || len(app.Custom.Friend) == 0 || ownerMay(app.Custom.Friend[key].Read)
}

func (l *listing) update(ctx context.Context, u *chat.FriendUpdate) error {
	acc, err := l.Read.Account(ctx, l.app.ID, u.User)
	if err != nil {
		return err
	}
	if acc == nil {
		return chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	old, err := l.friendRow(ctx, acc)
	if err != nil {
		return err
	}
	if old == nil {
		return chat.Refuse(chat.CodeNotFriends, "")
	}
	fields, err := fieldsFor(ctx, l.Read, l.Shard, u.User)
	if err != nil {
		return err
	}
	row := *old // stored values are shared and never changed
	if u.Groups != nil {
		if row.Groups, err = l.room(u.Groups); err != nil {
			return err
		}
	}
	if u.Remark != nil && *u.Remark != row.Remark {
		row.Remark, row.RemarkTime = *u.Remark, l.Sec()
	}
	custom := maps.Clone(u.Custom) // what is new; the turn may run again
	maps.DeleteFunc(custom, func(k, v string) bool { return fields[k] == v })
	if err := l.setFields(ctx, u.User, custom); err != nil {
		return err
	}
	changed := len(custom) > 0
	if row.Remark != old.Remark || !slices.Equal(row.Groups, old.Groups) {
		l.put(u.User, old, &row)
		changed = true
	}
	if changed {
		for k, v := range custom {
			if fields[k] = v; v == "" {
				delete(fields, k)
			}
		}
		l.tell(l.owner(), chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
			What: chat.FriendUpdated, Friend: l.shown(acc, &row, fields),
		}})
	}
	return nil
}
