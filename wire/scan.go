package wire

import "bytes"

// Bounds of nesting. Merged messages nest deeply (spec/05 speaks of 100
// levels), but what fits into 12 KB stays far below the first.
const (
	maxDepth = 512   // of a value in the body of a request
	deepest  = 10000 // as far as encoding/json goes
)

// scanner walks JSON text once, checking as it goes (RFC 8259).
type scanner struct {
	src   []byte
	at    int
	limit int // how deep values may nest
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

// value skips one value at a depth.
func (s *scanner) value(depth int) bool {
	if depth > s.limit {
		return false
	}
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
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
		if s.at+4 >= len(s.src) {
			return false
		}
		for range 4 {
			s.at++
			if !isHex(s.src[s.at]) {
				return false
			}
		}
		return true
	}
	return false
}

func (s *scanner) number() bool {
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
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		return s.digits()
	}
	return true
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
