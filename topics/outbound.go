package topics

import "github.com/teahouse-im/teahouse/chat"

// row is a line of the table of topics a client can receive (spec/00 §4), and
// a bit in a filter's mask.
type row uint8

const (
	rowNone row = iota
	rowInUser
	rowInGroup
	rowTextUser
	rowTextGroup
	rowAck
	rowErr
	rowRes
	rowEvent
	rowTyping
	rowPresence
	rowAppUser // from here on: for app administrators
	rowAppGroup
	rowAppEvent
	rowSystem
	rows // how many, rowNone counted
)

// shapes is that table: the levels of each row, "" where an id or a word of
// the sender's choice stands. rowRes and rowSystem may be longer than their shape.
var shapes = [rows][]string{
	rowInUser:    {"im", "in", "c2c", ""},
	rowInGroup:   {"im", "in", "group", ""},
	rowTextUser:  {"im", "text", "c2c", "", ""},
	rowTextGroup: {"im", "text", "group", "", ""},
	rowAck:       {"im", "ack"},
	rowErr:       {"im", "err"},
	rowRes:       {"im", "res", ""},
	rowEvent:     {"im", "event", ""},
	rowTyping:    {"im", "event", "typing", ""},
	rowPresence:  {"im", "event", "presence", ""},
	rowAppUser:   {"app", "msg", "c2c", "", ""},
	rowAppGroup:  {"app", "msg", "group", "", ""},
	rowAppEvent:  {"app", "event", ""},
	rowSystem:    {"$SYS", "broker", ""},
}

// Outbound is a topic the server sends on, as a value: comparing it with
// filters needs no text. Make one with [In], [Text], [Res], [Event], [Typing],
// [Presence], [AppMessage], [AppEvent] or [System], or take [Ack] or [Err].
type Outbound struct {
	row  row
	id   string // peer or group; rowRes: the rid; rowEvent, rowAppEvent: the kind; rowAppUser: the sender; rowSystem: the name
	from string // the sender where a level follows the id; rowAppUser: the receiver
}

// The answers to a connection's publishes: im/ack and im/err.
var (
	Ack = Outbound{row: rowAck}
	Err = Outbound{row: rowErr}
)

// In is im/in/{conv}: where messages of a conversation arrive, as their reader
// sees the conversation.
func In(t chat.Target) Outbound {
	if t.Kind == chat.InGroup {
		return Outbound{row: rowInGroup, id: t.ID}
	}
	return Outbound{row: rowInUser, id: t.ID}
}

// Text is im/text/{conv}/{from}: plain text for those who asked for it
// (spec/00 §7).
func Text(t chat.Target, from chat.UserID) Outbound {
	if t.Kind == chat.InGroup {
		return Outbound{row: rowTextGroup, id: t.ID, from: string(from)}
	}
	return Outbound{row: rowTextUser, id: t.ID, from: string(from)}
}

// Res is im/res/{rid}: the answer to a request. The rid is opaque and goes out
// as it came in.
func Res(rid string) Outbound { return Outbound{row: rowRes, id: rid} }

// Event is im/event/{kind}, for kinds that are words of the contract such as
// chat.EventRecall, chat.UserGroup or "kick".
func Event[K ~string](kind K) Outbound { return Outbound{row: rowEvent, id: string(kind)} }

// Typing is im/event/typing/{user}: the user is typing to the reader.
func Typing(u chat.UserID) Outbound { return Outbound{row: rowTyping, id: string(u)} }

// Presence is im/event/presence/{user}.
func Presence(u chat.UserID) Outbound { return Outbound{row: rowPresence, id: string(u)} }

// AppMessage is app/msg/c2c/{from}/{to} or app/msg/group/{group}/{from}, where app
// administrators see the messages of their app. to is the receiver, or the group.
func AppMessage(from chat.UserID, to chat.Target) Outbound {
	if to.Kind == chat.InGroup {
		return Outbound{row: rowAppGroup, id: to.ID, from: string(from)}
	}
	return Outbound{row: rowAppUser, id: string(from), from: to.ID}
}

// AppEvent is app/event/{CallbackCommand}: what an after-webhook tells.
func AppEvent(kind chat.EventKind) Outbound { return Outbound{row: rowAppEvent, id: string(kind)} }

// System is $SYS/broker/{name} for a name of [SystemNames].
func System(name string) Outbound { return Outbound{row: rowSystem, id: name} }

// SystemNames are the values below $SYS/broker/ (spec/00 §4).
var SystemNames = []string{
	"version", "uptime", "clients/connected", "messages/received", "messages/sent", "bytes/received", "bytes/sent",
}

// starts are the fixed beginnings of the rows.
var starts = [rows]string{
	rowInUser: "im/in/c2c/", rowInGroup: "im/in/group/",
	rowTextUser: "im/text/c2c/", rowTextGroup: "im/text/group/",
	rowAck: "im/ack", rowErr: "im/err", rowRes: "im/res/",
	rowEvent: "im/event/", rowTyping: "im/event/typing/", rowPresence: "im/event/presence/",
	rowAppUser: "app/msg/c2c/", rowAppGroup: "app/msg/group/", rowAppEvent: "app/event/", rowSystem: "$SYS/broker/",
}

// Append appends the topic as the client sees it, in canonical form.
func (o Outbound) Append(b []byte) []byte {
	b = append(b, starts[o.row]...)
	switch o.row {
	case rowRes, rowEvent, rowAppEvent, rowSystem:
		return append(b, o.id...)
	case rowTextUser, rowTextGroup, rowAppUser, rowAppGroup:
		b = append(AppendID(b, o.id), '/')
		return AppendID(b, o.from)
	default:
		return AppendID(b, o.id)
	}
}

// String is the topic as text.
func (o Outbound) String() string { return string(o.Append(make([]byte, 0, 64))) }
