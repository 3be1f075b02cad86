//go:build e2e

package contract

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// backend is an app's own server: it calls the HTTP door as the app's
// administrator.
type backend struct {
	home *server
	app  app
	id   string // the administrator
	sig  string
}

func (s *server) backend(of ...app) backend {
	p := s.known(s.Identifier, of...)
	return backend{home: s, app: p.app, id: p.id, sig: p.sig}
}

// hasty gives up on an answer that does not come.
var hasty = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

// path is "service/command".
func (b backend) url(path string) string {
	return fmt.Sprintf("%s/v4/%s?%s", b.home.Admin, path, url.Values{
		"sdkappid": {fmt.Sprint(b.app.ID)}, "identifier": {b.id}, "usersig": {b.sig},
		"random": {fmt.Sprint(rand.Uint32())}, "contenttype": {"json"},
	}.Encode())
}

// call posts a command and returns the answer, which must be a 200 with the
// envelope (spec/02 §2).
func (b backend) call(t testing.TB, path string, body any) object {
	t.Helper()
	return post(t, b.url(path), encoded(t, body))
}

func post(t testing.TB, address string, body []byte) object {
	t.Helper()
	res, err := hasty.Post(address, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: status %d, want 200: %s", address, res.StatusCode, text)
	}
	answer := parse(t, text)
	if !answer.has("ErrorCode") || !answer.has("ErrorInfo") || !answer.has("ActionStatus") {
		t.Fatalf("POST %s: no envelope: %s", address, text)
	}
	return answer
}

// must is call for what must be granted.
func (b backend) must(t testing.TB, path string, body any) object {
	t.Helper()
	answer := b.call(t, path, body)
	if answer.num("ErrorCode") != 0 || answer.str("ActionStatus") != "OK" {
		t.Fatalf("%s %s: %s", path, jsonText(body), answer)
	}
	return answer
}

// deny is call for what must be refused with one of the codes.
func (b backend) deny(t testing.TB, path string, body any, codes ...int) {
	t.Helper()
	answer := b.call(t, path, body)
	wantCode(t, answer, codes...)
	if got := answer.str("ActionStatus"); got != "FAIL" {
		t.Fatalf("%s: ActionStatus %q, want FAIL: %s", path, got, answer)
	}
}

func TestHTTPSendsAndReads(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := s.backend()
	ann, ben := s.user("ann"), s.user("ben")
	b.must(t, "im_open_login_svc/multiaccount_import", object{"Accounts": []string{ann.id, ben.id}})
	phone := opening(t, kinds...)(ben, options{})

	sent := b.must(t, "openim/sendmsg", object{
		"From_Account": ann.id, "To_Account": ben.id, "MsgRandom": 7,
		"MsgBody": textBody("from a backend"), "CloudCustomData": "k=v",
	})
	if parts := strings.Split(sent.str("MsgKey"), "_"); len(parts) != 3 || parts[1] != "7" {
		t.Errorf("MsgKey %q, want <MsgSeq>_7_<MsgTime>", sent.str("MsgKey"))
	}
	got := phone.in().body(t, "im/in/c2c/"+escape(ann.id), saying("from a backend"))
	if got.str("From_Account") != ann.id || got.str("CloudCustomData") != "k=v" || got.num("MsgSeq") != 1 {
		t.Errorf("the device gets %s", got)
	}

	unread := b.must(t, "openim/get_c2c_unread_msg_num", object{"To_Account": ben.id})
	if n := unread.num("AllC2CUnreadMsgNum"); n != 1 {
		t.Errorf("unread %d, want 1", n)
	}
	b.must(t, "openim/admin_set_msg_read", object{"Report_Account": ben.id, "Peer_Account": ann.id})
	if n := b.must(t, "openim/get_c2c_unread_msg_num", object{"To_Account": ben.id}).num("AllC2CUnreadMsgNum"); n != 0 {
		t.Errorf("unread after reading %d, want 0", n)
	}

	page := b.must(t, "openim/admin_getroammsg", object{
		"Operator_Account": ann.id, "Peer_Account": ben.id, "MaxCnt": 10,
		"MinTime": 0, "MaxTime": time.Now().Unix() + 60,
	})
	if page.num("Complete") != 1 || page.num("MsgCnt") != 1 || page.list("MsgList")[0].str("MsgKey") != sent.str("MsgKey") {
		t.Errorf("history: %s", page)
	}

	b.must(t, "openim/admin_msgwithdraw", object{"From_Account": ann.id, "To_Account": ben.id, "MsgKey": sent.str("MsgKey")})
	phone.in().body(t, "im/event/recall", func(o object) bool { return o.num("MsgSeq") == 1 })
	b.deny(t, "openim/admin_msgwithdraw", object{"From_Account": ann.id, "To_Account": ben.id, "MsgKey": sent.str("MsgKey")}, 20023)
}

