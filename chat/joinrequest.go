package chat

// JoinRequestKind says who brings a newcomer before those who decide (Type of
// spec/00 §5).
type JoinRequestKind uint8

// The kinds. An invitation that waits for the invitee himself (2) does not
// arise: the consent of the invitee is not asked (spec/20 §2).
const (
	ApplyToJoin  JoinRequestKind = 0 // the newcomer himself
	InviteToJoin JoinRequestKind = 1 // a member who invites the newcomer
)

// JoinRequest is a request to let somebody into a group. There is one for each
// group, kind and newcomer: a later one takes the place of what was answered.
type JoinRequest struct {
	ID        string // see newRequestID
	Group     GroupID
	Kind      JoinRequestKind
	Newcomer  UserID // who would become a member
	Applicant UserID // who asks: the newcomer, or the member who invites the newcomer
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
func (a *JoinRequest) Open() bool { return a.HandledAt == 0 }

// JoinRequestRef names an application: by ID, or the one of an applicant to
// join a group. The ID wins.
type JoinRequestRef struct {
	ID        string
	Group     GroupID
	Applicant UserID
}

// JoinRequestView is an application as those see it who decide.
type JoinRequestView struct {
	*JoinRequest
	GroupName string
	Nick      string // the applicant's
}
