package people

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Who is told of a changed profile: the user's own devices, durably, with the change; the
// app; and friends and peers, while they are online (spec/00 §4). The last may be many, so
// they are told afterwards, a page at a time, on the user's lane: each hears of changes in
// their order, and nobody waits for it.

const (
	tellPage  = 200  // users told in one turn
	tellUsers = 4096 // whose changes are being told at a time; those of others are not told
)

// circles are those who are told, besides the user: pages of users in byte order after one.
// Who is in several is told more than once, which does no harm. The functions only read.
var circles = []func(ctx context.Context, r *ledger.Reader, app chat.AppID, u, after chat.UserID, limit int) ([]chat.UserID, error){
	peersOf, listersOf,
}

// listersOf are those who have u in their lists of friends.
func listersOf(ctx context.Context, r *ledger.Reader, app chat.AppID, u, after chat.UserID, limit int) ([]chat.UserID, error) {
	_, keys, err := friendOf.Page(ctx, r, chat.UserShard(app, u), "", string(after), limit)
	list := make([]chat.UserID, len(keys))
	for i, k := range keys {
		list[i] = chat.UserID(k)
	}
	return list, err
}

func peersOf(ctx context.Context, r *ledger.Reader, app chat.AppID, u, after chat.UserID, limit int) ([]chat.UserID, error) {
	return r.Peers(ctx, app, u, after, limit)
}

// tellProfile puts into a turn that its user's profile has changed.
func tellProfile(t *ledger.Turn, app *chat.App, by chat.Actor, changed []chat.ProfileItem) {
	if len(changed) == 0 {
		return
	}
	u := t.Shard.User()
	if own := shownTo(app, chat.Actor{App: app.ID, User: u}, u, changed); len(own) > 0 {
		t.Commit.Notices = append(t.Commit.Notices, profileEvent(t, u, u, own, t.Read.Expiry(app)))
	}
	if !t.Wants(app, chat.AfterProfile) {
		return
	}
	e := t.Read.Event(by, chat.AfterProfile, chat.Conversation{App: app.ID})
	e.Key, e.Users, e.Profile = profileKey(app.ID, u), []chat.UserID{u}, changed
	t.AddWebhook(app, e)
}

// shownTo are the items that somebody may read of u's profile.
func shownTo(app *chat.App, by chat.Actor, u chat.UserID, items []chat.ProfileItem) []chat.ProfileItem {
	return slices.DeleteFunc(slices.Clone(items), func(i chat.ProfileItem) bool { return !mayRead(app, by, u, i.Tag) })
}

// profileEvent tells to of u's profile; expires is 0 where nothing is kept.
func profileEvent(t *ledger.Turn, to, u chat.UserID, items []chat.ProfileItem, expires int64) *chat.UserEvent {
	return &chat.UserEvent{
		App: t.Shard.App, User: to, Time: t.Ms, Kind: chat.UserProfile, Expires: expires,
		Detail: &chat.UserDetail{Profile: &chat.ProfileChange{User: u, Items: items}},
	}
}

// tells tells others of changed profiles. What changes while a user's friends and peers are
// being told of something is told when that is done, once.
type tells struct {
	ledger *ledger.Ledger
	mu     sync.Mutex
	under  map[chat.Shard]*tell // by the users whose profiles they are
}

// tell is the telling of one user's changes. Its turns own it, one after the other; next
// is guarded by the mutex of tells.
type tell struct {
	app    *chat.App
	user   chat.UserID
	items  []chat.ProfileItem
	next   []chat.ProfileItem // changed meanwhile
	circle int
	after  chat.UserID // the last who was told, of the circle
	done   bool
}

// profileKey orders what the app is told of a user's profile.
func profileKey(app chat.AppID, u chat.UserID) string {
	return strconv.FormatUint(uint64(app), 10) + "/profile/" + string(u)
}

func newTells(l *ledger.Ledger) *tells { return &tells{ledger: l, under: map[chat.Shard]*tell{}} }

// others tells everybody else of a change.
func (s *tells) others(app *chat.App, u chat.UserID, changed []chat.ProfileItem) {
	items := shownTo(app, chat.Actor{App: app.ID}, u, changed)
	if len(items) == 0 {
		return
	}
	shard := chat.UserShard(app.ID, u)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.under[shard]; w != nil {
		w.next = merged(w.next, items)
		return
	}
	if len(s.under) >= tellUsers {
		s.ledger.Log().Warn("too many profiles change; friends and peers are not told", "app", uint32(app.ID))
		return
	}
	w := &tell{app: app, user: u, items: items}
	s.under[shard] = w
	s.page(shard, w)
}

// merged are items with newer ones in place of those with the same tag.
func merged(items, newer []chat.ProfileItem) []chat.ProfileItem {
	for _, n := range newer {
		items = slices.DeleteFunc(items, func(i chat.ProfileItem) bool { return i.Tag == n.Tag })
	}
	return append(items, newer...)
}

// page hands the next page to the lane; the mutex is held.
func (s *tells) page(shard chat.Shard, w *tell) {
	err := s.ledger.Go(shard, false, w.turn, func(err error) { s.told(shard, w, err) })
	if err != nil {
		s.end(shard, err)
	}
}

// end gives up what is left to tell of a user; the mutex is held.
func (s *tells) end(shard chat.Shard, err error) {
	delete(s.under, shard)
	if err != nil {
		s.ledger.Log().Warn("friends and peers are not told of a profile",
			"app", uint32(shard.App), "user", string(shard.User()), "err", err)
	}
}

// told goes on after a page.
func (s *tells) told(shard chat.Shard, w *tell, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.end(shard, err)
		return
	case !w.done:
	case w.next == nil:
		s.end(shard, nil)
		return
	default:
		w.items, w.next = w.next, nil
		w.circle, w.done = 0, false
	}
	s.page(shard, w)
}

// turn tells one page.
func (w *tell) turn(ctx context.Context, t *ledger.Turn) error {
	t.Commit.Rules = 0 // decided under no rule
	page, err := circles[w.circle](ctx, t.Read, w.app.ID, w.user, w.after, tellPage)
	if err != nil {
		return err
	}
	blockers, err := blockersAmong(ctx, t, page)
	if err != nil {
		return err
	}
	for i, to := range page {
		if to != w.user && !blockers[i] {
			t.Commit.PassingNotices = append(t.Commit.PassingNotices, profileEvent(t, to, w.user, w.items, 0))
		}
	}
	if len(page) == tellPage {
		w.after = page[len(page)-1]
		return nil
	}
	w.circle, w.after = w.circle+1, ""
	w.done = w.circle == len(circles)
	return nil
}

// blockersAmong says of each of some users whether they have blocked the turn's: who did is
// not told, as they get no messages either (our choice).
func blockersAmong(ctx context.Context, t *ledger.Turn, list []chat.UserID) ([]bool, error) {
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = blockedBy.Ask(t.Shard, string(u))
	}
	rows, err := blockedBy.Of(ctx, t.Read, asks)
	if err != nil {
		return nil, err
	}
	is := make([]bool, len(list))
	for i, r := range rows {
		is[i] = r != nil
	}
	return is, nil
}
