//go:build e2e

package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// receiver is the app's own server: it is asked before and told after.
type receiver struct {
	t    *testing.T
	addr string

	mu      sync.Mutex // guards the fields below
	srv     *http.Server
	done    chan struct{}
	calls   []call
	verdict func(command string, body object) any // nil: 0, let it pass
	more    chan struct{}
}

// call is one request of the server to the app.
type call struct {
	command string
	body    object
	query   map[string][]string
	id      string // the stable id of an event
	header  http.Header
}

// The token of "dev --webhook".
const hookToken = "dev"

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, more: make(chan struct{})}
	r.up()
	t.Cleanup(r.down)
	return r
}

// up listens, on the same address after a down.
func (r *receiver) up() {
	r.t.Helper()
	addr := r.addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addr = ln.Addr().String()
	r.srv = &http.Server{Handler: http.HandlerFunc(r.serve)}
	r.done = make(chan struct{})
	go func(srv *http.Server, done chan struct{}) {
		defer close(done)
		srv.Serve(ln)
	}(r.srv, r.done)
}

// down refuses connections from now on.
func (r *receiver) down() {
	r.mu.Lock()
	srv, done := r.srv, r.done
	r.mu.Unlock()
	srv.Close()
	<-done
}

func (r *receiver) url() string { return "http://" + r.addr + "/im/hook" }

func (r *receiver) serve(w http.ResponseWriter, q *http.Request) {
	text, err := io.ReadAll(q.Body)
	c := call{command: q.URL.Query().Get("CallbackCommand"), query: q.URL.Query(), id: eventID(q.Header), header: q.Header}
	if err == nil {
		err = json.Unmarshal(text, &c.body)
	}
	if err != nil || q.Method != http.MethodPost {
		http.Error(w, "not a webhook", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.calls = append(r.calls, c)
	verdict := r.verdict
	close(r.more)
	r.more = make(chan struct{})
	r.mu.Unlock()
	var answer any = object{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
	if verdict != nil {
		if v := verdict(c.command, c.body); v != nil {
			answer = v
		}
	}
	json.NewEncoder(w).Encode(answer)
}

// eventID finds the stable id among the headers: its name is the server's.
func eventID(h http.Header) string {
	for name, values := range h {
		if len(name) > 2 && name[:2] == "X-" {
			return values[0]
		}
	}
	return ""
}

// decide sets how before-webhooks are answered.
func (r *receiver) decide(verdict func(command string, body object) any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.verdict = verdict
}

// told waits for a call that fits.
func (r *receiver) told(t testing.TB, command string, is func(object) bool) call {
	t.Helper()
	deadline := time.After(2 * patience)
	for {
		r.mu.Lock()
		more := r.more
		for _, c := range r.calls {
			if c.command == command && (is == nil || is(c.body)) {
				r.mu.Unlock()
				return c
			}
		}
		r.mu.Unlock()
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%s was not called; calls: %v", command, r.commands())
		}
	}
}

func (r *receiver) commands() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		list = append(list, c.command+" "+c.body.text())
	}
	return list
}

// all returns the calls so far that fit.
func (r *receiver) all(command string, is func(object) bool) (list []call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c.command == command && (is == nil || is(c.body)) {
			list = append(list, c)
		}
	}
	return list
}

const (
	beforeC2C   = "C2C.CallbackBeforeSendMsg"
	afterC2C    = "C2C.CallbackAfterSendMsg"
	beforeGroup = "Group.CallbackBeforeSendMsg"
	afterGroup  = "Group.CallbackAfterSendMsg"
)

// The app refuses, drops and rewrites what is about to be sent (spec/30 §3).
func TestBeforeWebhooks(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := start(t, "--no-limits", "--webhook", r.url())
	r.decide(func(command string, body object) any {
		if command != beforeC2C && command != beforeGroup {
			return nil
		}
		answer := object{"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": ""}
		switch body.text() {
		case "refuse":
			answer["ErrorCode"] = 1
		case "refuse with a code":
			answer["ErrorCode"], answer["ErrorInfo"] = 120007, "mind your language"
			if command == beforeGroup {
				answer["ErrorCode"] = 10107
			}
		case "drop":
			answer["ErrorCode"] = 2
		case "rewrite":
			answer["MsgBody"], answer["CloudCustomData"] = textBody("rewritten"), "checked"
		}
		return answer
	})
	t.Run("it decides", func(t *testing.T) { everyKind(t, decided(s, r)) })
	q := r.told(t, beforeC2C, nil).query
	if got := q["SdkAppid"]; !slices.Equal(got, []string{fmt.Sprint(s.ID)}) {
		t.Errorf("SdkAppid %q", got)
	}
	sum := sha256.Sum256([]byte(hookToken + q["RequestTime"][0]))
	if got := q["Sign"][0]; got != hex.EncodeToString(sum[:]) {
		t.Errorf("Sign %s, want SHA-256 of token and RequestTime", got)
	}
}

