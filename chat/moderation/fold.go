package moderation

import (
	"sync"
	"unicode"

	"golang.org/x/text/width"
)

// fold is the one of all characters that count as r: in either case, narrow and wide.
func fold(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	if r < unicode.MaxASCII {
		return r
	}
	if plain := width.LookupRune(r).Folded(); plain != 0 {
		r = plain
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}

// folded is a text with each of its characters folded.
func folded(s string) string {
	list := []rune(s)
	for i, r := range list {
		list[i] = fold(r)
	}
	return string(list)
}

// The characters that have another width than usual: the space and a block of Unicode.
const (
	wideSpace = 0x3000
	firstForm = 0xff01
	lastForm  = 0xffee
)

// otherWidths are, by the usual character, those of another width.
var otherWidths = sync.OnceValue(func() map[rune][]rune {
	of := map[rune][]rune{}
	add := func(r rune) {
		if plain := width.LookupRune(r).Folded(); plain != 0 {
			of[plain] = append(of[plain], r)
		}
	}
	add(wideSpace)
	for r := rune(firstForm); r <= lastForm; r++ {
		add(r)
	}
	return of
})

// alike calls use with every character that folds to r, which is folded.
func alike(r rune, use func(rune)) {
	for c := r; ; {
		use(c)
		for _, wide := range otherWidths()[c] {
			use(wide)
		}
		if c = unicode.SimpleFold(c); c == r {
			return
		}
	}
}
