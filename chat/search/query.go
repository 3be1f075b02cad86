package search

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of a search; no document names any.
const (
	maxKeywords = 5
	maxKeyword  = 100 // bytes
	maxNamed    = 20  // senders, and types of element
	usualPage   = 20  // entries unless told otherwise
	mostPage    = 100
	// mostCounted is up to how many finds are counted: more are told as so many.
	mostCounted = 1000
	// mostJudged is how many documents that may be meant one call looks at.
	mostJudged = 10_000
)

// keywordsOf reads the keywords of a search.
func keywordsOf(list []string, all bool) (Keywords, error) {
	k := Keywords{All: all}
	if len(list) > maxKeywords {
		return k, chat.Refuse(chat.CodeBadJSON, "more than %d Keywords", maxKeywords)
	}
	for _, text := range list {
		if text == "" || len(text) > maxKeyword || !utf8.ValidString(text) {
			return k, chat.Refuse(chat.CodeBadJSON, "a keyword is empty, longer than %d bytes or not UTF-8", maxKeyword)
		}
		k.List = append(k.List, Read(text))
	}
	return k, nil
}

// cursor is where a page has ended.
type cursor struct {
	total int
	until int64     // of the first page: what is said later is not in the others
	last  MessageID // without conversation: none
	name  string    // of pages of names
}

// cursorVersion begins every cursor.
const cursorVersion = 1

// String is the cursor as the caller hands it back.
func (c *cursor) String() string {
	b := []byte{cursorVersion}
	for _, n := range []uint64{uint64(c.total), uint64(c.until), uint64(c.last.Time), uint64(c.last.Seq), uint64(c.last.Conv.Kind), uint64(len(c.last.Conv.A)), uint64(len(c.last.Conv.B))} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(append(b, c.last.Conv.A...), c.last.Conv.B...)
	return base64.RawURLEncoding.EncodeToString(append(b, c.name...))
}

// parseCursor is the way back; nil for "".
func parseCursor(app chat.AppID, text string) (*cursor, error) {
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != cursorVersion {
		return nil, badCursor()
	}
	b = b[1:]
	var n [7]uint64
	for i := range n {
		size := 0
		if n[i], size = binary.Uvarint(b); size <= 0 {
			return nil, badCursor()
		}
		b = b[size:]
	}
	if n[0] > mostCounted || n[1] > 1<<62 || n[2] > 1<<62 || n[5] > uint64(len(b)) || n[6] > uint64(len(b))-n[5] {
		return nil, badCursor()
	}
	c := &cursor{total: int(n[0]), until: int64(n[1]), name: string(b[n[5]+n[6]:])}
	if kind := chat.Kind(n[4]); kind != 0 {
		c.last = MessageID{
			Conv: chat.Conversation{App: app, Kind: kind, A: string(b[:n[5]]), B: string(b[n[5] : n[5]+n[6]])},
			Seq:  chat.Seq(n[3]), Time: int64(n[2]),
		}
		if c.last.Conv.Shard().Conv() != c.last.Conv || !c.last.Conv.Shard().Valid() {
			return nil, badCursor()
		}
	}
	return c, nil
}

func badCursor() error { return chat.Refuse(chat.CodeBadJSON, "Cursor is invalid") }
