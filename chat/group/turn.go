package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Turn is one change of one group while it has the group's lane to itself: the
// rows it sees are the latest, and what it puts into its commit is all that happens.
type Turn struct {
	*ledger.Turn
	reader
	app   *chat.App
	by    chat.Actor
	rank  chat.Role   // by's standing in the group
	group *chat.Group // a copy; becomes the new row if changed
	// changed says that the group's row is to be put at the end of the turn.
	changed bool
	topics  topicWork
}

var errTopicMembers = chat.Refuse(chat.CodeGroupNotAllowed, "not for topics: members and roles are those of the community")

// Change runs do as a turn of the group. It is alter for what topics have not of their
// own.
func (s *Service) Change(ctx context.Context, by chat.Actor, id chat.GroupID, do func(context.Context, *Turn) error) error {
	if id.IsTopic() {
		return errTopicMembers
	}
	return s.alter(ctx, by, id, do)
}

// Share runs do as a turn of the group that changes no rule: such turns share commits.
// size is about how many bytes it writes.
func (s *Service) Share(ctx context.Context, by chat.Actor, id chat.GroupID, size int, do func(context.Context, *Turn) error) error {
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	if !id.Valid() {
		return chat.Refuse(chat.CodeBadGroupID, "")
	}
	return s.ledger.Share(ctx, chat.GroupShard(app.ID, id), 0, size, s.read.turn(app, by, id, do))
}

// alter runs do as a turn of the group or topic. An error, or a turn that puts nothing
// into its commit, leaves everything as it was. The caller's own session is told like all
// others: it has got no receipt for the numbers that tips take.
func (s *Service) alter(ctx context.Context, by chat.Actor, id chat.GroupID, do func(context.Context, *Turn) error) error {
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	if !id.Valid() {
		return chat.Refuse(chat.CodeBadGroupID, "")
	}
	var then topicWork
	err = s.ledger.Change(ctx, chat.GroupShard(app.ID, id), 0, s.read.turn(app, by, id, func(ctx context.Context, t *Turn) error {
		err := do(ctx, t)
		then = t.topics
		then.moved = t.moves()
		return err
	}))
	if err != nil {
		return err
	}
	return s.follow(ctx, app.ID, id, then)
}

// turn makes a turn of a group that is there.
func (r reader) turn(app *chat.App, by chat.Actor, id chat.GroupID, do func(context.Context, *Turn) error) func(context.Context, *ledger.Turn) error {
	return func(ctx context.Context, base *ledger.Turn) error {
		t := r.begin(base, app, by)
		g, err := t.reader.group(ctx, app.ID, id)
		if err != nil {
			return err
		}
		copied := *g
		t.group = &copied
		if t.rank, err = t.standing(ctx, by, g); err != nil {
			return err
		}
		if err := do(ctx, t); err != nil {
			return err
		}
		return t.end(ctx)
	}
}

// end puts the group's row if the turn has changed it, and completes the notices.
func (t *Turn) end(ctx context.Context) error {
	if t.changed && !t.Commit.Drop {
		groups.Put(t.Turn, "", t.group)
	}
	return t.nameOperators(ctx)
}

// begin makes a turn that has no group yet.
func (r reader) begin(base *ledger.Turn, app *chat.App, by chat.Actor) *Turn {
	return &Turn{Turn: base, reader: reader{Reader: base.Read, rooms: r.rooms}, app: app, by: by}
}

func (t *Turn) conv() chat.Conversation { return t.Shard.Conv() }

func (t *Turn) rules() *grouptype.Rules { return grouptype.Of(t.group.Type) }

// Limits are those of the group's app.
func (t *Turn) Limits() *chat.Limits { return &t.app.Limits }

// May refuses what the turn's caller may not do in the group.
func (t *Turn) May(a grouptype.Action) error { return grouptype.May(t.app, t.group.Type, a, t.rank) }

func (t *Turn) mayTo(a grouptype.Action, target chat.Role) error {
	return grouptype.MayTo(t.app, t.group.Type, a, t.rank, target)
}

// full reports whether nobody else fits in. A type without bound has a
// MaxMembers of 0 or less.
func full(g *chat.Group) bool { return g.MaxMembers > 0 && g.Members >= g.MaxMembers }

// memberOf is u's row, nil when there is none.
func (t *Turn) memberOf(ctx context.Context, u chat.UserID) (*chat.Member, error) {
	return t.member(ctx, t.app.ID, t.group.ID, u)
}

// roleOf is u's role in the group.
func (t *Turn) roleOf(ctx context.Context, u chat.UserID) (chat.Role, error) {
	return t.role(ctx, t.group, u)
}

