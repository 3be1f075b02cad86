package topics

import (
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// MaxBytes is the longest topic and filter (spec/00 §9).
const MaxBytes = 1024

// MaxRID is the longest rid, in bytes (spec/00 §5, spec/41 §7).
const MaxRID = 64

// Verb is what a client asks for by publishing to a topic (spec/00 §3).
type Verb uint8

// The verbs. The zero Verb is none.
const (
	SendText    Verb = iota + 1 // im/text/{conv}
	SendMessage                 // im/send/{conv}
	MarkRead                    // im/read/{conv}
	Recall                      // im/recall/{conv}
	SetTyping                   // im/typing/c2c/{user}
	SetStatus                   // im/status
	Request                     // im/req/{method}[/{rid}]
)

// Publish is the parsed topic of a client's publish.
type Publish struct {
	Verb   Verb
	Target chat.Target // SendText, SendMessage, MarkRead, Recall; SetTyping: the peer
	Method string      // Request: one level as written, such as group.create
	// RID is where a 3.1.1 client wants the answer, as written, of at most [MaxRID]
	// bytes; "" when the topic does not say.
	RID string
}

// Refusals of a publish topic. They are shared, so bad topics allocate nothing.
var (
	errUnknown  = chat.Refuse(chat.CodeUnknownCommand, "unknown topic: there are im/text/…, im/send/…, im/read/…, im/recall/…, im/typing/c2c/…, im/status and im/req/…")
	errEmpty    = chat.Refuse(chat.CodeBadPath, "topic is empty")
	errLength   = chat.Refuse(chat.CodeUnknownCommand, "topic is longer than 1024 bytes")
	errWildcard = chat.Refuse(chat.CodeBadPath, "topic holds a wildcard or a zero byte")
	errUTF8     = chat.Refuse(chat.CodeBadPath, "topic is not UTF-8")
	errID       = chat.Refuse(chat.CodeBadPath, "id in topic is empty or badly escaped")
	errRID      = chat.Refuse(chat.CodeBadPath, "rid is longer than 64 bytes")
	errLevel    = chat.Refuse(chat.CodeBadPath, "topic has an empty level")
)

// ParsePublish reads a topic a client publishes to. A topic that the grammar
// does not have, or longer than [MaxBytes], is refused with 60009; one with a bad
// level (an empty or badly escaped id, a rid that is too long, a wildcard, bytes
// that are not UTF-8) with 60002. Topics whose ids need no decoding cost no allocation.
func ParsePublish(topic string) (Publish, error) {
	if err := checkText(topic); err != nil {
		return Publish{}, err
	}
	rest, ok := strings.CutPrefix(topic, "im/")
	if !ok {
		return Publish{}, errUnknown
	}
	word, rest, more := strings.Cut(rest, "/")
	switch word {
	case "text":
		return parseTarget(SendText, rest)
	case "send":
		return parseTarget(SendMessage, rest)
	case "read":
		return parseTarget(MarkRead, rest)
	case "recall":
		return parseTarget(Recall, rest)
	case "typing":
		p, err := parseTarget(SetTyping, rest)
		if err == nil && p.Target.Kind != chat.C2C {
			return Publish{}, errUnknown
		}
		return p, err
	case "status":
		if !more {
			return Publish{Verb: SetStatus}, nil
		}
	case "req":
		if more {
			return parseRequest(rest)
		}
	}
	return Publish{}, errUnknown
}

// checkText refuses what no topic name may be [MQTT-3.3.2-2], [MQTT-1.5.4-2].
func checkText(topic string) error {
	switch {
	case topic == "":
		return errEmpty
	case len(topic) > MaxBytes:
		return errLength
	}
	for i := range len(topic) {
		if c := topic[i]; c == '+' || c == '#' || c == 0 {
			return errWildcard
		}
	}
	if !utf8.ValidString(topic) {
		return errUTF8
	}
	return nil
}

func parseTarget(v Verb, rest string) (Publish, error) {
	kind, level, _ := strings.Cut(rest, "/")
	p := Publish{Verb: v}
	switch kind {
	case "c2c":
		p.Target.Kind = chat.C2C
	case "group":
		p.Target.Kind = chat.InGroup
	default:
		return Publish{}, errUnknown
	}
	if len(kind) == len(rest) || strings.IndexByte(level, '/') >= 0 {
		return Publish{}, errUnknown // a level short, or one too many
	}
	id, ok := DecodeID(level)
	if !ok {
		return Publish{}, errID
	}
	p.Target.ID = id
	return p, nil
}

func parseRequest(rest string) (Publish, error) {
	method, rid, more := strings.Cut(rest, "/")
	switch {
	case strings.IndexByte(rid, '/') >= 0:
		return Publish{}, errUnknown
	case method == "" || more && rid == "":
		return Publish{}, errLevel
	case len(rid) > MaxRID:
		return Publish{}, errRID
	}
	return Publish{Verb: Request, Method: method, RID: rid}, nil
}

// MayBeWill reports whether a Will may have this topic (spec/00 §1).
func (p Publish) MayBeWill() bool {
	return p.Verb == SendText || p.Verb == SendMessage || p.Verb == SetStatus
}

// words are the fixed beginnings of the verbs' topics.
var words = [...]string{
	SendText: "im/text/", SendMessage: "im/send/", MarkRead: "im/read/",
	Recall: "im/recall/", SetTyping: "im/typing/", SetStatus: "im/status", Request: "im/req/",
}

// Append appends the topic in canonical form.
func (p Publish) Append(b []byte) []byte {
	if int(p.Verb) < len(words) {
		b = append(b, words[p.Verb]...)
	}
	switch p.Verb {
	case SendText, SendMessage, MarkRead, Recall, SetTyping:
		b = AppendTarget(b, p.Target)
	case Request:
		b = append(b, p.Method...)
		if p.RID != "" {
			b = append(append(b, '/'), p.RID...)
		}
	}
	return b
}

// String is the topic in canonical form.
func (p Publish) String() string { return string(p.Append(nil)) }

// ParseResponse reads an MQTT 5 Response Topic: im/res/ and anything that may
// stand in a topic name, several levels included. What follows the prefix is
// opaque and returned as written. ok is false outside im/res/ (spec/00 §5).
func ParseResponse(topic string) (rid string, ok bool) {
	if checkText(topic) != nil {
		return "", false
	}
	rid, ok = strings.CutPrefix(topic, "im/res/")
	return rid, ok && rid != ""
}
