package people

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// A friendship is a row in each of two lists, and the lists lie in two shards. A change of
// both is two commits: the first one changes the list of who acts and leaves, in the shard
// of the app, what it owes to the other list; the second changes that and takes the debt
// away. A crash between the two leaves a one-way friendship, which is legal, and the debt:
// the next start pays it (Resume), and so does the next change of the first user's list. So
// nothing that was accepted is lost, and nothing is done twice: a debt that is gone is paid.

// owed is a half that is to be done in the list of another.
type owed struct {
	Remove                bool
	Owner, Other          uint32 // holders of both names
	Remark, Source, Group string // of the friend to be put into the list
	Wording               string
	Added                 int64 // Unix seconds
	Tell                  *chat.RelationChange
	By                    chat.UserID // who has called, and from where
	IP                    string
	From                  chat.Platform
}

// calledBy notes who has called.
func (o *owed) calledBy(by chat.Actor) *owed {
	o.By, o.IP, o.From = by.User, by.IP, by.Platform
	return o
}

func (o *owed) caller() chat.Actor { return chat.Actor{User: o.By, IP: o.IP, Platform: o.From} }

// owedHalves lie in the shard of the app under the two users, the one who owes first.
var owedHalves = ledger.Table(record.FriendOwed, func(f *record.Fields, o *owed) {
	record.Bool(f, 1, &o.Remove)
	record.Int(f, 2, &o.Owner)
	record.Int(f, 3, &o.Other)
	record.Text(f, 4, &o.Remark)
	record.Text(f, 5, &o.Source)
	record.Text(f, 6, &o.Group)
	record.Text(f, 7, &o.Wording)
	record.Int(f, 8, &o.Added)
	record.JSON(f, 9, &o.Tell)
	record.Text(f, 10, &o.By)
	record.Text(f, 11, &o.IP)
	record.Text(f, 12, &o.From)
})

func owedKey(owner, other chat.UserID) string { return string(owner) + "\x00" + string(other) }

// owe leaves a half to be done in the list of other.
func (l *listing) owe(other chat.UserID, o *owed) {
	l.Mirror(chat.AppShard(l.app.ID), owedHalves.Row(owedKey(l.owner(), other), o))
}

// owedPage is how many halves are read at a time.
const owedPage = 500

// Resume does the halves that a crash has left (see the top of this file).
func (s *Service) Resume(ctx context.Context, app chat.AppID) error { return s.settle(ctx, app, "") }

