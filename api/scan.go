package api

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// maxDepth bounds nesting: merged messages nest deeply (spec/05 speaks of 100
// levels), but what fits into 12 KB stays far below this.
const maxDepth = 512

// member is one member of a JSON object: its unescaped name and its raw value,
// without surrounding blanks, sharing the bytes of the object it came from.
type member struct {
	name, value []byte
}

// null reports whether the member counts as absent.
func (m member) null() bool { return len(m.value) == 4 && m.value[0] == 'n' }

// split checks that body is one JSON object in UTF-8 and nothing else, and
// appends its members to list. Unlike encoding/json it compares nothing and
// forgives nothing: names keep their case, invalid UTF-8 is refused, and the
// caller sees duplicates in order, so that the last can win.
func split(body []byte, list []member) ([]member, error) {
	if !utf8.Valid(body) {
		return nil, notJSON("body is not UTF-8")
	}
	s := scanner{src: body}
	s.blank()
	list, ok := s.object(list)
	s.blank()
	if !ok || s.at != len(body) {
		return nil, notJSON("")
	}
	return list, nil
}

// elements splits a checked JSON array into its raw elements.
func elements(value []byte, each func([]byte) error) error {
	s := scanner{src: value, at: 1}
	for s.blank(); s.peek() != ']'; s.blank() {
		from := s.at
		if !s.value(1) {
			return notJSON("")
		}
		if err := each(value[from:s.at]); err != nil {
			return err
		}
		if s.blank(); s.peek() == ',' {
			s.at++
		}
	}
	return nil
}

func notJSON(why string) error {
	if why == "" {
		why = chat.CodeNotJSON.Meaning()
	}
	return &chat.Error{Code: chat.CodeNotJSON, Msg: why}
}

// scanner walks JSON text once, checking as it goes (RFC 8259).
type scanner struct {
	src []byte
	at  int
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

// object reads an object and appends its members.
func (s *scanner) object(list []member) ([]member, bool) {
	if s.peek() != '{' {
		return list, false
	}
	s.at++
	s.blank()
	if s.peek() == '}' {
		s.at++
		return list, true
	}
	for {
		s.blank()
		from := s.at
		plain, ok := s.text()
		if !ok {
			return list, false
		}
		name := s.src[from+1 : s.at-1]
		if !plain {
			name = unescape(s.src[from:s.at])
		}
		if !s.colon() {
			return list, false
		}
		from = s.at
		if !s.value(1) {
			return list, false
		}
		list = append(list, member{name, s.src[from:s.at]})
		more, ok := s.comma('}')
		if !ok || !more {
			return list, ok
		}
	}
}

// value skips one value at a depth.
func (s *scanner) value(depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch c := s.peek(); c {
	case '{':
		return s.skipObject(depth)
	case '[':
		return s.skipArray(depth)
	case '"':
		_, ok := s.text()
		return ok
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

func (s *scanner) skipObject(depth int) bool {
	s.at++
	s.blank()
	if s.peek() == '}' {
		s.at++
		return true
	}
	for {
		s.blank()
		if _, ok := s.text(); !ok || !s.colon() || !s.value(depth+1) {
			return false
		}
		if more, ok := s.comma('}'); !ok || !more {
			return ok
		}
	}
}

func (s *scanner) skipArray(depth int) bool {
	s.at++
	s.blank()
	if s.peek() == ']' {
		s.at++
		return true
	}
	for {
		s.blank()
		if !s.value(depth + 1) {
			return false
		}
		if more, ok := s.comma(']'); !ok || !more {
			return ok
		}
	}
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

// text reads a string; plain says that it has no escapes.
func (s *scanner) text() (plain, ok bool) {
	if s.peek() != '"' {
		return false, false
	}
	plain = true
	for s.at++; s.at < len(s.src); s.at++ {
		switch c := s.src[s.at]; {
		case c == '"':
			s.at++
			return plain, true
		case c < 0x20:
			return false, false
		case c == '\\':
			plain = false
			if s.at++; !s.escape() {
				return false, false
			}
		}
	}
	return false, false
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

// unescape reads a checked JSON string with escapes. Lone surrogates become
// U+FFFD.
func unescape(quoted []byte) []byte {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return nil
	}
	return []byte(s)
}
