package groupsearch

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of a search; no document names any.
const (
	maxKeywords   = 5
	maxKeyword    = 100 // bytes
	searchPage    = 20  // matches unless told otherwise
	maxSearchPage = 100
	// maxGroupsLooked and maxRowsLooked are how many groups and how many rows of members
	// one call looks at. What is left is for the next page, however large the groups are.
	maxGroupsLooked = 500
	maxRowsLooked   = 2000
	maxSearchGroups = 50 // GroupIds
	// rowsAtATime is how many rows of members are read at a time.
	rowsAtATime = 500
)

// Query asks for groups or members by words, case aside.
type Query struct {
	Keywords []string // 1 to 5, of 1 to 100 bytes
	All      bool     // all of them must be found, each in one of the fields; default: one
	Groups   []chat.GroupID
	After    string // "" first, then what the page before returned
	Limit    int    // 20 when 0, at most 100; chat.NoEntries: none
}

// words are keywords made ready.
type words struct {
	list []string
	all  bool
}

func (q *Query) words() (words, error) {
	if n := len(q.Keywords); n == 0 || n > maxKeywords {
		return words{}, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d Keywords are needed", maxKeywords)
	}
	w := words{all: q.All}
	for _, k := range q.Keywords {
		if k == "" || len(k) > maxKeyword || !utf8.ValidString(k) {
			return words{}, chat.Refuse(chat.CodeGroupParameter, "a keyword is empty, longer than %d bytes or not UTF-8", maxKeyword)
		}
		w.list = append(w.list, strings.ToLower(k))
	}
	return w, nil
}

// in reports whether the words are found in the fields.
func (w words) in(fields ...string) bool {
	for i, f := range fields {
		fields[i] = strings.ToLower(f)
	}
	found := func(word string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(f, word) })
	}
	if !w.all {
		return slices.ContainsFunc(w.list, found)
	}
	for _, word := range w.list {
		if !found(word) {
			return false
		}
	}
	return true
}
