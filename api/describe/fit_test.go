package describe_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// Every golden request that was understood and every golden answer fits the documents,
// in which for this no object may have a member that is not described.
func TestTheGoldensFitTheDocuments(t *testing.T) {
	d := newDocuments(t)
	for _, e := range exchanges(t) {
		request, answer := d.of(e)
		if request == nil {
			if codeOf(t, e.answer).Class() != chat.NotFound && !strings.Contains(e.where, "no_such_command") {
				t.Errorf("%s: not described", e.where)
			}
			continue
		}
		if err := answer.Validate(parsed(t, e.answer)); err != nil {
			t.Errorf("%s\n%s\nthe answer: %v", e.where, e.answer, err)
		}
		if code := codeOf(t, e.answer); code != 0 && code.Class() == chat.Malformed {
			continue
		}
		if err := request.Validate(given(t, e.body)); err != nil {
			t.Errorf("%s\nthe request: %v", e.where, err)
		}
	}
}

// So do the golden files of what topics carry.
func TestThePayloadsFitTheDocument(t *testing.T) {
	d := newDocuments(t)
	for _, p := range payloads(t) {
		text, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.mqtt.at("/components/messages/" + p.message + "/payload").Validate(parsed(t, string(text))); err != nil {
			t.Errorf("%s as %s: %v", p.file, p.message, err)
		}
	}
}

// A member that is not described is seen: the tests above can fail.
func TestAMemberThatIsNotDescribedIsSeen(t *testing.T) {
	d := newDocuments(t)
	for _, e := range exchanges(t) {
		if codeOf(t, e.answer) != 0 {
			continue
		}
		request, answer := d.of(e)
		if answer.Validate(parsed(t, strings.Replace(e.answer, "{", `{"Drift":1,`, 1))) == nil {
			t.Errorf("%s: the answer may have a member Drift", e.where)
		}
		if request.Validate(parsed(t, strings.Replace(strings.Replace(e.body, "{", `{"Drift":1,`, 1), ",}", "}", 1))) == nil {
			t.Errorf("%s: the request may have a member Drift", e.where)
		}
	}
}

// Each command has a golden exchange that succeeds, over REST and over MQTT.
func TestEachCommandHasAGoldenExchange(t *testing.T) {
	rest, mqtt := map[string]bool{}, map[string]bool{}
	for _, e := range exchanges(t) {
		if codeOf(t, e.answer) != 0 {
			continue
		}
		rest[e.name] = rest[e.name] || e.rest
		mqtt[e.name] = mqtt[e.name] || e.overNet
	}
	for _, c := range table(t).Rows() {
		if name := c.Service + "/" + c.Name; c.Name != "" && !rest[name] {
			t.Errorf("%s has no golden exchange that succeeds: add one to the scripts of package admin", name)
		}
		if c.Method != "" && !mqtt[c.Method] {
			t.Errorf("%s has no golden exchange that succeeds: add one to askRows of package hooks", c.Method)
		}
	}
}

func codeOf(t *testing.T, answer string) chat.Code {
	t.Helper()
	var a struct{ ErrorCode chat.Code }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return a.ErrorCode
}

// given is a request without the members that are null, which is to say absent.
func given(t *testing.T, body string) any {
	t.Helper()
	v := parsed(t, body)
	if members, ok := v.(map[string]any); ok {
		maps.DeleteFunc(members, func(_ string, value any) bool { return value == nil })
	}
	return v
}
