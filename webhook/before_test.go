package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
)

func questionTo(url string, kind chat.EventKind) chat.Question {
	q := chat.Question{
		App: &chat.App{ID: 1400000001, Webhook: chat.Webhook{URL: url, Token: "t", All: true}, Limits: chat.DefaultLimits},
		By:  chat.Actor{App: 1400000001, User: "u2", Platform: chat.PlatformIOS, IP: "203.0.113.5"}, Kind: kind, Message: sampleC2C,
	}
	if kind == chat.BeforeGroup {
		q.Message, q.Group = sampleGroupMessage, sampleGroup
	}
	return q
}

// ask waits for the verdict.
func ask(g *Gate, q chat.Question) (v chat.Verdict, err error) {
	done := make(chan struct{})
	g.Before(context.Background(), q, func(verdict chat.Verdict, e error) { v, err = verdict, e; close(done) })
	<-done
	return v, err
}

func TestBeforeVerdicts(t *testing.T) {
	var status int
	var reply string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, reply)
	}))
	defer srv.Close()
	const (
		hi    = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"[checked] hi"}}]`
		c2c   = chat.BeforeC2C
		group = chat.BeforeGroup
	)
	long := strings.Repeat("x", 12288)
	for _, c := range []struct {
		name   string
		kind   chat.EventKind
		status int
		reply  string
		want   string // as verdictText prints it
	}{
		{"send", c2c, 200, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`, "send"},
		{"FAIL with code 0", c2c, 200, `{"ActionStatus":"FAIL","ErrorCode":0}`, "send"},
		{"no code", group, 200, `{}`, "send"},
		{"blanks around", group, 200, " \n{\"ErrorCode\":0}\r\n", "send"},
		{"refuse C2C", c2c, 200, `{"ErrorCode":1,"ErrorInfo":"not told"}`, "20006 refused by the app"},
		{"refuse group", group, 200, `{"ErrorCode":1}`, "10016 refused by the app"},
		{"drop C2C", c2c, 200, `{"ErrorCode":2}`, "drop"},
		{"drop group", group, 200, `{"ErrorCode":2}`, "drop"},
		{"own code C2C, first", c2c, 200, `{"ErrorCode":120001,"ErrorInfo":"quiet hours"}`, "120001 quiet hours"},
		{"own code C2C, last", c2c, 200, `{"ErrorCode":130000}`, "130000 code 130000"},
		{"own code group, first", group, 200, `{"ErrorCode":10100,"ErrorInfo":"100%d"}`, "10100 100%d"},
		{"own code group, last", group, 200, `{"ErrorCode":10200,"ErrorInfo":"x"}`, "10200 x"},
		{"below the range", group, 200, `{"ErrorCode":10099}`, "10016 refused by the app"},
		{"above the range", group, 200, `{"ErrorCode":10201}`, "10016 refused by the app"},
		{"the other's range", c2c, 200, `{"ErrorCode":10105}`, "20006 refused by the app"},
		{"any other", c2c, 200, `{"ErrorCode":-7}`, "20006 refused by the app"},
		{"rewrite body", group, 200, `{"ErrorCode":0,"MsgBody":` + hi + `}`, "send body " + hi},
		{"rewrite cloud data", group, 200, `{"ErrorCode":0,"CloudCustomData":"k=v2"}`, "send cloud k=v2"},
		{"rewrite both", c2c, 200, `{"ErrorCode":0,"MsgBody":` + hi + `,"CloudCustomData":""}`, "send body " + hi + " cloud "},
		{"rewrite with null", c2c, 200, `{"ErrorCode":0,"MsgBody":null,"CloudCustomData":null}`, "send"},
		{"rewrite does not go with refusal", c2c, 200, `{"ErrorCode":1,"MsgBody":[]}`, "20006 refused by the app"},

		{"rewrite is no array", c2c, 200, `{"ErrorCode":0,"MsgBody":{}}`, "failed malformed"},
		{"rewrite is empty", c2c, 200, `{"ErrorCode":0,"MsgBody":[]}`, "failed malformed"},
		{"rewrite is no message", c2c, 200, `{"ErrorCode":0,"MsgBody":[{"MsgType":"?"}]}`, "failed malformed"},
		{"rewrite is too long", c2c, 200, `{"ErrorCode":0,"CloudCustomData":"` + long + `"}`, "failed malformed"},
		{"rewrite is no text", c2c, 200, `{"ErrorCode":0,"CloudCustomData":5}`, "failed malformed"},
		{"code as text, send", c2c, 200, `{"ErrorCode":"0"}`, "send"},
		{"code as text, refuse", group, 200, `{"ErrorCode":"1"}`, "10016 refused by the app"},
		{"code as text, drop", c2c, 200, `{"ErrorCode":"2"}`, "drop"},
		{"code as text, own", c2c, 200, `{"ErrorCode":"120001","ErrorInfo":"quiet hours"}`, "120001 quiet hours"},
		{"code as text, any other", c2c, 200, `{"ErrorCode":"-7"}`, "20006 refused by the app"},
		{"code as escaped text", c2c, 200, `{"ErrorCode":"\u0031"}`, "20006 refused by the app"},
		{"code null is none", c2c, 200, `{"ErrorCode":null}`, "send"},
		{"code is empty text", c2c, 200, `{"ErrorCode":""}`, "failed malformed"},
		{"code is a word", c2c, 200, `{"ErrorCode":"OK"}`, "failed malformed"},
		{"code has blanks", c2c, 200, `{"ErrorCode":" 1"}`, "failed malformed"},
		{"code has a plus", c2c, 200, `{"ErrorCode":"+1"}`, "failed malformed"},
		{"code is hexadecimal", c2c, 200, `{"ErrorCode":"0x1"}`, "failed malformed"},
		{"code is text of a fraction", c2c, 200, `{"ErrorCode":"1.0"}`, "failed malformed"},
		{"code is a fraction", c2c, 200, `{"ErrorCode":1.5}`, "failed malformed"},
		{"code is too large", c2c, 200, `{"ErrorCode":99999999999999999999}`, "failed malformed"},
		{"code is too large a text", c2c, 200, `{"ErrorCode":"99999999999999999999"}`, "failed malformed"},
		{"code is true", c2c, 200, `{"ErrorCode":true}`, "failed malformed"},
		{"code is a list", c2c, 200, `{"ErrorCode":[1]}`, "failed malformed"},
		{"not JSON", group, 200, `OK`, "failed malformed"},
		{"not an object", group, 200, `[]`, "failed malformed"},
		{"nothing", group, 200, ``, "failed malformed"},
		{"endless", group, 200, `{"ErrorInfo":"` + strings.Repeat("x", maxAnswer) + `"}`, "failed malformed"},
		{"created", group, 201, `{"ErrorCode":0}`, "failed status"},
		{"redirected", group, 302, `{"ErrorCode":0}`, "failed status"},
		{"not found", group, 404, `{"ErrorCode":0}`, "failed status"},
		{"broken", group, 500, `{"ErrorCode":0}`, "failed status"},
		{"gateway", group, 502, ``, "failed unreachable"},
	} {
		status, reply = c.status, c.reply
		reason := ""
		want := c.want
		if f, failed := strings.CutPrefix(c.want, "failed "); failed {
			reason, want = f, "send"
		}
		m := NewMetrics(nil)
		g := NewGate(GateOptions{Metrics: m})
		q := questionTo(srv.URL, c.kind)
		if got := verdictText(ask(g, q)); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
		q.App.Webhook.FailStop = true
		if reason != "" {
			want = "80003 the app's webhook failed"
		} else {
			reason = string(answered)
		}
		if got := verdictText(ask(g, q)); got != want {
			t.Errorf("%s, fail-stop: %s, want %s", c.name, got, want)
		}
		if n := value(t, m.attempts.WithLabelValues(string(c.kind), reason)); n != 2 {
			t.Errorf("%s: %v attempts counted as %s, want 2", c.name, n, reason)
		}
		g.Close()
	}
}

