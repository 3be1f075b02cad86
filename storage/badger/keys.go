package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// schema is the number of the layout below. A folder with a larger one is
// refused; a change that older data does not fit raises it.
const schema = 1

// The prefixes, one byte each; the table says what follows.
const (
	keyApp          = 'a'
	keyApplication  = 'A'
	keyRow          = 'c'
	keyDedup        = 'd'
	keyBlock        = 'f'
	keyBlockedBy    = 'F'
	keyGroup        = 'g'
	keyMember       = 'G'
	keyHead         = 'h'
	keyGroupCount   = 'k'
	keyMessage      = 'm'
	keyMute         = 'M'
	keySender       = 'n'
	keyOutbox       = 'o'
	keyDead         = 'O'
	keyReceipt      = 'q'
	keyReceiptCount = 'Q'
	keyRevision     = 'r'
	keySession      = 's'
	keyAccount      = 'u'
	keyMembership   = 'U'
	keyUserEvent    = 'v'
	keyUserHead     = 'w'
	keyStore        = 'x'
	keyGroupByType  = 'y'
	keySweep        = 'z'
)

// part is a kind of component of a key. All of them order as their values do
// and end by themselves, so no two tuples share a key and no key of one tuple
// is the beginning of another's.
type part byte

const (
	partApp    part = iota // 4 bytes, big endian
	partText               // any bytes: 00 becomes 00 ff, the end is 00 01
	partNumber             // 8 bytes, big endian
	partHash               // 16 bytes
	partConv               // kind byte, text A, and for C2C text B; the app comes before
	partTarget             // kind byte, text: a conversation as one user sees it
)

// layout is everything on disk. Every value but markers begins with a format
// byte (record.go). There is no index by time: within a conversation neither
// Time nor Clock ever falls, so both are found by binary search over the
// numbers (search.go).
var layout = []struct {
	prefix byte
	name   string
	parts  []part
	value  string
	usedBy string
}{
	{keyApp, "app", []part{partApp}, "chat.App as JSON", "StoredApps"},
	{keyApplication, "application: group, newcomer, kind", []part{partApp, partText, partText, partNumber}, "application; TTL", "Applications"},
	{keyRow, "row: user, conversation", []part{partApp, partText, partTarget}, "read mark", "Conversations"},
	{keyDedup, "dedup: conversation, key", []part{partApp, partConv, partHash}, "number, lapse; TTL", "Apply, Seen"},
	{keyBlock, "block: owner, peer", []part{partApp, partText, partText}, "time", "Blocked, Blocklist"},
	{keyBlockedBy, "blocked by: peer, owner", []part{partApp, partText, partText}, "marker", "DeleteAccount"},
	{keyGroup, "group", []part{partApp, partText}, "group", "Group, Groups"},
	{keyMember, "member: group, user", []part{partApp, partText, partText}, "member", "Member, Members"},
	{keyHead, "head: conversation", []part{partApp, partConv}, "head, C2C senders", "Heads, Apply, Sender"},
	{keyGroupCount, "group count: type", []part{partApp, partText}, "number", "Groups"},
	{keyMessage, "message: conversation, number", []part{partApp, partConv, partNumber}, "message; TTL", "Messages"},
	{keyMute, "mute: group, user", []part{partApp, partText, partText}, "until; TTL", "Mutes"},
	{keySender, "sender: conversation, user", []part{partApp, partConv, partText}, "group sender's statistics", "Sender"},
	{keyOutbox, "outbox: serial", []part{partNumber}, "event", "Pending"},
	{keyDead, "dead letter: serial", []part{partNumber}, "event", "Dead"},
	{keyReceipt, "receipt: conversation, number, user", []part{partApp, partConv, partNumber, partText}, "time; TTL", "Apply, Receipts"},
	{keyReceiptCount, "receipt count: conversation, number", []part{partApp, partConv, partNumber}, "number; TTL", "Apply, ReceiptCounts"},
	{keyRevision, "revision: conversation, number", []part{partApp, partConv, partNumber}, "conversation event; TTL", "ConvEvents"},
	{keySession, "session: user, client", []part{partApp, partText, partText}, "session; TTL", "Session"},
	{keyAccount, "account", []part{partApp, partText}, "account", "Account"},
	{keyMembership, "membership: user, group", []part{partApp, partText, partText}, "mirror of member", "Memberships"},
	{keyUserEvent, "user event: user, number", []part{partApp, partText, partNumber}, "user event; TTL", "UserEvents"},
	{keyUserHead, "user head: user", []part{partApp, partText}, "newest number", "UserEventSeq"},
	{keyStore, "store: name", []part{partText}, "schema, or counters", "Open"},
	{keyGroupByType, "group by type: type, group", []part{partApp, partText, partText}, "marker", "Groups"},
	{keySweep, "sweep: conversation", []part{partApp, partConv}, "marker: a drop under way", "Open"},
}

