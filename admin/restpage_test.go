package admin

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// documented is a line of the tables of docs/rest.md.
type documented struct {
	names  []string // the command as service/name, then its aliases
	body   string
	method string
}

var (
	tableLine = regexp.MustCompile("(?m)^\\| (`\\w+/\\w+`[^|]*) \\| [^|]+ \\| `(\\{.*\\})` \\| ?(?:`([\\w.]+)`)? \\|$")
	codeText  = regexp.MustCompile("`([^`]+)`")
)

func restPage(t *testing.T) (page string, lines []documented) {
	t.Helper()
	text, err := os.ReadFile("../docs/rest.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range tableLine.FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, documented{coded(m[1]), m[2], m[3]})
	}
	return string(text), lines
}

// coded are the texts between backquotes.
func coded(text string) (list []string) {
	for _, m := range codeText.FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	return list
}

// The tables of docs/rest.md have every command that is served over HTTP, with its
// other names and its method, and no other.
func TestRESTPageHasEveryCommand(t *testing.T) {
	h := open(t, nil)
	page, lines := restPage(t)
	there := map[string]bool{}
	for _, l := range lines {
		c := h.command(l.names[0])
		if c == nil {
			t.Errorf("%s is on the page and not served", l.names[0])
			continue
		}
		there[l.names[0]] = true
		if !slices.Equal(l.names[1:], c.Aliases) || l.method != c.Method {
			t.Errorf("%s: the page says %q and method %q, the table %q and %q", l.names[0], l.names[1:], l.method, c.Aliases, c.Method)
		}
	}
	for _, c := range h.table.Rows() {
		if name := c.Service + "/" + c.Name; c.Name != "" && !there[name] {
			t.Errorf("%s is served and not on the page", name)
		}
	}
	_, absent, ok := strings.Cut(page, "### Not there yet")
	if !ok {
		t.Fatal("the page does not say what is not served")
	}
	for _, name := range coded(absent) {
		for _, c := range h.table.Rows() {
			if c.Name != "" && (c.Service == name && name != api.SNSService || c.Service+"/"+c.Name == name) {
				t.Errorf("the page says that %s is not served", name)
			}
		}
	}
}

// failed is found where one of many things did not come about.
var failed = regexp.MustCompile(`"(RetCode|ResultCode|ErrorCode|Code)":[1-9]|"Member_Account":"\w+","Result":0`)

// The bodies of the tables of docs/rest.md, sent in the order of the page, do what
// they are to do.
func TestRESTPageBodiesWork(t *testing.T) {
	h := openIndexed(t)
	h.settings(func(a *chat.App) { a.Switches.LiveBroadcast = true })
	h.wait(-3 * time.Hour) // the file of an hour has something in it
	h.users("early", "riser")
	h.ok("openim/sendmsg", `{"From_Account":"early","To_Account":"riser","MsgSeq":1,"MsgRandom":1,"MsgBody":`+said("hi")+`}`)
	h.wait(3 * time.Hour)
	_, lines := restPage(t)
	uuid := "zf-aeaaaaacaaaaaayaaaaaiaaaaa" // of the page's file, and then of the one that was sent
	for _, l := range lines {
		c := h.command(l.names[0])
		if c == nil {
			continue // the other test says so
		}
		l.body = strings.ReplaceAll(l.body, "zf-aeaaaaacaaaaaayaaaaaiaaaaa", uuid)
		if c.Name == "modify_user_info" { // of those who watch
			if _, err := h.svc.Group.Join(t.Context(), chat.Actor{App: app, User: "fay"}, "live", ""); err != nil {
				t.Fatal(err)
			}
		}
		if l.names[0] == "timpush/push" { // there was another just now
			h.wait(time.Second)
		}
		a := h.call(l.names[0], l.body)
		if a.ErrorCode != 0 || failed.Match(a.text) {
			t.Errorf("%s %s: %s", l.names[0], l.body, a.text)
		}
		if sent := (struct{ UUID string }{}); l.names[0] == "media/upload" {
			h.into(a, &sent)
			uuid = sent.UUID
		}
		h.knows(c, l.body)
	}
}

// knows fails for a member that the command does not read.
func (h *house) knows(c *api.Command, body string) {
	h.Helper()
	var given map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &given); err != nil {
		h.Errorf("%s: %v", c.Name, err)
	}
	names := namesIn(c.Request())
	for _, name := range names {
		delete(given, name)
	}
	if len(names) > 0 && len(given) > 0 {
		h.Errorf("%s does not read %v", c.Name, given)
	}
}

// namesIn lists what a request's members may be called, older names too.
func namesIn(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		if tag, ok := f.Tag.Lookup("wire"); ok {
			names = append(names, strings.Split(strings.TrimPrefix(tag, "!"), ",")...)
		} else if f.Anonymous {
			names = append(names, namesIn(f.Type)...)
		}
	}
	return names
}

func (h *house) command(name string) *api.Command {
	svc, cmd, _ := strings.Cut(name, "/")
	c, _ := h.table.REST(svc, cmd)
	return c
}
