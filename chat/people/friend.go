package people

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// FriendsToAdd is a call that adds friends.
type FriendsToAdd struct {
	Owner  chat.UserID // "": the caller
	Items  []chat.NewFriend
	Single bool // the owner's list alone
	Force  bool // nobody is asked whether they want to; for backends
}

// AddFriends makes others friends of owner, or asks them, as each of them wants it (spec/07
// B3). The results are in order; 30539 says that the other has been asked.
func (s *Service) AddFriends(ctx context.Context, by chat.Actor, d FriendsToAdd) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, d.Owner)
	if err != nil {
		return nil, err
	}
	if d.Force && !by.Admin() {
		return nil, chat.Refuse(chat.CodeRelationNeedAdmin, "only administrators add by force")
	}
	a := &adding{app: app, by: by, FriendsToAdd: d, at: map[chat.UserID]int{}}
	a.Owner = owner
	a.check()
	if err := s.askAdd(ctx, a); err != nil {
		return nil, err
	}
	if err := s.settle(ctx, by.App, owner); err != nil {
		return nil, err
	}
	plans := make(chan *plan, 1)
	err = s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		p, err := a.plan(ctx, t)
		replace(plans, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := <-plans
	return a.results, s.finishAdding(ctx, a, p)
}

// finishAdding does what the owner's turn has left to the shards of the others.
func (s *Service) finishAdding(ctx context.Context, a *adding, p *plan) error {
	copy(a.results, p.results)
	for i, err := range s.halves(ctx, a.app.ID, a.Owner, p.halves) {
		a.settle(p.halves[i], err)
	}
	asked := make([]*chat.NewFriend, len(p.ask))
	for i, at := range p.ask {
		asked[i] = &a.Items[at]
	}
	for i, err := range s.ask(ctx, a.app, a.Owner, asked) {
		a.settle(asked[i].User, err)
	}
	return a.fault
}

// adding is a call that adds friends on its way. Of items of one name the first counts.
type adding struct {
	FriendsToAdd
	app     *chat.App
	by      chat.Actor
	results []chat.ItemResult
	at      map[chat.UserID]int // where the items stand that are still to be decided
	fault   error
}

// plan is what the owner's turn finds out. It is made anew when the turn is.
type plan struct {
	results []chat.ItemResult
	halves  []chat.UserID // whose lists are next
	ask     []int         // items of those who are asked
}

// settle notes what became of an item; a fault is the call's.
func (a *adding) settle(u chat.UserID, err error) {
	if chat.IsFault(err) {
		a.fault = err
		return
	}
	a.results[a.at[u]] = resultOf(u, err)
}

// check decides about the form of each item.
func (a *adding) check() {
	a.results = make([]chat.ItemResult, len(a.Items))
	for i := range a.Items {
		n := &a.Items[i]
		err := checkNewFriend(a.Owner, n)
		if _, twice := a.at[n.User]; twice && err == nil {
			err = chat.Refuse(chat.CodeRelationParameter, "To_Account is there twice")
		}
		if a.results[i] = resultOf(n.User, err); err == nil {
			a.at[n.User] = i
		}
	}
}

func checkNewFriend(owner chat.UserID, n *chat.NewFriend) error {
	switch {
	case n.User == owner:
		return chat.Refuse(chat.CodeRelationParameter, "users cannot be friends of themselves")
	case !chat.ValidAddSource(n.Source):
		return chat.Refuse(chat.CodeRelationParameter, "AddSource is AddSource_Type_ and 1 to 8 letters")
	case len(n.Wording) > chat.MaxAddWording || !utf8.ValidString(n.Wording):
		return chat.Refuse(chat.CodeRelationParameter, "AddWording is longer than %d bytes", chat.MaxAddWording)
	case len(n.Remark) > chat.MaxRemark || !utf8.ValidString(n.Remark):
		return badRemark()
	}
	return checkGroupNames(n.Groups)
}

func badRemark() error {
	return chat.Refuse(chat.CodeRelationParameter, "Remark is longer than %d bytes", chat.MaxRemark)
}

func checkGroupNames(names []string) error {
	for _, g := range names {
		if !chat.ValidFriendGroup(g) {
			return chat.Refuse(chat.CodeRelationParameter, "the name of a friend group has 1 to %d bytes", chat.MaxFriendGroup)
		}
	}
	return nil
}