// keyRoom is enough for the keys of ordinary names: two of them and an app.
const keyRoom = 128

var errKey = errors.New("malformed key")

func putApp(b []byte, prefix byte, app chat.AppID) []byte {
	return binary.BigEndian.AppendUint32(append(b, prefix), uint32(app))
}

func putNumber(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

func putText[S ~string](b []byte, s S) []byte {
	if strings.IndexByte(string(s), 0) < 0 {
		b = append(b, s...)
		return append(b, 0, 1)
	}
	for i := range len(s) {
		b = append(b, s[i])
		if s[i] == 0 {
			b = append(b, 0xff)
		}
	}
	return append(b, 0, 1)
}

func putTarget(b []byte, t chat.Target) []byte {
	return putText(append(b, byte(t.Kind)), t.ID)
}

// putConv begins a key that belongs to a conversation.
func putConv(b []byte, prefix byte, c chat.Conversation) []byte {
	b = putText(append(putApp(b, prefix, c.App), byte(c.Kind)), c.A)
	if c.Kind == chat.C2C {
		b = putText(b, c.B)
	}
	return b
}

// putPair makes keys of an app and one or two names.
func putPair[A, B ~string](b []byte, prefix byte, app chat.AppID, one A, two B) []byte {
	return putText(putText(putApp(b, prefix, app), one), two)
}

func putOne[A ~string](b []byte, prefix byte, app chat.AppID, one A) []byte {
	return putText(putApp(b, prefix, app), one)
}

func putRow(b []byte, c chat.Conversation, u chat.UserID) []byte {
	return putTarget(putOne(b, keyRow, c.App, u), c.For(u))
}

func putDedupKey(b []byte, c chat.Conversation, k chat.DedupKey) []byte {
	return append(putConv(b, keyDedup, c), k[:]...)
}

func storeKey(name string) []byte { return putText([]byte{keyStore}, name) }

// past is the smallest key beyond every key that begins with prefix.
func past(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// keyReader takes a key apart, remembering the first fault.
type keyReader struct {
	rest []byte
	bad  bool
}

func readKey(k []byte) *keyReader { return &keyReader{rest: k} }

func (r *keyReader) take(n int) []byte {
	if r.bad || len(r.rest) < n {
		r.bad = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *keyReader) byte() byte      { return r.take(1)[0] }
func (r *keyReader) app() chat.AppID { return chat.AppID(binary.BigEndian.Uint32(r.take(4))) }
func (r *keyReader) number() uint64  { return binary.BigEndian.Uint64(r.take(8)) }
func (r *keyReader) hash() chat.DedupKey {
	return chat.DedupKey(r.take(len(chat.DedupKey{})))
}

func (r *keyReader) text() string {
	var b []byte
	for i := 0; i+1 < len(r.rest) && !r.bad; i++ {
		switch {
		case r.rest[i] != 0:
			b = append(b, r.rest[i])
		case r.rest[i+1] == 0xff:
			b = append(b, 0)
			i++
		case r.rest[i+1] == 1:
			r.rest = r.rest[i+2:]
			return string(b)
		default:
			r.bad = true
		}
	}
	r.bad = true
	return ""
}

func (r *keyReader) target() chat.Target {
	kind := chat.Kind(r.byte())
	r.bad = r.bad || kind != chat.C2C && kind != chat.InGroup
	return chat.Target{Kind: kind, ID: r.text()}
}

func (r *keyReader) conv(app chat.AppID) chat.Conversation {
	c := chat.Conversation{App: app, Kind: chat.Kind(r.byte()), A: r.text()}
	switch c.Kind {
	case chat.C2C:
		c.B = r.text()
	case chat.InGroup:
	default:
		r.bad = true
	}
	return c
}

func (r *keyReader) err() error {
	if r.bad || len(r.rest) > 0 {
		return errKey
	}
	return nil
}

// describe prints any key of the table for people.
func describe(k []byte) (string, error) {
	r := readKey(k)
	prefix := r.byte()
	for _, row := range layout {
		if row.prefix != prefix {
			continue
		}
		var app chat.AppID
		var b strings.Builder
		b.WriteString(strings.TrimSpace(strings.SplitN(row.name, ":", 2)[0]))
		for _, p := range row.parts {
			switch p {
			case partApp:
				app = r.app()
				fmt.Fprintf(&b, " %d", app)
			case partText:
				fmt.Fprintf(&b, " %q", r.text())
			case partNumber:
				fmt.Fprintf(&b, " %d", r.number())
			case partHash:
				fmt.Fprintf(&b, " %x", r.hash())
			case partConv:
				c := r.conv(app)
				fmt.Fprintf(&b, " %d %q %q", c.Kind, c.A, c.B)
			case partTarget:
				t := r.target()
				fmt.Fprintf(&b, " %d %q", t.Kind, t.ID)
			}
		}
		return b.String(), r.err()
	}
	return "", errKey
}
