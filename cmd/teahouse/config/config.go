// Package config is the configuration of the program: the shape of the file,
// the defaults, the environment and what makes a configuration wrong. It
// exists so that no other package knows a file format: everything below it
// takes plain options. It refuses to guess: a key it does not know, a value
// it cannot read and a secret given twice are problems, all reported at once.
// Start reading at [Config], then [Load].
package config

import (
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
)

// Config is one configuration, as in the file. The yaml tags are the keys of
// the file; in the environment the same key is TEAHOUSE_SECTION__KEY.
type Config struct {
	Data      string         `yaml:"data"`
	Storage   Storage        `yaml:"storage"`
	Listen    Listen         `yaml:"listen"`
	TLS       TLS            `yaml:"tls"`
	Admin     Admin          `yaml:"admin"`
	WebSocket WebSocket      `yaml:"websocket"`
	Secrets   Secrets        `yaml:"secrets"`
	Log       Log            `yaml:"log"`
	Memory    Memory         `yaml:"memory"`
	Shutdown  Shutdown       `yaml:"shutdown"`
	History   History        `yaml:"history"`
	Search    Search         `yaml:"search"`
	Push      Pushes         `yaml:"push"`
	Limits    ServerLimits   `yaml:"limits"`
	Media     Media          `yaml:"media"`
	Web       Web            `yaml:"web"`
	Calls     Calls          `yaml:"calls"`
	Apps      map[string]App `yaml:"apps"` // by SDKAppID

	secretFiles []secretFile // what was read that holds secrets
}

// secretFile is a file with a secret, and the setting that names it.
type secretFile struct{ path, file string }

// Storage is what the data folder's disk is used for.
type Storage struct {
	// MinFreeBytes is how much of the disk is left free: with less, writes are refused. What
	// the store needs for its own work is left in any case.
	MinFreeBytes int `yaml:"min_free_bytes"`
}

// Listen holds addresses, host:port; "off" turns a listener off.
type Listen struct {
	MQTT  string `yaml:"mqtt"`
	MQTTS string `yaml:"mqtts"` // only with certificates; then 8883 unless told otherwise
	WS    string `yaml:"ws"`
	// WSS is all that WS is over TLS, and MQTT for clients that ask for "mqtt" by ALPN.
	WSS string `yaml:"wss"`
	// Redirect has WS send everybody to WSS, and do nothing else.
	Redirect bool `yaml:"redirect"`
	// ProxyProtocol says who begins connections with a header of the PROXY protocol.
	ProxyProtocol ProxyProtocol `yaml:"proxy_protocol"`
	// ForwardedFrom are addresses of HTTP proxies whose X-Forwarded-For is believed.
	ForwardedFrom []string `yaml:"forwarded_from"`

	Admin string `yaml:"admin"`
	// Metrics is a listener for /metrics and /debug/pprof alone, which asks for no
	// token.
	Metrics string `yaml:"metrics"`
}

// ProxyProtocol names proxies in front of listeners of clients.
type ProxyProtocol struct {
	From      []string `yaml:"from"`      // addresses or ranges; none: no listener expects a header
	Listeners []string `yaml:"listeners"` // mqtt, mqtts, ws, wss
}

// Off is the address that turns a listener off.
const Off = "off"

// Admin is the listener for backends and operators.
type Admin struct {
	TLS bool `yaml:"tls"` // serve it with the certificate of tls
	// Insecure allows plain HTTP on an address that others can reach.
	Insecure bool     `yaml:"insecure"`
	PProf    bool     `yaml:"pprof"`
	Docs     bool     `yaml:"docs"`  // /docs/, for everybody who reaches the port
	Hosts    []string `yaml:"hosts"` // host patterns by which it may be asked, besides local ones
}

// WebSocket is what browsers may do.
type WebSocket struct {
	Origins []string `yaml:"origins"` // where other pages come from; the server's own host is always allowed
}

// Web is about our own pages.
type Web struct {
	Chat    bool     `yaml:"chat"`    // the chat is served at the root of listen.ws
	Origins []string `yaml:"origins"` // addresses besides our own that it may load from and connect to
}

// Secrets is how secrets of apps are stored in the data folder.
type Secrets struct {
	Key Secret `yaml:"key"` // encrypts them; without a key they are stored in plain text
}

// Log is the program's log.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text, json
}

// Memory is what the program may use of it.
type Memory struct {
	Limit Size `yaml:"limit"` // 0: GOMEMLIMIT, the control group's or the machine's, whichever is found first
}

// Shutdown bounds the steps of an orderly end.
type Shutdown struct {
	Timeout time.Duration `yaml:"timeout"` // for sends under way and clients
	Drain   time.Duration `yaml:"drain"`   // for webhooks; what is left goes out after the next start
}

