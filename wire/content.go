package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Content is how many bytes text, which is JSON, says: all texts and names in
// UTF-8, numbers and words as written, without blanks, quotes, brackets and escapes. It
// does not depend on how the JSON is spelled, and is less than its length.
func Content(text []byte) (n int) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\n', '\r', '{', '}', '[', ']', ',', ':':
		case '"':
			said, end := contentOf(text, i+1)
			n, i = n+said, end
		default:
			n++
		}
	}
	return n
}

// contentOf is Content of the text whose first byte is at i, behind the quote,
// and where its last quote is.
func contentOf(text []byte, i int) (n, end int) {
	for ; i < len(text) && text[i] != '"'; i++ {
		if text[i] != '\\' {
			n++
			continue
		}
		if i++; i >= len(text) || text[i] != 'u' {
			n++
			continue
		}
		r := escaped(text, i)
		if utf16.IsSurrogate(r) && i+6 < len(text) && text[i+5] == '\\' && text[i+6] == 'u' {
			if pair := utf16.DecodeRune(r, escaped(text, i+6)); pair != utf8.RuneError {
				r = pair
				i += 6
			}
		}
		n += max(utf8.RuneLen(r), 0)
		if utf8.RuneLen(r) < 0 { // half of a pair is read as U+FFFD
			n += utf8.RuneLen(utf8.RuneError)
		}
		i += 4
	}
	return n, i
}

// escaped is the number of the four digits behind the u at i.
func escaped(text []byte, i int) (r rune) {
	for _, c := range text[min(i+1, len(text)):min(i+5, len(text))] {
		r <<= 4
		switch {
		case isDigit(c):
			r |= rune(c - '0')
		case isHex(c):
			r |= rune(c|0x20) - 'a' + 10
		}
	}
	return r
}
