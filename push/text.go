package push

import (
	"bytes"
	"encoding/json"
	"sort"
	"unicode/utf8"
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// head is the beginning of a text, at most n bytes, cut between two runes.
func head(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// encode is JSON with the characters of HTML as they are: room is scarce. Bytes that are no
// UTF-8 become U+FFFD.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("push: " + err.Error()) // the types of this package can all be written
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// fit cuts texts, the first of them first and as little as it takes, until what build makes of
// them has at most limit bytes. It returns nil when it stays longer without any of them.
func fit(limit int, build func() []byte, texts ...*string) []byte {
	b := build()
	for _, t := range texts {
		if len(b) <= limit {
			return b
		}
		b = shorten(limit, build, t)
	}
	if len(b) > limit {
		return nil
	}
	return b
}

// fitOr is fit, and leaves last out as a whole when nothing else helps: half of what a program
// reads is worth nothing.
func fitOr(limit int, build func() []byte, last *string, texts ...*string) []byte {
	whole := make([]string, len(texts))
	for i, t := range texts {
		whole[i] = *t
	}
	if b := fit(limit, build, texts...); b != nil || *last == "" {
		return b
	}
	for i, t := range texts {
		*t = whole[i]
	}
	*last = ""
	return fit(limit, build, texts...)
}

// shorten cuts one text as little as it takes, at worst to nothing.
func shorten(limit int, build func() []byte, t *string) []byte {
	whole := head(*t, limit) // more never fits
	keep := func(n int) []byte {
		*t = head(whole, n)
		if *t != "" {
			*t += ellipsis
		}
		return build()
	}
	// the first n that is too long; 0 keeps nothing
	n := sort.Search(len(whole), func(n int) bool { return len(keep(n+1)) > limit })
	return keep(n)
}
