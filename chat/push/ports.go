package push

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/trace"
)

// ChannelName says through whose service a device is reached (spec/00 §5).
type ChannelName string

// The channels.
const (
	APNs    ChannelName = "apns"
	FCM     ChannelName = "fcm"
	HMS     ChannelName = "hms"
	WebPush ChannelName = "webpush"
	Webhook ChannelName = "webhook"
)

// ChannelNames are all of them, in the order of their numbers (ChannelName.Number).
var ChannelNames = []ChannelName{APNs, FCM, HMS, WebPush, Webhook}

// Number is the PushPlatform of webhooks and statistics: 1 for APNs, then in the order of
// ChannelNames; 0 is the connection of a device that is online, and an unknown name. Our
// choice (spec/30 §6.5).
func (c ChannelName) Number() int {
	for i, name := range ChannelNames {
		if c == name {
			return i + 1
		}
	}
	return 0
}

// Channel reaches one provider for one app. Its methods are safe for concurrent use.
type Channel interface {
	// Send hands a notice to the provider for one device. It bounds its own time, to 20 s
	// at most, and ends early with ctx. It does not try again by itself, but for a credential
	// that it renews. The room bounds how many calls run at a time, waits between attempts, and
	// pauses a channel.
	Send(ctx context.Context, d *Device, n *Notice) Result
	// Check asks the provider whether the credentials are right, and says what is wrong.
	Check(ctx context.Context) error
}

// Channels gives the channel of an app by name, nil when it is not configured. It is called
// for every page of what is sent, so it does not wait. Another channel than before is
// one whose credentials were changed: it is not paused any more.
type Channels func(app chat.AppID, c ChannelName) Channel

// Outcome is what became of one notice.
type Outcome uint8

// The outcomes.
const (
	Sent        Outcome = iota + 1 // the provider has taken it
	Retry                          // it may go later: the provider is away, or has too much to do
	Gone                           // the token is invalid: the device is dropped
	Refused                        // this notice will never go
	Credentials                    // nothing will go until they are mended: the channel pauses
)

// String is the outcome's name in logs and metrics.
func (o Outcome) String() string {
	switch o {
	case Sent:
		return "sent"
	case Retry:
		return "retry"
	case Gone:
		return "gone"
	case Refused:
		return "refused"
	case Credentials:
		return "credentials"
	}
	return "unknown"
}

// Result is the answer of a channel.
type Result struct {
	Outcome Outcome
	// RetryAfter is how long the provider asks to wait, 0: it does not say. The whole
	// channel waits, at most an hour; of webpush the device alone, since clients name the services.
	RetryAfter time.Duration
	Code       int    // the provider's, such as an HTTP status; 0 when it has taken the notice
	Info       string // the same in words, without credentials and tokens; cut to 200 bytes
}

// Device is where a user's pushes go: one for each client id.
type Device struct {
	User     chat.UserID
	Client   string // MQTT client id
	Platform chat.Platform

	Channel ChannelName
	Token   string // apns, fcm, hms and webhook: at most 256 bytes for apns, fcm, hms; 4096 with Endpoint in all
	// Endpoint, P256dh and Auth are the subscription of webpush: the URL, and both keys in
	// unpadded base64url, of 65 and 16 bytes.
	Endpoint, P256dh, Auth string
	AppKey                 string // which of the app's programs, at most 128 bytes: an APNs topic, for instance; "": the configured one
	Lang                   string // a language tag such as zh-CN, at most 35 bytes; "": not known

	// Since is when the device registered this token, Seen when the device was last there;
	// Unix seconds. Messages of before Since are not pushed to it.
	Since, Seen int64
	Holder      uint32 // of the user's account; see chat.Account
}

// Notice is what a device shows.
type Notice struct {
	PushID string // MsgId of the message, or what a task chose; at most 128 bytes
	TaskID string // of a push to many, else ""
	// Collapse is the same for notices of which the newest takes the place of those before
	// it: at most 64 bytes of A–Z, a–z, 0–9, "-" and "_", 32 as it is made here.
	Collapse string

	Title, SubTitle, Text string
	Ext                   string  // passed through
	Sound                 string  // the one for iOS, or from a custom element; Android.Sound is Android's
	Image                 string  // URL
	Badge                 *uint64 // of apns; nil: it stays as it is
	NoBadge               bool    // BadgeMode 1: the room counts none
	MutableContent        bool
	Android               chat.AndroidPush
	Expires               int64 // Unix seconds, never 0

	// Conv, From, Seq and Time (Unix seconds) are the message's; zero in a task's.
	Conv chat.Conversation
	From chat.UserID
	Seq  chat.Seq
	Time int64

	// Trace is the distributed trace that the message belongs to, nil when there is none. Only
	// Webhook is given one.
	Trace *trace.Context

	message *chat.Message
}

// Target is a device to which a page of a task goes; see [Enqueue].
type Target struct {
	User    chat.UserID
	Client  string
	Channel ChannelName
	Holder  uint32 // of the device
}

// Loader gives the notice of a task. Badge and Expires may be left out; with Expires 0 that of
// Enqueue counts. nil: the task is no more, and what waits of it is dropped. It is asked for each page that is sent,
// so it keeps the newest ones. The Collapse is the caller's too; "" is made of TaskID.
type Loader func(ctx context.Context, app chat.AppID, taskID string) (*Notice, error)

// Stage is what has happened to a push: PushStage of webhooks. The numbers are our choice
// (spec/30 §6.5).
type Stage uint8

// The stages.
const (
	StageSent      Stage = 1 // handed to the provider, which has taken it
	StageDelivered Stage = 2 // a device online has it (task only: channels do not tell)
	StageClicked   Stage = 3 // push.clicked
	StageFailed    Stage = 4 // it will never go: the provider has refused it, or the token
	StageDropped   Stage = 5 // not sent: read, recalled, expired or replaced before it went out
)

// Settlement is what became of one push to one device.
type Settlement struct {
	User    chat.UserID
	Client  string
	Channel ChannelName
	PushID  string
	TaskID  string            // "" of a chat message
	Conv    chat.Conversation // of a chat message, as the next three
	Seq     chat.Seq
	From    chat.UserID
	Message *chat.Message // nil when it is no more
	Stage   Stage
	Code    int    // ErrCode: 0, or the provider's
	Info    string // ErrInfo; of StageDropped the reason
	Time    int64  // Unix seconds
}
