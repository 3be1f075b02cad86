package people

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// requestRow is a request that waits. It decides in the shard of who is asked, under i and
// who asks; the shard of who asks has a mirror of it under o and who is asked.
type requestRow struct {
	From, To                       uint32 // holders of both names
	Source, Wording, Remark, Group string // Remark and Group are those of who asks
	Time                           int64  // Unix milliseconds
}

var requests = ledger.Table(record.FriendRequest, func(f *record.Fields, r *requestRow) {
	record.Int(f, 1, &r.From)
	record.Int(f, 2, &r.To)
	record.Text(f, 3, &r.Source)
	record.Text(f, 4, &r.Wording)
	record.Text(f, 5, &r.Remark)
	record.Text(f, 6, &r.Group)
	record.Int(f, 7, &r.Time)
}).MirroredBy(func(s chat.Shard, key string, _ *requestRow) []chat.RowAsk {
	peer, in := strings.CutPrefix(key, waitsIn)
	if !in {
		return nil
	}
	return []chat.RowAsk{{
		Shard: chat.UserShard(s.App, chat.UserID(peer)), Kind: chat.RowKind(record.FriendRequest), Key: waitsOut + string(s.User()),
	}}
})

// How the keys of requests begin.
const (
	waitsIn  = "i"
	waitsOut = "o"
)

// maxRequests bounds the requests of a user in either direction whatever the app allows:
// they are read as a whole.
const maxRequests = 1000

func mostRequests(app *chat.App) int {
	if most := app.Limits.FriendRequests; most >= 0 {
		return min(most, maxRequests)
	}
	return maxRequests
}

// ask leaves requests of owner with those who want to be asked. The errors are 30539 for
// one that waits now, 30012 where there are too many.
func (s *Service) ask(ctx context.Context, app *chat.App, owner chat.UserID, list []*chat.NewFriend) []error {
	if len(list) == 0 {
		return nil
	}
	out, err := waiting(ctx, s.read, chat.UserShard(app.ID, owner), waitsOut)
	return sideBySide(len(list), func(i int) error {
		n := list[i]
		if err != nil {
			return err
		}
		again := slices.ContainsFunc(out, func(r waitingRequest) bool { return r.peer == n.User })
		if !again && len(out)+i >= mostRequests(app) {
			return chat.Refuse(chat.CodeRequestsFull, "")
		}
		err := s.ledger.Change(ctx, chat.UserShard(app.ID, n.User), 0, func(ctx context.Context, t *ledger.Turn) error {
			return leave(ctx, t, app, owner, n)
		})
		if err != nil {
			return err
		}
		return chat.Refuse(chat.CodeFriendPending, "")
	})
}

// repeated reports whether next says within RepeatLife what r says.
func (r *requestRow) repeated(next *requestRow) bool {
	then := *next
	then.Time = r.Time
	return *r == then && next.Time-r.Time < chat.RepeatLife.Milliseconds()
}

// leave leaves a request with the turn's user. A second one takes the place of the first;
// one that only repeats it is told nobody.
func leave(ctx context.Context, t *ledger.Turn, app *chat.App, from chat.UserID, n *chat.NewFriend) error {
	me := t.Shard.User()
	both, err := t.Read.Accounts(ctx, app.ID, []chat.UserID{from, me})
	if err != nil {
		return err
	}
	if both[0] == nil || both[1] == nil {
		return chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	in, err := waiting(ctx, t.Read, t.Shard, waitsIn)
	if err != nil {
		return err
	}
	other := func(r waitingRequest) bool { return r.peer != from }
	if len(slices.DeleteFunc(slices.Clone(in), func(r waitingRequest) bool { return !other(r) })) >= mostRequests(app) {
		return chat.Refuse(chat.CodeRequestsFull, "")
	}
	state, err := relationsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	row := &requestRow{
		From: both[0].Holder, To: both[1].Holder, Source: n.Source, Wording: n.Wording, Remark: n.Remark,
		Time: max(t.Ms, state.ReadAt+1),
	}
	if len(n.Groups) > 0 {
		row.Group = n.Groups[0]
	}
	if slices.ContainsFunc(in, func(r waitingRequest) bool { return r.peer == from && r.row.repeated(row) }) {
		return nil
	}
	requests.Put(t, waitsIn+string(from), row)
	t.Mirror(chat.UserShard(app.ID, from), requests.Row(waitsOut+string(me), row))
	unread := 1
	for _, r := range in {
		if other(r) && r.row.Time > state.ReadAt {
			unread++
		}
	}
	asked := func(peer *chat.Account, in bool) *chat.FriendRequest {
		r := viewed(waitingRequest{peer.User, row}, peer, in)
		return &r
	}
	t.Commit.Notices = append(t.Commit.Notices,
		userEvent(t, app, me, chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
			What: chat.FriendRequested, Request: asked(both[0], true), Unread: &unread,
		}}),
		userEvent(t, app, from, chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
			What: chat.FriendRequested, Request: asked(both[1], false),
		}}))
	return nil
}