// History is about the files of an hour's messages (get_history).
type History struct {
	UTCOffset string `yaml:"utc_offset"` // of the hours by which they are asked for, such as "+08:00"
}

// Zone is the time zone of a checked UTCOffset.
func (h History) Zone() *time.Location {
	at, err := time.Parse("Z07:00", h.UTCOffset)
	if err != nil {
		return time.UTC
	}
	_, seconds := at.Zone()
	return time.FixedZone(h.UTCOffset, seconds)
}

// Search is about finding messages, users and groups by words.
type Search struct {
	Enabled bool `yaml:"enabled"` // indexes are kept in the data folder, one for each app
}

// Pushes is about messages to users who have no connection.
type Pushes struct {
	Hold time.Duration `yaml:"hold"` // how long a message is held before it is pushed
}

// HoldOrNone is Hold as push.Options has it.
func (p Pushes) HoldOrNone() time.Duration {
	if p.Hold <= 0 {
		return -1
	}
	return p.Hold
}

// ServerLimits are numbers that belong to no app; 0 is the default, -1 no limit.
type ServerLimits struct {
	// How fast the connections of one address (IPv6: of a /64) are read together, a
	// second.
	AddressPackets int `yaml:"address_packets"`
	AddressBytes   int `yaml:"address_bytes"`
}

// App is a tenant declared in the file.
type App struct {
	Name           string         `yaml:"name"`
	Disabled       bool           `yaml:"disabled"`
	Keys           map[string]Key `yaml:"keys"` // by a name of the operator's choice
	Administrators []string       `yaml:"administrators"`
	JWT            JWT            `yaml:"jwt"`
	Webhook        Webhook        `yaml:"webhook"`
	Push           Push           `yaml:"push"`
	Retention      time.Duration  `yaml:"retention"` // 0: for ever
	Limits         Limits         `yaml:"limits"`
	Switches       Switches       `yaml:"switches"`
	Ban            Ban            `yaml:"ban"`
	Login          Login          `yaml:"login"`
	Custom         Custom         `yaml:"custom"`
	AllowType      string         `yaml:"allow_type"` // AllowAny, NeedConfirm, DenyAny; empty: AllowAny
	Media          AppMedia       `yaml:"media"`
}

// AppMedia are the bounds of the files that users send; 0 is the default, -1 no limit. See
// [chat.Media].
type AppMedia struct {
	ImageBytes int `yaml:"image_bytes"` // of one picture, avatar or sound
	FileBytes  int `yaml:"file_bytes"`  // of one film or other file

	AppBytes  int `yaml:"app_bytes"` // of all, and so on
	AppFiles  int `yaml:"app_files"`
	UserBytes int `yaml:"user_bytes"`
	UserFiles int `yaml:"user_files"`
}

// Login is what becomes of those who log in, and how many devices of a user there may be;
// see [chat.Login].
type Login struct {
	Policy    string         `yaml:"policy"`
	Instances map[string]int `yaml:"instances"` // by platform

	AutoRegister bool `yaml:"auto_register"` // a first login makes the account
}

// Ban is what bans there are.
type Ban struct {
	LiveRooms bool `yaml:"live_rooms"` // bans in AVChatRooms
}

// Key is a UserSig key.
type Key struct {
	Secret   Secret    `yaml:"secret"`
	NotAfter time.Time `yaml:"not_after,omitempty"` // zero: no end
}

// JWT says which JSON web tokens are accepted; without algorithms none.
type JWT struct {
	Algorithms []string `yaml:"algorithms"`
	Secret     Secret   `yaml:"secret"`
	PublicKeys []string `yaml:"public_keys"` // files in PEM
	JWKSFile   string   `yaml:"jwks_file"`
	JWKSURL    string   `yaml:"jwks_url"`
}

// Webhook is where the app's webhooks go.
type Webhook struct {
	URL           string        `yaml:"url"`
	Token         Secret        `yaml:"token"`
	Events        []string      `yaml:"events"` // CallbackCommands, or "all"
	OnFailure     string        `yaml:"on_failure"`
	Keep          time.Duration `yaml:"keep"` // for a server that is gone; then dead letters
	TextEventTime bool          `yaml:"text_event_time"`
}

