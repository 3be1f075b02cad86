package wire

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// The readers of this file take values that have been checked, as Split and
// the walks give them: without blanks and not empty.

// Kind is the type of a JSON value.
type Kind uint8

// The kinds. The zero Kind is that of booleans, null and nothing at all.
const (
	Text Kind = iota + 1
	Number
	List
	Object
)

// KindOf tells the kind of a value by its first byte that is not blank.
func KindOf(value []byte) Kind {
	s := scanner{src: value}
	s.blank()
	switch c := s.peek(); {
	case c == '"':
		return Text
	case c == '[':
		return List
	case c == '{':
		return Object
	case c == '-' || isDigit(c):
		return Number
	}
	return 0
}

// Unquote is what a text says, given with its quotes. It shares the bytes
// unless there are escapes.
func Unquote(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return nil
	}
	return []byte(s)
}

// ReadText reads a text.
func ReadText(value []byte) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	return string(Unquote(value)), true
}

// ReadTexts reads an array of texts. It stops at the first item that is none.
func ReadTexts(value []byte, each func(string)) bool {
	if value[0] != '[' {
		return false
	}
	for item := range Items(value) {
		text, ok := ReadText(item)
		if !ok {
			return false
		}
		each(text)
	}
	return true
}

// ReadUint reads a whole number of at most so many bits, without sign, point
// or exponent: what the original takes for an unsigned integer (spec/02 §6).
func ReadUint(value []byte, bits int) (uint64, bool) {
	n, err := strconv.ParseUint(string(value), 10, bits)
	return n, err == nil
}

// ReadInt reads a whole number.
func ReadInt(value []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}