func TestHTTPKickAndOnlineState(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := s.backend()
	ann := s.user("ann")
	ann.sig = program.UserSig(ann.app, ann.id, time.Now().Add(-time.Hour), 24*time.Hour)
	phone := openRaw(t, ann, rawOptions{version: 5})
	phone.subscribe(t, "im/#")
	state := func() string {
		return b.must(t, "openim/query_online_status", object{"To_Account": []string{ann.id}}).list("QueryResult")[0].str("Status")
	}
	if got := state(); got != "Online" {
		t.Errorf("status %q, want Online", got)
	}
	b.must(t, "im_open_login_svc/kick", object{"UserID": ann.id})
	if why := phone.in().body(t, "im/event/kick", nil).str("Reason"); why != "admin" && why != "ticket-revoked" {
		t.Errorf("kick reason %q", why)
	}
	phone.in().ended(t)
	if _, code, err := dialRaw(ann, rawOptions{version: 5}); err != nil || code != 0x86 {
		t.Errorf("CONNECT with the old ticket: 0x%02x %v, want 0x86", code, err)
	}
	ann.sig = program.UserSig(ann.app, ann.id, time.Now().Add(2*time.Second), time.Hour)
	openRaw(t, ann, rawOptions{version: 5})
}

func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := s.backend()
	ann := s.user("ann")
	b.must(t, "im_open_login_svc/account_import", object{"UserID": ann.id})
	stranger := b
	stranger.id, stranger.sig = ann.id, ann.sig
	stale := b
	stale.sig = program.UserSig(b.app, b.id, time.Now().Add(-2*time.Hour), time.Hour)
	foreign := b
	foreign.sig = program.UserSig(s.Apps[1], b.id, time.Now(), time.Hour)
	query := func(change func(url.Values)) string {
		u, err := url.Parse(b.url("openim/sendmsg"))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for _, c := range []struct {
		what, address, body string
		codes               []int
	}{
		{"no SDKAppID", query(func(q url.Values) { q.Del("sdkappid") }), `{}`, []int{60012}},
		{"an unknown SDKAppID", query(func(q url.Values) { q.Set("sdkappid", "1") }), `{}`, []int{60006}},
		{"an SDKAppID that is no number", query(func(q url.Values) { q.Set("sdkappid", "x") }), `{}`, []int{60006}},
		{"no ticket", query(func(q url.Values) { q.Del("usersig") }), `{}`, []int{70002}},
		{"a ticket that is none", query(func(q url.Values) { q.Set("usersig", "nonsense") }), `{}`, []int{70003, 70005}},
		{"an old ticket", stale.url("openim/sendmsg"), `{}`, []int{70001}},
		{"another app's ticket", foreign.url("openim/sendmsg"), `{}`, []int{70014, 70009}},
		{"a user who is no administrator", stranger.url("openim/sendmsg"), `{}`, []int{60010, 90009}},
		{"an unknown command", b.url("openim/sendmessage"), `{}`, []int{60009}},
		{"an unknown group command", b.url("group_open_http_svc/make_group"), `{}`, []int{60009, 10003}},
		{"an unknown service", b.url("closedim/sendmsg"), `{}`, []int{60009}},
		{"a body that is not JSON", b.url("openim/sendmsg"), `{"To_Account"`, []int{60003, 90001}},
		{"an empty body", b.url("openim/sendmsg"), ``, []int{60003, 90001}},
		{"invalid UTF-8", b.url("openim/sendmsg"), "{\"To_Account\":\"\xff\"}", []int{60003, 90001}},
		{
			"deep nesting", b.url("openim/sendmsg"), `{"MsgBody":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
			[]int{60003, 90001, 90002, 90003},
		},
		{"no receiver", b.url("openim/sendmsg"), `{"MsgRandom":1,"MsgBody":` + jsonText(textBody("x")) + `}`, []int{90003}},
		{
			"12 KB and a byte", b.url("openim/sendmsg"), `{"To_Account":"` + ann.id + `","MsgRandom":1,"MsgBody":[` + textOf(12289-textNames) + `]}`,
			[]int{93000, 80002},
		},
		{
			"MsgRandom as text", b.url("openim/sendmsg"), `{"To_Account":"` + ann.id + `","MsgRandom":"1","MsgBody":` + jsonText(textBody("x")) + `}`,
			[]int{90005},
		},
		{"a receiver that is a number", b.url("openim/sendmsg"), `{"To_Account":7,"MsgRandom":1,"MsgBody":` + jsonText(textBody("x")) + `}`, []int{90003, 60015}},
		{
			"an unknown receiver", b.url("openim/sendmsg"), `{"To_Account":"nobody-at-all","MsgRandom":1,"MsgBody":` + jsonText(textBody("x")) + `}`,
			[]int{90012},
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			wantCode(t, post(t, c.address, []byte(c.body)), c.codes...)
		})
	}
}
