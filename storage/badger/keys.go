package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// schema is the number of the layout below. A folder with another one is
// refused; a change that older data does not fit raises it. Schema 1 was never released.
const schema = 2

// Schema is the number of the layout of data folders: a program that has another one refuses
// them, or changes them first.
const Schema = schema

// The prefixes, one byte each; the table says what follows.
const (
	keyDedup     = 'd'
	keyHead      = 'h'
	keyMessage   = 'm'
	keySender    = 'n'
	keyOutbox    = 'o'
	keyDead      = 'O'
	keyRevision  = 'r'
	keyRow       = 'R'
	keySession   = 's'
	keyUserEvent = 'v'
	keyStore     = 'x'
	keySweep     = 'z'
)

// part is a kind of component of a key. All of them order as their values do.
// All but partRest end by themselves, so no two tuples share a key and no shard's keys
// lie under the prefix of another.
type part byte

const (
	partApp    part = iota // 4 bytes, big endian
	partText               // any bytes: 00 becomes 00 ff, the end is 00 01
	partNumber             // 8 bytes, big endian
	partHash               // 16 bytes
	partShard              // kind byte, then as many texts as chat.Shard.Names; the app comes before
	partKind               // 2 bytes, big endian: chat.RowKind
	partRest               // the bytes that are left
)

// layout is everything on disk. Every value but rows and markers is a record of
// package record. There is no index by time: within a conversation neither Time nor
// Clock ever falls, so both are found by binary search over the numbers (search.go).
var layout = []struct {
	prefix byte
	name   string
	parts  []part
	value  string
	usedBy string
}{
	{keyDedup, "dedup: conversation, key", []part{partApp, partShard, partHash}, "number, lapse; TTL", "Apply, Seen"},
	{keyHead, "head: shard", []part{partApp, partShard}, "head, C2C senders", "Apply, Heads, Senders"},
	{keyMessage, "message: conversation, number", []part{partApp, partShard, partNumber}, "message; TTL", "Messages"},
	{keySender, "sender: conversation, user", []part{partApp, partShard, partText}, "group sender's statistics", "Senders"},
	{keyOutbox, "outbox: serial", []part{partNumber}, "event", "Pending"},
	{keyDead, "dead letter: serial", []part{partNumber}, "event", "Dead"},
	{keyRevision, "revision: conversation, number", []part{partApp, partShard, partNumber}, "conversation event; TTL", "ConvEvents"},
	{keyRow, "row: shard, kind, key", []part{partApp, partShard, partKind, partRest}, "value or counter (row.go); TTL", "Row, Rows, RowsOf"},
	{keySession, "session: user, client", []part{partApp, partText, partText}, "session; TTL", "Session"},
	{keyUserEvent, "user event: user, number", []part{partApp, partText, partNumber}, "user event; TTL", "UserEvents"},
	{keyStore, "store: name", []part{partText}, "schema, counters, or leap", "Open"},
	{keySweep, "sweep: shard", []part{partApp, partShard}, "marker: a drop under way", "Open"},
}

// keyRoom is enough for the keys of ordinary names: two of them, an app, and
// the key of a row.
const keyRoom = 192

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

func putShard(b []byte, prefix byte, s chat.Shard) []byte {
	b = append(putApp(b, prefix, s.App), byte(s.Kind))
	names := s.Names()
	if names > 0 {
		b = putText(b, s.A)
	}
	if names > 1 {
		b = putText(b, s.B)
	}
	return b
}

func putConv(b []byte, prefix byte, c chat.Conversation) []byte {
	return putShard(b, prefix, c.Shard())
}

func putMessageKey(b []byte, c chat.Conversation, n chat.Seq) []byte {
	return putNumber(putConv(b, keyMessage, c), uint64(n))
}

func putSenderKey(b []byte, c chat.Conversation, u chat.UserID) []byte {
	return putText(putConv(b, keySender, c), u)
}

func putDedupKey(b []byte, c chat.Conversation, k chat.DedupKey) []byte {
	return append(putConv(b, keyDedup, c), k[:]...)
}

// putRows is the prefix of all rows of a kind.
func putRows(b []byte, s chat.Shard, k chat.RowKind) []byte {
	return binary.BigEndian.AppendUint16(putShard(b, keyRow, s), uint16(k))
}

func putRow(b []byte, s chat.Shard, k chat.RowKind, key string) []byte {
	return append(putRows(b, s, k), key...)
}

func putUser(b []byte, prefix byte, app chat.AppID, u chat.UserID) []byte {
	return putText(putApp(b, prefix, app), u)
}

func putUserEvent(b []byte, app chat.AppID, u chat.UserID, n uint64) []byte {
	return putNumber(putUser(b, keyUserEvent, app, u), n)
}

func sessionKey(app chat.AppID, u chat.UserID, client string) []byte {
	return putText(putUser(nil, keySession, app, u), client)
}

func outboxKey(prefix byte, serial uint64) []byte { return putNumber([]byte{prefix}, serial) }

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

func (r *keyReader) byte() byte         { return r.take(1)[0] }
func (r *keyReader) app() chat.AppID    { return chat.AppID(binary.BigEndian.Uint32(r.take(4))) }
func (r *keyReader) number() uint64     { return binary.BigEndian.Uint64(r.take(8)) }
func (r *keyReader) kind() chat.RowKind { return chat.RowKind(binary.BigEndian.Uint16(r.take(2))) }
func (r *keyReader) all() string        { return string(r.take(len(r.rest))) }
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

func (r *keyReader) shard(app chat.AppID) chat.Shard {
	s := chat.Shard{App: app, Kind: chat.Kind(r.byte())}
	if !s.Valid() {
		r.bad = true
		return s
	}
	names := s.Names()
	if names > 0 {
		s.A = r.text()
	}
	if names > 1 {
		s.B = r.text()
	}
	return s
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
		var b strings.Builder
		name, _, _ := strings.Cut(row.name, ":")
		b.WriteString(name)
		r.describe(&b, row.parts)
		return b.String(), r.err()
	}
	return "", errKey
}

func (r *keyReader) describe(b *strings.Builder, parts []part) {
	var app chat.AppID
	for _, p := range parts {
		switch p {
		case partApp:
			app = r.app()
			fmt.Fprintf(b, " %d", app)
		case partText:
			fmt.Fprintf(b, " %q", r.text())
		case partNumber:
			fmt.Fprintf(b, " %d", r.number())
		case partHash:
			fmt.Fprintf(b, " %x", r.hash())
		case partShard:
			s := r.shard(app)
			fmt.Fprintf(b, " %d %q %q", s.Kind, s.A, s.B)
		case partKind:
			fmt.Fprintf(b, " %s", record.Kind(r.kind()))
		case partRest:
			fmt.Fprintf(b, " %q", r.all())
		}
	}
}
