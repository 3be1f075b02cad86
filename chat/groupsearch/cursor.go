package groupsearch

import (
	"encoding/base64"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// place is where a page has ended: the last that was looked at.
type place struct {
	Group chat.GroupID
	User  chat.UserID // of the group's members; "" before the first
}

// cursorHead begins every cursor. Those given out when they were made like the ids of join
// requests begin so too, and stay good.
const cursorHead = "\x00\x00\x00\x00\x00"

// cursor is the place as the caller hands it back.
func (p place) cursor() string {
	b := append([]byte(cursorHead), byte(len(p.User)))
	b = append(b, p.User...)
	return base64.RawURLEncoding.EncodeToString(append(b, p.Group...))
}

// parsePlace is the way back; ok is false for what was not made here.
func parsePlace(cursor string) (p place, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	rest, headed := strings.CutPrefix(string(b), cursorHead)
	if err != nil || !headed || rest == "" || int(rest[0]) > len(rest)-1 {
		return p, false
	}
	n, rest := int(rest[0]), rest[1:]
	p = place{User: chat.UserID(rest[:n]), Group: chat.GroupID(rest[n:])}
	return p, p.Group.Valid()
}
