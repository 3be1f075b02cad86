package chat

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// App is a tenant's settings. A published App is never changed in place: an
// update is a new value handed to [Apps.Set].
type App struct {
	ID       AppID
	Name     string
	Disabled bool
	// Deleting says that the app is being erased: it is disabled, and never comes back.
	Deleting bool

	Keys   []Key    // UserSig keys; several while rotating
	JWT    JWT      // how JWTs are checked, if at all
	Admins []UserID // app administrators, at most 10 (spec/03 §6)

	Webhook   Webhook
	Push      Push
	Limits    Limits
	Retention time.Duration // how long history is kept; zero: for ever (spec/10 §2)
	Switches  Switches
	Custom    CustomFields
	// AllowType is that of users who have set none (spec/07 A1); "": AllowAny.
	AllowType AllowType
	Login     Login
	Media     Media
}

// Media are the bounds of the files that users send (spec/05, spec/41 §7). Zero means the
// default of [DefaultMedia]; a negative number means no limit.
type Media struct {
	ImageBytes, FileBytes int64 // of one picture, avatar or sound: 28 MiB; of a film or another file: 100 MiB
	// What all files of the app, and those that one user has sent, may have together, also
	// those that are about to be sent: no limit.
	AppBytes, AppFiles   int64
	UserBytes, UserFiles int64
}

// DefaultMedia are spec/05's figures, and ours where it names none.
var DefaultMedia = Media{ImageBytes: 28 << 20, FileBytes: 100 << 20, AppBytes: -1, AppFiles: -1, UserBytes: -1, UserFiles: -1}

// Filled returns m with defaults in place of zeros.
func (m Media) Filled() Media {
	d := DefaultMedia
	for _, f := range []struct{ have, def *int64 }{
		{&m.ImageBytes, &d.ImageBytes},
		{&m.FileBytes, &d.FileBytes},
		{&m.AppBytes, &d.AppBytes},
		{&m.AppFiles, &d.AppFiles},
		{&m.UserBytes, &d.UserBytes},
		{&m.UserFiles, &d.UserFiles},
	} {
		if *f.have == 0 {
			*f.have = *f.def
		}
	}
	return m
}

// Key is one UserSig secret of an app.
type Key struct {
	ID       string
	Secret   string    // the ASCII text as configured, not hex-decoded (spec/01 §3)
	NotAfter time.Time // zero: no end
}

// Why a key of an app cannot be removed.
var (
	ErrNoKey   = errors.New("the app has no such key")
	ErrLastKey = errors.New("the last key that does not end stays: make another first")
)

// WithoutKey returns the keys of the app but one. A key that is in force is removed only
// while another one without an end is there, else nobody could log in one day; a key that
// has ended may always go. Errors are [ErrNoKey] and [ErrLastKey].
func (a *App) WithoutKey(id string, now time.Time) ([]Key, error) {
	var rest []Key
	ended, lasts := false, false
	for _, k := range a.Keys {
		if k.ID == id {
			ended = !k.NotAfter.IsZero() && now.After(k.NotAfter)
			continue
		}
		lasts = lasts || k.NotAfter.IsZero()
		rest = append(rest, k)
	}
	switch {
	case len(rest) == len(a.Keys):
		return nil, ErrNoKey
	case !ended && !lasts:
		return nil, ErrLastKey
	}
	return rest, nil
}

// JWT says which JSON web tokens an app accepts (spec/00 §1).
type JWT struct {
	Algorithms []string // of HS256, RS256, PS256, ES256, EdDSA; empty: no JWT
	Secret     string   // for HS256; empty: the app's UserSig keys serve
	PublicKeys []string // PEM
	JWKSFile   string
	JWKSURL    string
}

// Webhook is where and about what an app's own server is told (spec/30).
type Webhook struct {
	URL      string
	Token    string          // signs requests when not empty (spec/30 §2)
	Events   map[string]bool // by CallbackCommand
	All      bool            // every event, whatever Events says
	FailStop bool            // refuse with 80003 when a before-webhook fails; default: deliver
	// Keep is how long events wait for a server that is gone before they are dead
	// letters; 0: 7 days (spec/30 §4).
	Keep time.Duration
	// TextEventTime prints EventTime as a string (spec/30 §5).
	TextEventTime bool
}

// On reports whether the app wants the event.
func (w *Webhook) On(k EventKind) bool {
	return w.URL != "" && (w.All || w.Events[string(k)])
}