// plan decides about the items that are left and changes the list of the turn's user.
func (a *adding) plan(ctx context.Context, t *ledger.Turn) (*plan, error) {
	l, err := openListing(ctx, t, a.app)
	if err != nil {
		return nil, err
	}
	p := &plan{results: slices.Clone(a.results)}
	others := make([]chat.UserID, 0, len(a.at))
	for i := range a.Items {
		if at, left := a.at[a.Items[i].User]; left && at == i {
			others = append(others, a.Items[i].User)
		}
	}
	known, err := l.know(ctx, others)
	if err != nil {
		return nil, err
	}
	tell := &chat.RelationChange{Cmd: "friend_add", Force: a.Force, Admin: a.admin()}
	for i, u := range others {
		at := a.at[u]
		switch how, err := a.decide(l, &known[i]); {
		case chat.IsFault(err):
			return nil, err
		case err != nil:
			p.results[at] = resultOf(u, err)
		case how == asksFirst:
			p.ask = append(p.ask, at)
		case how == makesFriends:
			both, err := a.make(ctx, l, &known[i], &a.Items[at], tell)
			if chat.IsFault(err) {
				return nil, err
			}
			if p.results[at] = resultOf(u, err); both {
				p.halves = append(p.halves, u)
			}
		}
	}
	if len(tell.Pairs) > 0 {
		l.webhook(chat.AfterFriend, a.by, tell)
	}
	l.close()
	return p, nil
}

func (a *adding) admin() chat.UserID {
	if a.by.Admin() {
		return a.by.User
	}
	return ""
}

// make puts somebody into the owner's list, and leaves the other half as a debt. What the
// app is told of both waits for that; of one it goes to tell.
func (a *adding) make(ctx context.Context, l *listing, k *acquaintance, n *chat.NewFriend, tell *chat.RelationChange) (both bool, err error) {
	own := *tell
	own.Pairs = nil
	if k.row == nil {
		if err := l.befriend(ctx, k.acc, n); err != nil {
			return false, err
		}
		own.Pairs = []chat.RelationPair{{From: a.Owner, To: n.User, Initiator: a.Owner}}
	}
	if a.Single || k.has {
		tell.Pairs = append(tell.Pairs, own.Pairs...)
		return false, nil
	}
	own.Owner = a.Owner
	o := &owed{Owner: k.me, Other: k.acc.Holder, Source: n.Source, Wording: n.Wording, Added: l.Sec(), Tell: &own}
	l.owe(n.User, o.calledBy(a.by))
	return true, nil
}

// how an item goes on.
type how uint8

const (
	isFriend     how = iota // as it was asked for, already
	makesFriends            // now
	asksFirst               // the other is to agree
)

// decide is spec/07 B3. Who has listed the owner already has agreed: a choice. By force
// nobody is asked, and who may not ask may; a block stands in the way all the same.
func (a *adding) decide(l *listing, k *acquaintance) (how, error) {
	switch most := a.app.Limits.Friends; {
	case k.acc == nil:
		return 0, chat.Refuse(chat.CodeRelationNoAccount, "")
	case k.barred && !a.Force:
		return 0, chat.Refuse(chat.CodeFriendBarred, "")
	case k.blocks:
		return 0, chat.Refuse(chat.CodeIsBlocked, "")
	case k.blocked:
		return 0, chat.Refuse(chat.CodeHasBlocked, "")
	case k.row != nil && (a.Single || k.has):
		return isFriend, nil
	case !a.Force && !k.has && k.allows == chat.DenyAny:
		return 0, chat.Refuse(chat.CodeRefusesFriends, "")
	case k.row == nil && l.full():
		return 0, chat.Refuse(chat.CodeFriendsFull, "")
	case !a.Single && !k.has && most >= 0 && k.friends >= most:
		return 0, chat.Refuse(chat.CodePeerFriendsFull, "")
	case !a.Force && !k.has && k.allows == chat.AllowConfirm:
		return asksFirst, nil
	}
	return makesFriends, nil
}

