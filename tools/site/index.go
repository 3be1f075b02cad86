package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// section is what stands below one heading.
type section struct {
	heading
	words []byte
}

// word is what can be searched for.
var word = regexp.MustCompile(`[\p{L}\p{N}_]{2,40}`)

// searchIndex is search.json: the pages, their sections, and in which sections each word stands,
// each number as its distance to the one before.
type searchIndex struct {
	Pages    [][2]string      `json:"pages"`    // address, title
	Sections [][3]any         `json:"sections"` // page, anchor, heading
	Words    map[string][]int `json:"words"`
}

// index makes search.json.
func (all *pages) index() ([]byte, error) {
	x := searchIndex{Words: map[string][]int{}}
	for i, p := range all.list {
		x.Pages = append(x.Pages, [2]string{p.out, p.title})
		for _, s := range p.sections {
			words := wordsOf(string(s.words) + " " + s.text)
			if len(words) == 0 {
				continue
			}
			at := len(x.Sections)
			x.Sections = append(x.Sections, [3]any{i, s.anchor, s.text})
			for _, w := range words {
				x.Words[w] = append(x.Words[w], at)
			}
		}
	}
	for w, list := range x.Words {
		if len(list) > len(x.Sections)/3 { // it tells nothing apart
			delete(x.Words, w)
			continue
		}
		for i := len(list) - 1; i > 0; i-- {
			list[i] -= list[i-1]
		}
	}
	return json.Marshal(x)
}

// wordsOf lists the words of a text, each once, and the parts of those that are joined by _.
func wordsOf(text string) (list []string) {
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		list = append(list, w)
		if parts := strings.Split(w, "_"); len(parts) > 1 {
			list = append(list, slices.DeleteFunc(parts, func(p string) bool { return len(p) < 3 })...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
