package chat

import (
	"encoding/json"
	"iter"
)

// This file walks through JSON that is known to be valid, in place: the form
// of a message is checked for every message, and decoding costs ten times as much.

// jsonKind is the JSON type of a value.
type jsonKind uint8

const (
	jsonText jsonKind = iota + 1
	jsonNumber
	jsonList
)

// kindOf tells the kind of a value by its first byte; 0 for objects, booleans,
// null and nothing at all.
func kindOf(v []byte) jsonKind {
	v = jsonTrim(v)
	if len(v) == 0 {
		return 0
	}
	switch c := v[0]; {
	case c == '"':
		return jsonText
	case c == '[':
		return jsonList
	case c == '-' || c >= '0' && c <= '9':
		return jsonNumber
	}
	return 0
}

// jsonItems walks the items of an array. Of anything else it makes nothing.
func jsonItems(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if kindOf(list) != jsonList {
			return
		}
		rest := jsonTrim(list)[1:]
		for {
			rest = jsonTrim(rest)
			if rest[0] == ']' {
				return
			}
			n := jsonLength(rest)
			if !yield(rest[:n]) {
				return
			}
			rest = jsonPast(rest[n:])
		}
	}
}

// jsonMembers walks the names and values of an object, whose first byte is its
// brace.
func jsonMembers(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest := object[1:]
		for {
			rest = jsonTrim(rest)
			if rest[0] == '}' {
				return
			}
			n := jsonLength(rest)
			name := jsonPlain(rest[:n])
			rest = jsonTrim(jsonTrim(rest[n:])[1:]) // the colon
			n = jsonLength(rest)
			if !yield(name, rest[:n]) {
				return
			}
			rest = jsonPast(rest[n:])
		}
	}
}

// jsonPast leaves the comma out that may follow a value.
func jsonPast(rest []byte) []byte {
	if rest = jsonTrim(rest); rest[0] == ',' {
		return rest[1:]
	}
	return rest
}

func jsonTrim(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t' || v[0] == '\r' || v[0] == '\n') {
		v = v[1:]
	}
	return v
}

// jsonPlain is what a text says, given with its quotes.
func jsonPlain(text []byte) []byte {
	for _, c := range text {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(text, &s) // valid, and a text
			return []byte(s)
		}
	}
	return text[1 : len(text)-1]
}

// jsonLength is how many bytes the value at the beginning of v has.
func jsonLength(v []byte) int {
	switch v[0] {
	case '"':
		return jsonTextLength(v)
	case '{', '[':
		return jsonNestLength(v)
	}
	for i, c := range v {
		if c == ',' || c == ']' || c == '}' || c <= ' ' {
			return i
		}
	}
	return len(v)
}

func jsonTextLength(v []byte) int {
	for i := 1; ; i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func jsonNestLength(v []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch v[i] {
		case '"':
			i += jsonTextLength(v[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}
