package handbook

import (
	"regexp"
	"strings"
)

// coming is what differs from the original, and what of it is not there.
func (h *handbook) coming() (string, error) {
	absent, err := absentCommands(h.root, func(service, command string) bool {
		_, ok := h.table.REST(service, command)
		return ok
	})
	if err != nil {
		return "", err
	}
	var l lines
	l.add("## What differs\n")
	l.add("From the list in [the specification](spec/README.md), which also says which of the original's own pages disagree.\n")
	var rows [][]string
	for _, d := range h.differences {
		rows = append(rows, []string{h.specPart(d.at), d.what})
	}
	l.table([]string{"where", "what this server does"}, rows)
	l.add("## Commands that are not there\n")
	if len(absent) == 0 {
		l.add("None of the commands in [the index](spec/02-rest-conventions.md) is missing.\n")
	}
	for _, name := range absent {
		l.add("- `%s`", name)
	}
	l.add("\n## Commands that the original does not have\n")
	rows = nil
	for _, c := range h.table.Rows() {
		if c.Name != "" && ours.MatchString(c.Service+"/"+c.Name) {
			rows = append(rows, []string{h.linkTo(c.Service + "/" + c.Name)})
		}
	}
	l.table([]string{"command"}, rows)
	return l.String(), nil
}

// ours are commands of our own making, which docs/spec marks so.
var ours = regexp.MustCompile(`^(media|search)/|_keywords_lib$`)

var partName = regexp.MustCompile(`^spec/([0-9]+[a-z]?)`)

// specPart leads to a page of the specification.
func (h *handbook) specPart(ref string) string {
	m := partName.FindStringSubmatch(ref)
	if m == nil {
		return ref
	}
	for _, file := range h.specFiles() {
		if strings.HasPrefix(file, m[1]+"-") {
			return "[" + ref + "](spec/" + file + ")"
		}
	}
	return ref
}
