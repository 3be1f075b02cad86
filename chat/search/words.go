package search

import (
	"strings"
	"unicode"
)

// Word is a word of a text, or a sign that stands alone.
type Word struct {
	Text string // folded
	// Sign says that it is one character: of a script that is written without blanks (Chinese,
	// Japanese, Korean, Thai and their like), or an emoji or symbol.
	Sign bool
}

// Words are the words of a text in their order. What separates words is not among them.
type Words []Word

// maxWord is how many characters a word has; a longer one goes on as the next.
const maxWord = 32

// signs are the scripts that are written without blanks. Korean is, but for phrases: its
// endings are written at its words.
var signs = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
	{R16: []unicode.Range16{{Lo: 0x3005, Hi: 0x3007, Stride: 1}, {Lo: 0x3031, Hi: 0x3035, Stride: 1}, {Lo: 0x30fc, Hi: 0x30fc, Stride: 1}}},
}

// isSign reports whether a folded character stands alone.
func isSign(r rune) bool {
	return unicode.IsOneOf(signs, r) && !unicode.IsPunct(r) && !unicode.IsDigit(r) ||
		unicode.Is(unicode.So, r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Sm, r)
}

// isLetter reports whether a folded character belongs to a word.
func isLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r) && !unicode.Is(voiced, r)
}

// Read finds the words of a text.
func Read(text string) Words {
	var list Words
	folded := fold(text)
	start, n := 0, 0 // of the word under way, and its characters
	end := func(at int) {
		if n > 0 {
			list = append(list, Word{Text: folded[start:at]})
		}
		n = 0
	}
	for i, r := range folded {
		switch {
		case isSign(r):
			end(i)
			list = append(list, Word{Text: string(r), Sign: true})
		case isLetter(r):
			if n == maxWord {
				end(i)
			}
			if n == 0 {
				start = i
			}
			n++
		default:
			end(i)
		}
	}
	end(len(folded))
	return list
}

// In is the definition of what is found: the words of the keyword k stand in the text one
// after the other, the last of them perhaps begun only. A keyword without words is nowhere.
func (k Words) In(text Words) bool {
	if len(k) == 0 {
		return false
	}
	last := len(k) - 1
	for at := 0; at+last < len(text); at++ {
		if begins(text[at+last], k[last]) && same(text[at:at+last], k[:last]) {
			return true
		}
	}
	return false
}

func begins(w, with Word) bool { return w.Sign == with.Sign && strings.HasPrefix(w.Text, with.Text) }

func same(text, k Words) bool {
	for i := range k {
		if text[i] != k[i] {
			return false
		}
	}
	return true
}

// Keywords are those of one search.
type Keywords struct {
	List []Words
	All  bool // each of them has to be found, in whichever text; else one
}

// In reports whether the keywords are found in one of the texts, or, if All, each in one of
// them. Without keywords everything is found.
func (k Keywords) In(texts []Words) bool {
	for _, one := range k.List {
		found := false
		for _, text := range texts {
			found = found || one.In(text)
		}
		if found != k.All {
			return found
		}
	}
	return k.All || len(k.List) == 0
}
