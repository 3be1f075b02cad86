package moderation

import (
	"sync"
	"unicode/utf8"

	"github.com/coregx/ahocorasick"
)

// matcher finds all words of an app in a text at once, by the automaton of Aho and Corasick.
//
// The library's automaton has a dense table of bytes, which for words in Chinese would take
// half a kilobyte a byte of them. So it is given no bytes of UTF-8: the characters that words
// have are numbered, and each stands as the same few digits. The first has seven values, the
// others have eight, and none is both, so that what is found begins and ends with a character;
// 0 stands for what no word has. These sixteen take 64 bytes a digit of a word.
type matcher struct {
	automaton *ahocorasick.Automaton
	blocks    []bool // by word: it refuses the text; others are replaced
	digits    int    // a character has
	longest   int    // word, in digits
	numbers   [utf8.RuneSelf]uint32
	others    map[rune]uint32
	spelled   []byte // by number, its digits
}

const (
	firstDigits = 7
	laterDigits = 8
)

// entry is a word to find.
type entry struct {
	text   string
	blocks bool
}

// newMatcher builds a matcher of words, none of which is empty; nil of none.
func newMatcher(list []entry) (*matcher, error) {
	m := &matcher{others: map[rune]uint32{}}
	places := make(map[string]int, len(list))
	words := make([]string, 0, len(list))
	known := uint32(0)
	for _, e := range list {
		text := folded(e.text)
		at, has := places[text]
		if !has {
			at = len(words)
			places[text] = at
			words, m.blocks = append(words, text), append(m.blocks, false)
			known = m.enter(text, known)
		}
		m.blocks[at] = m.blocks[at] || e.blocks
	}
	if len(words) == 0 {
		return nil, nil
	}
	m.spell(known)
	patterns := make([][]byte, len(words))
	for i, w := range words {
		patterns[i] = m.digitsOf(nil, []byte(w))
		m.longest = max(m.longest, len(patterns[i]))
	}
	var err error
	m.automaton, err = ahocorasick.NewBuilder().AddPatterns(patterns).Build()
	return m, err
}

// enter numbers the characters of a word that are new, behind those known so far.
func (m *matcher) enter(text string, known uint32) uint32 {
	for _, r := range text {
		if m.number(r) != 0 {
			continue
		}
		known++
		alike(r, func(c rune) {
			if c < utf8.RuneSelf {
				m.numbers[c] = known
			} else {
				m.others[c] = known
			}
		})
	}
	return known
}

func (m *matcher) number(r rune) uint32 {
	if uint32(r) < utf8.RuneSelf {
		return m.numbers[r]
	}
	return m.others[r]
}

// spell gives so many numbers their digits.
func (m *matcher) spell(known uint32) {
	m.digits = 1
	for room := uint32(firstDigits); room < known; room *= laterDigits {
		m.digits++
	}
	m.spelled = make([]byte, int(known+1)*m.digits)
	for n := range known {
		own := m.spelled[int(n+1)*m.digits:][:m.digits]
		rest := n
		for i := m.digits - 1; i > 0; i-- {
			own[i] = byte(firstDigits + 1 + rest%laterDigits)
			rest /= laterDigits
		}
		own[0] = byte(1 + rest)
	}
}

// digitsOf appends the digits of a text.
func (m *matcher) digitsOf(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		var n uint32
		if c := text[i]; c < utf8.RuneSelf {
			n, i = m.numbers[c], i+1
		} else {
			r, size := utf8.DecodeRune(text[i:])
			n, i = m.others[r], i+size
		}
		dst = append(dst, m.spelled[int(n)*m.digits:][:m.digits]...)
	}
	return dst
}

var digitsPool = sync.Pool{New: func() any { return new([]byte) }}

// look holds a text against the words. masked is the text with * in place of each
// character of words that are replaced, nil when there are none. It allocates only when there
// is one.
func (m *matcher) look(text []byte) (masked []byte, refused bool) {
	buf := digitsPool.Get().(*[]byte)
	defer digitsPool.Put(buf)
	*buf = m.digitsOf((*buf)[:0], text)
	first, hit := m.automaton.Find(*buf, 0)
	if !hit {
		return nil, false
	}
	covered := make([]bool, len(*buf)/m.digits)
	// In pieces, so that a text in which words lie in words takes no more memory than these.
	const piece = 4096
	for at := max(0, first.End-m.longest); at < len(*buf); at += piece {
		end := min(at+piece+m.longest, len(*buf))
		for _, found := range m.automaton.FindAllOverlapping((*buf)[at:end]) {
			if m.blocks[found.PatternID] {
				return nil, true
			}
			for i := (at + found.Start) / m.digits; i < (at+found.End)/m.digits; i++ {
				covered[i] = true
			}
		}
	}
	return mask(text, covered), false
}

// mask is text with * in place of the characters that are covered.
func mask(text []byte, covered []bool) []byte {
	masked := make([]byte, 0, len(text))
	for i, n := 0, 0; i < len(text); n++ {
		_, size := utf8.DecodeRune(text[i:])
		if covered[n] {
			masked = append(masked, '*')
		} else {
			masked = append(masked, text[i:i+size]...)
		}
		i += size
	}
	return masked
}
