package handbook

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// difference is a line of the list in docs/spec/README.md of what this server does otherwise.
type difference struct{ at, what string }

var (
	differenceRow = regexp.MustCompile(`^\| (spec/[^|]+?) \| (.+) \|$`)
	quotedName    = regexp.MustCompile("`([a-z_.]{4,})`")
)

// readDifferences reads the list.
func readDifferences(root fs.FS) (list []difference, err error) {
	text, err := fs.ReadFile(root, "docs/spec/README.md")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if m := differenceRow.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			list = append(list, difference{m[1], m[2]})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("docs/spec/README.md has no list of differences")
	}
	return list, nil
}

// about are the differences of a part of the specification, without those that name other
// commands than this.
func about(all []difference, part, command, method string) (list []string) {
	for _, d := range all {
		if d.at != part {
			continue
		}
		names := quotedName.FindAllStringSubmatch(d.what, -1)
		mine := slices.ContainsFunc(names, func(m []string) bool { return m[1] == command || m[1] == method })
		if len(names) == 0 || mine {
			list = append(list, d.what)
		}
	}
	return list
}

// specCode is a row of docs/spec/40-error-codes.md.
type specCode struct {
	code          int
	section       string // its heading
	number        string // of the section
	meaning, when string
}

var (
	codeHeading = regexp.MustCompile(`^## ([0-9]+b?)\. (.+)$`)
	codeCell    = regexp.MustCompile(`^[0-9]+(, [0-9]+)*$`)
)

// readCodes reads the tables of codes, in the order of the page.
func readCodes(root fs.FS) (list []specCode, err error) {
	text, err := fs.ReadFile(root, "docs/spec/40-error-codes.md")
	if err != nil {
		return nil, err
	}
	var number, section string
	var columns []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if m := codeHeading.FindStringSubmatch(line); m != nil {
			number, section = m[1], m[2]
		}
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		c := cells(line)
		if c[0] == "Code" {
			columns = c
			continue
		}
		if !codeCell.MatchString(c[0]) || len(c) < 2 {
			continue
		}
		row := specCode{section: section, number: number}
		for i, name := range columns {
			switch {
			case i >= len(c):
			case name == "Meaning":
				row.meaning = c[i]
			case name == "When":
				row.when = c[i]
			}
		}
		for one := range strings.SplitSeq(c[0], ", ") {
			row.code, _ = strconv.Atoi(one)
			list = append(list, row)
		}
	}
	return list, nil
}

// specHook is a row of the tables of webhooks in docs/spec/30-webhooks.md.
type specHook struct {
	section, trigger, answer string
	words                    map[string][]string // which words a member may have, by its name
}

// none is how the tables say that an answer holds nothing besides.
const none = "-"

var hookHeading = regexp.MustCompile(`^### 6\.[0-9]+ (.+)$`)

// readHooks reads the tables of webhooks.
func readHooks(root fs.FS) (map[string]specHook, error) {
	text, err := fs.ReadFile(root, "docs/spec/30-webhooks.md")
	if err != nil {
		return nil, err
	}
	hooks, section := map[string]specHook{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if m := hookHeading.FindStringSubmatch(line); m != nil {
			section = m[1]
		}
		c := cells(line)
		if len(c) < 4 || !strings.HasPrefix(line, "| ") || (c[1] != "A" && c[1] != "B") {
			continue
		}
		hooks[c[0]] = specHook{section: section, trigger: c[2], answer: append(c, none)[4], words: wordsOf(c[3])}
	}
	return hooks, nil
}

var (
	memberWords = regexp.MustCompile("(\\w+) \\(?(`\\w+`(?: / `\\w+`)*)")
	quotedWord  = regexp.MustCompile("`(\\w+)`")
)

// wordsOf reads which words the members of a webhook may have: "ExitType `Quit` / `Kicked`".
func wordsOf(cell string) map[string][]string {
	words := map[string][]string{}
	for _, m := range memberWords.FindAllStringSubmatch(cell, -1) {
		for _, w := range quotedWord.FindAllStringSubmatch(m[2], -1) {
			words[m[1]] = append(words[m[1]], w[1])
		}
	}
	return words
}

// missing are the commands that the index of docs/spec/02-rest-conventions.md names and that are
// not served.
var indexRow = regexp.MustCompile(`^\| (\w+) \| (.+) \| .+ \|$`)

func absentCommands(root fs.FS, served func(service, command string) bool) (list []string, err error) {
	text, err := fs.ReadFile(root, "docs/spec/02-rest-conventions.md")
	if err != nil {
		return nil, err
	}
	_, index, _ := strings.Cut(string(text), "## 7. ")
	for line := range strings.Lines(index) {
		m := indexRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || m[1] == "service" {
			continue
		}
		plain := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(m[2], "")
		for _, name := range strings.FieldsFunc(plain, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			if strings.Contains(name, "_") && !served(m[1], name) {
				list = append(list, m[1]+"/"+name)
			}
		}
	}
	return list, nil
}

// specFiles are the names of the pages of the specification.
func (h *handbook) specFiles() (names []string) {
	files, _ := fs.Glob(h.root, "docs/spec/[0-9]*.md") // the pattern is well formed
	for _, f := range files {
		names = append(names, strings.TrimPrefix(f, "docs/spec/"))
	}
	return names
}
