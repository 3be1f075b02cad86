package people

import (
	"context"
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Login admits a user whose ticket was checked: it creates the account at the
// first login, and refuses a blocked one (70051), a ticket that a kick has revoked (70052)
// and an unknown or disabled app. Who has no account gets 70107 where the app makes none
// for them, and 70398 when it has no room for one more.
func (s *Service) Login(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	of, err := s.read.App(app)
	if err != nil {
		return nil, err
	}
	if !of.Admits(u) {
		return nil, chat.Refuse(chat.CodeAccountParameter, "UserID is not valid")
	}
	acc, err := s.settled(ctx, app, u)
	if err != nil {
		return nil, err
	}
	switch {
	case acc == nil:
		return s.register(ctx, of, u)
	case acc.Blocked:
		return nil, chat.Refuse(chat.CodeAccountBlocked, "")
	}
	if err := s.checkTicket(ctx, acc, t); err != nil {
		return nil, err
	}
	if acc.State == chat.AccountGone {
		return s.register(ctx, of, u)
	}
	return acc, nil
}

// settled is the row of an account once no deletion of it is under way: one that
// was cut short is finished first.
func (s *Service) settled(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	acc, err := s.read.AccountRow(ctx, app, u)
	if err != nil || acc == nil || acc.State != chat.AccountLeaving {
		return acc, err
	}
	if err := s.finish(ctx, app, u); err != nil {
		return nil, err
	}
	return s.read.AccountRow(ctx, app, u)
}

// register creates the account of a first login.
func (s *Service) register(ctx context.Context, app *chat.App, u chat.UserID) (*chat.Account, error) {
	if app.Switches.NoAutoRegister && !app.IsAdmin(u) {
		return nil, chat.Refuse(chat.CodeNoAccount, "")
	}
	made := make(chan *chat.Account, 1)
	err := s.ledger.Change(ctx, chat.UserShard(app.ID, u), 0, func(ctx context.Context, t *ledger.Turn) error {
		acc, err := t.Read.Account(ctx, app.ID, u)
		if err != nil {
			return err
		}
		if acc == nil { // nobody was faster
			if acc, err = newAccount(ctx, t, app); err != nil {
				return err
			}
			t.PutAccount(acc)
			t.Count(chat.FigureRegistered, 1)
		}
		replace(made, acc)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return <-made, nil
}

// newAccount is the account of somebody who registers the name of the turn's
// user. A former holder of the name, now deleted, leaves the time of the kick; the new account is
// younger than that, so that nobody takes one for the other. 70398 when the app has no room.
func newAccount(ctx context.Context, t *ledger.Turn, app *chat.App) (*chat.Account, error) {
	u := t.Shard.User()
	acc := &chat.Account{App: app.ID, User: u, Created: t.Sec()}
	old, err := t.Read.AccountRow(ctx, app.ID, u)
	switch {
	case err != nil:
		return nil, err
	case old != nil && old.State == chat.AccountLeaving: // begun since the caller asked
		return nil, chat.Refuse(chat.CodeBusy, "the account is being deleted")
	}
	if err := hasRoom(ctx, t.Read, app, u); err != nil {
		return nil, err
	}
	countAccount(t, 1)
	if old == nil {
		return acc, nil
	}
	acc.Holder, acc.KickedAt, acc.Revoked = old.Holder, old.KickedAt, old.Revoked
	acc.Created = max(acc.Created, old.KickedAt+1)
	return acc, nil
}

// replace puts v into a channel of capacity one in place of what it holds, since a turn
// may be prepared more than once.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}

// Import creates accounts and updates the given fields of those that exist
// (spec/03 §1, §2). It returns those that failed: 70402 for an id that may not be
// registered, 40601 for a value above 500 bytes, 70398 for an account that the app has no
// room for.
func (s *Service) Import(ctx context.Context, by chat.Actor, list []chat.Profile) (failed []chat.ItemResult, err error) {
	if err := s.admin(by); err != nil {
		return nil, err
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	profiles := make(map[chat.Shard][]chat.Profile, len(list))
	shards := make([]chat.Shard, 0, len(list))
	for _, p := range list {
		if err := checkProfile(app, &p); err != nil {
			failed = append(failed, resultOf(p.User, err))
			continue
		}
		if _, err := s.settled(ctx, by.App, p.User); err != nil {
			return nil, err
		}
		shard := chat.UserShard(by.App, p.User)
		if profiles[shard] == nil {
			shards = append(shards, shard)
		}
		profiles[shard] = append(profiles[shard], p)
	}
	if len(shards) == 0 {
		return failed, nil
	}
	out := newOutcome()
	err = s.ledger.ChangeAll(ctx, shards, func(ctx context.Context, t *ledger.Turn) error {
		changed, err := importInto(ctx, t, app, by, profiles[t.Shard])
		return out.put(t.Shard, changed, err)
	})
	if err != nil {
		return failed, err
	}
	out.tell(s.tells, app)
	return append(failed, out.failures(shards)...), nil
}

func checkProfile(app *chat.App, p *chat.Profile) error {
	if !app.Admits(p.User) {
		return chat.Refuse(chat.CodeAccountParameter, "UserID is not valid")
	}
	for _, v := range []*string{p.Nick, p.FaceURL} {
		if v != nil && len(*v) > chat.MaxProfileBytes {
			return chat.Refuse(chat.CodeProfileTooLong, "")
		}
	}
	return nil
}

// importInto sets the given fields of one user's profiles, and returns what has changed of
// an account that was there.
func importInto(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, list []chat.Profile) ([]chat.ProfileItem, error) {
	old, err := t.Read.Account(ctx, t.Shard.App, t.Shard.User())
	if err != nil {
		return nil, err
	}
	fresh := old == nil
	if fresh {
		if old, err = newAccount(ctx, t, app); err != nil {
			return nil, err
		}
	}
	row := *old // stored values are shared and never changed
	for _, p := range list {
		if p.Nick != nil {
			row.Nick = *p.Nick
		}
		if p.FaceURL != nil {
			row.FaceURL = *p.FaceURL
		}
	}
	if fresh {
		t.PutAccount(&row)
		t.Count(chat.FigureRegistered, 1)
		return nil, nil
	}
	before, now := cardOf(old, nil), cardOf(&row, nil)
	changed := now.changes(&before, app)
	if len(changed) == 0 { // backends import who logs in, again and again
		return nil, nil
	}
	t.PutAccount(&row)
	tellProfile(t, app, by, changed)
	return changed, nil
}

// Check tells which accounts exist, in the order asked.
func (s *Service) Check(ctx context.Context, by chat.Actor, list []chat.UserID) ([]bool, error) {
	if err := s.admin(by); err != nil {
		return nil, err
	}
	accounts, err := s.read.Accounts(ctx, by.App, list)
	if err != nil {
		return nil, err
	}
	exist := make([]bool, len(list))
	for i, acc := range accounts {
		exist[i] = acc != nil
	}
	return exist, nil
}

// Me describes the caller.
func (s *Service) Me(ctx context.Context, by chat.Actor) (MyView, error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return MyView{}, err
	}
	acc, err := s.read.Account(ctx, by.App, by.User)
	if err != nil {
		return MyView{}, err
	}
	if acc == nil {
		return MyView{}, chat.Refuse(chat.CodeNoAccount, "")
	}
	head, err := s.ledger.Head(ctx, chat.UserShard(by.App, by.User))
	if err != nil {
		return MyView{}, fmt.Errorf("read head: %w", err)
	}
	return MyView{
		Account:  acc,
		Devices:  s.ledger.Deliverer().Devices(by.App, by.User),
		Limits:   app.Limits,
		Admin:    app.IsAdmin(by.User),
		EventSeq: head.EventSeq,
	}, nil
}

// MyView is the caller's account, live devices and limits.
type MyView struct {
	Account  *chat.Account
	Devices  []chat.Device
	Limits   chat.Limits
	Admin    bool
	EventSeq uint64 // of the caller's newest event
}

// Account is a user's account, nil when there is none.
func (s *Service) Account(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	return s.read.Account(ctx, app, u)
}

// accountRounds bounds the reads that fill a page: of an app many of whose users are gone, a page
// may be short.
const accountRounds = 10

// Accounts pages the accounts of an app in byte order of UserID, those whose id begins with prefix
// and comes after the given one ("" first). A page may have fewer than limit, or none, though more
// follow: last is where the next begins, "" at the end.
func (s *Service) Accounts(ctx context.Context, app chat.AppID, prefix, after chat.UserID, limit int) (page []*chat.Account, last chat.UserID, err error) {
	if after == "" && prefix != "" { // what is read below comes after it
		a, err := s.read.Account(ctx, app, prefix)
		if err != nil {
			return nil, "", err
		}
		if a != nil {
			page = append(page, a)
		}
		after = prefix
	}
	last = max(after, prefix)
	for range accountRounds {
		found, next, err := s.read.EveryAccount(ctx, app, last, limit-len(page))
		if err != nil {
			return nil, "", err
		}
		for _, a := range found {
			if strings.HasPrefix(string(a.User), string(prefix)) {
				page = append(page, a)
			}
		}
		if last = next; len(page) == limit || last == "" || !strings.HasPrefix(string(last), string(prefix)) {
			break
		}
	}
	if !strings.HasPrefix(string(last), string(prefix)) {
		last = ""
	}
	return page, last, nil
}
