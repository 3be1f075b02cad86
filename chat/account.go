package chat

import "unicode/utf8"

// Account is a registered user of an app.
type Account struct {
	App     AppID
	User    UserID
	Nick    string // at most 500 bytes
	FaceURL string // at most 500 bytes
	Created int64  // Unix seconds
	// KickedAt is the last kick, Unix seconds; 0: never. Tickets minted at or before
	// it are refused; Revoked are those beside, which their dates would let in (spec/01 §6).
	KickedAt int64
	Revoked  []RevokedTicket
	Blocked  bool // banned by the operator: 70051
	// Holder counts who has had the UserID: 0 is the first, and a deletion makes room
	// for the next. What an earlier one said is not this one's (spec/03 §3).
	Holder uint32
	State  AccountState
	// SilentC2C and SilentGroups are until when the user may send nothing to another user,
	// and nothing in groups (spec/09 §D): Unix seconds, 0: they may.
	SilentC2C, SilentGroups int64
}

// MaySend refuses what a user sends while they are muted everywhere: 20012 to another
// user, 10017 in groups (spec/09 §D). now is in Unix seconds.
func (a *Account) MaySend(kind Kind, now int64) error {
	switch {
	case kind == InGroup && a.SilentGroups > now:
		return Refuse(CodeMuted, "muted in all groups")
	case kind == C2C && a.SilentC2C > now:
		return Refuse(CodeC2CMuted, "")
	}
	return nil
}

// AccountState says whether the row of an account is one.
type AccountState uint8

// The states. Only AccountLive is an account; all who ask for accounts find
// nothing in the others.
const (
	AccountLive    AccountState = iota
	AccountLeaving              // its deletion has begun and not ended
	AccountGone                 // deleted: of it KickedAt and Holder stay, the Holder of who comes next
)

// Ticket is what the core has to know of a ticket that was verified.
type Ticket struct {
	Hash    [16]byte // of what is signed: the same for every spelling of the ticket
	Issued  int64    // Unix seconds; 0: the ticket does not say
	Expires int64    // Unix seconds
}

// RevokedTicket is a ticket that is refused whatever its dates.
type RevokedTicket struct {
	Hash    [16]byte
	Expires int64 // Unix seconds when it may be forgotten
}

// Profile is what an import sets; nil leaves a field as it is.
type Profile struct {
	User          UserID
	Nick, FaceURL *string
}

// ItemResult is the outcome for one account of a batch.
type ItemResult struct {
	User UserID
	Code Code // 0: done
	Info string
}

// OnlineState is what a user's devices add up to (spec/08 §1).
type OnlineState string

// The states of a user. Who has never logged in is Unknown, over REST Offline.
const (
	Online     OnlineState = "Online"
	PushOnline OnlineState = "PushOnline"
	Offline    OnlineState = "Offline"
	Unknown    OnlineState = "Unknown"
)

// MaxStatusBytes bounds a custom status (spec/08 §4).
const MaxStatusBytes = 100

// CheckStatus refuses what is no custom status: more than MaxStatusBytes with 70402, what
// is not UTF-8 with 60003.
func CheckStatus(text string) error {
	switch {
	case len(text) > MaxStatusBytes:
		return Refuse(CodeAccountParameter, "the custom status is longer than %d bytes", MaxStatusBytes)
	case !utf8.ValidString(text):
		return Refuse(CodeNotJSON, "the custom status is not UTF-8")
	}
	return nil
}

// Presence is the state of one user.
type Presence struct {
	User   UserID
	State  OnlineState
	Status string // the custom status, "" when there is none
	// Platforms are those that are Online, oldest connection first, then those that are
	// PushOnline; each once.
	Platforms []PlatformState
	Devices   []Device // connected
	Until     int64    // when PushOnline ends by itself, Unix seconds
}

// PlatformState is the state of a user's devices of one platform.
type PlatformState struct {
	Platform Platform
	State    OnlineState
}

// Pushed is a platform by which a user without a connection is reached by pushes, until then
// (Unix seconds).
type Pushed struct {
	Platform Platform
	Until    int64
}

// Note adds a platform that is not noted yet.
func (p *Presence) Note(on Platform, state OnlineState) {
	for _, have := range p.Platforms {
		if have.Platform == on {
			return
		}
	}
	p.Platforms = append(p.Platforms, PlatformState{on, state})
}

// BlockEntry is one name on a blocklist.
type BlockEntry struct {
	User UserID
	At   int64 // Unix seconds
}
