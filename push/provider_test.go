package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

var renew = flag.Bool("renew", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request is one that a stand-in for a provider has got.
type request struct {
	proto  int
	from   string
	path   string
	query  string
	header http.Header
	body   []byte
}

// provider stands in for a push service: HTTP/2 over TLS, with a certificate of its own.
type provider struct {
	*testing.T
	server *httptest.Server

	mu     sync.Mutex
	got    []request
	answer http.HandlerFunc // the next answers
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{T: t}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.EnableHTTP2 = true
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	p.server.StartTLS()
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.got = append(p.got, request{r.ProtoMajor, r.RemoteAddr, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), body})
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
	}
}

func (p *provider) answers(with http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = with
}

// say makes an answer of a status and a body; more are header lines, name and value.
func say(status int, body string, more ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(more); i += 2 {
			w.Header().Set(more[i], more[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// each gives one answer after the other, the last one for ever.
func each(list ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := list[0]
		if len(list) > 1 {
			list = list[1:]
		}
		mu.Unlock()
		now(w, r)
	}
}

// requests are those that came to a path, "" for all.
func (p *provider) requests(path string) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []request
	for _, r := range p.got {
		if path == "" || strings.HasPrefix(r.path, path) {
			list = append(list, r)
		}
	}
	return list
}

// last is the newest request.
func (p *provider) last() request {
	p.Helper()
	all := p.requests("")
	if len(all) == 0 {
		p.Fatal("no request came")
	}
	return all[len(all)-1]
}

// gateway is where the provider is.
func (p *provider) gateway() chat.PushGateway {
	return chat.PushGateway{URL: p.server.URL, CA: p.ca()}
}

func (p *provider) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw}))
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_750_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Keys that are made once, for all tests.
var (
	ecKey, otherEC = newEC(elliptic.P256()), newEC(elliptic.P384())
	rsaKey         = func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return k
	}()
)

func newEC(c elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func pemOf(key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

const accessToken = "ya29.access"

// granting answers requests for access tokens, and leaves the others to send.
func granting(send http.HandlerFunc) http.HandlerFunc {
	grant := say(200, `{"access_token":"`+accessToken+`","expires_in":3600,"token_type":"Bearer"}`)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			grant(w, r)
			return
		}
		send(w, r)
	}
}

func accountOf(p *provider) string {
	text, err := json.Marshal(account{
		Type: "service_account", Project: "chat-1", KeyID: "kid-1", Key: pemOf(rsaKey),
		Email: "push@chat-1.iam.example.com", TokenURL: p.server.URL + "/token",
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// setUp is an app's settings of every channel, all at one provider.
func setUp(p *provider) chat.Push {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		p.Fatal(err)
	}
	return chat.Push{
		APNs: chat.PushAPNs{
			Key: pemOf(ecKey), KeyID: "ABC123DEFG", Team: "DEF123GHIJ", Topic: "com.example.chat",
			Topics: []string{"com.example.chat.beta"}, PushGateway: p.gateway(),
		},
		FCM: chat.PushFCM{Account: accountOf(p), PushGateway: p.gateway()},
		HMS: chat.PushHMS{AppID: "100000001", Secret: "hush", TokenURL: p.server.URL + "/token", PushGateway: p.gateway()},
		WebPush: chat.PushWebPush{
			Contact: "mailto:ops@example.com", PublicKey: public, PrivateKey: private, Private: true, CA: p.ca(),
		},
		Webhook: chat.PushWebhook{URL: p.server.URL + "/hook?to=us", Token: "sesame", CA: p.ca()},
	}
}

const appID = 1400000001

// set is the channels of one app.
type set struct {
	*provider
	*clock
	apps *chat.Apps
	push chat.Push
	all  *Providers
	page *page
}

func newSet(t *testing.T) *set {
	t.Helper()
	p := newProvider(t)
	s := &set{provider: p, clock: newClock(), apps: new(chat.Apps), push: setUp(p), page: newPage(p.server.URL + "/endpoint")}
	s.apps.Set(chat.App{ID: appID, Push: s.push})
	s.all = New(s.apps, s.now)
	t.Cleanup(s.all.Close)
	return s
}

// again publishes the settings after a change.
func (s *set) again() { s.apps.Set(chat.App{ID: appID, Push: s.push}) }

func (s *set) channel(c room.ChannelName) room.Channel {
	s.Helper()
	ch := s.all.Channel(appID, c)
	if ch == nil {
		s.Fatalf("no channel %s", c)
	}
	return ch
}

// device is one of each channel.
func (s *set) device(c room.ChannelName) *room.Device {
	d := &room.Device{User: "ann", Client: "ann-phone", Platform: chat.PlatformIOS, Channel: c, Token: "token-of-ann", Lang: "en"}
	if c == room.WebPush {
		d.Token, d.Endpoint, d.P256dh, d.Auth = "", s.page.endpoint, s.page.p256dh(), s.page.auth64()
	}
	return d
}

// notice is a plain one.
func (s *set) notice() *room.Notice {
	return &room.Notice{
		PushID: "msg-1", Collapse: "0123456789abcdefghijABCDEFGHIJ-_", Title: "bob", Text: "hello",
		Expires: s.now().Unix() + 3600,
	}
}

// ok is what a provider says to a push that it takes.
func ok(c room.ChannelName) http.HandlerFunc {
	switch c {
	case room.FCM:
		return granting(say(200, `{"name":"projects/chat-1/messages/1"}`))
	case room.HMS:
		return granting(say(200, `{"code":"80000000","msg":"Success","requestId":"1"}`))
	case room.WebPush:
		return say(201, "")
	case room.Webhook:
		return say(200, `{"ErrorCode":0}`)
	}
	return say(200, "")
}

// send sends the plain notice.
func (s *set) send(c room.ChannelName) room.Result {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	return s.channel(c).Send(ctx, s.device(c), s.notice())
}

// answered is what the channel makes of an answer; the token of a provider is given out.
func (s *set) answered(c room.ChannelName, with http.HandlerFunc) room.Result {
	s.Helper()
	s.answers(granting(with))
	return s.send(c)
}