// Limits are the numbers a tenant may set; 0 is the default, -1 no limit.
type Limits struct {
	MessageBytes   int           `yaml:"message_bytes"`
	RecallWindow   time.Duration `yaml:"recall_window"`
	GroupRate      int           `yaml:"group_rate"`
	CommandRate    int           `yaml:"command_rate"`
	DevicesPerUser int           `yaml:"devices_per_user"`

	ConnectionPackets int `yaml:"connection_packets"` // a second, and so on; 0 in the user's: twice the connection's
	ConnectionBytes   int `yaml:"connection_bytes"`
	UserPackets       int `yaml:"user_packets"`
	UserBytes         int `yaml:"user_bytes"`
	AppPackets        int `yaml:"app_packets"` // 0: no limit
	AppBytes          int `yaml:"app_bytes"`

	Accounts         int `yaml:"accounts"` // 0: no limit
	GroupMembers     int `yaml:"group_members"`
	CommunityMembers int `yaml:"community_members"`

	GroupsMadePerDay    int `yaml:"groups_made_per_day"`
	LiveRoomsMadePerDay int `yaml:"live_rooms_made_per_day"`
	LiveRoomsOwned      int `yaml:"live_rooms_owned"`

	GroupGrowthPerDay int `yaml:"group_growth_per_day"`

	PushesPerDay int `yaml:"pushes_per_day"`
	PushRate     int `yaml:"push_users_per_second"`

	GroupsPerUser int `yaml:"groups_per_user"`
	Blocklist     int `yaml:"blocklist"`

	Friends        int `yaml:"friends"`
	FriendGroups   int `yaml:"friend_groups"`
	FriendRequests int `yaml:"friend_requests"`
	Following      int `yaml:"following"`

	Mentions      int `yaml:"mentions"`
	ResumePerConv int `yaml:"resume_per_conversation"`
	LiveRecent    int `yaml:"live_recent"`
	C2CUnreadCap  int `yaml:"c2c_unread_cap"`
}

// Switches turn parts of the behaviour on or off; see [chat.Switches].
type Switches struct {
	ShowBlocked          bool     `yaml:"show_blocked"`
	LiveAdmins           bool     `yaml:"live_admins"`
	LiveMemberList       bool     `yaml:"live_member_list"`
	LiveBroadcast        bool     `yaml:"live_broadcast"`
	MeetingUnread        bool     `yaml:"meeting_unread"`
	NoEarlierHistory     []string `yaml:"no_earlier_history"` // group types
	EarlierHistory       []string `yaml:"earlier_history"`    // group types
	InviteeConsent       []string `yaml:"invitee_consent"`    // group types
	NewTypeNames         bool     `yaml:"new_type_names"`
	NoCommunity          bool     `yaml:"no_community"`
	ModifyCloudByMembers bool     `yaml:"modify_cloud_by_members"`
	InvisibleUserIDs     bool     `yaml:"invisible_user_ids"`
	ASCIIUserIDs         bool     `yaml:"ascii_user_ids"`
	FriendsOnly          bool     `yaml:"friends_only"`
	NoSearch             bool     `yaml:"no_search"`
	NoPushToMany         bool     `yaml:"no_push_to_many"`
}

// Secret is text that is used and never shown. Beside each secret key the
// file may have the same key with _file: a file that holds it.
type Secret string

const hidden = "(secret)"

// String keeps secrets out of logs and messages.
func (s Secret) String() string { return hidden }

// GoString does the same for %#v.
func (s Secret) GoString() string { return hidden }

// MarshalYAML shows only whether there is one.
func (s Secret) MarshalYAML() (any, error) {
	if s == "" {
		return "", nil
	}
	return hidden, nil
}

// DefaultRetention is how long messages are kept unless told otherwise
// (spec/10 §2).
const DefaultRetention = 7 * 24 * time.Hour

// DefaultKeep is how long events wait for an app's server that is gone (spec/30
// §4).
const DefaultKeep = 7 * 24 * time.Hour

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Data: "/var/lib/teahouse",
		Listen: Listen{
			MQTT: ":1883", WS: ":8083", Admin: "127.0.0.1:8090",
			ProxyProtocol: ProxyProtocol{Listeners: slices.Clone(proxied)},
		},
		Admin:    Admin{Docs: true},
		TLS:      TLS{HSTS: unset, ClientCerts: Off, ACME: ACME{Directory: certificates.LetsEncrypt}},
		Media:    Media{Listen: Off},
		Log:      Log{Level: "info", Format: "text"},
		History:  History{UTCOffset: "+08:00"}, // of the original (spec/09 §F)
		Search:   Search{Enabled: true},
		Push:     Pushes{Hold: 5 * time.Second},
		Calls:    Calls{STUN: []string{}, TURN: []string{}, TTL: time.Hour},
		Shutdown: Shutdown{Timeout: 20 * time.Second, Drain: 10 * time.Second},
		Limits:   ServerLimits{AddressPackets: 20000, AddressBytes: 20 << 20}, // spec/41 §7
	}
}

// setDefaults fills in the defaults of an app in the file.
func (a *App) setDefaults() {
	a.Retention = DefaultRetention
	a.Ban.LiveRooms = true
	a.Login.AutoRegister = true
	a.Webhook.OnFailure = Deliver
	a.Login.Policy = string(chat.LoginMulti)
	a.Webhook.Keep = DefaultKeep
}

// The two answers to a before-webhook that fails (spec/30 §4).
const (
	Deliver = "deliver"
	Refuse  = "refuse"
)
