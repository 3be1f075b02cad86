package server

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// codePages are the tables of codes below testdata/codes: each has those of some sections
// of spec/40, and a server of its own to reach them on.
var codePages = []struct {
	name     string
	sections []string
	setup    func(*chat.App)
}{
	{"groups", []string{"6", "11"}, func(app *chat.App) {
		app.Switches.LiveBroadcast = true
		app.Limits = chat.Limits{GroupsMadePerDay: 2, LiveRoomsOwned: 1, GroupsPerUser: 12, CommandRate: -1}
		listen(app, chat.BeforeCreate, chat.BeforeTopic, chat.BeforeGroup)
	}},
	{"c2c", []string{"5", "7"}, func(app *chat.App) {
		app.Switches.ShowBlocked = true
		listen(app, chat.BeforeC2C)
	}},
	{"accounts", []string{"3"}, func(app *chat.App) { app.Limits.Accounts = 6 }},
	{"friends", []string{"9"}, func(app *chat.App) {
		app.Limits = chat.Limits{Friends: 2, FriendGroups: 1, FriendRequests: 1, Blocklist: 2, CommandRate: -1}
		listen(app, chat.BeforeFriend, chat.BeforeAnswer)
	}},
	{"content", []string{"4"}, func(*chat.App) {}},
	{"conversations", []string{"10"}, func(app *chat.App) { app.Limits.CommandRate = -1 }},
	{"profiles", []string{"8"}, func(app *chat.App) {
		self, user := []chat.Level{chat.LevelSelf}, []chat.Level{chat.LevelUser}
		app.Custom.Profile = map[string]chat.FieldRights{"open": {Read: user, Write: self}, "mine": {Read: self, Write: self}, "given": {Read: user}}
	}},
	{"push", []string{"7b"}, func(*chat.App) {}},
	{"ops", []string{"12"}, func(*chat.App) {}},
}

// listen switches webhooks of an app on.
func listen(app *chat.App, kinds ...chat.EventKind) {
	app.Webhook.Events = map[string]bool{}
	for _, k := range kinds {
		app.Webhook.Events[string(k)] = true
	}
}

// codeRow is a line of a table of codes.
type codeRow struct {
	line  int
	code  string // a number, or two with a hyphen
	times int
	by    string // REST, a user, "never" or "test"
	do    string
	body  string
}

// Every code that the sections of spec/40 name is reached over REST and, where users
// can, over MQTT, or the table says why it is not used.
func TestCodes(t *testing.T) {
	for _, page := range codePages {
		t.Run(page.name, func(t *testing.T) {
			rows := codeRows(t, "testdata/codes/"+page.name+".txt")
			o := devOptions(t)
			o.Dev = nil
			app := NewApp(FirstDevApp, "codes")
			page.setup(&app)
			o.Apps = []chat.App{app}
			p := &play{T: t, a: start(t, o), app: &app, lines: map[string]*playLine{}}
			app.Webhook.URL = newHookReceiver(t, nil).url
			if err := p.a.Reload([]chat.App{app}); err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				switch row.by {
				case "never":
				case "test":
					if !hasTest(t, row.do, row.body) {
						t.Errorf("line %d: package %s has no %s", row.line, row.do, row.body)
					}
				default:
					p.reach(row)
				}
			}
			everyCode(t, page.sections, rows)
		})
	}
}

