package push

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

func parsePublic(t *testing.T, text string) *ecdsa.PublicKey {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// changed is an account file with one member another.
func changed(t *testing.T, p *provider, name string, value any) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(accountOf(p)), &m); err != nil {
		t.Fatal(err)
	}
	if m[name] = value; value == nil {
		delete(m, name)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFaults(t *testing.T) {
	p := newProvider(t)
	cert := p.ca()
	for _, row := range []struct {
		change func(*chat.Push)
		want   string
	}{
		{func(*chat.Push) {}, ""},
		{func(s *chat.Push) { s.APNs.Key = "" }, "apns.key: is missing: the .p8 file that Apple gives out with it"},
		{func(s *chat.Push) { s.APNs.Key = "hush" }, `apns.key: is not PEM: want a file that begins with "-----BEGIN PRIVATE KEY-----"`},
		{func(s *chat.Push) { s.APNs.Key = cert }, `apns.key: is "CERTIFICATE" in PEM, want "PRIVATE KEY"`},
		{func(s *chat.Push) { s.APNs.Key = pemOf(rsaKey) }, "apns.key: is an RSA key, want an EC key of P-256"},
		{func(s *chat.Push) { s.APNs.Key = pemOf(otherEC) }, "apns.key: is an EC key of P-384, want an EC key of P-256"},
		{func(s *chat.Push) {
			s.APNs.Key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hush")}))
		}, "apns.key: is a damaged private key"},
		{func(s *chat.Push) { s.APNs.Team = "" }, "apns.team: is missing: the id of the developer account, 10 characters"},
		{func(s *chat.Push) { s.APNs.KeyID = "abc" }, "apns.key_id: is not 10 digits and capital letters"},
		{func(s *chat.Push) { s.APNs.Topic = "" }, "apns.topic: is missing: the bundle id of the program, such as com.example.chat"},
		{func(s *chat.Push) { s.APNs.Topics = []string{"a b"} }, "apns.topics: is no bundle id"},
		{func(s *chat.Push) { s.APNs.URL = "http://example.com" }, "apns.url: is not an https:// address; http:// is for this machine alone"},
		{func(s *chat.Push) { s.APNs.CA = "x" }, "apns.ca: has no certificate in PEM"},
		{func(s *chat.Push) { s.FCM.Account = "" }, "fcm.account: is missing: the JSON file of the service account's key"},
		{func(s *chat.Push) { s.FCM.Account = "hush" }, "fcm.account: is not the JSON file of a service account's key"},
		{func(s *chat.Push) { s.FCM.Account = changed(t, p, "type", "authorized_user") }, `fcm.account: is not of a service account: its "type" is another`},
		{func(s *chat.Push) { s.FCM.Account = changed(t, p, "project_id", nil) }, `fcm.account: has no "project_id"`},
		{func(s *chat.Push) { s.FCM.Account = changed(t, p, "private_key", pemOf(ecKey)) }, `fcm.account: "private_key" is an EC key of P-256, want an RSA key`},
		{func(s *chat.Push) { s.FCM.Account = changed(t, p, "token_uri", "http://example.com/t") }, `fcm.account: "token_uri" is not an https:// address; http:// is for this machine alone`},
		{func(s *chat.Push) { s.HMS.AppID = "" }, "hms.app_id: is missing: the App ID of AppGallery Connect"},
		{func(s *chat.Push) { s.HMS.AppID = "my app" }, "hms.app_id: is not a number"},
		{func(s *chat.Push) { s.HMS.Secret = "" }, "hms.secret: is missing: the client secret of AppGallery Connect"},
		{func(s *chat.Push) { s.HMS.TokenURL = "nowhere" }, "hms.token_url: is not an https:// address"},
		{func(s *chat.Push) { s.WebPush.Contact = "" }, "webpush.contact: is missing: whom a push service writes to, such as mailto:ops@example.com"},
		{func(s *chat.Push) { s.WebPush.Contact = "ops@example.com" }, "webpush.contact: is not a mailto: or https: address"},
		{func(s *chat.Push) { s.WebPush.PublicKey = "" }, "webpush.private_key: comes together with public_key; with neither the server makes a pair"},
		{func(s *chat.Push) { s.WebPush.PrivateKey = "hush" }, "webpush.private_key: private_key is not 32 bytes in unpadded base64url"},
		{func(s *chat.Push) { s.WebPush.PublicKey = s.WebPush.PrivateKey }, "webpush.private_key: public_key is not that of private_key: 65 bytes in unpadded base64url"},
		{func(s *chat.Push) { s.WebPush.PublicKey, s.WebPush.PrivateKey = "", "" }, ""},
		{func(s *chat.Push) { s.Webhook.URL = "ftp://x" }, "webhook.url: is not an http:// or https:// address"},
		{func(s *chat.Push) { s.Webhook.URL = "" }, "webhook.url: is missing"},
		{func(s *chat.Push) { *s = chat.Push{} }, ""},
	} {
		set := setUp(p)
		row.change(&set)
		var got []string
		for _, f := range Faults(&set) {
			got = append(got, f.Error())
		}
		if strings.Join(got, "\n") != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// Settings that are wrong all the same, because somebody has changed what is stored, say so.
func TestWrongSettingsAreSaid(t *testing.T) {
	s := newSet(t)
	s.push.APNs.Key, s.push.FCM.Account, s.push.HMS.Secret = "hush", "hush", ""
	s.push.WebPush.Contact, s.push.Webhook.URL = "hush", "hush"
	s.again()
	for _, c := range room.ChannelNames {
		got := s.send(c)
		if got.Outcome != room.Credentials || got.Info == "" || strings.Contains(got.Info, "hush") {
			t.Errorf("%s: %+v", c, got)
		}
		if err := s.channel(c).Check(t.Context()); err == nil || err.Error() != got.Info {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestCheck(t *testing.T) {
	s := newSet(t)
	check := func(c room.ChannelName) error { return s.channel(c).Check(t.Context()) }
	for _, c := range room.ChannelNames {
		s.answers(ok(c))
		if err := check(c); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	// Apple and Huawei look at the credentials first: a token of nobody's is a good sign.
	s.answers(say(400, `{"reason":"BadDeviceToken"}`))
	if err := check(room.APNs); err != nil {
		t.Error(err)
	}
	if r := s.last(); r.path != "/3/device/"+apnsNobody {
		t.Error(r.path)
	}
	s.answers(granting(say(200, `{"code":"80300007","msg":"all tokens are invalid"}`)))
	if err := check(room.HMS); err != nil {
		t.Error(err)
	}
	s.answers(granting(say(200, `{"name":"projects/chat-1/messages/fake"}`)))
	if err := check(room.FCM); err != nil || !strings.Contains(string(s.last().body), `"validate_only":true`) {
		t.Error(err, string(s.last().body))
	}
	for c, want := range map[room.ChannelName]string{
		room.APNs:    "InvalidProviderToken (403)",
		room.FCM:     "PERMISSION_DENIED: no (403)",
		room.HMS:     "no right (80300002)",
		room.Webhook: "Forbidden (403)",
	} {
		s.answers(granting(say(403, map[room.ChannelName]string{
			room.APNs: `{"reason":"InvalidProviderToken"}`,
			room.FCM:  fcmSays("", "PERMISSION_DENIED", "no"),
			room.HMS:  `{"code":"80300002","msg":"no right"}`,
		}[c])))
		if err := check(c); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", c, err, want)
		}
	}
	app := &chat.App{ID: appID, Push: s.push}
	s.answers(ok(room.Webhook))
	if err := Check(t.Context(), app, room.Webhook, s.now); err != nil || !strings.Contains(string(s.last().body), `"Check":true`) {
		t.Error(err, string(s.last().body))
	}
}

// A device may name another of the app's programs, and no other.
func TestTopicsOfAPNs(t *testing.T) {
	s := newSet(t)
	s.answers(ok(room.APNs))
	for appKey, want := range map[string]string{"": "com.example.chat", "com.example.chat": "com.example.chat", "com.example.chat.beta": "com.example.chat.beta"} {
		d := s.device(room.APNs)
		d.AppKey = appKey
		if got := s.channel(room.APNs).Send(t.Context(), d, s.notice()); got.Outcome != room.Sent || s.last().header.Get("Apns-Topic") != want {
			t.Error(got, s.last().header)
		}
	}
	d := s.device(room.APNs)
	d.AppKey = "com.example.another"
	if got := s.channel(room.APNs).Send(t.Context(), d, s.notice()); got.Outcome != room.Refused || len(s.requests("")) != 3 {
		t.Error(got)
	}
}

func TestChannels(t *testing.T) {
	s := newSet(t)
	for _, c := range room.ChannelNames {
		if s.channel(c) != s.channel(c) {
			t.Errorf("%s is another each time", c)
		}
		if s.all.Channel(appID+7, c) != nil {
			t.Errorf("%s of no app", c)
		}
	}
	before := map[room.ChannelName]room.Channel{}
	for _, c := range room.ChannelNames {
		before[c] = s.channel(c)
	}
	s.push.APNs.Topics = append(slices.Clone(s.push.APNs.Topics), "com.example.third")
	s.push.Webhook.Token = "other"
	s.push.HMS = chat.PushHMS{}
	s.again()
	for _, c := range room.ChannelNames {
		now := s.all.Channel(appID, c)
		if same := now == before[c]; same != (c == room.FCM || c == room.WebPush) {
			t.Errorf("%s: the same: %v", c, same)
		}
	}
	if s.all.Channel(appID, room.HMS) != nil || s.all.Channel(appID, "smoke") != nil {
		t.Error("a channel that is not there")
	}
}

func TestEndpoints(t *testing.T) {
	for _, row := range []struct {
		endpoint    string
		ok, private bool // without and with the setting
	}{
		{"https://push.example.com/1", true, true},
		{"https://8.8.8.8/1", true, true},
		{"https://[2606:4700::1]:8443/1", true, true},
		{"http://push.example.com/1", false, false},
		{"http://127.0.0.1:1/1", false, true},
		{"http://localhost/1", false, true},
		{"http://10.0.0.1/1", false, false},
		{"https://10.0.0.1/1", false, true},
		{"https://localhost/1", false, true},
		{"https://localhost./1", false, true},
		{"https://127.0.0.1/1", false, true},
		{"https://169.254.169.254/1", false, true},
		{"https://100.100.100.200/1", false, true},
		{"https://[::1]/1", false, true},
		{"https://[::ffff:10.0.0.1]/1", false, true},
		{"https://[64:ff9b::a00:1]/1", false, true},
		{"https://[fd00::1]/1", false, true},
		{"https://user:pass@push.example.com/1", false, false},
		{"https:///1", false, false},
		{"ftp://push.example.com", false, false},
		{"push.example.com", false, false},
		{"", false, false},
	} {
		if err := checkEndpoint(row.endpoint, false); (err == nil) != row.ok {
			t.Errorf("%s: %v", row.endpoint, err)
		}
		if err := checkEndpoint(row.endpoint, true); (err == nil) != row.private {
			t.Errorf("%s when private is allowed: %v", row.endpoint, err)
		}
	}
	for _, a := range []string{"0.0.0.0", "127.0.0.1", "10.1.1.1", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "::", "::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2002:7f00:1::", "::127.0.0.1", "::ffff:127.0.0.1"} {
		if public(netip.MustParseAddr(a)) {
			t.Errorf("%s is said to be of the open internet", a)
		}
	}
	for _, a := range []string{"1.1.1.1", "172.32.0.1", "2a00:1450:4001::1"} {
		if !public(netip.MustParseAddr(a)) {
			t.Errorf("%s is said to be private", a)
		}
	}
}

// A name that leads to this machine is as little asked as its address: what counts is where the
// connection goes.
func TestNamesThatLeadHome(t *testing.T) {
	s := newSet(t)
	dial := guarded()
	_, err := dial.DialContext(t.Context(), "tcp", s.server.Listener.Addr().String())
	if err == nil || !strings.Contains(err.Error(), errPrivate.Error()) {
		t.Errorf("dialled: %v", err)
	}
	s.push.WebPush.Private = false
	s.again()
	s.answers(ok(room.WebPush))
	_, port, _ := strings.Cut(s.server.Listener.Addr().String(), ":")
	ch := s.channel(room.WebPush).(*webPush)
	d := s.device(room.WebPush)
	d.Endpoint = "https://localhost:" + port + "/x"
	if got := ch.Send(t.Context(), d, s.notice()); got.Outcome != room.Gone || got.Info != errPrivate.Error() {
		t.Errorf("got %+v", got)
	}
	// As if a name server had been asked: the check of the text is passed by.
	_, err = ch.post(t.Context(), d, s.notice(), []byte("x"))
	if err == nil || !strings.Contains(err.Error(), errPrivate.Error()) {
		t.Errorf("posted: %v", err)
	}
	if n := len(s.requests("")); n != 0 {
		t.Errorf("%d requests came", n)
	}
}

func TestBadSubscriptions(t *testing.T) {
	s := newSet(t)
	for _, change := range []func(*room.Device){
		func(d *room.Device) { d.P256dh = "" },
		func(d *room.Device) { d.P256dh = d.Auth },
		func(d *room.Device) { d.P256dh = base64.RawURLEncoding.EncodeToString(make([]byte, 65)) },
		func(d *room.Device) { d.Auth = "" },
		func(d *room.Device) { d.Auth = d.P256dh },
		func(d *room.Device) { d.Endpoint = "nowhere" },
		func(d *room.Device) { d.Endpoint = "https://a b/" },
	} {
		d := s.device(room.WebPush)
		change(d)
		if got := s.channel(room.WebPush).Send(context.Background(), d, s.notice()); got.Outcome != room.Gone {
			t.Errorf("%+v: %+v", d, got)
		}
	}
}
