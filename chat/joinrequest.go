package chat

// JoinRequestKind says who asks for the newcomer to be let in (Type of spec/00 §5).
type JoinRequestKind uint8

// The kinds.
const (
	ApplyToJoin  JoinRequestKind = 0 // the newcomer
	InviteToJoin JoinRequestKind = 1 // a member who invites the newcomer
	// AskInvitee is a member's invitation that the newcomer answers: only in apps that want
	// it so (Switches.InviteeConsent).
	AskInvitee JoinRequestKind = 2
)

// JoinRequest is a request to let somebody into a group. There is one for each
// group, kind and newcomer; a later one replaces one that was answered.
type JoinRequest struct {
	ID        string // see newRequestID
	Group     GroupID
	Kind      JoinRequestKind
	Newcomer  UserID // who would become a member
	Applicant UserID // who asks: the newcomer, or the member who invites the newcomer
	Holder    uint32 // of the newcomer's account: a request goes with it
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

// JoinRequestRef names a join request by ID, or by group and applicant. The ID
// wins.
type JoinRequestRef struct {
	ID        string
	Group     GroupID
	Applicant UserID
}

// JoinRequestView is a join request as approvers see it.
type JoinRequestView struct {
	*JoinRequest
	GroupName     string
	Nick, FaceURL string // the applicant's
}