// codeRows reads a table.
func codeRows(t *testing.T, file string) (rows []codeRow) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, " ", 4)
		for len(f) < 4 {
			f = append(f, "")
		}
		row := codeRow{line: i + 1, times: 1, by: f[1], do: f[2], body: f[3]}
		code, times, many := strings.Cut(f[0], "*")
		if row.code = code; many {
			if row.times, err = strconv.Atoi(times); err != nil {
				t.Fatalf("line %d: %v", row.line, err)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// reach asks until the code comes. A step that has to succeed is done every time.
func (p *play) reach(row codeRow) {
	p.Helper()
	if row.do == "on" {
		p.lines[row.by] = p.on(row.by)
		return
	}
	var answer string
	for n := 1; n <= row.times; n++ {
		body := filled(row.body, n)
		if row.by == "REST" {
			answer = string(p.restAnswer(row.do, body))
		} else {
			answer = string(p.answer(p.lines[row.by], row.do, body))
		}
		if has := answers(answer, row.code); has && row.code != "0" {
			return
		} else if !has && row.code == "0" {
			p.Fatalf("line %d: %s", row.line, answer)
		}
	}
	if row.code != "0" {
		p.Errorf("line %d: %s, want %s", row.line, answer, row.code)
	}
}

var codeMember = regexp.MustCompile(`"(?:ErrorCode|RetCode|Code|ResultCode)":(\d+)`)

// answers reports whether the envelope or an item has the code, or one of a range; 0 is
// that of the envelope.
func answers(answer, code string) bool {
	found := codeMember.FindAllStringSubmatch(answer, -1)
	if code == "0" {
		return len(found) > 0 && found[0][1] == "0"
	}
	first, last, ranged := strings.Cut(code, "-")
	for _, m := range found {
		if m[1] == code || ranged && len(m[1]) == len(first) && m[1] >= first && m[1] <= last {
			return true
		}
	}
	return false
}

var macro = regexp.MustCompile(`\$(\w+)(?:\((?:(\w),)?(\d+)\))?`)

// filled is a body with its macros written out; n counts the times that it is sent.
func filled(body string, n int) string {
	return macro.ReplaceAllStringFunc(body, func(s string) string {
		m := macro.FindStringSubmatch(s)
		many, _ := strconv.Atoi(m[3]) // no number: 0
		list := func(format string) string {
			var b []string
			for i := range many {
				b = append(b, fmt.Sprintf(format, m[2]+strconv.Itoa(i)))
			}
			return strings.Join(b, ",")
		}
		switch m[1] {
		case "members":
			return list(`{"Member_Account":"%s"}`)
		case "names":
			return list(`"%s"`)
		case "attrs":
			return list(`{"key":"%s","value":"1"}`)
		case "counters":
			return list(`{"Key":"%s","Value":1}`)
		case "convs":
			return list(`"c2c/%s"`)
		case "at":
			return list(`{"GroupAtAllFlag":0,"GroupAt_Account":"%s"}`)
		case "x":
			return strings.Repeat("x", many)
		case "ago":
			return strconv.FormatInt(time.Now().Unix()-int64(many), 10)
		case "turn":
			return strconv.Itoa(n)
		case "hi":
			return hi
		}
		return s
	})
}

// hasTest reports whether a package has a test.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob("../../../" + folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(f string) bool {
		text, err := os.ReadFile(f)
		return err == nil && strings.Contains(string(text), "\nfunc "+name+"(")
	})
}

var codeCell = regexp.MustCompile(`^\| ([0-9, -]+) \|`)

// everyCode compares the table with those of the specification, both ways.
func everyCode(t *testing.T, sections []string, rows []codeRow) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/spec/40-error-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"0": true}
	for _, number := range sections {
		before := len(known)
		_, section, ok := strings.Cut(string(text), "\n## "+number+". ")
		if !ok {
			t.Fatalf("the page has no section %s", number)
		}
		section, _, _ = strings.Cut(section, "\n## ")
		for line := range strings.SplitSeq(section, "\n") {
			if m := codeCell.FindStringSubmatch(line); m != nil {
				for code := range strings.SplitSeq(m[1], ", ") {
					known[code] = true
				}
			}
		}
		if len(known) == before {
			t.Errorf("no code was found in section %s", number)
		}
	}
	for _, row := range rows {
		if !known[row.code] {
			t.Errorf("line %d: %s is not in sections %v", row.line, row.code, sections)
		}
	}
	for code := range known {
		if !slices.ContainsFunc(rows, func(r codeRow) bool { return r.code == code }) {
			t.Errorf("%s has no line", code)
		}
	}
}
