package wire

import (
	"errors"
	"iter"
	"unicode/utf8"
)

// What Split refuses.
var (
	ErrSyntax    = errors.New("not a JSON object")
	ErrUTF8      = errors.New("not UTF-8")
	ErrDepth     = errors.New("nested too deeply")
	ErrNumber    = errors.New("a number is out of range")
	ErrSurrogate = errors.New("half of a surrogate pair")
)

// Member is one member of a JSON object: its unescaped name and its raw value,
// without surrounding blanks, sharing the bytes of the object it came from.
type Member struct {
	Name, Value []byte
}

// Null reports whether the member counts as absent.
func (m Member) Null() bool { return len(m.Value) == 4 && m.Value[0] == 'n' }

// Split checks that body is one JSON object in UTF-8 and nothing else, and
// appends its members to list. Unlike encoding/json it compares nothing and
// forgives nothing: names keep their case, invalid UTF-8 is refused, and the
// caller sees duplicates in order, so that the last can win.
func Split(body []byte, list []Member) ([]Member, error) {
	if !utf8.Valid(body) {
		return nil, ErrUTF8
	}
	s := scanner{src: body}
	s.blank()
	list, ok := s.members(list)
	s.blank()
	switch {
	case s.err != nil:
		return nil, s.err
	case !ok || s.at != len(body):
		return nil, ErrSyntax
	}
	return list, nil
}

// Valid reports whether text is one JSON value in UTF-8 and nothing else, and
// such that Split would take it in an object.
func Valid(text []byte) bool {
	s := scanner{src: text}
	s.blank()
	ok := s.value(1)
	s.blank()
	return ok && s.at == len(text) && utf8.Valid(text)
}

// Last returns the value of a member, nil when it is absent or null.
func Last(list []Member, name string) []byte {
	for i := len(list) - 1; i >= 0; i-- {
		if string(list[i].Name) == name {
			if list[i].Null() {
				return nil
			}
			return list[i].Value
		}
	}
	return nil
}

// LastText is Last for a text; false when the member is absent or no text.
func LastText(list []Member, name string) (string, bool) {
	v := Last(list, name)
	if v == nil {
		return "", false
	}
	return ReadText(v)
}

// Items goes through the items of an array that has been checked. Of anything
// else it makes nothing.
func Items(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		s := scanner{src: list}
		s.blank()
		for more := s.begin('[', ']'); more; more, _ = s.comma(']') {
			s.blank()
			from := s.at
			if !s.value(2) || !yield(s.src[from:s.at]) {
				return
			}
		}
	}
}

// Members goes through the names and values of an object that has been
// checked, in place. Of anything else it makes nothing.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		s := scanner{src: object}
		s.blank()
		for more := s.begin('{', '}'); more; more, _ = s.comma('}') {
			m, ok := s.member()
			if !ok || !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// members reads an object and appends its members.
func (s *scanner) members(list []Member) ([]Member, bool) {
	if s.peek() != '{' {
		return list, false
	}
	ok := true
	for more := s.begin('{', '}'); more; {
		m, is := s.member()
		if !is {
			return list, false
		}
		list = append(list, m)
		more, ok = s.comma('}')
	}
	return list, ok
}

// member reads one member of an object, from its name on.
func (s *scanner) member() (Member, bool) {
	s.blank()
	from := s.at
	if !s.text() {
		return Member{}, false
	}
	name := Unquote(s.src[from:s.at])
	if !s.colon() {
		return Member{}, false
	}
	from = s.at
	if !s.value(2) {
		return Member{}, false
	}
	return Member{name, s.src[from:s.at]}, true
}

// Offset is where a part of a text begins that a walk has given.
func Offset(text, part []byte) int { return cap(text) - cap(part) }
