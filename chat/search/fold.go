package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold is a text without what makes no difference to a search: case, accents, full and half
// width, marks that are not seen. Characters that are written with others are taken apart, and
// put together again where they are one in their script (か and its mark, the parts of 한).
func fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKD.String(text) {
		foldRune(&b, r)
	}
	return norm.NFC.String(b.String())
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// letters are those that do not come apart by themselves, and those of Arabic and Persian
// that are typed for each other.
var letters = map[rune]string{
	'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ς': "σ",
	'ى': "ي", 'ی': "ي", 'ة': "ه", 'ک': "ك",
	'ـ': "", // a line that only makes a word longer
}

// voiced are the two marks of kana.
var voiced = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3099, Hi: 0x309a, Stride: 1}}}

// keptMarks are of scripts whose marks are letters: vowels that stand above or below.
var keptMarks = []*unicode.RangeTable{
	voiced, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Tibetan,
}

func foldRune(b *strings.Builder, r rune) {
	switch {
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.M, r) && !unicode.IsOneOf(keptMarks, r):
		return
	case r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r):
		b.WriteByte('0' + digit(r))
		return
	}
	r = unicode.ToLower(r)
	if as, ok := letters[r]; ok {
		b.WriteString(as)
		return
	}
	b.WriteRune(r)
}

// digit is what a decimal digit of any script stands for: they lie ten by ten.
func digit(r rune) byte {
	for _, t := range unicode.Nd.R16 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10)
		}
	}
	return 0
}
