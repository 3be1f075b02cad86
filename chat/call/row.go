package call

import (
	"encoding/binary"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// keptFor is for how long an InviteID is known after the call was due, in seconds: what is
// repeated within it has no second effect.
const keptFor = 24 * 60 * 60

// end is how a call is over.
type end uint8

const (
	open      end = iota
	answered      // by everybody who was invited
	cancelled     // by who has invited
	timedOut
)

// row is a call. It is shared once read, and never changed.
type row struct {
	Inviter    chat.UserID
	Holder     uint32 // of the inviter's account
	Invitees   []chat.UserID
	Answers    []reply
	Due        int64 // Unix milliseconds
	Timeout    int64 // seconds
	Data       string
	OnlineOnly bool
	Hidden     bool // its inviter alone has the messages of it
	End        end

	ID string
}

// reply is what one who was invited has answered, and by which device.
type reply struct {
	User   chat.UserID
	Device string
	Accept bool
}

// A call lies with its conversation, under "o" and its InviteID while it is open, then
// under "e".
var calls = ledger.Table(record.Call, func(f *record.Fields, c *row) {
	record.Text(f, 1, &c.Inviter)
	record.Int(f, 2, &c.Holder)
	record.Texts(f, 3, &c.Invitees)
	record.List(f, 4, &c.Answers, func(f *record.Fields, a *reply) {
		record.Text(f, 1, &a.User)
		record.Text(f, 2, &a.Device)
		record.Bool(f, 3, &a.Accept)
	})
	record.Int(f, 5, &c.Due)
	record.Int(f, 6, &c.Timeout)
	record.Text(f, 7, &c.Data)
	record.Bool(f, 8, &c.OnlineOnly)
	record.Bool(f, 9, &c.Hidden)
	record.Int(f, 10, &c.End)
}).Named(func(c *row, _ chat.Shard, key string) { c.ID = key[min(1, len(key)):] }).
	MirroredBy(func(s chat.Shard, _ string, c *row) []chat.RowAsk {
		if c.End != open {
			return nil
		}
		app := chat.AppShard(s.App)
		return []chat.RowAsk{
			places.Ask(app, atID+c.ID), places.Ask(app, c.dueKey()), callsOf.Ask(chat.UserShard(s.App, c.Inviter), c.ID),
		}
	})

// place leads from the app to a call.
type place struct {
	Kind    chat.Kind
	A, B    string
	Due     int64 // Unix milliseconds
	Timeout int64 // seconds
	Inviter chat.UserID
}

// Places lie in the shard of the app: under "i" and the InviteID, and, while the call is
// open, under "d", when it is due and the InviteID. callsOf lie under the InviteID.
var (
	places = ledger.Table(record.CallPlace, func(f *record.Fields, p *place) {
		record.Int(f, 1, &p.Kind)
		record.Text(f, 2, &p.A)
		record.Text(f, 3, &p.B)
		record.Int(f, 4, &p.Due)
		record.Int(f, 5, &p.Timeout)
		record.Text(f, 6, &p.Inviter)
	})
	callsOf = ledger.Table(record.CallOf, func(f *record.Fields, o *ofUser) { record.Int(f, 1, &o.Due) })
)

type ofUser struct{ Due int64 }

const (
	isOpen = "o"
	isOver = "e"
	atID   = "i"
	atTime = "d"
)

func (c *row) dueKey() string { return dueKey(c.Due, c.ID) }

func dueKey(due int64, id string) string {
	return string(binary.BigEndian.AppendUint64([]byte(atTime), uint64(due))) + id
}

// waits are those who have not answered.
func (c *row) waits() []chat.UserID {
	list := make([]chat.UserID, 0, len(c.Invitees))
	for _, u := range c.Invitees {
		if c.replyOf(u) == nil {
			list = append(list, u)
		}
	}
	return list
}

func (c *row) replyOf(u chat.UserID) *reply {
	for i := range c.Answers {
		if c.Answers[i].User == u {
			return &c.Answers[i]
		}
	}
	return nil
}

// with is the call with one answer more.
func (c *row) with(a reply) *row {
	next := *c
	next.Answers = append(slices.Clone(c.Answers), a)
	if len(next.Answers) == len(c.Invitees) {
		next.End = answered
	}
	return &next
}

// begin puts a new call into the commit of its message.
func (c *row) begin(to *chat.Commit, conv chat.Conversation) {
	at := places.Row(atID+c.ID, &place{Kind: conv.Kind, A: conv.A, B: conv.B, Due: c.Due, Timeout: c.Timeout, Inviter: c.Inviter})
	due := at
	at.Expires, due.Key = c.expires(), c.dueKey()
	app := chat.AppShard(conv.App)
	to.Rows = append(to.Rows, calls.Row(isOpen+c.ID, c))
	to.Mirrors = append(
		to.Mirrors, chat.Mirror{Shard: app, Row: at}, chat.Mirror{Shard: app, Row: due},
		chat.Mirror{Shard: chat.UserShard(conv.App, c.Inviter), Row: callsOf.Row(c.ID, &ofUser{c.Due})},
	)
}

// keep puts a call that has changed into a commit.
func (c *row) keep(to *chat.Commit, conv chat.Conversation) {
	if c.End == open {
		to.Rows = append(to.Rows, calls.Row(isOpen+c.ID, c))
		return
	}
	over := calls.Row(isOver+c.ID, c)
	over.Expires = c.expires()
	to.Rows = append(to.Rows, calls.Gone(isOpen+c.ID), over)
	closeMirrors(to, conv.App, c.Inviter, c.Due, c.ID)
}

// closeMirrors removes what mirrors a call that is open.
func closeMirrors(to *chat.Commit, app chat.AppID, inviter chat.UserID, due int64, id string) {
	to.Mirrors = append(
		to.Mirrors, chat.Mirror{Shard: chat.AppShard(app), Row: places.Gone(dueKey(due, id))},
		chat.Mirror{Shard: chat.UserShard(app, inviter), Row: callsOf.Gone(id)},
	)
}

func (c *row) expires() int64 { return c.Due/1000 + keptFor }

// conv is the conversation of a place.
func (p *place) conv(app chat.AppID) chat.Conversation {
	return chat.Conversation{App: app, Kind: p.Kind, A: p.A, B: p.B}
}
