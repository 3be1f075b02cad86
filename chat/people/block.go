package people

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// alreadyBlocked is the text of the original for a name that is listed
// (spec/07 B6).
const alreadyBlocked = "Err_SNS_BlackListAdd_Already_Exist"

// blocked is a name on a blocklist.
type blocked struct {
	At int64 // Unix seconds
}

func blockedFields(f *record.Fields, b *blocked) { record.Int(f, 1, &b.At) }

// blocks are keyed by the blocked users in the shard of the list's owner, with a
// counter. blockedBy mirrors them in the shards of the blocked users, keyed by the
// owners.
var (
	blocks = ledger.Table(record.Block, blockedFields).MirroredBy(func(s chat.Shard, key string, _ *blocked) []chat.RowAsk {
		return []chat.RowAsk{blockedBy.Ask(chat.UserShard(s.App, chat.UserID(key)), string(s.User()))}
	})
	blockedBy = ledger.Table(record.BlockedBy, blockedFields)
	listed    = ledger.Counter(record.Blocks).Counts(record.Block, func(string) string { return "" })
)

// Blocked reports whether owner has blocked peer.
func (s *Service) Blocked(ctx context.Context, app chat.AppID, owner, peer chat.UserID) (bool, error) {
	return blocks.Has(ctx, s.read, chat.UserShard(app, owner), string(peer))
}

// BlockUsers puts users on owner's blocklist ("" is the caller's). Each has a result of
// its own: 30001 when listed already, 30003 when unknown, 30013 when the list is full.
func (s *Service) BlockUsers(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	results := make(chan []chat.ItemResult, 1)
	halves := make(chan []chat.UserID, 1)
	err = s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		r, err := block(ctx, t, app.Limits.Blocklist, list)
		if err != nil {
			return err
		}
		replace(results, r)
		h, err := blockedNow(ctx, t, app, by, done(r))
		replace(halves, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := <-results
	if err := s.relationChanged(ctx, by.App, owner, done(r)); err != nil {
		return nil, err
	}
	for _, err := range s.halves(ctx, by.App, owner, <-halves) {
		if chat.IsFault(err) {
			return nil, err
		}
	}
	return r, nil
}

// blockedNow ends what the turn's user and those just blocked are to each other: they are
// friends no more, and no request waits. It tells devices and the app, and says whose lists
// are next.
func blockedNow(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, added []chat.UserID) (halves []chat.UserID, err error) {
	if len(added) == 0 {
		return nil, nil
	}
	l, err := openListing(ctx, t, app)
	if err != nil {
		return nil, err
	}
	me, err := t.Read.Account(ctx, app.ID, l.owner())
	if err != nil || me == nil {
		return nil, err
	}
	tell := &chat.RelationChange{}
	for _, u := range added {
		gone, owes, err := l.part(ctx, by, me, u, false)
		if err != nil {
			return nil, err
		}
		if gone {
			tell.Pairs = append(tell.Pairs, chat.RelationPair{From: l.owner(), To: u})
		}
		if owes {
			halves = append(halves, u)
		}
		if err := l.noRequests(ctx, u); err != nil {
			return nil, err
		}
	}
	if len(tell.Pairs) > 0 {
		l.webhook(chat.AfterFriendGone, by, tell)
	}
	l.blocksChanged(chat.AfterBlock, by, added)
	l.close()
	return halves, nil
}

// noRequests ends the requests of the list's owner and another.
func (l *listing) noRequests(ctx context.Context, u chat.UserID) error {
	if err := l.requestMet(ctx, u); err != nil {
		return err
	}
	has, err := requests.Has(ctx, l.Read, l.Shard, waitsIn+string(u))
	if err == nil && has {
		l.dropRequest(u)
	}
	return err
}

// toldBlocks is how many names an event about the blocklist has at most, so that small
// devices can take it; more make several events.
const toldBlocks = 40

// blocksChanged tells the owner's devices and the app who has come onto the blocklist, or
// left it.
func (l *listing) blocksChanged(kind chat.EventKind, by chat.Actor, list []chat.UserID) {
	l.black = true
	for some := range slices.Chunk(list, toldBlocks) {
		c := &chat.BlockChange{Add: some}
		if kind == chat.AfterUnblock {
			c = &chat.BlockChange{Delete: some}
		}
		l.tell(l.owner(), chat.UserBlack, &chat.UserDetail{Black: c})
	}
	tell := &chat.RelationChange{}
	for _, u := range list {
		tell.Pairs = append(tell.Pairs, chat.RelationPair{From: l.owner(), To: u})
	}
	l.webhook(kind, by, tell)
}

// block adds users to the list of the turn's user, up to a limit (negative: none).
func block(ctx context.Context, t *ledger.Turn, most int, list []chat.UserID) ([]chat.ItemResult, error) {
	owner := t.Shard.User()
	have, err := listed.Get(ctx, t.Read, t.Shard, "")
	if err != nil {
		return nil, err
	}
	accounts, err := t.Read.Accounts(ctx, t.Shard.App, list)
	if err != nil {
		return nil, err
	}
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = blocks.Ask(t.Shard, string(u))
	}
	before, err := blocks.Of(ctx, t.Read, asks)
	if err != nil {
		return nil, err
	}
	results := make([]chat.ItemResult, len(list))
	fresh := make(map[chat.UserID]bool, len(list))
	entry := &blocked{At: t.Sec()}
	for i, u := range list {
		var refusal error
		switch {
		case u == owner:
			refusal = chat.Refuse(chat.CodeRelationParameter, "users cannot block themselves")
		case accounts[i] == nil:
			refusal = chat.Refuse(chat.CodeRelationNoAccount, "")
		case before[i] != nil || fresh[u]:
			refusal = chat.Refuse(chat.CodeRelationParameter, alreadyBlocked)
		case most >= 0 && int(have)+len(fresh) >= most:
			refusal = chat.Refuse(chat.CodeBlocklistFull, "")
		}
		if refusal != nil {
			results[i] = resultOf(u, refusal)
			continue
		}
		results[i] = chat.ItemResult{User: u}
		fresh[u] = true
		blocks.Put(t, string(u), entry)
		t.Mirror(chat.UserShard(t.Shard.App, u), blockedBy.Row(string(owner), entry))
	}
	if len(fresh) > 0 {
		listed.Add(t, "", int64(len(fresh)))
	}
	return results, nil
}