// settle does what is owed by one user, or by all ("").
func (s *Service) settle(ctx context.Context, app chat.AppID, owner chat.UserID) error {
	prefix := ""
	if owner != "" {
		prefix = owedKey(owner, "")
	}
	for after := ""; ; {
		_, keys, err := owedHalves.Page(ctx, s.read, chat.AppShard(app), prefix, after, owedPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, k := range keys {
			from, to, _ := strings.Cut(k, "\x00")
			if err := s.half(ctx, app, chat.UserID(from), chat.UserID(to)); chat.IsFault(err) {
				return err
			}
		}
		after = keys[len(keys)-1]
	}
}

// halves does what owner owes to each of others, side by side, and returns what became of
// each.
func (s *Service) halves(ctx context.Context, app chat.AppID, owner chat.UserID, others []chat.UserID) []error {
	return sideBySide(len(others), func(i int) error { return s.half(ctx, app, owner, others[i]) })
}

// sideBySide calls do for each of n, a few at a time, and returns the errors.
func sideBySide(n int, do func(i int) error) []error {
	errs := make([]error, n)
	ends := make(chan struct{}, abreast)
	for i := range n {
		ends <- struct{}{}
		go func() {
			defer func() { <-ends }()
			errs[i] = do(i)
		}()
	}
	for range abreast {
		ends <- struct{}{}
	}
	return errs
}

// abreast is how many changes of one call are under way at once.
const abreast = 32

// half does what owner owes to other. An error is why other's list was left as it is:
// 30014 when it is full, 30525 when other has blocked owner meanwhile. A half that is done
// already is no error.
func (s *Service) half(ctx context.Context, app chat.AppID, owner, other chat.UserID) error {
	of := s.read.AppEvenDisabled(app)
	if of == nil {
		return nil
	}
	refused := make(chan error, 1)
	err := s.ledger.Change(ctx, chat.UserShard(app, other), 0, func(ctx context.Context, t *ledger.Turn) error {
		why, err := payHalf(ctx, t, of, owner)
		replace(refused, why)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.strangers(ctx, app, owner, []chat.UserID{other}); err != nil {
		return err
	}
	return <-refused
}

// payHalf changes the list of the turn's user as owner owes it.
func payHalf(ctx context.Context, t *ledger.Turn, app *chat.App, owner chat.UserID) (refused, err error) {
	me := t.Shard.User()
	key := owedKey(owner, me)
	o, err := owedHalves.Get(ctx, t.Read, chat.AppShard(app.ID), key)
	if err != nil || o == nil {
		return nil, err
	}
	t.Mirror(chat.AppShard(app.ID), owedHalves.Gone(key))
	both, err := t.Read.Accounts(ctx, app.ID, []chat.UserID{owner, me})
	if err != nil {
		return nil, err
	}
	if both[0] == nil || both[1] == nil || both[0].Holder != o.Owner || both[1].Holder != o.Other {
		return nil, nil // one of them has gone
	}
	l, err := openListing(ctx, t, app)
	if err != nil {
		return nil, err
	}
	row, err := l.friendRow(ctx, both[0])
	if err != nil {
		return nil, err
	}
	if o.Remove {
		if row == nil {
			return nil, nil
		}
		if err := l.unfriend(ctx, owner, row); err != nil {
			return nil, err
		}
		relationWebhook(t, app, owner, chat.AfterFriendGone, o.caller(), &chat.RelationChange{Pairs: []chat.RelationPair{{From: me, To: owner}}})
		l.close()
		return nil, nil
	}
	refused, err = l.addOwed(ctx, both[0], row, o)
	l.close()
	return refused, err
}

// addOwed puts the owner of the half into the list, if it has room and nobody blocks the
// other, and tells the app of what was made.
func (l *listing) addOwed(ctx context.Context, acc *chat.Account, row *friendRow, o *owed) (refused, err error) {
	tell := *o.Tell
	blocks, err := l.blocks(ctx, acc.User)
	switch {
	case err != nil:
		return nil, err
	case row != nil:
	case blocks:
		refused = chat.Refuse(chat.CodeHasBlocked, "")
	case l.full():
		refused = chat.Refuse(chat.CodePeerFriendsFull, "")
	default:
		n := &chat.NewFriend{User: acc.User, Remark: o.Remark, Source: o.Source, Wording: o.Wording, Added: o.Added}
		if o.Group != "" && (l.group(o.Group) != nil || len(l.Groups) < mostGroups(l.app)) {
			n.Groups = []string{o.Group}
		}
		if err := l.befriend(ctx, acc, n); err != nil {
			return nil, err
		}
		tell.Pairs = append(tell.Pairs, chat.RelationPair{From: l.owner(), To: acc.User, Initiator: o.initiator()})
	}
	if len(tell.Pairs) > 0 {
		relationWebhook(l.Turn, l.app, acc.User, chat.AfterFriend, o.caller(), &tell)
	}
	return refused, nil
}

// initiator is who has asked for the friendship.
func (o *owed) initiator() chat.UserID {
	if len(o.Tell.Pairs) > 0 {
		return o.Tell.Pairs[0].Initiator
	}
	return o.Tell.Owner
}

func (l *listing) full() bool {
	most := l.app.Limits.Friends
	return most >= 0 && l.Friends >= most
}

// blocks reports whether the list's owner has blocked somebody.
func (l *listing) blocks(ctx context.Context, u chat.UserID) (bool, error) {
	return blocks.Has(ctx, l.Read, l.Shard, string(u))
}

// friendRow is the row of a friend, nil when there is none. That of an earlier holder of
// the name is taken off.
func (l *listing) friendRow(ctx context.Context, acc *chat.Account) (*friendRow, error) {
	row, err := friends.Get(ctx, l.Read, l.Shard, string(acc.User))
	if err != nil || row == nil || row.Holder == acc.Holder {
		return row, err
	}
	return nil, l.remove(ctx, acc.User, row)
}

// befriend puts somebody into the list, which has room, and ends the owner's own request
// to them, if one waits.
func (l *listing) befriend(ctx context.Context, acc *chat.Account, n *chat.NewFriend) error {
	refs, err := l.room(n.Groups)
	if err != nil {
		return err
	}
	row := &friendRow{
		Holder: acc.Holder, Added: n.Added, Remark: n.Remark, RemarkTime: n.RemarkTime,
		Source: n.Source, Wording: n.Wording, Groups: refs,
	}
	if row.Added == 0 {
		row.Added = l.Sec()
	}
	if row.RemarkTime == 0 && row.Remark != "" {
		row.RemarkTime = l.Sec()
	}
	if err := l.setFields(ctx, acc.User, n.Custom); err != nil {
		return err
	}
	l.put(acc.User, nil, row)
	if err := l.requestMet(ctx, acc.User); err != nil {
		return err
	}
	l.tell(l.owner(), chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
		What: chat.FriendAdded, Friend: l.shown(acc, row, n.Custom),
	}})
	return nil
}

// unfriend takes somebody off the list and tells the owner's devices.
func (l *listing) unfriend(ctx context.Context, u chat.UserID, row *friendRow) error {
	if err := l.remove(ctx, u, row); err != nil {
		return err
	}
	l.tell(l.owner(), chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
		What: chat.FriendDeleted, Friend: &chat.Friend{User: u},
	}})
	return nil
}

// webhook tells the app's server of a change of the owner's lists.
func (l *listing) webhook(kind chat.EventKind, by chat.Actor, c *chat.RelationChange) {
	relationWebhook(l.Turn, l.app, l.owner(), kind, by, c)
}

// relationWebhook tells the app's server of a change that a call about the lists of a user
// has made: all of one user's come in order.
func relationWebhook(t *ledger.Turn, app *chat.App, of chat.UserID, kind chat.EventKind, by chat.Actor, c *chat.RelationChange) {
	if !t.Wants(app, kind) {
		return
	}
	e := t.Read.Event(by, kind, chat.Conversation{App: app.ID})
	e.Key, e.Relation = "relations/"+chat.UserShard(app.ID, of).String(), c
	t.AddWebhook(app, e)
}
