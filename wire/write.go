package wire

import "strconv"

const hexDigits = "0123456789abcdef"

// AppendText appends s as a JSON string. Only what JSON demands is escaped;
// invalid UTF-8 becomes U+FFFD.
func AppendText[T ~string | ~[]byte](dst []byte, s T) []byte {
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

// appendWide is the rest of AppendText for text beyond ASCII.
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

// PutName begins a member: a comma unless it is the first, and the name, which
// is written as it is. The value follows.
func PutName(dst []byte, name string) []byte {
	if c := dst[len(dst)-1]; c != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

// PutText appends a member that is a text.
func PutText[T ~string](dst []byte, name string, v T) []byte {
	return AppendText(PutName(dst, name), v)
}

// PutTextIf appends a text that is absent when it is empty.
func PutTextIf[T ~string](dst []byte, name string, v T) []byte {
	if v == "" {
		return dst
	}
	return PutText(dst, name, v)
}

// PutTextAt appends a text that is absent when v is nil; an empty one is
// written.
func PutTextAt[T ~string](dst []byte, name string, v *T) []byte {
	if v == nil {
		return dst
	}
	return PutText(dst, name, *v)
}

// PutUint appends a member that is a number without sign.
func PutUint(dst []byte, name string, v uint64) []byte {
	return strconv.AppendUint(PutName(dst, name), v, 10)
}

// PutInt appends a member that is a number.
func PutInt(dst []byte, name string, v int64) []byte {
	return strconv.AppendInt(PutName(dst, name), v, 10)
}

// PutBit appends a yes or no, which JSON here says as 1 or 0.
func PutBit(dst []byte, name string, v bool) []byte {
	return append(PutName(dst, name), '0'+byte(Bit(v)))
}

// Bit is a yes or no as a number, for answers that are structs.
func Bit(v bool) int {
	if v {
		return 1
	}
	return 0
}
