package push

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

// notices are what the golden files are made of.
func notices(now time.Time) map[string]*room.Notice {
	seven, zero := uint64(7), uint64(0)
	operation := int64(0)
	return map[string]*room.Notice{
		"plain": {PushID: "msg-1", Collapse: "0123456789abcdefghijABCDEFGHIJ-_", Title: "bob", Text: "hello", Expires: now.Unix() + 3600},
		"full": {
			PushID: "msg-2", Collapse: "c2c", Title: "bob", SubTitle: "from <afar>", Text: "a & b \u00fc 你好", Ext: `{"k":"v & w"}`,
			Sound: "ring.caf", Image: "https://example.com/i.png?a=1&b=2", Badge: &seven, MutableContent: true, Expires: now.Unix() + 86400,
			Android: chat.AndroidPush{
				Sound: "ring", HuaWeiChannelID: "hw", XiaoMiChannelID: "xm", OPPOChannelID: "op", GoogleChannelID: "go",
				VIVOClassification: &operation, VIVOCategory: "IM", HuaWeiCategory: "IM", OPPOCategory: "IM",
				HuaWeiImportance: "LOW", HonorImportance: "LOW", MeiZuNoticeMsgType: 1, OPPOPrivateMsgTemplateID: "t", ExtAsHuaweiIntentParam: 1,
			},
			Conv: chat.GroupOf(appID, "room-7"), From: "bob", Seq: 17, Time: now.Unix(),
		},
		"task":    {PushID: "all-1", TaskID: "task-1", Collapse: "task", Title: "News", Text: "read all about it", Badge: &zero, Expires: now.Unix() - 1},
		"long":    {PushID: "msg-3", Collapse: "x", Title: "bob", Text: strings.Repeat("好", 3000), Ext: `{"k":1}`, Expires: now.Unix() + 60},
		"longext": {PushID: "msg-4", Collapse: "x", Title: "bob", Text: "hello", Ext: `{"k":"` + strings.Repeat("e", 4096) + `"}`, Expires: now.Unix() + 60},
	}
}

// varies hides what is another each time: signatures and encryption.
var varies = regexp.MustCompile(`(?m)(bearer |Bearer |vapid t=)\S+.*$`)

// told prints a request as its golden file has it.
func (s *set) told(r request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s", r.path)
	if r.query != "" {
		b.WriteString("?" + r.query)
	}
	b.WriteString("\n")
	var names []string
	for name := range r.header {
		if name != "Accept-Encoding" && name != "Content-Length" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\n", strings.ToLower(name), varies.ReplaceAllString(r.header.Get(name), "$1…"))
	}
	body := r.body
	if r.header.Get("Content-Encoding") == "aes128gcm" {
		open, err := s.page.open(body)
		if err != nil {
			s.Fatal(err)
		}
		body = open
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		s.Fatalf("%v: %q", err, body)
	}
	return b.String() + "\n" + pretty.String() + "\n"
}

func TestPayloads(t *testing.T) {
	for name := range notices(time.Time{}) {
		for _, c := range room.ChannelNames {
			t.Run(name+" "+string(c), func(t *testing.T) {
				s := newSet(t)
				s.push.HMS.Intent = "intent://chat/push?ext={ext}#Intent;scheme=chat;end"
				s.again()
				s.answers(ok(c))
				if got := s.channel(c).Send(t.Context(), s.device(c), notices(s.now())[name]); got.Outcome != room.Sent {
					t.Fatal(got)
				}
				s.golden(name+"."+string(c)+".txt", s.told(s.last()))
			})
		}
	}
}

func (s *set) golden(file, got string) {
	s.Helper()
	path := filepath.Join("testdata", file)
	if *renew {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	if got != string(want) {
		s.Errorf("%s has changed; if that is meant, run: go test ./push -run TestPayloads -renew\ngot\n%s", path, got)
	}
}

func TestTokenOfAPNs(t *testing.T) {
	s := newSet(t)
	s.answers(ok(room.APNs))
	s.send(room.APNs)
	sent := func() (*jwt.Token, string) {
		text, found := strings.CutPrefix(s.last().header.Get("Authorization"), "bearer ")
		tok, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return &ecKey.PublicKey, nil },
			jwt.WithValidMethods([]string{"ES256"}), jwt.WithTimeFunc(s.now))
		if !found || err != nil {
			t.Fatal(found, err)
		}
		return tok, text
	}
	tok, first := sent()
	if at, _ := tok.Claims.GetIssuedAt(); tok.Header["kid"] != "ABC123DEFG" || !at.Equal(s.now()) {
		t.Errorf("header %v, claims %v", tok.Header, tok.Claims)
	}
	if by, _ := tok.Claims.GetIssuer(); by != "DEF123GHIJ" {
		t.Errorf("issuer %q", by)
	}
	s.pass(49 * time.Minute)
	s.send(room.APNs)
	if _, again := sent(); again != first {
		t.Error("a new token after 49 minutes")
	}
	s.pass(time.Minute)
	s.send(room.APNs)
	if _, again := sent(); again == first {
		t.Error("the same token after 50 minutes")
	}

	// Another app with the same key has the same token.
	_, mine := sent()
	other := s.push
	other.APNs.Topic = "com.example.other"
	s.apps.Set(chat.App{ID: appID + 1, Push: other})
	s.all.Channel(appID+1, room.APNs).Send(t.Context(), s.device(room.APNs), s.notice())
	if _, theirs := sent(); theirs != mine {
		t.Error("two tokens of one key")
	}
}

