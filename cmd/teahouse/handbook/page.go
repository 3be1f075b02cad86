package handbook

import (
	"fmt"
	"sort"
	"strings"
)

// mark stands in a page between what is written by hand and what is made.
const mark = "<!-- What follows is made by go generate. Do not edit it: change what it is made of. -->"

// configurationMark is that of the page of settings, whose last column is written in the page.
const configurationMark = "<!-- The last column is written here; go generate makes the others. -->"

// Made is a page with what follows its mark replaced.
func made(page, mark, text string) (string, error) {
	hand, _, ok := strings.Cut(page, mark)
	if !ok {
		return "", fmt.Errorf("the page has no line %q", mark)
	}
	return strings.TrimRight(hand, "\n") + "\n\n" + mark + "\n\n" + strings.TrimSpace(text) + "\n", nil
}

// lines collects Markdown.
type lines struct{ strings.Builder }

func (l *lines) add(format string, args ...any) { fmt.Fprintf(l, format+"\n", args...) }

// table adds a table; a cell that holds a bar is escaped.
func (l *lines) table(head []string, rows [][]string) {
	l.add("| %s |", strings.Join(head, " | "))
	l.add("|%s", strings.Repeat("---|", len(head)))
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			cells[i] = cell(c)
		}
		l.add("| %s |", strings.Join(cells, " | "))
	}
	l.add("")
}

// cell is a text as one cell of a table.
func cell(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\|`, "|"), "|", `\|`)
	return strings.Join(strings.Fields(text), " ")
}

// cells are the texts of a line of a table.
func cells(line string) []string {
	line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x00")
	list := strings.Split(strings.Trim(line, "|"), "|")
	for i, c := range list {
		list[i] = strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|"))
	}
	return list
}

func code(text string) string { return "`" + text + "`" }

// sortedKeys are the keys of a map in order.
func sortedKeys[K ~string | ~int, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}
