package media

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// ID is the UUID of a file of ours: idPrefix and 16 random bytes in base32. It says in which
// shard the file's row lies; it is no secret, and no right.
type ID string

// idPrefix tells our UUIDs from all others. It begins with a letter that texts rarely have, so
// that it is looked for quickly.
const idPrefix = "zf-"

const (
	idRandom = 16
	idLength = len(idPrefix) + 26
)

var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func newID(random func() uint32) ID {
	var b [idRandom]byte
	for i := range idRandom / 4 {
		n := random()
		for j := range 4 {
			b[4*i+j] = byte(n >> (8 * j))
		}
	}
	return ID(idPrefix + idText.EncodeToString(b[:]))
}

// ParseID reads a UUID; false when it is none of ours.
func ParseID(text string) (ID, bool) {
	if len(text) != idLength || !strings.HasPrefix(text, idPrefix) {
		return "", false
	}
	b, err := idText.DecodeString(text[len(idPrefix):])
	if err != nil || idText.EncodeToString(b) != text[len(idPrefix):] {
		return "", false
	}
	return ID(text), true
}

// part is which of the app's media shards the file lies in: two hexadecimal digits.
func (id ID) part() string {
	b, _ := idText.DecodeString(string(id[len(idPrefix) : len(idPrefix)+2]))
	return hex.EncodeToString(b[:1])
}

// parts is how many media shards an app has.
const parts = 256

func partName(n int) string { return hex.EncodeToString([]byte{byte(n)}) }

func (id ID) shard(app chat.AppID) chat.Shard { return chat.MediaShard(app, id.part()) }

// Key is where the bytes lie in the [Store].
func (id ID) Key(app chat.AppID) string { return partKey(app, id.part()) + string(id) }

// appKey begins the keys of an app's files, and partKey those of a part of them.
func appKey(app chat.AppID) string { return strconv.FormatUint(uint64(app), 10) + "/" }

func partKey(app chat.AppID, part string) string { return appKey(app) + part + "/" }

// Derived is where a smaller size of a picture lies, given the key of the original.
func Derived(key string, v Variant) string { return key + "." + string(v) }

// Kind says what a file is for.
type Kind string

// The kinds (spec/00 §5, media.upload).
const (
	Image  Kind = "image"
	Sound  Kind = "sound"
	Video  Kind = "video"
	Other  Kind = "file"
	Avatar Kind = "avatar"
)

// Words implements api.Worded.
func (Kind) Words() []string { return []string{"image", "sound", "video", "file", "avatar"} }

// picture reports whether files of the kind have to be pictures, and have smaller sizes.
func (k Kind) picture() bool { return k == Image || k == Avatar }

// state of a file.
type state uint8

const (
	pending state = iota // it is about to be sent
	ready                // it is there
	leaving              // nobody names it: it cannot be read, and goes unless somebody names it yet
)

// Object is a file as the room knows it. The names come from its place.
type Object struct {
	App chat.AppID
	ID  ID

	Owner  chat.UserID // who has sent it, or an administrator in whose name
	Holder uint32      // of the owner's name; see chat.Account
	Kind   Kind
	Name   string
	Size   int64  // bytes
	Mime   string // what the sender says, until it is ready: then what it is
	Width  int    // as the sender says
	Height int
	Sha256 string // hexadecimal, when the sender said it
	Banned bool
	Inline bool // it is a picture, sound or film that browsers show without harm

	State   state
	Since   int64 // when it came to be so, Unix seconds; Why it is leaving
	Why     reason
	Created int64 // Unix seconds
}

// Key is where the bytes lie in the [Store].
func (o *Object) Key() string { return o.ID.Key(o.App) }

// objects lie in media shards, by their UUIDs.
var objects = ledger.Table(record.MediaObject, func(f *record.Fields, o *Object) {
	record.Text(f, 1, &o.Owner)
	record.Int(f, 2, &o.Holder)
	record.Text(f, 3, &o.Kind)
	record.Text(f, 4, &o.Name)
	record.Int(f, 5, &o.Size)
	record.Text(f, 6, &o.Mime)
	record.Int(f, 7, &o.Width)
	record.Int(f, 8, &o.Height)
	record.Text(f, 9, &o.Sha256)
	record.Bool(f, 10, &o.Banned)
	record.Bool(f, 11, &o.Inline)
	record.Int(f, 12, &o.State)
	record.Int(f, 13, &o.Since)
	record.Int(f, 14, &o.Created)
	record.Int(f, 15, &o.Why)
}).Named(func(o *Object, s chat.Shard, key string) {
	o.App, o.ID = s.App, ID(key)
}).MirroredBy(func(s chat.Shard, key string, o *Object) []chat.RowAsk {
	return []chat.RowAsk{owned.Ask(chat.UserShard(s.App, o.Owner), ownKey(o.Kind, ID(key)))}
})

// KeyOf returns where the bytes of a file lie in the [Store], given a row: "" when the row is not
// that of a whole file.
func KeyOf(s chat.Shard, r chat.Row) string {
	if r.Kind != chat.RowKind(record.MediaObject) {
		return ""
	}
	o, err := objects.Read(s, r)
	if err != nil || o.State == pending {
		return ""
	}
	return o.Key()
}

// own mirrors an object to its owner.
type own struct{ Created int64 }

// owned lie with the owner, by ownKey: avatars apart, because their number is bounded.
var owned = ledger.Table(record.MediaOf, func(f *record.Fields, o *own) { record.Int(f, 1, &o.Created) })

func ownKey(k Kind, id ID) string {
	if k == Avatar {
		return avatarKeys + string(id)
	}
	return otherKeys + string(id)
}

const (
	avatarKeys = "a"
	otherKeys  = "f"
)

// counts are how many files there are and how many bytes they have, under the owner (by the
// holder of the name) and under the app; see countKey.
var counts = ledger.Counter(record.MediaCount)

const (
	countFiles = "files"
	countBytes = "bytes"
	// countSwept, of an app, is how many parts have been looked through, ever.
	countSwept = "swept"
)

func countKey(what string, holder uint32) string {
	if holder == 0 {
		return what
	}
	return what + "/" + strconv.FormatUint(uint64(holder), 10)
}

// mirrored are the rows that a new object, or one that goes (sign -1), has in other shards. Who
// has deleted their account has none.
func mirrored(o *Object, sign int64, ownerGone bool) []chat.Mirror {
	app, user := chat.AppShard(o.App), chat.UserShard(o.App, o.Owner)
	rows := []chat.Mirror{
		{Shard: app, Row: counts.Row(countFiles, sign)},
		{Shard: app, Row: counts.Row(countBytes, sign*o.Size)},
	}
	if ownerGone {
		return rows
	}
	row := owned.Row(ownKey(o.Kind, o.ID), &own{Created: o.Created})
	if sign < 0 {
		row = owned.Gone(ownKey(o.Kind, o.ID))
	}
	return append(rows,
		chat.Mirror{Shard: user, Row: row},
		chat.Mirror{Shard: user, Row: counts.Row(countKey(countFiles, o.Holder), sign)},
		chat.Mirror{Shard: user, Row: counts.Row(countKey(countBytes, o.Holder), sign*o.Size)},
	)
}

// object finds a file, nil when there is none.
func object(ctx context.Context, in chat.RowReader, app chat.AppID, id ID) (*Object, error) {
	return objects.Get(ctx, in, id.shard(app), string(id))
}
