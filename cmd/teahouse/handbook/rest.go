package handbook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/api"
)

// described is a line of the tables that are written by hand.
var described = regexp.MustCompile("(?m)^\\| `(\\w+/\\w+)`[^|]* \\| ([^|]+) \\| `\\{")

// rest is the reference of the commands over HTTP.
func (h *handbook) rest(page string) (string, error) {
	what := map[string]string{}
	for _, m := range described.FindAllStringSubmatch(page, -1) {
		if what[m[1]] == "" {
			what[m[1]] = m[2]
		}
	}
	var l lines
	l.add("## Every command\n")
	l.add("In the order of the tables above: what is sent, what comes back beside `ActionStatus`, `ErrorCode` and `ErrorInfo`, the codes that its checks and tests know beside those of [every command](errors.md#gateway-60xxx), and what differs from the original service. A member in `[]` is one of a list; *needed* has to be there, *always* is there whenever `ErrorCode` is 0. Words that begin with a capital and lead to a table are [forms](#forms) that several commands share.\n")
	section := ""
	for _, c := range h.table.Rows() {
		if c.Name == "" {
			continue
		}
		if c.Service != section {
			section = c.Service
			l.add("### Service %s\n", section)
		}
		if err := h.command(&l, c, what[c.Service+"/"+c.Name]); err != nil {
			return "", err
		}
	}
	l.add("### Forms\n")
	l.forms(h.open, func(string) bool { return false })
	return l.String(), nil
}

// command is one command over HTTP.
func (h *handbook) command(l *lines, c *api.Command, what string) error {
	path := c.Service + "/" + c.Name
	post := h.open.get("paths", "/v4/"+path, "post")
	if post.absent() {
		return fmt.Errorf("%s is not in the description", path)
	}
	l.add("#### %s\n", path)
	if what != "" {
		l.add("%s.\n", strings.ToUpper(what[:1])+strings.TrimSuffix(what[1:], "."))
	}
	l.add("%s\n", strings.Join(h.about(c, post), " · "))
	l.members("send", "needed", members(post.get("requestBody", "content", "application/json", "schema"), ""))
	answer := post.get("responses", "200", "content", "application/json", "schema")
	l.members("comes back", "always", slices.DeleteFunc(members(answer, ""), func(m member) bool { return slices.Contains(envelope, m.name) }))
	h.codes(l, c, path, c.Method)
	part := post.get("description").text()
	if differs := about(h.differences, part, c.Name, c.Method); len(differs) > 0 {
		l.add("**Differs from the original:** %s.\n", strings.Join(differs, ". "))
	}
	h.shown(l, path)
	return nil
}

// about says where a command is found and how often it may be called.
func (h *handbook) about(c *api.Command, post node) (list []string) {
	list = append(list, code("POST /v4/"+c.Service+"/"+c.Name))
	for _, a := range c.Aliases {
		list = append(list, "also "+code(c.Service+"/"+a))
	}
	if c.Method != "" {
		list = append(list, "over MQTT ["+code(c.Method)+"](mqtt.md#"+slug(c.Method)+")")
	}
	if c.Rate > 0 {
		list = append(list, strconv.Itoa(c.Rate)+" calls a second")
	}
	return append(list, specLink(post.get("x-spec"), post.get("description").text()))
}

// specLink leads to a part of the specification.
func specLink(spec node, name string) string {
	file := strings.TrimPrefix(spec.get("file").text(), "docs/")
	if file == "" {
		return name
	}
	return "[" + name + "](" + file + ")"
}

// codes lists the codes that a command is known to answer.
func (h *handbook) codes(l *lines, c *api.Command, names ...string) {
	var list []int
	for _, n := range names {
		list = append(list, h.record.codes[n]...)
	}
	for _, n := range c.Faults() {
		list = append(list, int(n))
	}
	list = append(list, tagged(c.Request(), map[reflect.Type]bool{})...)
	slices.Sort(list)
	var links []string
	for _, n := range slices.Compact(list) {
		if h.known(n) {
			links = append(links, fmt.Sprintf("[%d](errors.md#%d)", n, n))
		}
	}
	l.add("Codes: %s.\n", strings.Join(links, ", "))
}

// tagged are the codes that a request's members name for being wrong.
func tagged(t reflect.Type, seen map[reflect.Type]bool) (list []int) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for f := range t.Fields() {
		if n, err := strconv.Atoi(f.Tag.Get("code")); err == nil {
			list = append(list, n)
		}
		list = append(list, tagged(f.Type, seen)...)
	}
	return list
}

// shown adds an exchange from the golden files.
func (h *handbook) shown(l *lines, name string) {
	e, ok := h.record.shown[name]
	if !ok {
		return
	}
	l.add("```json\n%s\n%s\n```\n", e.body, e.answer)
}

// indented is JSON to be read.
func indented(text []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return string(text)
	}
	return b.String()
}

var noSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// slug is the anchor of a heading, as GitHub makes it and the pages at /docs/ do.
func slug(heading string) string {
	return strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