// Expired tokens are renewed once, and the push goes again under the same id.
func TestAnExpiredTokenIsRenewed(t *testing.T) {
	expired := map[room.ChannelName]http.HandlerFunc{
		room.APNs: say(403, `{"reason":"ExpiredProviderToken"}`),
		room.FCM:  say(401, fcmSays("", "UNAUTHENTICATED", "old")),
		room.HMS:  say(200, `{"code":"80200003","msg":"old"}`),
	}
	for c, says := range expired {
		s := newSet(t)
		s.answers(ok(c))
		s.send(c)
		s.pass(time.Second)
		s.answers(each(says, ok(c)))
		if c != room.APNs {
			fine := ok(c)
			n := 0
			s.answers(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/token" {
					if n++; n == 1 {
						says(w, r)
						return
					}
				}
				fine(w, r)
			})
		}
		before := len(s.requests(""))
		if got := s.send(c); got.Outcome != room.Sent {
			t.Errorf("%s: %+v", c, got)
		}
		all := s.requests("")[before:]
		tokens := len(s.requests("/token"))
		if c == room.APNs && (len(all) != 2 || all[0].header.Get("Apns-Id") != all[1].header.Get("Apns-Id") ||
			all[0].header.Get("Authorization") == all[1].header.Get("Authorization")) {
			t.Errorf("%s: %d requests", c, len(all))
		}
		if c != room.APNs && (len(all) != 3 || tokens != 2) {
			t.Errorf("%s: %d requests, %d tokens", c, len(all), tokens)
		}
	}
}

