package topics

import (
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

const upperHex = "0123456789ABCDEF"

// plain marks the bytes that stand for themselves in an id level: exactly the
// set of JavaScript's encodeURIComponent (spec/00 §2).
var plain = func() (set [256]bool) {
	for c := range 256 {
		b := byte(c)
		set[c] = b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' ||
			b != 0 && strings.IndexByte("-_.!~*'()", b) >= 0
	}
	return set
}()

// AppendID appends id as one topic level in its canonical, percent-encoded
// form. An id of plain characters is copied.
func AppendID(b []byte, id string) []byte {
	start := 0
	for i := range len(id) {
		c := id[i]
		if plain[c] {
			continue
		}
		b = append(b, id[start:i]...)
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		start = i + 1
	}
	return append(b, id[start:]...)
}

// EncodeID is AppendID for a string. It does not allocate for plain ids.
func EncodeID(id string) string {
	for i := range len(id) {
		if !plain[id[i]] {
			return string(AppendID(make([]byte, 0, len(id)+16), id))
		}
	}
	return id
}

// DecodeID reads one topic level as an id. Any valid %XX is accepted, and so are bare
// characters that the canonical form escapes. ok is false for an empty level, a broken
// escape, and bytes that are not UTF-8. It does not allocate
// when there is nothing to decode.
func DecodeID(level string) (id string, ok bool) {
	if level == "" {
		return "", false
	}
	first := strings.IndexByte(level, '%')
	if first < 0 {
		return level, utf8.ValidString(level)
	}
	b := make([]byte, 0, len(level))
	b = append(b, level[:first]...)
	for i := first; i < len(level); i++ {
		if level[i] != '%' {
			b = append(b, level[i])
			continue
		}
		if i+2 >= len(level) {
			return "", false
		}
		high, low := hexValue(level[i+1]), hexValue(level[i+2])
		if high > 15 || low > 15 {
			return "", false
		}
		b = append(b, high<<4|low)
		i += 2
	}
	return string(b), utf8.Valid(b)
}

// hexValue is the value of a hexadecimal digit, 255 for anything else.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// AppendTarget appends {conv}: c2c/ or group/ and the encoded id.
func AppendTarget(b []byte, t chat.Target) []byte {
	if t.Kind == chat.InGroup {
		b = append(b, "group/"...)
	} else {
		b = append(b, "c2c/"...)
	}
	return AppendID(b, t.ID)
}
