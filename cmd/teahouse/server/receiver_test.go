package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// hookReceiver is the server of an app. It agrees to everything but what is called "no"
// or "not now".
type hookReceiver struct {
	url   string
	calls chan hookCall // nil: nobody takes them
}

// hookCall is one webhook as it came in.
type hookCall struct {
	cause  string // the step of the story
	method string
	path   string
	query  string
	header http.Header
	body   []byte
}

func newHookReceiver(t *testing.T, calls chan hookCall) *hookReceiver {
	t.Helper()
	r := &hookReceiver{calls: calls}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if r.calls != nil {
			r.calls <- hookCall{method: q.Method, path: q.URL.Path, query: q.URL.RawQuery, header: q.Header, body: body}
		}
		code, items := 0, ""
		switch {
		case bytes.Contains(body, []byte(`:"no"`)):
			code = 1
		case bytes.Contains(body, []byte(`:"not now"`)):
			code = 10105
		case bytes.Contains(body, []byte(`:"no friend"`)):
			items = `,"ResultItem":[{"To_Account":"bob","ResultCode":38001,"ResultInfo":"not allowed"}]`
		}
		fmt.Fprintf(w, `{"ActionStatus":"OK","ErrorCode":%d,"ErrorInfo":""%s}`, code, items)
	}))
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	r.url = s.URL
	return r
}

// await takes the next n calls.
func (r *hookReceiver) await(t *testing.T, cause string, n int) (list []hookCall) {
	t.Helper()
	late := time.After(patience)
	for len(list) < n {
		select {
		case c := <-r.calls:
			c.cause = cause
			list = append(list, c)
		case <-late:
			t.Fatalf("%s: %d webhooks came, want %d: %v", cause, len(list), n, kindsOf(list))
		}
	}
	return list
}

// rest is what has come and was not awaited.
func (r *hookReceiver) rest() (list []hookCall) {
	for {
		select {
		case c := <-r.calls:
			list = append(list, c)
		default:
			return list
		}
	}
}

// kind is what the body says it is.
func (c *hookCall) kind() chat.EventKind {
	var is struct{ CallbackCommand chat.EventKind }
	if err := json.Unmarshal(c.body, &is); err != nil {
		return "no JSON"
	}
	return is.CallbackCommand
}

func kindsOf(list []hookCall) (kinds []chat.EventKind) {
	for i := range list {
		kinds = append(kinds, list[i].kind())
	}
	slices.Sort(kinds)
	return kinds
}

// golden is the call with placeholders for what differs between runs. The order of the
// query and of the body is kept.
func (c *hookCall) golden(t *testing.T) []byte {
	t.Helper()
	header := map[string][]string{}
	for name, values := range c.header {
		switch name {
		case "Content-Length":
		case "X-Teahouse-Event-Id":
			header[name] = []string{"EVENT ID"}
		default:
			header[name] = values
		}
	}
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"cause\":%q,\n\"query\":%q,\n\"header\":%s,\n\"body\":%s}", c.cause, c.maskedQuery(t), h, c.maskedBody())
	return out.Bytes()
}

// maskedQuery is the query without its signature, which has to be right.
func (c *hookCall) maskedQuery(t *testing.T) string {
	t.Helper()
	before, signed, ok := strings.Cut(c.query, "&Sign=")
	sum, at, both := strings.Cut(signed, "&RequestTime=")
	if !ok || !both || sum != signOf(hookToken+at) || masked([]byte("="+at)) != "=<seconds>" {
		t.Errorf("%s: the query %q is not signed as it should be", c.cause, c.query)
	}
	return before + "&Sign=<sign>&RequestTime=<seconds>"
}

var moment = regexp.MustCompile(`[^0-9]\d{10}(\d{3})?\b`)

// masked replaces times of about now. One that is a number becomes a text that says so.
func masked(b []byte) string {
	return moment.ReplaceAllStringFunc(string(b), func(s string) string {
		before, digits := s[:1], s[1:]
		unit, name := int64(1), "seconds"
		if len(digits) == 13 {
			unit, name = 1000, "milliseconds"
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if apart := time.Now().Unix() - n/unit; err != nil || apart < -60 || apart > 600 {
			return s
		}
		if before == ":" {
			return fmt.Sprintf(`:"<number: %s>"`, name)
		}
		return before + "<" + name + ">"
	})
}

// given is the MsgSeq of a C2C message that the server has chosen, alone or in a MsgKey.
var given = regexp.MustCompile(`"MsgSeq":\d+|"MsgKey":"\d+`)

// maskedBody is masked, without numbers that the server chooses at random.
func (c *hookCall) maskedBody() string {
	text := masked(c.body)
	if !strings.HasPrefix(string(c.kind()), "C2C.") || strings.HasPrefix(c.cause, "REST") {
		return text
	}
	return given.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, `"MsgKey"`) {
			return `"MsgKey":"<random>`
		}
		return `"MsgSeq":"<number: random>"`
	})
}