type waitingRequest struct {
	peer chat.UserID
	row  *requestRow
}

// waiting are a user's requests in one direction.
func waiting(ctx context.Context, in chat.RowReader, s chat.Shard, way string) ([]waitingRequest, error) {
	rows, keys, err := requests.Page(ctx, in, s, way, "", maxRequests)
	if err != nil {
		return nil, err
	}
	list := make([]waitingRequest, len(rows))
	for i, r := range rows {
		list[i] = waitingRequest{chat.UserID(keys[i][1:]), r}
	}
	return list, nil
}

func viewed(r waitingRequest, peer *chat.Account, in bool) chat.FriendRequest {
	return chat.FriendRequest{
		Peer: chat.Person{User: r.peer, Nick: peer.Nick, FaceURL: peer.FaceURL}, In: in,
		Source: r.row.Source, Wording: r.row.Wording, Time: r.row.Time / 1000,
	}
}

// requestMet ends the owner's own request to somebody who is in the list now.
func (l *listing) requestMet(ctx context.Context, peer chat.UserID) error {
	has, err := requests.Has(ctx, l.Read, l.Shard, waitsOut+string(peer))
	if err == nil && has {
		requests.Remove(l.Turn, waitsOut+string(peer))
		l.Mirror(chat.UserShard(l.app.ID, peer), requests.Gone(waitsIn+string(l.owner())))
		l.told(peer, true)
	}
	return err
}

// told tells both that a request of the two is over; mine: it was the owner's.
func (l *listing) told(peer chat.UserID, mine bool) {
	over := func(u, peer chat.UserID, in bool) {
		l.tell(u, chat.UserFriend, &chat.UserDetail{Friend: &chat.FriendChange{
			What: chat.FriendAnswered, Request: &chat.FriendRequest{Peer: chat.Person{User: peer}, In: in},
		}})
	}
	over(l.owner(), peer, !mine)
	over(peer, l.owner(), mine)
}

// dropRequest ends a request that the owner was asked.
func (l *listing) dropRequest(from chat.UserID) {
	requests.Remove(l.Turn, waitsIn+string(from))
	l.Mirror(chat.UserShard(l.app.ID, from), requests.Gone(waitsOut+string(l.owner())))
	l.told(from, false)
}

