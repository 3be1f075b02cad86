package chat

import (
	"encoding/base64"
	"strings"
)

// MergedKey names a list that was cut out of a merged message (JsonMsgKey, spec/05): the
// conversation of the message that has it, that message by a number drawn for it, and which
// of its lists it is.
type MergedKey struct {
	Conv    Conversation
	Message [16]byte
	List    uint8
}

// mergedKeyTail is how many bytes of a key follow the names.
const mergedKeyTail = 17

// String is the key as it is written: letters, digits, hyphens and underscores. It does not
// say the app: nothing crosses apps.
func (k MergedKey) String() string {
	b := append([]byte{byte(k.Conv.Kind), byte(len(k.Conv.A))}, k.Conv.A...)
	b = append(append(b, k.Conv.B...), k.Message[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, k.List))
}

// ParseMergedKey reads a key that a caller of the app names; false when it is none.
func ParseMergedKey(app AppID, text string) (k MergedKey, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 2+mergedKeyTail || int(b[1]) > len(b)-2-mergedKeyTail {
		return k, false
	}
	names, tail := b[2:len(b)-mergedKeyTail], b[len(b)-mergedKeyTail:]
	k.Conv = Conversation{App: app, Kind: Kind(b[0]), A: string(names[:b[1]]), B: string(names[b[1]:])}
	copy(k.Message[:], tail)
	k.List = tail[len(tail)-1]
	return k, k.Conv.named() && k.String() == text
}

// named reports whether c is a conversation that can be.
func (c Conversation) named() bool {
	switch c.Kind {
	case C2C:
		return UserID(c.A).Valid() && UserID(c.B).Valid() && strings.Compare(c.A, c.B) <= 0
	case InGroup:
		return c.Group().Valid() && c.B == ""
	}
	return false
}
