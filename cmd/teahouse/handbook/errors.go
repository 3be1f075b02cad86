package handbook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// errors is the reference of the codes.
func (h *handbook) errors() (string, error) {
	codes := chat.Codes()
	slices.Sort(codes)
	var l lines
	l.add("## What to do\n")
	var rows [][]string
	for class := chat.Fault; class <= chat.Unavailable; class++ {
		reason := "0x80"
		for _, c := range codes {
			if c.Class() == class && c != chat.CodeBadPath && c != chat.CodeUnknownCommand {
				reason = fmt.Sprintf("0x%02X", hooks.ReasonCode(c))
				break
			}
		}
		rows = append(rows, []string{remedies[class].name, remedies[class].what, reason})
	}
	l.table([]string{"class", "what to do", "MQTT 5"}, rows)
	l.byItself(codes)
	placed := map[chat.Code]bool{}
	var sections []string
	of := map[string][]specCode{}
	for _, c := range h.specCodes {
		if of[c.section] == nil {
			sections = append(sections, c.section)
		}
		of[c.section] = append(of[c.section], c)
	}
	for _, s := range sections {
		l.add("## %s\n", s)
		for _, row := range of[s] {
			c := chat.Code(row.code)
			if !slices.Contains(codes, c) || placed[c] {
				continue
			}
			placed[c] = true
			h.code(&l, c, row)
		}
	}
	for _, c := range codes {
		if !placed[c] {
			return "", fmt.Errorf("code %d is in no table of docs/spec/40-error-codes.md", c)
		}
	}
	l.add("## Codes of the original that never come\n")
	rows = nil
	seen := map[int]bool{}
	for _, row := range h.specCodes {
		if slices.Contains(codes, chat.Code(row.code)) || seen[row.code] {
			continue
		}
		seen[row.code] = true
		rows = append(rows, []string{fmt.Sprint(row.code), row.meaning, h.record.never[row.code]})
	}
	l.table([]string{"code", "what it means there", "why not here"}, rows)
	return barePart.ReplaceAllString(l.String(), "${1}spec/$2"), nil
}

// barePart is a part of the specification as its own pages name it.
var barePart = regexp.MustCompile(`(^|[^/\w])([0-9]{2}[a-z]? \x{00a7})`)

// code is one code.
func (h *handbook) code(l *lines, c chat.Code, row specCode) {
	l.add("### %d\n", c)
	l.add("**%s** (%s). %s", c.Meaning(), remedies[c.Class()].name, remedy(c))
	if detail := strings.TrimSpace(row.when); detail != "" && detail != "old" {
		l.add("\nIt comes for: %s.", detail)
	} else if !strings.EqualFold(row.meaning, c.Meaning()) {
		l.add("\nIn other words: %s.", strings.TrimSuffix(row.meaning, "."))
	}
	if by := h.record.by[int(c)]; len(by) > 0 {
		var names []string
		for _, n := range by {
			if link := h.linkTo(n); link != "" && len(names) < 8 {
				names = append(names, link)
			}
		}
		if len(names) > 0 {
			l.add("\nFor instance from %s.", strings.Join(names, ", "))
		}
	}
	l.add("")
}

// linkTo leads to a command or a method.
func (h *handbook) linkTo(name string) string {
	if service, command, ok := strings.Cut(name, "/"); ok {
		c, served := h.table.REST(service, command)
		if !served {
			return ""
		}
		return "[" + code(name) + "](rest.md#" + slug(service+"/"+c.Name) + ")"
	}
	if _, ok := h.table.Explained(name, true); !ok {
		return ""
	}
	return "[" + code(name) + "](mqtt.md#" + slug(name) + ")"
}
