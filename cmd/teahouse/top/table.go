package top

import "strings"

// column is one of a table of things.
type column[T any] struct {
	name  string
	wide  int
	right bool // numbers
	grows bool // it takes what is left of the line
	cell  func(*T) string
}

// fitting are the columns that a line has room for: those named first in order of importance, shown in
// their own order.
func fitting[T any](all []column[T], important []string, wide int) []column[T] {
	chosen, used := map[string]bool{}, 0
	for _, name := range important {
		for i := range all {
			if all[i].name != name {
				continue
			}
			if used+all[i].wide > wide && used > 0 {
				continue
			}
			chosen[name] = true
			used += all[i].wide + 1
		}
	}
	used-- // no gap behind the last
	var list []column[T]
	grow := 0
	for _, c := range all {
		if chosen[c.name] {
			list = append(list, c)
			if c.grows {
				grow++
			}
		}
	}
	for i := range list {
		if list[i].grows {
			more := min(maxColumn-list[i].wide, max(0, wide-used)/grow)
			list[i].wide += more
			used += more
			grow--
		}
	}
	return list
}

// maxColumn bounds a column that grows.
const maxColumn = 40

// head and row are lines of a table. Each begins with a column for a mark.
func head[T any](list []column[T]) string {
	var b strings.Builder
	b.WriteString(" ")
	for i, c := range list {
		b.WriteString(gap(i) + fit(c.name, c.wide, c.right))
	}
	return b.String()
}

func row[T any](list []column[T], mark string, one *T) string {
	var b strings.Builder
	b.WriteString(mark)
	for i, c := range list {
		b.WriteString(gap(i) + fit(clean(c.cell(one)), c.wide, c.right))
	}
	return b.String()
}

func gap(i int) string {
	if i == 0 {
		return ""
	}
	return " "
}
