package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// What a folder holds is counted by app and by kind, without a word of its users.
func TestInspectCountsAFolder(t *testing.T) {
	dir := furnished(t)
	run := func(c inspectCommand) string {
		t.Helper()
		c.Data = dir
		var b bytes.Buffer
		if err := c.Run(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, c := range []struct {
		what string
		got  string
		want string
	}{
		{"all", run(inspectCommand{}), `(?s)^schema 2, \d+ tables of \d+ bytes\n\nAPP .*\nserver +0 +0 .*\n1400000001 +[1-9]\d* +[1-9]\d* +[1-9]\d* +[1-9]\d* +20\d\d-.*KIND, of all .*\nmessage +[1-9].*\nrow: reaction +[1-9]`},
		{"an app", run(inspectCommand{App: verifyApp}), `(?s)^schema.*NEWEST.*\n1400000001 .*KIND, of the app .*row: account +[1-9]`},
		{"JSON", run(inspectCommand{JSON: true}), `^\{"schema":2,"tables":\d+,.*"apps":\[\{"app":0,.*\{"app":1400000001,"users":[1-9].*"row: member":\{"entries":[1-9]\d*,"bytes":[1-9]`},
	} {
		if !regexp.MustCompile(c.want).MatchString(c.got) {
			t.Errorf("%s: got\n%s\nwant %s", c.what, c.got, c.want)
		}
		if regexp.MustCompile(`TIMTextElem|\b(ann|bob)\b`).MatchString(c.got) {
			t.Errorf("%s: it shows who is there, or what was said:\n%s", c.what, c.got)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	dir := furnished(t)
	for _, c := range []struct {
		what string
		run  inspectCommand
		use  bool
		want string
	}{
		{"an app that there is not", inspectCommand{folder: folder{Data: dir}, App: 5}, false, "nothing of app 5"},
		{"no folder", inspectCommand{folder: folder{Data: dir + "/none"}}, false, "no data folder"},
		{"an empty folder", inspectCommand{folder: folder{Data: t.TempDir()}}, false, "there is no data"},
		{"a folder in use", inspectCommand{folder: folder{Data: dir}}, true, "stop the server first, or ask it while it runs"},
	} {
		t.Run(c.what, func(t *testing.T) {
			if c.use {
				store := opened(t, dir)
				defer func() { _ = store.Close() }()
			}
			if err := c.run.Run(t.Context(), new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