// FriendRequests pages the caller's requests, newest first, both directions together, after
// a cursor ("" first). limit is as PageSize takes it, 100 at most; next continues while it is
// not "". unread counts those to the caller that were not read.
func (s *Service) FriendRequests(ctx context.Context, by chat.Actor, after string, limit int) (list []chat.FriendRequest, unread int, next string, err error) {
	_, owner, err := s.ownList(ctx, by, "")
	if err != nil {
		return nil, 0, "", err
	}
	shard := chat.UserShard(by.App, owner)
	state, err := relationsOf(ctx, s.read, shard)
	if err != nil {
		return nil, 0, "", err
	}
	for _, way := range []string{waitsIn, waitsOut} {
		of, err := s.liveRequests(ctx, by.App, shard, way)
		if err != nil {
			return nil, 0, "", err
		}
		for _, r := range of {
			if r.In && r.Time > state.ReadAt {
				unread++
			}
		}
		list = append(list, of...)
	}
	slices.SortStableFunc(list, func(a, b chat.FriendRequest) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(requestCursor(&a), requestCursor(&b)))
	})
	if after != "" {
		i := slices.IndexFunc(list, func(r chat.FriendRequest) bool { return requestCursor(&r) == after })
		list = list[i+1:] // one that is gone meanwhile begins anew
	}
	limit = chat.PageSize(limit, maxRequestPage, maxRequestPage)
	if len(list) > limit {
		if list, next = list[:limit], after; limit > 0 {
			next = requestCursor(&list[limit-1])
		}
	}
	for i := range list {
		list[i].Time /= 1000
	}
	return list, unread, next, nil
}

const maxRequestPage = 100

func requestCursor(r *chat.FriendRequest) string {
	if r.In {
		return waitsIn + string(r.Peer.User)
	}
	return waitsOut + string(r.Peer.User)
}

// liveRequests are a user's requests in one direction, without those of earlier holders of a
// name. Times are in milliseconds.
func (s *Service) liveRequests(ctx context.Context, app chat.AppID, shard chat.Shard, way string) ([]chat.FriendRequest, error) {
	rows, err := waiting(ctx, s.read, shard, way)
	if err != nil {
		return nil, err
	}
	peers := make([]chat.UserID, len(rows))
	for i, r := range rows {
		peers[i] = r.peer
	}
	accounts, err := s.read.Accounts(ctx, app, peers)
	if err != nil {
		return nil, err
	}
	var list []chat.FriendRequest
	for i, r := range rows {
		holder := r.row.To
		if way == waitsIn {
			holder = r.row.From
		}
		if accounts[i] == nil || accounts[i].Holder != holder {
			continue
		}
		one := viewed(r, accounts[i], way == waitsIn)
		one.Time = r.row.Time
		list = append(list, one)
	}
	return list, nil
}

// ReadFriendRequests marks the caller's requests as read, for all devices.
func (s *Service) ReadFriendRequests(ctx context.Context, by chat.Actor) error {
	app, owner, err := s.ownList(ctx, by, "")
	if err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.UserShard(by.App, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		return markRead(ctx, t, app)
	})
}

func markRead(ctx context.Context, t *ledger.Turn, app *chat.App) error {
	state, err := relationsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	in, err := waiting(ctx, t.Read, t.Shard, waitsIn)
	if err != nil {
		return err
	}
	newest := state.ReadAt
	for _, r := range in {
		newest = max(newest, r.row.Time)
	}
	if newest == state.ReadAt {
		return nil
	}
	row := *state
	row.ReadAt = newest
	relation.Put(t, "", &row)
	none := 0
	t.Commit.Notices = append(t.Commit.Notices, userEvent(t, app, t.Shard.User(), chat.UserFriend, &chat.UserDetail{
		Friend: &chat.FriendChange{What: chat.FriendRequested, Unread: &none},
	}))
	return nil
}

// DeleteFriendRequest takes a request of the caller back, or one to the caller away without
// an answer; in says which. 31804 when there is none.
func (s *Service) DeleteFriendRequest(ctx context.Context, by chat.Actor, peer chat.UserID, in bool) error {
	app, owner, err := s.ownList(ctx, by, "")
	if err != nil {
		return err
	}
	asked, from := owner, peer
	if !in {
		asked, from = peer, owner
	}
	return s.ledger.Change(ctx, chat.UserShard(by.App, asked), 0, func(ctx context.Context, t *ledger.Turn) error {
		has, err := requests.Has(ctx, t.Read, t.Shard, waitsIn+string(from))
		if err != nil {
			return err
		}
		if !has {
			return chat.Refuse(chat.CodeNoRequestToDelete, "")
		}
		l := &listing{Turn: t, app: app}
		l.dropRequest(from)
		return nil
	})
}