// An access token that cannot be had is the credentials' fault when the server says so.
func TestNoAccessToken(t *testing.T) {
	for _, c := range []room.ChannelName{room.FCM, room.HMS} {
		for _, row := range []struct {
			says http.HandlerFunc
			want room.Outcome
			info string
		}{
			{say(400, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`), room.Credentials, "no access token: invalid_grant: Invalid JWT Signature."},
			{say(401, `{"error":"invalid_client"}`), room.Credentials, "no access token: invalid_client"},
			{say(400, `{"error":1101,"sub_error":20001,"error_description":"invalid client"}`), room.Credentials, "no access token: 1101: invalid client"},
			{say(200, `{}`), room.Retry, "no access token: status 200, and not in the provider's form"},
			{say(200, `{"access_token":"a\nb"}`), room.Retry, "no access token: status 200, and not in the provider's form"},
			{say(503, `{"error":"away"}`), room.Retry, "no access token: status 503, and not in the provider's form"},
			{say(403, page500), room.Retry, "no access token: status 403, and not in the provider's form"},
		} {
			s := newSet(t)
			s.answers(row.says)
			if got := s.send(c); got.Outcome != row.want || got.Info != row.info {
				t.Errorf("%s: got %+v, want %v %q", c, got, row.want, row.info)
			}
			if n := len(s.requests("")); n != 1 {
				t.Errorf("%d requests", n)
			}
		}
	}
}

func TestGrants(t *testing.T) {
	s := newSet(t)
	s.answers(ok(room.FCM))
	s.send(room.FCM)
	form, err := url.ParseQuery(string(s.requests("/token")[0].body))
	if err != nil || form.Get("grant_type") != fcmGrant {
		t.Fatal(form, err)
	}
	tok, err := jwt.Parse(form.Get("assertion"), func(*jwt.Token) (any, error) { return &rsaKey.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(s.now), jwt.WithAudience(s.server.URL+"/token"),
		jwt.WithIssuer("push@chat-1.iam.example.com"), jwt.WithExpirationRequired())
	if err != nil || tok.Header["kid"] != "kid-1" || tok.Claims.(jwt.MapClaims)["scope"] != fcmScope {
		t.Error(tok, err)
	}
	if a := s.last().header.Get("Authorization"); a != "Bearer "+accessToken {
		t.Error(a)
	}

	s.answers(ok(room.HMS))
	s.send(room.HMS)
	form, err = url.ParseQuery(string(s.requests("/token")[1].body))
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {"100000001"}, "client_secret": {"hush"}}
	if err != nil || form.Encode() != want.Encode() {
		t.Error(form, err)
	}
}

func TestVAPID(t *testing.T) {
	s := newSet(t)
	s.answers(ok(room.WebPush))
	if got := s.send(room.WebPush); got.Outcome != room.Sent {
		t.Fatal(got)
	}
	text, key, _ := strings.Cut(strings.TrimPrefix(s.last().header.Get("Authorization"), "vapid t="), ", k=")
	if key != s.push.WebPush.PublicKey {
		t.Errorf("key %q", key)
	}
	tok, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return parsePublic(t, key), nil },
		jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(s.server.URL), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if sub, _ := tok.Claims.GetSubject(); sub != "mailto:ops@example.com" {
		t.Errorf("subject %q", sub)
	}
	another := newPage("")
	another.auth = s.page.auth
	if _, err := another.open(s.last().body); err == nil {
		t.Error("another browser can read it")
	}
}

// What is too long is cut between two runes, and stays JSON.
func FuzzPayload(f *testing.F) {
	f.Add("title", "text", "ext", "image", uint8(1))
	f.Add("", strings.Repeat("\"", 3000), strings.Repeat("\u2028", 900), "i", uint8(200))
	f.Add("\xff", "\x00\xed\xa0\x80", "{}", "", uint8(20))
	now := time.Unix(1_750_000_000, 0)
	h := &hms{client: &client{now: func() time.Time { return now }}}
	f.Fuzz(func(t *testing.T, title, text, ext, image string, times uint8) {
		if text = strings.Repeat(text, int(times)); len(title)+len(text)+len(ext)+len(image) > 20000 {
			t.Skip("messages are shorter")
		}
		n := &room.Notice{PushID: "id", Collapse: "c", Title: title, Text: text, Ext: ext, Image: image, Expires: now.Unix() + 9}
		d := &room.Device{Token: "token"}
		payloads := map[string]struct {
			b    []byte
			most int
		}{
			"apns": {apnsPayload(n), apnsMax}, "webpush": {webPushPayload(n), webPushMax}, "webhook": {encode(noticeOf(n)), 1 << 30},
		}
		if m := fcmMessage(d, n, now); m != nil {
			payloads["fcm"] = struct {
				b    []byte
				most int
			}{encode([]any{m.Android.Notification, m.Data}), fcmMax}
		}
		if m := h.message("token", n); m != nil {
			payloads["hms"] = struct {
				b    []byte
				most int
			}{encode(m), 2 * hmsMax} // what lies in data is text in text
		}
		for name, p := range payloads {
			if p.b == nil {
				if len(image) < 3000/6 {
					t.Errorf("%s: no room", name)
				}
				continue
			}
			if len(p.b) > p.most || !json.Valid(p.b) || !utf8.Valid(p.b) {
				t.Errorf("%s: %d bytes: %.200q", name, len(p.b), p.b)
			}
		}
		if n.Text != text || n.Ext != ext || n.Title != title {
			t.Error("the notice has changed")
		}
	})
}

func TestFit(t *testing.T) {
	for _, row := range []struct {
		text  string
		limit int
		want  string
	}{
		{"hello", 7, `"hello"`},
		{"hello", 6, `"h…"`},
		{"hello", 5, `""`},
		{"é好x", 9, `"é好x"` /* 8 */},
		{"ééééé", 11, `"ééé…"`},
		{"ééééé", 10, `"éé…"`},
		{`""""""`, 10, `"\"\"…"`},
	} {
		text := row.text
		if got := fit(row.limit, func() []byte { return encode(text) }, &text); string(got) != row.want {
			t.Errorf("%q in %d: %s, want %s", row.text, row.limit, got, row.want)
		}
	}
	text := "x"
	if got := fit(1, func() []byte { return encode(text) }, &text); got != nil {
		t.Errorf("no room, and yet %s", got)
	}
}

// FuzzAnswers says what providers might: nothing they say breaks anything.
func FuzzAnswers(f *testing.F) {
	for _, row := range outcomes {
		f.Add(row.status, row.wait, []byte(row.body))
	}
	f.Add(200, "-1", []byte("{"))
	f.Add(429, "Mon, 01 Jan 2035 00:00:00 GMT", []byte(`{"reason":"\u0000\r\n"}`))
	c := &client{now: func() time.Time { return time.Unix(1_750_000_000, 0) }}
	f.Fuzz(func(t *testing.T, status int, wait string, body []byte) {
		a := answer{status: status, wait: c.wait(http.Header{"Retry-After": {wait}}), body: body}
		results := []room.Result{webPushResult(a), hookResult(a), strange(a)}
		for _, proved := range []bool{false, true} {
			x, y, z := new(apns), new(fcm), new(hms)
			x.proved.Store(proved)
			y.proved.Store(proved)
			z.proved.Store(proved)
			for _, result := range []func(answer) (room.Result, bool){x.result, y.result, z.result} {
				r, _ := result(a)
				results = append(results, r)
			}
		}
		for _, r := range results {
			sane(t, r)
			if r.Outcome == room.Sent && (status < 200 || status > 204) {
				t.Errorf("taken, with status %d", status)
			}
		}
	})
}