// Switches turn parts of the behaviour on or off.
type Switches struct {
	// ShowBlocked answers 20007 to a sender the receiver has blocked; by default
	// the sender sees success and nothing is delivered (spec/04 §11).
	ShowBlocked bool
	// LiveAdmins lets AVChatRooms have admins (spec/20 note A).
	LiveAdmins bool
	// LiveMemberList lists the newest 1,000 viewers of an AVChatRoom instead of 30 (spec/22b
	// §12), and tells the app who comes to it and is gone (spec/30 §6.4).
	LiveMemberList bool
	// LiveBroadcast allows messages to all AVChatRooms of the app (spec/22b §12).
	LiveBroadcast bool
	// NoLiveBans refuses to ban users from AVChatRooms (spec/21 §5).
	NoLiveBans bool
	// MeetingUnread counts unread messages in Meeting groups (spec/20 §2).
	MeetingUnread bool
	// NoEarlierHistory, by group type, hides what was said before a member joined
	// where the type's default would show it (spec/20 §2).
	NoEarlierHistory map[GroupType]bool
	// EarlierHistory shows it where the type's default would not.
	EarlierHistory map[GroupType]bool
	// NewTypeNames emits Work and Meeting instead of Private and ChatRoom on REST
	// and webhooks (spec/20 §1).
	NewTypeNames bool
	// InvisibleUserIDs lets UserIDs have invisible and bidirectional characters;
	// ASCIIUserIDs lets them have none but printable ASCII (spec/01 §7).
	InvisibleUserIDs bool
	ASCIIUserIDs     bool
	// ModifyCloudByMembers lets members change the CloudCustomData of others' messages in
	// groups (spec/00 §5).
	ModifyCloudByMembers bool
	// InviteeConsent, by group type, lets members' invitations wait until the invitee
	// agrees; by default nobody is asked (spec/20 §2).
	InviteeConsent map[GroupType]bool
	// NoAutoRegister refuses the login of who has no account (70107); administrators get
	// theirs all the same.
	NoAutoRegister bool
	// NoCommunity refuses to create Community groups (11000).
	NoCommunity bool
	// FriendsOnly refuses one-to-one messages of users unless each is in the other's list of
	// friends (spec/04 §11).
	FriendsOnly bool
	// NoSearch keeps no index of what the app's users say, and refuses to search (60017).
	NoSearch bool
	// NoPushToMany refuses pushes to many (90045); scheduled ones wait (spec/09 B, C).
	NoPushToMany bool
}

// Limits are the numbers of spec/41 that a tenant may set. Zero means the
// default of [DefaultLimits]; a negative number means no limit.
type Limits struct {
	MessageBytes   int           // one message, MsgBody and CloudCustomData: 12288
	RecallWindow   time.Duration // for users: 2 minutes
	GroupRate      int           // messages a second in one group: 40
	CommandRate    int           // calls a second per REST command: 200
	DevicesPerUser int           // live connections of one user: 20

	// How fast the server reads, packets and bytes a second: of one connection (1000
	// and 1 MiB), of all connections of a user (twice that of a connection) and of the
	// app (no limit). Beyond it reading waits; nothing is refused (spec/00 §9).
	ConnectionPackets, ConnectionBytes int
	UserPackets, UserBytes             int
	AppPackets, AppBytes               int

	Accounts         int // of the app: no limit (spec/03 §7)
	GroupMembers     int // Work, Public, Meeting: 6000
	CommunityMembers int // 100000

	// Groups a user makes a day (UTC), AVChatRooms among them, and AVChatRooms a user owns
	// at a time: 100, 20, 20. Administrators of the app are not counted (spec/41 §7).
	GroupsMadePerDay, LiveRoomsMadePerDay, LiveRoomsOwned int

	// GroupGrowthPerDay bounds the groups made less the groups disbanded a day (UTC) by all
	// users together: 10000. Imported ones count and are not refused.
	GroupGrowthPerDay int

	// PushesPerDay bounds the pushes to many a day (UTC): 100; those to named users and
	// scheduled ones do not count. PushRate is to how many users a second messages of a push go out
	// that are kept in the history: 200 (spec/09 B1, C).
	PushesPerDay, PushRate int

	GroupsPerUser int // groups one user may be in
	Blocklist     int // 1000

	// Friends of one user, their friend groups, and requests that wait for an answer of
	// theirs, or of others to theirs (spec/07 B1): 3000, 32, 100. Following is how many one
	// may follow: 10000, our choice.
	Friends, FriendGroups, FriendRequests, Following int

	Mentions      int // 30
	ResumePerConv int // messages a resuming session gets per conversation before the gap signal
	LiveRecent    int // messages of an AVChatRoom kept in memory for viewers to come: none, at most 100 (spec/22b §12)
	C2CUnreadCap  int // unread messages counted in one C2C conversation; by default all (spec/06 §7)
}

