package group

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// apply leaves a join request with those who decide. A repeated one changes
// the text of the one that waits, and gives no second notice.
func (t *Turn) apply(ctx context.Context, text string, deciders []chat.UserID) error {
	key := requestKey{Group: t.group.ID, Newcomer: t.by.User, Kind: chat.ApplyToJoin}
	a, repeated, err := t.waiting(ctx, key)
	if err != nil {
		return err
	}
	if repeated && a.Text == text && t.Sec()-a.Time < int64(chat.RepeatLife/time.Second) {
		return nil
	}
	a.Text = text
	t.file(a)
	if repeated {
		return nil
	}
	return t.noticeToDeciders(ctx, deciders, chat.Notice{Kind: chat.NoticeJoinRequest, JoinRequest: a.ID, Request: text})
}

// invite leaves invitations with those who decide, with one notice for all
// that are new.
func (t *Turn) invite(ctx context.Context, them []chat.UserID, deciders []chat.UserID) error {
	notice := chat.Notice{Kind: chat.NoticeInviteWaits}
	fresh := 0
	for _, u := range them {
		a, repeated, err := t.waiting(ctx, requestKey{Group: t.group.ID, Newcomer: u, Kind: chat.InviteToJoin})
		if err != nil {
			return err
		}
		if repeated { // who invited first hears of the answer
			continue
		}
		t.file(a)
		fresh++
		notice.JoinRequest = a.ID
	}
	if fresh == 0 {
		return nil
	}
	if fresh > 1 {
		notice.JoinRequest = "" // it stands for several: the list has them
	}
	return t.noticeToDeciders(ctx, deciders, notice)
}

// waiting is a copy of the request that waits under key, or a new one by
// the caller.
func (t *Turn) waiting(ctx context.Context, key requestKey) (a chat.JoinRequest, repeated bool, err error) {
	old, err := t.request(ctx, t.app.ID, key)
	if err != nil {
		return a, false, err
	}
	if old != nil && old.Open() {
		return *old, true, nil
	}
	holder, err := ledger.Holder(ctx, t.reader, t.app.ID, key.Newcomer)
	return chat.JoinRequest{
		ID: newRequestID(key, t.Random()), Group: key.Group, Kind: key.Kind,
		Newcomer: key.Newcomer, Holder: holder, Applicant: t.by.User,
	}, false, err
}

// request is the row under key, nil when there is none that has not lapsed.
func (r reader) request(ctx context.Context, app chat.AppID, key requestKey) (*chat.JoinRequest, error) {
	q, err := requests.Get(ctx, r, chat.GroupShard(app, key.Group), key.row())
	if err != nil || q == nil {
		return nil, err
	}
	if lapsed, err := r.lapsed(ctx, app, q); err != nil || lapsed {
		return nil, err
	}
	return q, nil
}

// lapsed reports whether the newcomer's account was deleted since.
func (r reader) lapsed(ctx context.Context, app chat.AppID, q *chat.JoinRequest) (bool, error) {
	acc, err := r.Account(ctx, app, q.Newcomer)
	return acc == nil || acc.Holder != q.Holder, err
}

// file puts a request that waits.
func (t *Turn) file(a chat.JoinRequest) {
	a.Time = t.Ms / 1000
	t.keep(a)
}

func (t *Turn) keep(a chat.JoinRequest) {
	a.Expires = t.Sec() + int64(requestLife.Seconds())
	requests.PutUntil(t.Turn, requestKey{Newcomer: a.Newcomer, Kind: a.Kind}.row(), &a, a.Expires)
}

// askedAbout are those to be told that u applies. A large group is not searched
// again when u repeats the request; should it have been answered just now, the owner is told.
func (r reader) askedAbout(ctx context.Context, g *chat.Group, u chat.UserID) ([]chat.UserID, error) {
	q, err := r.request(ctx, g.App, requestKey{Group: g.ID, Newcomer: u, Kind: chat.ApplyToJoin})
	if err != nil {
		return nil, err
	}
	if q != nil && q.Open() {
		return []chat.UserID{g.Owner}, nil
	}
	return r.deciders(ctx, g)
}

// deciders are the owner and the first admins of a group, found before its
// lane is taken: a large group is not searched while others wait for it.
func (r reader) deciders(ctx context.Context, g *chat.Group) ([]chat.UserID, error) {
	var list []chat.UserID
	if g.Owner != "" {
		list = append(list, g.Owner)
	}
	after := chat.UserID("")
	for searched := 0; searched < maxSearched; searched += memberPage {
		page, err := r.memberPage(ctx, g.App, g.ID, after, memberPage)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if m.Role != chat.RoleAdmin {
				continue
			}
			if list = append(list, m.User); len(list) == maxAdminsTold {
				return list, nil
			}
		}
		if len(page) < memberPage {
			break
		}
		after = page[len(page)-1].User
	}
	return list, nil
}

// noticeToDeciders gives a notice to those of the list who may still decide.
func (t *Turn) noticeToDeciders(ctx context.Context, list []chat.UserID, n chat.Notice) error {
	for _, u := range list {
		role, err := t.roleOf(ctx, u)
		if err != nil {
			return err
		}
		if grouptype.May(t.app, t.group.Type, grouptype.Approve, role) == nil {
			t.addNotice(u, n)
		}
	}
	return nil
}
