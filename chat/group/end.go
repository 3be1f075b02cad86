package group

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// A large group ends in many commits, so that none is larger than a transaction of the
// store and others are served between them. With the first the group is over: nobody finds it,
// its id in the list of its app is gone, the app is told. Then its members leave by pages,
// each told with the commit that takes their row, and the last page drops the shard. What a
// crash leaves of that is done at the next start, when the call is repeated, or before the id
// is used anew.

const (
	endAtOnce = 1000 // members, or viewers, of a group that ends in one commit
	endPage   = 500  // members who leave in one commit
)

// ending is a group that is over and still has members.
type ending struct {
	By chat.UserID // who ended it
}

// endings mirror such groups in the shard of the app, under their ids.
var endings = ledger.Table(record.Ending, func(f *record.Fields, e *ending) { record.Text(f, 1, &e.By) })

// errEnding says that a group of this id is over, and something is left of it.
var errEnding = errors.New("an earlier group has to be cleared away")

// large reports whether the turn's group ends in many commits.
func (t *Turn) large() bool { return t.rules().Members && t.group.Members > endAtOnce }

// over is the first commit of the end of a large group.
func (t *Turn) over(ctx context.Context) error {
	var names []chat.UserID
	if t.rules().NamesGone {
		var err error
		if names, err = t.everybody(ctx); err != nil {
			return err
		}
	}
	t.unlist()
	t.addWebhook(chat.AfterDestroy, "", names)
	t.Mirror(chat.AppShard(t.app.ID), endings.Row(string(t.group.ID), &ending{By: t.by.User}))
	t.group.Ended, t.Commit.Ended = true, true
	t.save()
	return t.endTopics(ctx)
}

// finishEnd takes away what is left of a group that is over. It goes on when the caller
// has left.
func (s *Service) finishEnd(ctx context.Context, app chat.AppID, id chat.GroupID) error {
	ctx = chat.WithClaim(context.WithoutCancel(ctx), nil)
	for after := chat.UserID(""); ; {
		last := after
		err := s.ledger.Change(ctx, chat.GroupShard(app, id), 0, s.read.dismissal(app, id, after, &last))
		if err != nil || last == "" {
			return err
		}
		after = last // an engine would pass over all that was removed again
	}
}

// dismissal is a turn that tells some members of a group which is over, those after a
// user, and takes their rows; the last takes everything. last is the member it has come to, "" at the
// end.
func (r reader) dismissal(app chat.AppID, id chat.GroupID, after chat.UserID, last *chat.UserID) func(context.Context, *ledger.Turn) error {
	return func(ctx context.Context, base *ledger.Turn) error {
		*last = ""
		t := r.begin(base, &chat.App{ID: app}, chat.Actor{App: app})
		g, err := t.left(ctx, app, id)
		if err != nil || g == nil || !g.Ended {
			return err
		}
		copied := *g
		t.group = &copied
		e, err := endings.Get(ctx, t, chat.AppShard(app), string(id))
		if err != nil {
			return err
		}
		if e != nil {
			t.by.User = e.By
		}
		if *last, err = t.dismiss(ctx, after); err != nil {
			return err
		}
		return t.end(ctx)
	}
}

// dismiss is one page of the end of a group; last is the member it has come to, "" at the end.
func (t *Turn) dismiss(ctx context.Context, after chat.UserID) (last chat.UserID, err error) {
	page, err := t.memberPage(ctx, t.app.ID, t.group.ID, after, endPage)
	if err != nil {
		return "", err
	}
	for _, m := range page {
		members.Remove(t.Turn, string(m.User))
		t.DropMark(m.User)
		t.unmirror(m.User)
		t.addNotice(m.User, chat.Notice{Kind: chat.NoticeDestroyed})
	}
	if len(page) == endPage {
		t.group.Members = max(0, t.group.Members-len(page))
		t.save()
		return page[len(page)-1].User, nil
	}
	t.Mirror(chat.AppShard(t.app.ID), endings.Gone(string(t.group.ID)))
	t.Commit.Drop, t.Commit.Rows = true, nil
	return "", nil
}

// endAgain goes on with the end of a group for those who have ended it, or might have:
// 10010 when there is none.
func (s *Service) endAgain(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	e, err := endings.Get(ctx, s.read, chat.AppShard(by.App), string(id))
	switch {
	case err != nil:
		return err
	case e == nil || e.By != by.User && !by.Admin():
		return chat.Refuse(chat.CodeNoGroup, "")
	}
	return s.finishEnd(ctx, by.App, id)
}

// Resume finishes the ends of groups that a crash has cut short.
func (s *Service) Resume(ctx context.Context, app chat.AppID) error {
	for {
		_, ids, err := endings.Page(ctx, s.read, chat.AppShard(app), "", "", endPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := s.finishEnd(ctx, app, chat.GroupID(id)); err != nil {
				return fmt.Errorf("finish the end of %q: %w", id, err)
			}
		}
		if err := s.forgetEndings(ctx, app, ids); err != nil {
			return err
		}
	}
}

// forgetEndings takes groups off the list whose ends are finished, should one have stayed
// there: a mirror is a hint.
func (s *Service) forgetEndings(ctx context.Context, app chat.AppID, ids []string) error {
	return s.ledger.Change(ctx, chat.AppShard(app), 0, func(ctx context.Context, t *ledger.Turn) error {
		for _, id := range ids {
			have, err := endings.Has(ctx, t.Read, t.Shard, id)
			if err != nil {
				return err
			}
			if have {
				endings.Remove(t, id)
			}
		}
		return nil
	})
}

// tellViewers gives the notice of a live room's end to viewers that the commit of the end
// has left out. They are in memory alone: a crash tells no more of them.
func (s *Service) tellViewers(ctx context.Context, by chat.Actor, g *chat.Group, viewers []chat.UserID) error {
	ctx = chat.WithClaim(context.WithoutCancel(ctx), nil)
	read := s.read
	for page := range slices.Chunk(viewers, endPage) {
		err := s.ledger.Change(ctx, g.Conv().Shard(), 0, func(ctx context.Context, base *ledger.Turn) error {
			t := read.begin(base, &chat.App{ID: g.App}, by)
			t.group = g
			for _, u := range page {
				t.addNotice(u, chat.Notice{Kind: chat.NoticeDestroyed})
			}
			return t.end(ctx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
