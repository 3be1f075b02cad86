package api

import (
	"bytes"
	"strconv"
)

// text reads a JSON string value.
func text(value []byte) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), true
	}
	return string(unescape(value)), true
}

// natural reads a JSON number that is a whole number of at most so many bits,
// without sign, point or exponent: what the original takes for an unsigned
// integer (spec/02 §6).
func natural(value []byte, bits int) (uint64, bool) {
	n, err := strconv.ParseUint(string(value), 10, bits)
	return n, err == nil
}

// integer reads a JSON number that is a whole number.
func integer(value []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}

const hexDigits = "0123456789abcdef"

// appendText writes s as a JSON string. Only what JSON demands is escaped;
// invalid UTF-8 becomes U+FFFD.
func appendText[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < 0x80 {
			continue
		}
		if c >= 0x80 {
			return appendWide(dst, string(s[from:]))
		}
		dst = append(dst, s[from:i]...)
		dst = appendEscaped(dst, c)
		from = i + 1
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// appendWide is the rest of appendText for text beyond ASCII.
func appendWide(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r >= 0x80:
			dst = append(dst, string(r)...) // range gives U+FFFD for a broken byte
		case r < 0x20 || r == '"' || r == '\\':
			dst = appendEscaped(dst, byte(r))
		default:
			dst = append(dst, byte(r))
		}
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// The writers below append one member with a comma before it; name is written
// as it is.

func textMember[T ~string](dst []byte, name string, v T) []byte {
	return appendText(nameOf(dst, name), v)
}

// textIf writes a member whose empty value means absent.
func textIf[T ~string](dst []byte, name string, v T) []byte {
	if v == "" {
		return dst
	}
	return textMember(dst, name, v)
}

func uintMember(dst []byte, name string, v uint64) []byte {
	return strconv.AppendUint(nameOf(dst, name), v, 10)
}

func intMember(dst []byte, name string, v int64) []byte {
	return strconv.AppendInt(nameOf(dst, name), v, 10)
}

func nameOf(dst []byte, name string) []byte {
	if c := dst[len(dst)-1]; c != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}