// DefaultLimits are spec/41's figures, and ours where it names none.
var DefaultLimits = Limits{
	MessageBytes:     12288,
	RecallWindow:     2 * time.Minute,
	GroupRate:        40,
	CommandRate:      200,
	DevicesPerUser:   20,
	GroupMembers:     6000,
	CommunityMembers: 100000,
	GroupsPerUser:    3000,
	Blocklist:        1000,
	Friends:          3000,
	FriendGroups:     32,
	FriendRequests:   100,
	Following:        10000,
	Mentions:         30,
	ResumePerConv:    100000,

	GroupsMadePerDay:    100,
	LiveRoomsMadePerDay: 20,
	LiveRoomsOwned:      20,
	GroupGrowthPerDay:   10000,
	PushesPerDay:        100,
	PushRate:            200,

	ConnectionPackets: 1000,
	ConnectionBytes:   1 << 20,
}

// Filled returns l with defaults in place of zeros.
func (l Limits) Filled() Limits {
	d := DefaultLimits
	for _, f := range []struct{ have, def *int }{
		{&l.MessageBytes, &d.MessageBytes},
		{&l.GroupRate, &d.GroupRate},
		{&l.CommandRate, &d.CommandRate},
		{&l.GroupsMadePerDay, &d.GroupsMadePerDay},
		{&l.LiveRoomsMadePerDay, &d.LiveRoomsMadePerDay},
		{&l.LiveRoomsOwned, &d.LiveRoomsOwned},
		{&l.GroupGrowthPerDay, &d.GroupGrowthPerDay},
		{&l.PushesPerDay, &d.PushesPerDay},
		{&l.PushRate, &d.PushRate},
		{&l.ConnectionPackets, &d.ConnectionPackets},
		{&l.ConnectionBytes, &d.ConnectionBytes},
		{&l.DevicesPerUser, &d.DevicesPerUser},
		{&l.GroupMembers, &d.GroupMembers},
		{&l.CommunityMembers, &d.CommunityMembers},
		{&l.GroupsPerUser, &d.GroupsPerUser},
		{&l.Blocklist, &d.Blocklist},
		{&l.Friends, &d.Friends},
		{&l.FriendGroups, &d.FriendGroups},
		{&l.FriendRequests, &d.FriendRequests},
		{&l.Following, &d.Following},
		{&l.Mentions, &d.Mentions},
		{&l.ResumePerConv, &d.ResumePerConv},
	} {
		if *f.have == 0 {
			*f.have = *f.def
		}
	}
	if l.RecallWindow == 0 {
		l.RecallWindow = d.RecallWindow
	}
	if l.UserPackets == 0 { // twice a connection's (spec/41 §7); no limit stays none
		l.UserPackets = 2 * l.ConnectionPackets
	}
	if l.UserBytes == 0 {
		l.UserBytes = 2 * l.ConnectionBytes
	}
	return l
}

// NoRates returns l without any rate limit, for benchmarks.
func (l Limits) NoRates() Limits {
	l.GroupRate, l.CommandRate = -1, -1
	l.GroupsMadePerDay, l.LiveRoomsMadePerDay, l.GroupGrowthPerDay = -1, -1, -1
	l.ConnectionPackets, l.UserPackets, l.AppPackets = -1, -1, -1
	l.ConnectionBytes, l.UserBytes, l.AppBytes = -1, -1, -1
	return l
}

// IsAdmin reports whether u is an administrator of the app.
func (a *App) IsAdmin(u UserID) bool { return slices.Contains(a.Admins, u) }

// Apps is the set of tenants. Reads cost one atomic load.
type Apps struct {
	mu  sync.Mutex // serialises Set
	all atomic.Pointer[map[AppID]*App]
}

// App returns the tenant, or nil.
func (s *Apps) App(id AppID) *App {
	if m := s.all.Load(); m != nil {
		return (*m)[id]
	}
	return nil
}

// Set publishes tenants, replacing those of the same ids. Limits and Media are filled.
func (s *Apps) Set(list ...App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := map[AppID]*App{}
	if m := s.all.Load(); m != nil {
		maps.Copy(next, *m)
	}
	for _, a := range list {
		a.Limits, a.Media = a.Limits.Filled(), a.Media.Filled()
		next[a.ID] = &a
	}
	s.all.Store(&next)
}

// Remove takes a tenant away.
func (s *Apps) Remove(id AppID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := map[AppID]*App{}
	if m := s.all.Load(); m != nil {
		maps.Copy(next, *m)
	}
	delete(next, id)
	s.all.Store(&next)
}

// All returns the tenants in no order.
func (s *Apps) All() []*App {
	m := s.all.Load()
	if m == nil {
		return nil
	}
	list := make([]*App, 0, len(*m))
	for _, a := range *m {
		list = append(list, a)
	}
	return list
}
