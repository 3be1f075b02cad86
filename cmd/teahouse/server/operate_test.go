package server

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/ticket"
)

// operated is a dev server and its operator.
func operated(t *testing.T) (*App, func(method, path, body string) reply) {
	t.Helper()
	return startOperated(t, devOptions(t))
}

func startOperated(t *testing.T, o Options) (*App, func(method, path, body string) reply) {
	t.Helper()
	a := start(t, o)
	_, token, _ := strings.Cut(a.Ready().Console, "/#/link/")
	in := ask(t, a, asking{method: "POST", path: "links/redeem", body: `{"token":"` + token + `"}`})
	if in.cookie == nil {
		t.Fatalf("%d %s", in.status, in.text)
	}
	return a, func(method, path, body string) reply {
		t.Helper()
		got := ask(t, a, asking{method: method, path: path, body: body, cookie: in.cookie.Name + "=" + in.cookie.Value, csrf: in.body.CSRF})
		if got.status >= 300 {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.text)
		}
		return got
	}
}

// says fails unless an answer holds every text.
func says(t *testing.T, what string, got reply, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(got.text, text) {
			t.Errorf("%s: %s, want %s", what, got.text, text)
		}
	}
}

// An operator looks after users, groups and messages of an app.
func TestOperatorsLookAfterAnApp(t *testing.T) {
	a, do := operated(t)
	const app = "apps/1400000001/"
	alice := in(t, a, "alice")
	done(t, alice.Publish("im/text/c2c/bob", 1, false, "hello bob"))
	done(t, alice.Publish("im/text/group/lobby", 1, false, "hello all"))

	says(t, "users", do("GET", app+"users?prefix=al", ""), `"user":"alice"`, `"online":true`)
	says(t, "a page", do("GET", app+"users?limit=1", ""), `"administrator"`, `"next":"W`)
	says(t, "a user", do("GET", app+"users/alice", ""), `"client":"alice-test"`, `"protocol":"3.1.1"`)
	says(t, "groups of a user", do("GET", app+"users/alice/groups", ""), `"role":"Owner"`)
	says(t, "conversations", do("GET", app+"users/bob/conversations", ""), `"conversation":"c2c/alice/bob"`, `"unread":1`)
	says(t, "groups", do("GET", app+"groups?prefix=lob&type=Public", ""), `"group":"lobby"`, `"members":3`)
	if got := do("GET", app+"groups?type=Work", ""); len(got.body.Items) != 0 {
		t.Errorf("groups of another type: %s", got.text)
	}
	says(t, "a group", do("GET", app+"groups/lobby", ""), `"next_seq":`, `"owner":"alice"`)
	says(t, "members", do("GET", app+"groups/lobby/members", ""), `"user":"bob"`, `"role":"Member"`)
	do("POST", app+"groups/lobby/mute", `{"all":true}`)
	says(t, "a muted group", do("GET", app+"groups/lobby", ""), `"muted":true`)

	says(t, "messages", do("GET", app+"messages?conversation=c2c/alice/bob", ""), "hello bob", `"seq":1`)
	do("POST", app+"messages/recall", `{"conversation":"c2c/alice/bob","seq":1}`)
	if got := do("GET", app+"messages?conversation=c2c/bob/alice", ""); strings.Contains(got.text, "hello bob") || !strings.Contains(got.text, `"recalled":true`) {
		t.Errorf("a recalled message: %s", got.text)
	}
	do("POST", app+"users/carol/mute", `{"group_seconds":600}`)
	if got := do("GET", app+"users/carol", ""); strings.Contains(got.text, `"muted_group_until_at":0`) {
		t.Errorf("a muted user: %s", got.text)
	}
	says(t, "connections", do("GET", "connections?user=al&platform=IoT", ""), `"user":"alice"`)
	says(t, "a kick", do("POST", app+"users/alice/kick", `{"client":"alice-test"}`), `"closed":1`)
	do("POST", app+"users/alice/revoke", "")
	do("DELETE", app+"users/carol", "")
	do("DELETE", app+"groups/lobby", "")
	got := do("GET", "audit?app=1400000001&limit=200", "")
	var actions []string
	for _, e := range got.body.Items {
		actions = append(actions, e["action"].(string))
	}
	slices.Sort(actions) // those of one millisecond have no order
	want := "group.dismiss group.mute message.read message.read message.recall user.delete user.kick user.mute user.revoke"
	if text := strings.Join(actions, " "); text != want {
		t.Errorf("the log of operators has %s, want %s", text, want)
	}
	if strings.Contains(got.text, "hello") {
		t.Errorf("the log of operators has what was said: %s", got.text)
	}
}

// A ticket that an operator makes is good, and one that is made up is explained.
func TestOperatorsMakeAndCheckTickets(t *testing.T) {
	a, do := operated(t)
	var made struct {
		UserSig string `json:"usersig"`
	}
	if err := json.Unmarshal([]byte(do("POST", "apps/1400000001/usersig", `{"user":"alice"}`).text), &made); err != nil {
		t.Fatal(err)
	}
	if _, err := a.tickets.Verify(uint32(FirstDevApp), "alice", made.UserSig); err != nil {
		t.Error(err)
	}
	says(t, "a good one", do("POST", "apps/1400000001/usersig/check", `{"usersig":"`+made.UserSig+`"}`), `"valid":true`)
	says(t, "another user's", do("POST", "apps/1400000001/usersig/check", `{"usersig":"`+made.UserSig+`","user":"bob"}`), `"valid":false`, `"ok":false`)
	says(t, "none", do("POST", "apps/1400000001/usersig/check", `{"usersig":"x"}`), `"valid":false`)
}

