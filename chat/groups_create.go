package chat

import (
	"context"
	"errors"
	"slices"
)

// idTries bounds how often an id made by the server is thrown again because
// it is taken.
const idTries = 4

// CreateGroup makes a group (spec/22a §1). A user who makes one is its owner;
// an administrator may name another, or none.
func (s *Service) CreateGroup(ctx context.Context, by Actor, d GroupDraft) (*Group, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	if !by.Admin() {
		if d.Owner != "" && d.Owner != by.User {
			return nil, Refuse(CodeGroupNotAllowed, "Owner_Account names somebody else")
		}
		d.Owner = by.User
	}
	if err := d.check(app); err != nil {
		return nil, err
	}
	if err := d.allowed(app); err != nil {
		return nil, err
	}
	if err := s.founders(ctx, app, &d); err != nil {
		return nil, err
	}
	assigned := d.ID == ""
	for try := 1; ; try++ {
		if assigned {
			d.ID = s.newGroupID(d.Type)
		}
		g, err := s.found(ctx, app, by, d)
		if assigned && try < idTries && errors.Is(err, errIDTaken) {
			continue
		}
		return g, err
	}
}

var errIDTaken = Refuse(CodeGroupIDTaken, "")

// allowed is what the type says about a draft of good form.
func (d *GroupDraft) allowed(app *App) error {
	rules := d.Type.rules()
	if rules.needsSwitch && app.Switches.NoCommunity {
		return Refuse(CodeCommunityOff, "")
	}
	if len(d.Members) > 0 && !rules.initial {
		return Refuse(CodeGroupNotAllowed, "%s groups have no initial members", d.Type)
	}
	for _, m := range d.Members {
		if m.Role != RoleAdmin {
			continue
		}
		if err := may(app, d.Type, Appoint, RoleOwner); err != nil {
			return err
		}
	}
	if d.MaxMembers == 0 || rules.boundless {
		d.MaxMembers = max(0, rules.size(&app.Limits))
	}
	if d.ApplyJoin == "" || rules.applyFixed {
		d.ApplyJoin = rules.applyJoin
	}
	if d.InviteJoin == "" || rules.inviteFixed {
		d.InviteJoin = rules.inviteJoin
	}
	d.SupportTopic = d.SupportTopic && rules.topics
	return nil
}

// founders checks that owner and members exist and may be in one group more,
// and takes him, and whoever is named twice, off the list of members.
func (s *Service) founders(ctx context.Context, app *App, d *GroupDraft) error {
	members := make([]NewMember, 0, len(d.Members))
	everybody := make([]UserID, 0, len(d.Members)+1)
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
		return Refuse(CodeTooManyMembers, "")
	}
	for _, u := range everybody {
		if _, err := s.groupAccount(ctx, app.ID, u); err != nil {
			return err
		}
		if err := s.roomForGroup(ctx, app, d.Type, u); err != nil {
			return err
		}
	}
	return nil
}

// found writes the group, unless its id is taken.
func (s *Service) found(ctx context.Context, app *App, by Actor, d GroupDraft) (*Group, error) {
	g := &Group{
		App: app.ID, ID: d.ID, Type: d.Type, Name: d.Name, Introduction: d.Introduction,
		Notification: d.Notification, FaceURL: d.FaceURL, Owner: d.Owner,
		InfoSeq: 1, MaxMembers: d.MaxMembers, ApplyJoin: d.ApplyJoin, InviteJoin: d.InviteJoin,
		Custom: d.Custom, SupportTopic: d.SupportTopic,
	}
	err := s.change(ctx, g.Conv(), 0, func(ctx context.Context) (*Commit, error) {
		old, err := s.store.Group(ctx, app.ID, d.ID)
		switch {
		case err != nil:
			return nil, Internal(CodeGroupInternal, err)
		case old != nil && old.Owner == d.Owner && d.Owner != "":
			return nil, Refuse(CodeGroupIDYours, "")
		case old != nil:
			return nil, errIDTaken
		}
		t := s.newTurn(app, by, g)
		if t.head, err = s.head(ctx, g); err != nil {
			return nil, err
		}
		t.found(d)
		return t.commit, nil
	})
	if err != nil {
		return nil, err
	}
	return s.counted(g), nil
}

// found fills a new group. Only its owner is notified (spec/22a §19). The app
// is told of the members the creator named, the owner not among them: a choice.
func (t *turn) found(d GroupDraft) {
	g := t.group
	g.Created, g.InfoTime = t.ms/1000, t.ms/1000
	t.save()
	if g.Owner != "" {
		t.enroll(g.Owner, RoleOwner, nil)
		t.notify(g.Owner, Notice{Kind: NoticeCreated})
	}
	var users []UserID
	for _, m := range d.Members {
		t.enroll(m.User, max(m.Role, RoleMember), m.Custom)
		users = append(users, m.User)
	}
	if !t.rules().members {
		// The owner has a row and watches only once he joins (spec/22a §1).
		t.commit.Arrived, t.commit.Reads = nil, nil
		g.Members = 0
	}
	t.report(AfterCreateGroup, "", users)
}

// groupAccount finds an account, or refuses with the group service's code.
func (s *Service) groupAccount(ctx context.Context, app AppID, u UserID) (*Account, error) {
	acc, err := s.store.Account(ctx, app, u)
	switch {
	case err != nil:
		return nil, Internal(CodeGroupInternal, err)
	case acc == nil:
		return nil, Refuse(CodeGroupNoAccount, "account %q unknown", u)
	}
	return acc, nil
}

// roomForGroup refuses with 10037 when u is in as many groups as a user may
// be. AVChatRooms do not count: nobody is stored as being in them. The count is taken
// before the lane; two joins at once may pass it by one, which harms nobody.
func (s *Service) roomForGroup(ctx context.Context, app *App, t GroupType, u UserID) error {
	if app.Limits.GroupsPerUser < 0 || !t.rules().members {
		return nil
	}
	list, err := s.store.Memberships(ctx, app.ID, u)
	if err != nil {
		return Internal(CodeGroupInternal, err)
	}
	n := 0
	for _, m := range list {
		if m.Type.rules().members {
			n++
		}
	}
	if n >= app.Limits.GroupsPerUser {
		return Refuse(CodeTooManyGroups, "%q is in %d groups", u, n)
	}
	return nil
}
