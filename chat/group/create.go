package group

import (
	"context"
	"errors"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// idTries bounds how often an id made by the server is thrown again because
// it is taken.
const idTries = 4

// Create makes a group (spec/22a §1). A user who makes one is its owner;
// an administrator may name another, or none.
func (s *Service) Create(ctx context.Context, by chat.Actor, d chat.GroupDraft) (*chat.Group, error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	if first := chat.ClaimOf(ctx).Repeats(); first != nil && first.Conv.Kind == chat.InGroup {
		return s.made(ctx, first.Conv)
	}
	if !by.Admin() {
		if d.Owner != "" && d.Owner != by.User {
			return nil, chat.Refuse(chat.CodeGroupNotAllowed, "Owner_Account names another user")
		}
		d.Owner = by.User
	}
	if err := checkDraft(&d, app); err != nil {
		return nil, err
	}
	if err := grouptype.Settle(&d, app); err != nil {
		return nil, err
	}
	rank := chat.RoleOwner
	if by.Admin() {
		rank = grouptype.RankApp
	}
	if err := mayFill(&d, app, rank); err != nil {
		return nil, err
	}
	if err := s.read.founders(ctx, app, &d); err != nil {
		return nil, err
	}
	if err := s.read.untaken(ctx, app.ID, &d); err != nil {
		return nil, err
	}
	if err := s.read.withinQuotas(ctx, app, by, &d); err != nil {
		return nil, err
	}
	if err := s.words(ctx, app.ID, &d.Name, &d.Introduction, &d.Notification); err != nil {
		return nil, err
	}
	if err := s.askCreate(ctx, app, by, &d); err != nil {
		return nil, err
	}
	assigned := d.ID == ""
	for try := 1; ; try++ {
		if assigned {
			d.ID = s.read.newGroupID(d.Type)
		}
		g, err := s.make(ctx, app, by, d)
		if assigned && try < idTries && errors.Is(err, errIDTaken) {
			continue
		}
		return g, err
	}
}

// made answers a repeated creation: the group that the first has made, or its id
// alone when it is gone.
func (s *Service) made(ctx context.Context, c chat.Conversation) (*chat.Group, error) {
	g, err := s.read.group(ctx, c.App, c.Group())
	if chat.CodeOf(err) == chat.CodeNoGroup {
		return &chat.Group{App: c.App, ID: c.Group()}, nil
	}
	return g, err
}

var errIDTaken = chat.Refuse(chat.CodeGroupIDTaken, "")

// founders checks that owner and members exist and may be in one group more,
// and takes the owner, and those named twice, off the list of members.
func (r reader) founders(ctx context.Context, app *chat.App, d *chat.GroupDraft) error {
	members := make([]chat.NewMember, 0, len(d.Members))
	everybody := make([]chat.UserID, 0, len(d.Members)+1)
	if d.Owner != "" {
		everybody = append(everybody, d.Owner)
	}
	for _, m := range d.Members {
		if slices.Contains(everybody, m.User) {
			continue
		}
		members = append(members, m)
		everybody = append(everybody, m.User)
	}
	d.Members = members
	if d.MaxMembers > 0 && len(everybody) > d.MaxMembers {
		return chat.Refuse(chat.CodeTooManyMembers, "")
	}
	them, err := r.candidates(ctx, app, d.Type, everybody)
	if err != nil {
		return err
	}
	for _, c := range them {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// make writes the group if its maker may have one more; see reserve.
func (s *Service) make(ctx context.Context, app *chat.App, by chat.Actor, d chat.GroupDraft) (*chat.Group, error) {
	p, err := s.reserve(ctx, app, by, &d)
	if err != nil {
		return nil, err
	}
	g, err := s.found(ctx, app, by, d, func(ctx context.Context, t *Turn) error { return t.grow(ctx) })
	if err != nil {
		s.giveBack(ctx, app, p, err)
	}
	return g, err
}

// found writes the group, unless its id is taken. change may alter what is about to
// be written. What is left of an earlier one that is over is cleared away first.
func (s *Service) found(ctx context.Context, app *chat.App, by chat.Actor, d chat.GroupDraft, change func(context.Context, *Turn) error) (*chat.Group, error) {
	g, err := s.foundOnce(ctx, app, by, d, change)
	if !errors.Is(err, errEnding) {
		return g, err
	}
	if err := s.finishEnd(ctx, app.ID, d.ID); err != nil {
		return nil, err
	}
	return s.foundOnce(ctx, app, by, d, change)
}

func (s *Service) foundOnce(ctx context.Context, app *chat.App, by chat.Actor, d chat.GroupDraft, change func(context.Context, *Turn) error) (*chat.Group, error) {
	var made *chat.Group
	read := s.read
	err := s.ledger.Change(ctx, chat.GroupShard(app.ID, d.ID), 0, func(ctx context.Context, base *ledger.Turn) error {
		t := read.begin(base, app, by)
		if old, err := t.left(ctx, app.ID, d.ID); err != nil {
			return err
		} else if old != nil && old.Ended {
			return errEnding
		}
		if err := t.untaken(ctx, app.ID, &d); err != nil {
			return err
		}
		t.found(&d)
		if err := change(ctx, t); err != nil {
			return err
		}
		made = t.group
		return t.end(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s.read.counted(made), nil
}

// untaken refuses an id that another group has: 10025 one of the same owner, else 10021.
func (r reader) untaken(ctx context.Context, app chat.AppID, d *chat.GroupDraft) error {
	if d.ID == "" {
		return nil
	}
	old, err := r.stored(ctx, app, d.ID)
	switch {
	case err != nil || old == nil:
		return err
	case old.Owner == d.Owner && d.Owner != "":
		return chat.Refuse(chat.CodeGroupIDYours, "")
	}
	return errIDTaken
}

// found fills a new group, with notices for its owner and the initial members and no
// tip (spec/23 §6). The webhook event names the members the creator named, without the
// owner: a choice.
func (t *Turn) found(d *chat.GroupDraft) {
	g := &chat.Group{
		App: t.app.ID, ID: d.ID, Type: d.Type, Name: d.Name, Introduction: d.Introduction,
		Notification: d.Notification, FaceURL: d.FaceURL, Owner: d.Owner,
		Created: t.Sec(), InfoTime: t.Sec(), InfoSeq: 1, MaxMembers: d.MaxMembers,
		ApplyJoin: d.ApplyJoin, InviteJoin: d.InviteJoin,
		Custom: d.Custom, SupportTopic: d.SupportTopic,
	}
	g.Founded = t.Head.Rules
	t.group = g
	t.save()
	t.list()
	t.owned()
	if g.Owner != "" {
		t.enroll(g.Owner, chat.RoleOwner, nil)
		t.addNotice(g.Owner, chat.Notice{Kind: chat.NoticeCreated})
	}
	var users []chat.UserID
	for _, m := range d.Members {
		t.enroll(m.User, max(m.Role, chat.RoleMember), m.Custom)
		users = append(users, m.User)
	}
	if !t.rules().Members {
		// The owner has a row, and watches only once they join (spec/22a §1).
		t.Commit.Arrived = nil
		g.Members = 0
	}
	t.addWebhook(chat.AfterCreateGroup, "", users)
	t.tellFounders(users)
}

// roomForGroup refuses with 10037 when u is in as many groups as a user may
// be. AVChatRooms do not count: nobody is stored as being in them. The count is taken
// before the lane; two joins at once may pass it by one, which harms nobody.
func (r reader) roomForGroup(ctx context.Context, app *chat.App, t chat.GroupType, u chat.UserID) error {
	if app.Limits.GroupsPerUser < 0 || !grouptype.Of(t).Members {
		return nil
	}
	list, err := r.mirrored(ctx, app.ID, u)
	if err != nil {
		return err
	}
	n := 0
	for _, m := range list {
		if grouptype.Of(m.Type).Members {
			n++
		}
	}
	if n >= app.Limits.GroupsPerUser {
		return chat.Refuse(chat.CodeTooManyGroups, "%q is in %d groups", u, n)
	}
	return nil
}
