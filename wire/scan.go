package wire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may nest, the outermost counted (spec/41 §7).
const maxDepth = 64

// scanner walks JSON text once, checking as it goes (RFC 8259). Checked text is
// such that strict readers take it too (I-JSON, RFC 7493): they would not read the page or
// the packet that holds one value which they refuse.
type scanner struct {
	src []byte
	at  int
	err error // what else than syntax is wrong
}

// fail notes a fault that is not one of syntax.
func (s *scanner) fail(err error) bool {
	s.err = err
	return false
}

func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) blank() {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// value skips one value at a depth: that of a list or object it may be.
func (s *scanner) value(depth int) bool {
	switch s.peek() {
	case '{':
		return s.deep(depth) && s.object(depth)
	case '[':
		return s.deep(depth) && s.array(depth)
	case '"':
		return s.text()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) deep(depth int) bool { return depth <= maxDepth || s.fail(ErrDepth) }

func (s *scanner) object(depth int) bool {
	ok := true
	for more := s.begin('{', '}'); more; {
		s.blank()
		if !s.text() || !s.colon() || !s.value(depth+1) {
			return false
		}
		more, ok = s.comma('}')
	}
	return ok
}

func (s *scanner) array(depth int) bool {
	ok := true
	for more := s.begin('[', ']'); more; {
		s.blank()
		if !s.value(depth + 1) {
			return false
		}
		more, ok = s.comma(']')
	}
	return ok
}

// begin steps past the first byte of an object or array, and past its last
// when it is empty; more says that something lies between.
func (s *scanner) begin(first, last byte) (more bool) {
	if s.peek() != first {
		return false
	}
	s.at++
	s.blank()
	if s.peek() == last {
		s.at++
		return false
	}
	return true
}

// colon reads the colon after a name and the blanks around it.
func (s *scanner) colon() bool {
	s.blank()
	if s.peek() != ':' {
		return false
	}
	s.at++
	s.blank()
	return true
}

// comma reads what follows an element: a comma (more) or the end.
func (s *scanner) comma(end byte) (more, ok bool) {
	s.blank()
	c := s.peek()
	s.at++
	return c == ',', c == ',' || c == end
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.src[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// text reads a string.
func (s *scanner) text() bool {
	if s.peek() != '"' {
		return false
	}
	for s.at++; s.at < len(s.src); s.at++ {
		switch c := s.src[s.at]; {
		case c == '"':
			s.at++
			return true
		case c < 0x20:
			return false
		case c == '\\':
			if s.at++; !s.escape() {
				return false
			}
		}
	}
	return false
}

// escape checks what follows a backslash and stops at its last byte.
func (s *scanner) escape() bool {
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		r, ok := s.code()
		if !ok || !utf16.IsSurrogate(r) {
			return ok
		}
		if !bytes.HasPrefix(s.src[s.at+1:], []byte(`\u`)) {
			return s.fail(ErrSurrogate)
		}
		s.at += 2
		low, ok := s.code()
		return ok && (utf16.DecodeRune(r, low) != utf8.RuneError || s.fail(ErrSurrogate))
	}
	return false
}

// code reads the four digits behind the u it is at, and stops at the last.
func (s *scanner) code() (r rune, ok bool) {
	if s.at+4 >= len(s.src) {
		return 0, false
	}
	for _, c := range s.src[s.at+1 : s.at+5] {
		if !isHex(c) {
			return 0, false
		}
	}
	r = escaped(s.src, s.at)
	s.at += 4
	return r, true
}

func (s *scanner) number() bool {
	from := s.at
	if s.peek() == '-' {
		s.at++
	}
	switch c := s.peek(); {
	case c == '0':
		s.at++
	case isDigit(c):
		s.digits()
	default:
		return false
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}
	exponent := s.peek() == 'e' || s.peek() == 'E'
	if exponent {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return false
		}
	}
	return !exponent && s.at-from < maxPlainDigits || inRange(s.src[from:s.at]) || s.fail(ErrNumber)
}

// maxPlainDigits: what is shorter and has no exponent is within the range of a
// float64, which begins to end at 309 digits.
const maxPlainDigits = 309

// inRange reports whether a number is within the range of a float64.
func inRange(number []byte) bool {
	_, err := strconv.ParseFloat(string(number), 64)
	return err == nil
}

func (s *scanner) digits() bool {
	from := s.at
	for isDigit(s.peek()) {
		s.at++
	}
	return s.at > from
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
