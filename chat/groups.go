package chat

import (
	"context"
	"time"
)

// turn is one change of one group while it has the group's lane to itself:
// the rows it sees are the latest, and what it puts into its commit is all that happens.
type turn struct {
	*Service
	app    *App
	by     Actor
	rank   Role   // by's standing in the group
	group  *Group // a copy; becomes the new row with save
	head   Head
	ms     int64 // now, Unix milliseconds
	commit *Commit
}

// regroup runs change as a turn of the group. An error, or a turn that puts
// nothing into its commit, leaves everything as it was. The caller's own session is told
// like all others: it has got no receipt for the numbers that tips take.
func (s *Service) regroup(ctx context.Context, by Actor, id GroupID, change func(context.Context, *turn) error) error {
	app, err := s.App(by.App)
	if err != nil {
		return err
	}
	if !id.Valid() {
		return Refuse(CodeBadGroupID, "")
	}
	return s.change(ctx, GroupOf(app.ID, id), 0, s.turnOf(app, by, id, change))
}

// turnOf prepares a turn on the lane.
func (s *Service) turnOf(app *App, by Actor, id GroupID, change func(context.Context, *turn) error) func(context.Context) (*Commit, error) {
	return func(ctx context.Context) (*Commit, error) {
		g, err := s.group(ctx, app.ID, id)
		if err != nil {
			return nil, err
		}
		rank, err := s.standing(ctx, by, g)
		if err != nil {
			return nil, err
		}
		copied := *g
		t := s.newTurn(app, by, &copied)
		t.rank = rank
		if t.head, err = s.head(ctx, g); err != nil {
			return nil, err
		}
		if err := change(ctx, t); err != nil {
			return nil, err
		}
		if t.commit.silent() {
			return nil, nil
		}
		return t.commit, nil
	}
}

func (s *Service) newTurn(app *App, by Actor, g *Group) *turn {
	return &turn{
		Service: s, app: app, by: by, group: g, ms: s.nowMs(),
		commit: &Commit{Conv: g.Conv()},
	}
}

// head is the state of the group's log; types without history have none.
func (s *Service) head(ctx context.Context, g *Group) (Head, error) {
	if !g.Type.rules().stored {
		return Head{}, nil
	}
	list, err := s.store.Heads(ctx, []Conversation{g.Conv()})
	if err != nil {
		return Head{}, Internal(CodeGroupInternal, err)
	}
	return list[0], nil
}

func (t *turn) rules() *typeRules { return t.group.Type.rules() }

func (t *turn) may(a Action) error { return may(t.app, t.group.Type, a, t.rank) }

func (t *turn) mayTo(a Action, target Role) error {
	return mayTo(t.app, t.group.Type, a, t.rank, target)
}

// save puts the group's row.
func (t *turn) save() { t.commit.Group = t.group }

// profileChanged moves the marks by which clients see that they must ask again.
func (t *turn) profileChanged() {
	t.group.InfoSeq++
	t.group.InfoTime = t.ms / 1000
	t.save()
}

// dormant reports whether the group has yet to come to life (note F of
// spec/20): until then it sends neither tips nor notices of coming and going.
func (t *turn) dormant() bool { return t.rules().needsMessage && t.head.Seq == 0 }

// noticeLife is how long a notice is kept for its user (spec/23).
const noticeLife = 7 * 24 * time.Hour

// notify gives one user a notice about the group.
func (t *turn) notify(u UserID, n Notice) {
	n.Group, n.Type, n.Name, n.FaceURL = t.group.ID, t.group.Type, t.group.Name, t.group.FaceURL
	n.Operator = t.by.User
	t.commit.Notices = append(t.commit.Notices, &UserEvent{
		App: t.app.ID, User: u, Time: t.ms, Kind: UserGroup, Notice: &n,
		Expires: t.ms/1000 + int64(noticeLife/time.Second),
	})
}

// report tells the app, if it wants to know. The event shows the group as the
// turn leaves it.
func (t *turn) report(kind EventKind, way string, users []UserID) {
	if !t.app.Webhook.On(kind) {
		return
	}
	e := t.event(t.by, kind, t.commit.Conv)
	e.Group, e.Way, e.Users = t.group, way, users
	t.commit.Outbox = append(t.commit.Outbox, e)
}

// member is u's row, nil when there is none.
func (t *turn) member(ctx context.Context, u UserID) (*Member, error) {
	m, err := t.store.Member(ctx, t.app.ID, t.group.ID, u)
	if err != nil {
		return nil, Internal(CodeGroupInternal, err)
	}
	return m, nil
}

// put replaces a member's row.
func (t *turn) put(m Member) { t.commit.Joins = append(t.commit.Joins, &m) }

// enroll makes u a member from now on, with nothing unread.
func (t *turn) enroll(u UserID, role Role, custom map[string]string) {
	t.put(Member{
		Group: t.group.ID, User: u, Role: role, Joined: t.ms / 1000, JoinSeq: t.head.Seq,
		Flag: t.rules().flag, Custom: custom,
	})
	t.commit.Reads = append(t.commit.Reads, ReadMark{User: u, Time: t.ms, AtHead: true})
	t.commit.Arrived = append(t.commit.Arrived, u)
	t.group.Members++
	t.save()
}

// expel ends memberships.
func (t *turn) expel(list ...UserID) {
	t.commit.Leaves = append(t.commit.Leaves, list...)
	t.group.Members = max(0, t.group.Members-len(list))
	t.save()
}
