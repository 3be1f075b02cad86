package chat

import "context"

// TipKind numbers group tips as the current client API does (spec/23 §1).
type TipKind int

// The tips this server writes.
const (
	TipJoin         TipKind = 1
	TipInvite       TipKind = 2
	TipQuit         TipKind = 3
	TipKicked       TipKind = 4
	TipAdminSet     TipKind = 5
	TipAdminRemoved TipKind = 6
	TipGroupInfo    TipKind = 7
	TipMemberInfo   TipKind = 8
)

// Tip is a change of a group told as a message in it (spec/23 §5, spec/00 §6).
type Tip struct {
	Kind      TipKind
	Operator  Person
	Members   []Person
	MemberNum int // after the change; join, quit and kick only
	// Change holds only what changed, for TipGroupInfo.
	Change *GroupChange
}

// Person is somebody as tips and notices show him.
type Person struct {
	User     UserID
	Nick     string
	FaceURL  string
	NameCard string
	Role     Role
	MuteTime uint32 // seconds of a mute just given, for TipMemberInfo
}

// GroupChange lists changed profile fields; nil means unchanged.
type GroupChange struct {
	Name, Introduction, Notification, FaceURL *string
	Owner                                     *UserID
	MuteAll                                   *bool
	ApplyJoin                                 *JoinOption
	InviteJoin                                *InviteOption
}

// tell writes a tip in the way its kind has in this type of group.
func (t *turn) tell(ctx context.Context, way tipWay, tip Tip) error {
	if way == tipOff || t.dormant() {
		return nil
	}
	operator, err := t.operator(ctx)
	if err != nil {
		return err
	}
	tip.Operator = operator
	m := &Message{
		Conv: t.commit.Conv, From: t.by.User, Time: max(t.ms, t.head.Time),
		Random: t.random(), Tip: &tip,
	}
	if m.From == "" {
		m.From = SystemUser
	}
	if way == tipPassing { // numbered like all that a live room hears (spec/00 §6)
		m.Seq = t.rooms.next(t.commit.Conv)
		t.commit.Passing = append(t.commit.Passing, m)
		return nil
	}
	m.Expires = t.expiry(t.app)
	t.commit.Messages = append(t.commit.Messages, m)
	return nil
}

// operator is the caller as tips show him.
func (t *turn) operator(ctx context.Context) (Person, error) {
	if t.by.User == "" {
		return Person{User: SystemUser}, nil
	}
	m, err := t.member(ctx, t.by.User)
	if err != nil {
		return Person{}, err
	}
	acc, err := t.store.Account(ctx, t.app.ID, t.by.User)
	if err != nil {
		return Person{}, Internal(CodeGroupInternal, err)
	}
	return person(t.by.User, acc, m), nil
}

// person shows a user; both rows may be missing.
func person(u UserID, acc *Account, m *Member) Person {
	p := Person{User: u}
	if acc != nil {
		p.Nick, p.FaceURL = acc.Nick, acc.FaceURL
	}
	if m != nil {
		p.NameCard, p.Role = m.NameCard, m.Role
	}
	return p
}