// UnblockUsers removes users from owner's blocklist. A user who is not listed counts as
// removed: the choice of spec/07 B6.
func (s *Service) UnblockUsers(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.UserID) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	if err := s.unblock(ctx, app, by, owner, list); err != nil {
		return nil, err
	}
	results := make([]chat.ItemResult, len(list))
	for i, u := range list {
		results[i].User = u
	}
	return results, s.relationChanged(ctx, by.App, owner, list)
}

func (s *Service) unblock(ctx context.Context, app *chat.App, by chat.Actor, owner chat.UserID, list []chat.UserID) error {
	return s.ledger.Change(ctx, chat.UserShard(app.ID, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		return unblock(ctx, t, app, by, list)
	})
}

// unblock takes users off the list of the turn's user.
func unblock(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, list []chat.UserID) error {
	var gone []chat.UserID
	seen := make(map[chat.UserID]bool, len(list))
	for _, u := range list {
		has, err := blocks.Has(ctx, t.Read, t.Shard, string(u))
		if err != nil {
			return err
		}
		if !has || seen[u] {
			continue
		}
		seen[u] = true
		gone = append(gone, u)
		blocks.Remove(t, string(u))
		t.Mirror(chat.UserShard(app.ID, u), blockedBy.Gone(string(t.Shard.User())))
	}
	if len(gone) == 0 {
		return nil
	}
	listed.Add(t, "", -int64(len(gone)))
	l, err := openListing(ctx, t, app)
	if err != nil {
		return err
	}
	l.blocksChanged(chat.AfterUnblock, by, gone)
	l.close()
	return nil
}

// relationChanged makes pending messages between owner and the others be decided again.
// When it returns, all of them are decided under the new list.
func (s *Service) relationChanged(ctx context.Context, app chat.AppID, owner chat.UserID, list []chat.UserID) error {
	if len(list) == 0 {
		return nil
	}
	shards := make([]chat.Shard, len(list))
	for i, u := range list {
		shards[i] = chat.C2COf(app, owner, u).Shard()
	}
	return s.ledger.Raise(ctx, shards)
}

// Blocklist pages owner's blocklist in byte order after a name.
func (s *Service) Blocklist(ctx context.Context, by chat.Actor, owner, after chat.UserID, limit int) ([]chat.BlockEntry, error) {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	page, names, err := blocks.Page(ctx, s.read, chat.UserShard(by.App, owner), "", string(after), limit)
	if err != nil {
		return nil, err
	}
	list := make([]chat.BlockEntry, len(page))
	for i, b := range page {
		list[i] = chat.BlockEntry{User: chat.UserID(names[i]), At: b.At}
	}
	return list, nil
}

// BlocklistSequence counts the changes of owner's blocklist.
func (s *Service) BlocklistSequence(ctx context.Context, by chat.Actor, owner chat.UserID) (uint64, error) {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return 0, err
	}
	state, err := relationsOf(ctx, s.read, chat.UserShard(by.App, owner))
	if err != nil {
		return 0, err
	}
	return state.Blacklist, nil
}

// ownList admits the owner of a list, and app administrators, to it.
func (s *Service) ownList(ctx context.Context, by chat.Actor, named chat.UserID) (app *chat.App, owner chat.UserID, err error) {
	if app, err = s.read.App(by.App); err != nil {
		return nil, "", err
	}
	if named == "" {
		named = by.User
	}
	if named != by.User && !by.Admin() {
		return nil, "", chat.Refuse(chat.CodeRelationNeedAdmin, "")
	}
	acc, err := s.read.Account(ctx, by.App, named)
	if err != nil {
		return nil, "", err
	}
	if acc == nil {
		return nil, "", chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	return app, named, nil
}