func verdictText(v chat.Verdict, err error) string {
	if err != nil {
		code, text := chat.Outward(err)
		return fmt.Sprint(code, " ", text)
	}
	text := "send"
	if v.Drop {
		text = "drop"
	}
	if v.Body != nil {
		text += " body " + string(v.Body)
	}
	if v.Cloud != nil {
		text += " cloud " + *v.Cloud
	}
	return text
}

func TestLongErrorInfoIsCut(t *testing.T) {
	_, err := verdict(questionTo("", chat.BeforeGroup), answer{ErrorCode: 10100, ErrorInfo: strings.Repeat("é", 600)})
	if _, text := chat.Outward(err); text != strings.Repeat("é", 512) {
		t.Errorf("%d bytes of ErrorInfo", len(text))
	}
}

func TestRequest(t *testing.T) {
	type request struct {
		method, uri, kind, id, body string
	}
	got := make(chan request, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- request{r.Method, r.URL.String(), r.Header.Get("Content-Type"), r.Header.Get(EventIDHeader), string(b)}
		io.WriteString(w, `{"ErrorCode":0}`)
	}))
	defer srv.Close()
	g := NewGate(GateOptions{Now: func() time.Time { return time.UnixMilli(1700000100123) }})
	defer g.Close()
	if _, err := ask(g, questionTo(srv.URL+"/im/hook", chat.BeforeGroup)); err != nil {
		t.Fatal(err)
	}
	want := request{
		method: "POST", kind: "application/json; charset=utf-8",
		uri: "/im/hook?SdkAppid=1400000001&CallbackCommand=Group.CallbackBeforeSendMsg&contenttype=json&ClientIP=203.0.113.5&OptPlatform=iOS&Sign=" +
			sign("t", "1700000100") + "&RequestTime=1700000100",
		body: `{"CallbackCommand":"Group.CallbackBeforeSendMsg","GroupId":"room-7","Type":"Private","From_Account":"u2","Operator_Account":"u2","Random":771203,"OnlineOnlyFlag":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}],"CloudCustomData":"k=v","EventTime":1700000100123}`,
	}
	if r := <-got; r != want {
		t.Errorf("request\n%+v\nwant\n%+v", r, want)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	var opened atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"ErrorCode":0}`)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	g := NewGate(GateOptions{})
	defer g.Close()
	for range 20 {
		if _, err := ask(g, questionTo(srv.URL, chat.BeforeGroup)); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 20 questions in a row, want 1", n)
	}
}

func TestUnreachable(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	for url, why := range map[string]outcome{srv.URL: unreachable, "http://bad host/": unsendable} {
		m := NewMetrics(nil)
		g := NewGate(GateOptions{Metrics: m})
		q := questionTo(url, chat.BeforeC2C)
		q.App.Webhook.FailStop = true
		_, err := ask(g, q)
		if chat.CodeOf(err) != chat.CodeWebhookFailed {
			t.Errorf("%s: %v", url, err)
		}
		if strings.Contains(err.Error(), "Sign=") || strings.Contains(err.Error(), "SdkAppid") {
			t.Errorf("the address shows in the log: %v", err)
		}
		if n := value(t, m.attempts.WithLabelValues(string(chat.BeforeC2C), string(why))); n != 1 {
			t.Errorf("%s is not counted as %s", url, why)
		}
		g.Close()
	}
}

// silent is a server that never answers.
type silent struct{ asked atomic.Int32 }

func (s *silent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestBeforeTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(GateOptions{Client: NewClient(ClientOptions{Transport: &silent{}})})
		began := time.Now()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		g.Before(ctx, questionTo("http://x", chat.BeforeC2C), func(_ chat.Verdict, err error) { done <- err })
		if time.Since(began) != 0 {
			t.Error("Before has waited")
		}
		cancel() // the sender is gone; the message must still be decided
		if err := <-done; err != nil {
			t.Errorf("fail-open: %v", err)
		}
		if took := time.Since(began); took != Timeout {
			t.Errorf("took %v, want %v", took, Timeout)
		}
		g.Close()
	})
}

// A flood for a server that does not answer: bounded goroutines, everybody
// answered within two seconds, and another app unharmed.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &silent{}
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "quick" {
				return response(200, `{"ErrorCode":0}`), nil
			}
			return s.RoundTrip(r)
		})
		m := NewMetrics(nil)
		g := NewGate(GateOptions{Client: NewClient(ClientOptions{Transport: transport}), Metrics: m})
		q := questionTo("http://slow", chat.BeforeC2C)
		q.App.Webhook.FailStop = true
		var refused atomic.Int32
		var all sync.WaitGroup
		began := time.Now()
		const flood = perAppQuestions + perAppWaiting + 100
		for range flood {
			all.Add(1)
			g.Before(context.Background(), q, func(_ chat.Verdict, err error) {
				if chat.CodeOf(err) == chat.CodeWebhookFailed {
					refused.Add(1)
				}
				all.Done()
			})
		}
		if n := refused.Load(); n != 100 {
			t.Errorf("%d questions refused at once, want 100", n)
		}
		other := questionTo("http://quick", chat.BeforeC2C)
		other.App.ID = 7
		if _, err := ask(g, other); err != nil || time.Since(began) != 0 {
			t.Errorf("another app: %v after %v", err, time.Since(began))
		}
		synctest.Wait()
		if n := s.asked.Load(); n != perAppQuestions {
			t.Errorf("%d calls at once, want %d", n, perAppQuestions)
		}
		all.Wait()
		if took := time.Since(began); took != Timeout {
			t.Errorf("the last answer came after %v, want %v", took, Timeout)
		}
		if n := refused.Load(); n != flood {
			t.Errorf("%d of %d refused", n, flood)
		}
		g.Close()
		if n := len(g.desks); n != 0 {
			t.Errorf("%d desks left", n)
		}
		if _, err := ask(g, q); chat.CodeOf(err) != chat.CodeWebhookFailed {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, answerWith atomic.Int32
		refused := errors.New("connection refused")
		g := NewGate(GateOptions{Client: NewClient(ClientOptions{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			calls.Add(1)
			if s := answerWith.Load(); s != 0 {
				return response(int(s), `{"ErrorCode":0}`), nil
			}
			return nil, refused
		})})})
		q := questionTo("http://gone", chat.BeforeC2C)
		want := func(what string, questions, wantCalls int) {
			t.Helper()
			before := calls.Load()
			for range questions {
				if _, err := ask(g, q); err != nil {
					t.Fatalf("%s: %v", what, err)
				}
			}
			if n := calls.Load() - before; int(n) != wantCalls {
				t.Errorf("%s: %d calls for %d questions, want %d", what, n, questions, wantCalls)
			}
		}
		want("until it opens", breakerFailures+20, breakerFailures)
		q.App.Webhook.URL = "http://other"
		want("another URL", 1, 1)
		q.App.Webhook.URL = "http://gone"
		want("open", 1, 0)
		time.Sleep(breakerPause + time.Millisecond)
		want("one probe, in vain", 3, 1)
		time.Sleep(breakerPause + time.Millisecond)
		answerWith.Store(200)
		want("the probe succeeds", 20, 20)
		answerWith.Store(500)
		want("answers that displease open nothing", 50, 50)
		g.Close()
	})
}

// Each cause has a line at once, and then one a minute that says how many more
// there were.
func TestFailingBeforeWebhooksAreInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var book logbook
		var says atomic.Pointer[reply]
		g := NewGate(GateOptions{Log: book.logger(), Client: NewClient(ClientOptions{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			if r := says.Load(); r != nil {
				return response(r.status, r.body), nil
			}
			return nil, errors.New("connection refused")
		})})})
		q := questionTo("http://secret.example/hook?password=p", chat.BeforeC2C)
		fails := func(kind chat.EventKind, times int, r *reply) {
			t.Helper()
			says.Store(r)
			q.Kind, q.Group = kind, sampleGroup
			for range times {
				if _, err := ask(g, q); chat.CodeOf(err) == chat.CodeWebhookFailed {
					t.Fatal(err)
				}
			}
		}
		want := func(when string, want ...string) {
			t.Helper()
			if got := book.said("before-webhook failed", "level", "app", "command", "why", "code", "more"); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
			book.wantNo(t, "password")
			book.lines = nil
		}
		fails(chat.BeforeC2C, 5, &reply{500, ""})
		want("a status", "INFO 1400000001 C2C.CallbackBeforeSendMsg status 500 0")
		fails(chat.BeforeC2C, 2, &reply{404, ""})
		want("another status", "INFO 1400000001 C2C.CallbackBeforeSendMsg status 404 0")
		fails(chat.BeforeGroup, 3, &reply{500, ""})
		want("another command", "INFO 1400000001 Group.CallbackBeforeSendMsg status 500 0")
		fails(chat.BeforeC2C, 2, &reply{200, `{"ErrorCode":"no"}`})
		want("an answer that is none", "INFO 1400000001 C2C.CallbackBeforeSendMsg malformed 200 0")
		fails(chat.BeforeC2C, 2, nil)
		want("nobody", "INFO 1400000001 C2C.CallbackBeforeSendMsg unreachable 0 0")
		fails(chat.BeforeC2C, 2, &reply{200, `{"ErrorCode":1}`}) // a refusal is none
		q.App.ID = 7
		fails(chat.BeforeC2C, 2, &reply{500, ""})
		want("another app", "INFO 7 C2C.CallbackBeforeSendMsg status 500 0")
		q.App.ID = 1400000001
		time.Sleep(time.Minute)
		fails(chat.BeforeC2C, 3, &reply{500, ""})
		want("a minute later", "INFO 1400000001 C2C.CallbackBeforeSendMsg status 500 4")
		g.Close()
	})
}

func TestMetricsRegister(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	m := NewMetrics(r)
	m.attempt("made.up", answered)
	m.attempt(chat.BeforeC2C, answered)
	m.before(chat.BeforeC2C, time.Second)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "teahouse_webhook_") && !strings.HasPrefix(f.GetName(), "teahouse_outbox_") {
			t.Errorf("metric %s", f.GetName())
		}
	}
	if n := value(t, m.attempts.WithLabelValues("other", "ok")); n != 1 {
		t.Error("an unknown command has a label of its own")
	}
}

func BenchmarkGate(b *testing.B) {
	g := NewGate(GateOptions{Client: NewClient(ClientOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		io.Copy(io.Discard, r.Body)
		return response(200, `{"ErrorCode":0}`), nil
	})})})
	defer g.Close()
	q := questionTo("http://x", chat.BeforeGroup)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ask(g, q); err != nil {
			b.Fatal(err)
		}
	}
}

// Of a question about a group the app may name who is left out; it cannot drop
// anything.
func TestVerdictsAboutGroups(t *testing.T) {
	for _, kind := range []chat.EventKind{chat.BeforeCreate, chat.BeforeApply, chat.BeforeInvite, chat.BeforeTopic} {
		for _, c := range []struct {
			answer string
			want   string
		}{
			{`{"ErrorCode":0}`, "[] 0"},
			{`{"ErrorCode":0,"RefusedMembers_Account":["bob"],"MsgBody":"ignored"}`, "[bob] 0"},
			{`{"ErrorCode":1,"RefusedMembers_Account":["bob"]}`, "[] 10016"},
			{`{"ErrorCode":2}`, "[] 10016"},
			{`{"ErrorCode":10100,"ErrorInfo":"no"}`, "[] 10100"},
			{`{"ErrorCode":120001}`, "[] 10016"},
		} {
			a, err := readAnswer([]byte(c.answer))
			if err != nil {
				t.Fatal(err)
			}
			v, err := verdict(chat.Question{Kind: kind, Group: sampleGroup}, a)
			if got := fmt.Sprint(v.Refused, " ", int(chat.CodeOf(err))); got != c.want {
				t.Errorf("%s, %s: %s, want %s", kind, c.answer, got, c.want)
			}
		}
	}
}

// Of a question about friends each item has an answer of its own, and that of the whole does
// not count.
func TestVerdictsAboutFriends(t *testing.T) {
	for _, kind := range []chat.EventKind{chat.BeforeFriend, chat.BeforeAnswer} {
		for _, c := range []struct{ answer, want string }{
			{`{"ErrorCode":0}`, "[]"},
			{`{"ErrorCode":38001}`, "[]"},
			{`{"ErrorCode":1,"ResultItem":[{"To_Account":"u5","ResultCode":0},{"To_Account":"u6","ResultCode":38001,"ResultInfo":"not allowed"}]}`, "[{u6 38001 not allowed}]"},
			{`{"ErrorCode":0,"ResultItem":[{"To_Account":"u5","ResultCode":"39000"},{"To_Account":"u6","ResultCode":39001}]}`, "[{u5 39000 } {u6 38000 }]"},
		} {
			a, err := readAnswer([]byte(c.answer))
			if err != nil {
				t.Fatal(err)
			}
			v, err := verdict(chat.Question{Kind: kind, Relation: &chat.RelationChange{}}, a)
			if got := fmt.Sprint(v.Items); got != c.want || err != nil {
				t.Errorf("%s, %s: %s, %v, want %s", kind, c.answer, got, err, c.want)
			}
		}
	}
}

func TestEveryQuestionHasItsDecisions(t *testing.T) {
	for _, kind := range chat.EventKinds {
		if _, ok := decisions[kind]; ok != kind.Asks() {
			t.Errorf("%s: asks %v, has decisions %v", kind, kind.Asks(), ok)
		}
	}
}
