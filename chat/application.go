package chat

import (
	"encoding/base64"
	"time"
)

// ApplicationKind says who brings a newcomer before those who decide (Type of
// spec/00 §5).
type ApplicationKind uint8

// The kinds. An invitation that waits for the invitee himself (2) does not
// arise: his consent is not asked (spec/20 §2).
const (
	ApplyToJoin  ApplicationKind = 0 // the newcomer himself
	InviteToJoin ApplicationKind = 1 // a member who invites him
)

// Application is a request to let somebody into a group. There is one for each
// group, kind and newcomer: a later one takes the place of what was answered.
type Application struct {
	ID        string // see newApplicationID
	Group     GroupID
	Kind      ApplicationKind
	Newcomer  UserID // who would become a member
	Applicant UserID // who asks: the newcomer, or the member who invites him
	Text      string // ApplyMsg
	Time      int64  // Unix seconds when it was made or last repeated
	Expires   int64  // Unix seconds

	// The answer. HandledAt is 0 while there is none.
	HandledAt int64 // Unix seconds
	HandledBy UserID
	Accepted  bool
	Answer    string // Msg
}

// Open reports whether nobody has answered.
func (a *Application) Open() bool { return a.HandledAt == 0 }

// ApplicationRef names an application: by ID, or the one of an applicant to
// join a group. The ID wins.
type ApplicationRef struct {
	ID        string
	Group     GroupID
	Applicant UserID
}

// ApplicationView is an application as those see it who decide.
type ApplicationView struct {
	*Application
	GroupName string
	Nick      string // the applicant's
}

const (
	// applicationLife is how long an application waits for an answer, and how long
	// the answer can be seen: what the original does with its notices (spec/21 §3).
	applicationLife = 7 * 24 * time.Hour
	// maxApplicationPage is the most a user sees at once (spec/21 §3).
	maxApplicationPage = 50
	// maxApplyText bounds ApplyMsg and the answer's Msg in bytes; no document names a
	// bound, this is that of a kick's reason.
	maxApplyText = maxReason
	// maxAdminsTold is how many of a group's owner and admins get a notice, and
	// maxSearched how many members are looked at, in byte order, to find the admins: a choice.
	// Whoever is not found learns from the list.
	maxAdminsTold = 20
	maxSearched   = 10_000
	// maxGroupsSearched is how many groups one call of Applications looks at.
	maxGroupsSearched = 500
)

type applicationKey struct {
	Group    GroupID
	Newcomer UserID
	Kind     ApplicationKind
}

// newApplicationID makes the outward name of an application, from which its
// key can be read back. salt tells an application from one that it replaces, so that whoever
// answers an old one learns that it is over. The name is no secret: rank decides.
func newApplicationID(k applicationKey, salt uint32) string {
	b := []byte{byte(k.Kind), byte(salt >> 24), byte(salt >> 16), byte(salt >> 8), byte(salt), byte(len(k.Newcomer))}
	b = append(b, k.Newcomer...)
	return base64.RawURLEncoding.EncodeToString(append(b, k.Group...))
}

// parseApplicationID is the way back; ok is false for what was not made here.
func parseApplicationID(id string) (k applicationKey, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) < 6 {
		return k, false
	}
	n, rest := int(b[5]), b[6:]
	if n > len(rest) || b[0] > byte(InviteToJoin) {
		return k, false
	}
	k = applicationKey{Kind: ApplicationKind(b[0]), Newcomer: UserID(rest[:n]), Group: GroupID(rest[n:])}
	return k, k.Group.Valid()
}