// Keys are rotated with an overlap, and an app that is switched off lets nobody in.
func TestOperatorsKeysAndSwitches(t *testing.T) {
	a, do := operated(t)
	old := a.Ready().Key
	good := func(key string) error {
		text, err := ticket.Mint(uint32(FirstDevApp), "alice", key, a.now(), patience)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.tickets.Verify(uint32(FirstDevApp), "alice", text)
		return err
	}
	var rotated struct {
		Key struct{ ID, Secret string } `json:"key"`
	}
	if err := json.Unmarshal([]byte(do("POST", "apps/1400000001/keys", `{"overlap_seconds":3600}`).text), &rotated); err != nil {
		t.Fatal(err)
	}
	if err := good(old); err != nil {
		t.Errorf("the old key within the overlap: %v", err)
	}
	if err := good(rotated.Key.Secret); err != nil {
		t.Errorf("the new key: %v", err)
	}
	do("DELETE", "apps/1400000001/keys/first", "")
	if good(old) == nil {
		t.Error("a removed key is good")
	}
	got := ask(t, a, asking{method: "GET", path: "session"})
	if got.status != http.StatusUnauthorized {
		t.Error(got.text)
	}
	says(t, "settings", do("PATCH", "apps/1400000001", `{"settings":{"limits":{"message_bytes":2000}}}`), `"message_bytes":2000`)
	if app := a.apps.App(FirstDevApp); app.Limits.MessageBytes != 2000 || app.Limits.GroupRate == 0 {
		t.Errorf("in force: %+v", app.Limits)
	}
	do("POST", "apps/1400000001/disable", "")
	if _, err := connect(t, "tcp://"+a.Ready().MQTT, FirstDevApp, rotated.Key.Secret, "alice", nil); err == nil {
		t.Error("an app that is switched off lets users in")
	}
	do("POST", "apps/1400000001/enable", "")
	if _, err := connect(t, "tcp://"+a.Ready().MQTT, FirstDevApp, rotated.Key.Secret, "alice", nil); err != nil {
		t.Errorf("an app that is switched on again: %v", err)
	}
}

// Webhooks are tested, their results are shown, and commands are tried out.
func TestOperatorsWebhooksAndCommands(t *testing.T) {
	a, do := operated(t)
	called := make(chan string, 16)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case called <- string(body):
		default:
		}
		_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`)
	}))
	t.Cleanup(app.Close)
	do("PATCH", "apps/1400000001", `{"settings":{"webhook":{"url":"`+app.URL+`","events":["State.StateChange"]}}}`)
	says(t, "a test", do("POST", "apps/1400000001/webhooks/test", ""), `"outcome":"ok"`, `"status":200`)
	select {
	case body := <-called:
		if !strings.Contains(body, "State.StateChange") {
			t.Errorf("the app's server got %s", body)
		}
	case <-time.After(patience):
		t.Error("the app's server was not called")
	}
	says(t, "results", do("GET", "apps/1400000001/webhooks/results", ""), `"event_id":"test"`)
	says(t, "the state", do("GET", "apps/1400000001/webhooks", ""), `"on":true`, `"queue":0`, `"dead":0`)
	says(t, "dead letters", do("GET", "apps/1400000001/webhooks/dead", ""), `"items":[]`)
	says(t, "a replay", do("POST", "apps/1400000001/webhooks/replay", ""), `"replayed":0`)

	says(t, "a command", do("POST", "apps/1400000001/rest/openim/sendmsg",
		`{"From_Account":"carol","To_Account":"bob","MsgRandom":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}`), `"ActionStatus":"OK"`)
	says(t, "a refused command", do("POST", "apps/1400000001/rest/openim/sendmsg", `{}`), `"ErrorCode":90003`)
	says(t, "the description", do("GET", "openapi", ""), `"openapi":"3.1`)
	says(t, "push", do("GET", "apps/1400000001/push", ""), `"channel":"webpush","on":true`)
	says(t, "push tasks", do("GET", "apps/1400000001/push/tasks", ""), `"items":[]`)
	says(t, "scheduled pushes", do("GET", "apps/1400000001/push/scheduled", ""), `"items":[]`)

	token, _, err := a.core.Operators.Invite(t.Context(), "test", "", "read")
	if err != nil {
		t.Fatal(err)
	}
	reader := ask(t, a, asking{method: "POST", path: "links/redeem", body: `{"token":"` + token + `","name":"bob","password":"` + operatorPassword + `"}`})
	try := func(command, body string) reply {
		return ask(t, a, asking{
			method: "POST", path: "apps/1400000001/rest/" + command, body: body, cookie: reader.cookie.Name + "=" + reader.cookie.Value, csrf: reader.body.CSRF,
		})
	}
	says(t, "a reader reads", try("im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"bob"}]}`), `"ActionStatus":"OK"`)
	says(t, "a reader sends", try("openim/sendmsg", `{}`), `"read_only"`)
}