// acquaintance is what is known of the owner of a list and another.
type acquaintance struct {
	acc             *chat.Account // the other; nil: there is none
	me              uint32        // holder of the owner's name
	row             *friendRow    // the other in the owner's list
	has             bool          // the owner in the other's
	blocks, blocked bool          // the owner blocks; the other does
	friends         int           // the other's
	allows          chat.AllowType
	barred          bool // the owner may not ask
}

// know reads what is known of the turn's user and others.
func (l *listing) know(ctx context.Context, others []chat.UserID) ([]acquaintance, error) {
	me := l.owner()
	accounts, err := l.Read.Accounts(ctx, l.app.ID, append([]chat.UserID{me}, others...))
	if err != nil {
		return nil, err
	}
	if accounts[0] == nil {
		return nil, chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	_, forbidden, err := FriendPolicy(ctx, l.Read, l.app, me)
	if err != nil {
		return nil, err
	}
	list := make([]acquaintance, len(others))
	for i := range others {
		k := &list[i]
		k.acc, k.me, k.barred = accounts[i+1], accounts[0].Holder, forbidden == chat.ForbidSendOut
		if k.acc == nil {
			continue
		}
		if err := l.meet(ctx, k); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (l *listing) meet(ctx context.Context, k *acquaintance) (err error) {
	me, theirs := l.owner(), chat.UserShard(l.app.ID, k.acc.User)
	if k.row, err = l.friendRow(ctx, k.acc); err != nil {
		return err
	}
	back, err := friends.Get(ctx, l.Read, theirs, string(me))
	if err != nil {
		return err
	}
	k.has = back != nil && back.Holder == k.me
	if k.blocks, err = l.blocks(ctx, k.acc.User); err != nil {
		return err
	}
	if k.blocked, err = blocks.Has(ctx, l.Read, theirs, string(me)); err != nil {
		return err
	}
	state, err := relationsOf(ctx, l.Read, theirs)
	if err != nil {
		return err
	}
	k.friends = state.Friends
	k.allows, _, err = FriendPolicy(ctx, l.Read, l.app, k.acc.User)
	return err
}

// ImportFriends puts friends into owner's list alone, asking nobody (spec/07 B3). Blocks do
// not stand in the way: a choice. Who is a friend already stays as they are.
func (s *Service) ImportFriends(ctx context.Context, by chat.Actor, owner chat.UserID, list []chat.NewFriend) ([]chat.ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	a := &adding{app: app, by: by, FriendsToAdd: FriendsToAdd{Owner: owner, Items: list, Single: true, Force: true}, at: map[chat.UserID]int{}}
	a.check()
	for u, i := range a.at {
		if err := mayWriteFriend(app, by, a.Items[i].Custom); err != nil {
			a.results[i] = resultOf(u, err)
			delete(a.at, u)
		}
	}
	for first := 0; first < len(list); first += relationPage {
		last := min(first+relationPage, len(list))
		plans := make(chan []chat.ItemResult, 1)
		err = s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
			p, err := a.take(ctx, t, first, last)
			replace(plans, p)
			return err
		})
		if err != nil {
			return nil, err
		}
		copy(a.results[first:last], <-plans)
	}
	return a.results, nil
}

// relationPage is how many names one commit changes in a list.
const relationPage = 100

// take imports some of the items.
func (a *adding) take(ctx context.Context, t *ledger.Turn, first, last int) ([]chat.ItemResult, error) {
	l, err := openListing(ctx, t, a.app)
	if err != nil {
		return nil, err
	}
	results := slices.Clone(a.results[first:last])
	for i := first; i < last; i++ {
		n := &a.Items[i]
		if at, left := a.at[n.User]; !left || at != i {
			continue
		}
		err := l.importOne(ctx, n)
		if chat.IsFault(err) {
			return nil, err
		}
		results[i-first] = resultOf(n.User, err)
	}
	l.close()
	return results, nil
}

func (l *listing) importOne(ctx context.Context, n *chat.NewFriend) error {
	acc, err := l.Read.Account(ctx, l.app.ID, n.User)
	if err != nil {
		return err
	}
	if acc == nil {
		return chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	row, err := l.friendRow(ctx, acc)
	switch {
	case err != nil || row != nil:
		return err
	case l.full():
		return chat.Refuse(chat.CodeFriendsFull, "")
	}
	return l.befriend(ctx, acc, n)
}