// profileChanged bumps InfoSeq and InfoTime so that clients reload the profile.
func (t *Turn) profileChanged() {
	t.group.InfoSeq++
	t.group.InfoTime = t.Sec()
	t.save()
}

// save makes the group's row what it is at the end of the turn.
func (t *Turn) save() { t.changed = true }

// dormant reports whether a Work group has no message yet; it then sends no
// tips or notices of coming and going (spec/20 note F).
func (t *Turn) dormant() bool { return t.rules().Sleeps && t.Head.Seq == 0 }

// addNotice gives one user a system notification about the group.
func (t *Turn) addNotice(u chat.UserID, n chat.Notice) {
	t.AddNotice(u, noticeAbout(t.group, chat.Person{User: t.by.User}, n))
}

// nameOperators puts names to the operators of the turn's notices.
func (t *Turn) nameOperators(ctx context.Context) error {
	known := map[chat.UserID]chat.Person{"": {}}
	for _, e := range t.Commit.Notices {
		if e.Notice == nil {
			continue
		}
		who, ok := known[e.Notice.Operator.User]
		if !ok {
			var err error
			if who, err = t.personOf(ctx, t.group, e.Notice.Operator.User); err != nil {
				return err
			}
			known[who.User] = who
		}
		e.Notice.Operator = who
	}
	return nil
}

// addWebhook queues a webhook event if anybody is to be told. The event
// carries the group's state at the end of the turn.
func (t *Turn) addWebhook(kind chat.EventKind, way string, users []chat.UserID) {
	t.Tell(kind, func(e *chat.Event) { e.Way, e.Users = way, users })
}

// Tell queues a webhook event about the group that fill completes, if anybody is to be
// told; see addWebhook.
func (t *Turn) Tell(kind chat.EventKind, fill func(*chat.Event)) {
	if !t.Wants(t.app, kind) {
		return
	}
	e := t.Event(t.by, kind, t.conv())
	e.Group = t.group
	fill(e)
	t.AddWebhook(t.app, e)
}

// put replaces a member's row.
func (t *Turn) put(m chat.Member) { members.Put(t.Turn, string(m.User), &m) }

// setMute mutes a user until then, Unix seconds.
func (t *Turn) setMute(acc *chat.Account, until int64) {
	mutes.PutUntil(t.Turn, string(acc.User), &chat.Mute{Until: until, Holder: acc.Holder}, until)
	t.binds()
}

// liftMute ends u's mute.
func (t *Turn) liftMute(u chat.UserID) { mutes.Remove(t.Turn, string(u)) }

// enroll makes u a member from now on, with nothing unread. Earlier messages
// lie before JoinSeq, the head before this commit's own tips, which the store gives.
func (t *Turn) enroll(u chat.UserID, role chat.Role, custom map[string]string) {
	m := chat.Member{Role: role, Joined: t.Sec(), Flag: t.rules().Flag, Custom: custom}
	commit := t.Commit
	members.PutAt(t.Turn, string(u), 0, u, func(n chat.Numbers) *chat.Member {
		m.JoinSeq = n.Seq - chat.Seq(len(commit.Messages))
		return &m
	})
	m.User = u
	t.mirror(m)
	t.SetMark(u, 0)
	t.Commit.Arrived, t.Commit.Type = append(t.Commit.Arrived, u), t.group.Type
	t.group.Members++
	if full(t.group) {
		t.addWebhook(chat.AfterGroupFull, "", nil)
	}
	t.save()
}

// expel ends memberships. Mutes outlive them.
func (t *Turn) expel(ctx context.Context, list ...chat.UserID) error {
	for _, u := range list {
		if err := t.LeaveView(ctx, u); err != nil {
			return err
		}
		members.Remove(t.Turn, string(u))
		t.DropMark(u)
		t.unmirror(u)
	}
	t.Commit.Left = append(t.Commit.Left, list...)
	t.binds()
	t.topics.left = append(t.topics.left, list...)
	t.group.Members = max(0, t.group.Members-len(list))
	t.save()
	return nil
}

// mirror puts the group into the member's list.
func (t *Turn) mirror(m chat.Member) {
	row := membersOf.Row(string(t.group.ID), &chat.Membership{Type: t.group.Type, Joined: m.Joined})
	t.Mirror(chat.UserShard(t.app.ID, m.User), row)
}

// unmirror takes the group off u's list.
func (t *Turn) unmirror(u chat.UserID) {
	t.Mirror(chat.UserShard(t.app.ID, u), membersOf.Gone(string(t.group.ID)))
}