func decided(s *server, r *receiver) func(*testing.T, opener) {
	return func(t *testing.T, open opener) {
		g := assemble(t, s, open, groupTypes[2])
		for _, c := range []struct {
			topic, in string
			hearer    device
			refused   int
			coded     int
			after     string
		}{
			{"im/text/c2c/" + escape(g.ben.user().id), "im/in/c2c/" + escape(g.ann.user().id), g.ben, 20006, 120007, afterC2C},
			{g.topic("text"), g.topic("in"), g.ben, 10016, 10107, afterGroup},
		} {
			mustRefuse(t, g.ann, c.topic, "refuse", 1, c.refused)
			if e := mustRefuse(t, g.ann, c.topic, "refuse with a code", 1, c.coded); e.str("ErrorInfo") != "mind your language" {
				t.Errorf("ErrorInfo %q", e.str("ErrorInfo"))
			}
			mustSend(t, g.ann, c.topic, "drop", 1)
			mustSend(t, g.ann, c.topic, "rewrite", 1)
			if m := c.hearer.in().body(t, c.in, saying("rewritten")); m.str("CloudCustomData") != "checked" {
				t.Errorf("rewritten: %s", m)
			}
			mustSend(t, g.ann, c.topic, "plain", 1)
			c.hearer.in().body(t, c.in, saying("plain"))
			for _, word := range c.hearer.in().texts(t, c.in) {
				if word != "rewritten" && word != "plain" && word != "" {
					t.Errorf("%q was delivered", word)
				}
			}
			from := func(o object) bool { return o.str("From_Account") == g.ann.user().id }
			r.told(t, c.after, func(o object) bool { return from(o) && o.text() == "plain" })
			for _, a := range r.all(c.after, from) {
				if word := a.body.text(); word != "rewritten" && word != "plain" && a.body.num("SendMsgResult") == 0 {
					t.Errorf("%s tells of %q", c.after, word)
				}
			}
		}
	}
}

// After-events come in the order of their conversation and, when nothing
// goes wrong, once.
func TestAfterWebhooksComeOnceAndInOrder(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := start(t, "--no-limits", "--webhook", r.url())
	ann, bob := s.user("ann"), s.user("bob")
	openRaw(t, bob, rawOptions{version: 4})
	phone := openRaw(t, ann, rawOptions{version: 4})
	phone.subscribe(t, "im/ack", "im/err")
	const n = 100
	for i := range n {
		mustSend(t, phone, "im/text/c2c/"+bob.id, strconv.Itoa(i), 1)
	}
	if c := r.told(t, "State.StateChange", func(o object) bool { return o.obj("Info").str("To_Account") == ann.id }); c.body.obj("Info").str("Action") != "Login" {
		t.Errorf("login: %s", c.body)
	}
	r.told(t, afterC2C, saying(strconv.Itoa(n-1)))
	mustTell(t, r, n)
}

// mustTell wants the numbers 0 to n-1 as after-events, once and in order.
func mustTell(t *testing.T, r *receiver, n int) {
	t.Helper()
	var got []string
	for _, c := range r.all(afterC2C, nil) {
		got = append(got, c.body.text())
	}
	var want []string
	for i := range n {
		want = append(want, strconv.Itoa(i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("after-events tell of %q, want 0 to %d once and in order", got, n-1)
	}
}

// A receiver that is away is told when it is back, and messages do not wait
// for it; a restart of the server forgets nothing.
func TestAfterWebhooksWaitForReceiver(t *testing.T) {
	t.Parallel()
	for _, restart := range []string{"", "stop", "kill"} {
		t.Run("restart:"+restart, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			data := t.TempDir()
			s := start(t, "--no-limits", "--data", data, "--webhook", r.url())
			ann, bob := s.user("ann"), s.user("bob")
			openRaw(t, bob, rawOptions{version: 4})
			phone := openRaw(t, ann, rawOptions{version: 4})
			phone.subscribe(t, "im/ack", "im/err")
			mustSend(t, phone, "im/text/c2c/"+bob.id, "0", 1)
			r.told(t, afterC2C, saying("0"))
			r.down()
			const n = 20
			for i := 1; i < n; i++ {
				mustSend(t, phone, "im/text/c2c/"+bob.id, strconv.Itoa(i), 1)
			}
			var err error
			switch restart {
			case "stop":
				err = s.Stop()
			case "kill":
				err = s.Kill()
			}
			if err != nil {
				t.Fatal(err)
			}
			r.up()
			if restart != "" {
				start(t, "--no-limits", "--data", data, "--webhook", r.url())
			}
			r.told(t, afterC2C, saying(strconv.Itoa(n-1)))
			// At least once: an event whose answer was lost is told again, with its id.
			first, seen := []string{}, map[string]string{}
			for _, c := range r.all(afterC2C, nil) {
				word := c.body.text()
				if id, again := seen[word]; again && id != c.id {
					t.Errorf("%q is told again with the id %q, first %q", word, c.id, id)
				} else if !again {
					first = append(first, word)
				}
				seen[word] = c.id
			}
			for i := range n {
				if i >= len(first) || first[i] != strconv.Itoa(i) {
					t.Fatalf("the app was told of %q, want 0 to %d in order", first, n-1)
				}
			}
		})
	}
}
