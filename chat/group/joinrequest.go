package group

import (
	"encoding/base64"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

const (
	// requestLife is how long a join request waits for an answer, and how long
	// the answer can be seen: what the original does with its notices (spec/21 §3).
	requestLife = 7 * 24 * time.Hour
	// maxRequestPage is the most a user sees at once (spec/21 §3).
	maxRequestPage = 50
	// maxApplyText bounds ApplyMsg and the answer's Msg in bytes; no document names a
	// bound, this is that of a kick's reason.
	maxApplyText = maxReason
	// maxAdminsTold is how many of a group's owner and admins get a notice, and
	// maxSearched how many members are looked at, in byte order, to find the admins: a choice.
	// Those who are not found learn from the list.
	maxAdminsTold = 20
	maxSearched   = 10_000
	// maxGroupsSearched is how many groups one call of JoinRequests looks at.
	maxGroupsSearched = 500
)

// requestKey names a join request: there is one for each group, newcomer and
// kind.
type requestKey struct {
	Group    chat.GroupID
	Newcomer chat.UserID
	Kind     chat.JoinRequestKind
}

// row is the key of the request's row within its group. No UserID holds a zero
// byte, so that rows order by newcomer, then by kind.
func (k requestKey) row() string { return string(k.Newcomer) + "\x00" + string([]byte{byte(k.Kind)}) }

// newRequestID makes the outward name of a join request, from which its key
// can be read back. salt tells a request from one that it replaces, so that who answers an
// old one learns that it is over. The name is no secret: rank decides.
func newRequestID(k requestKey, salt uint32) string {
	b := []byte{byte(k.Kind), byte(salt >> 24), byte(salt >> 16), byte(salt >> 8), byte(salt), byte(len(k.Newcomer))}
	b = append(b, k.Newcomer...)
	return base64.RawURLEncoding.EncodeToString(append(b, k.Group...))
}

// parseRequestID is the way back; ok is false for what was not made here.
func parseRequestID(id string) (k requestKey, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(b) < 6 {
		return k, false
	}
	n, rest := int(b[5]), b[6:]
	if n > len(rest) || b[0] > byte(chat.AskInvitee) {
		return k, false
	}
	k = requestKey{Kind: chat.JoinRequestKind(b[0]), Newcomer: chat.UserID(rest[:n]), Group: chat.GroupID(rest[n:])}
	return k, k.Group.Valid()
}
