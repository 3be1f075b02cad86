package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// anchors gives headings the anchors that they have on GitHub, so that a link works there and here.
type anchors struct{ used map[string]int }

var (
	linkText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	noSlug   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Generate makes the anchor of a heading.
func (a *anchors) Generate(value []byte, _ ast.NodeKind) []byte {
	words := noSlug.ReplaceAllString(strings.ToLower(linkText.ReplaceAllString(string(value), "$1")), "")
	slug := strings.ReplaceAll(strings.TrimSpace(words), " ", "-")
	n := a.used[slug]
	a.used[slug]++
	if n > 0 {
		slug = fmt.Sprintf("%s-%d", slug, n)
	}
	return []byte(slug)
}

// Put takes note of an anchor that is written in a page; there are none.
func (a *anchors) Put([]byte) {}
