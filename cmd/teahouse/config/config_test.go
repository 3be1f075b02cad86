package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/push"
)

// bad lists, for each file that must be refused, every problem it must be
// refused for: no more, no fewer.
var bad = map[string][]string{
	"unknown-keys": {
		"apps.1400000001.completely_else: unknown key",
		"apps.1400000001.key: unknown key, did you mean keys?",
		"apps.1400000001.keys.first.secrt: unknown key, did you mean secret?",
		"apps.1400000001.keys.first: has no secret: set secret or secret_file",
		"lisen: unknown key, did you mean listen?",
		"listen.mqt: unknown key, did you mean mqtt?",
	},
	"wrong-types": {
		"admin.tls: is text that does not fit, want true or false",
		"apps.1400000001.administrators[0]: is a list, want text",
		"apps.1400000001.keys.first.secret: is read as a number, put quotes around it",
		"apps.1400000001.keys.first: has no secret: set secret or secret_file",
		"apps.1400000001.limits.group_rate: is text that does not fit, want a whole number",
		"apps.1400000001.retention: is text that does not fit, want a time such as 90s, 15m or 168h",
		"data: is a list, want text",
		"log: is text that does not fit, want a section with keys of its own",
		"memory.limit: is text that does not fit, want a number of bytes such as 512MiB or 2GiB",
		"shutdown.timeout: is a number, want a time such as 90s, 15m or 168h",
	},
	"wrong-values": {
		"media.dir: is off, and media.s3 is given: keep one of them",
		"media.listen: \"nowhere\" is not host:port",
		"media.s3.bucket: is empty, and the rest is given",
		"media.s3.endpoint: is not an http:// or https:// address",
		"media.s3.secret_key: is empty, and the rest is given",
		"media.url: is not an http:// or https:// address without a query",
		`websocket.origins[1]: "https://app.example.com/" is not where pages come from, such as chat.example.com, localhost:3000, *.example.com or https://chat.example.com, without a path`,
		"web.origins[0]: is not an address without a path, such as https://img.example.com or wss://calls.example.com",
		"web.origins[1]: is not an address without a path, such as https://img.example.com or wss://calls.example.com",
		"web.origins[2]: is not an address without a path, such as https://img.example.com or wss://calls.example.com",
		"apps.0: is not an SDKAppID, want a number from 1 to 4294967295",
		"apps.7.administrators[0]: is not a UserID",
		"apps.7.custom.group.a b.read[0]: \"self\" is not known, want one of [user member admin owner app]",
		"apps.7.custom.group.a b: is no key: 1 to 16 letters, digits and underscores",
		"apps.7.custom.group.both.types[0]: \"Private\" is not known, want one of [Work Public Meeting AVChatRoom Community]",
		"apps.7.custom.member.both.types[0]: \"AVChatRoom\" is not known, want one of [Work Public Meeting Community]",
		"apps.7.custom.member.both: is declared for groups too: the two share their keys",
		"apps.7.custom.friend.1: is no key: 1 to 8 letters",
		"apps.7.custom.profile.a_b: is no key: 1 to 8 letters",
		"apps.7.custom.profile.a_b.read[0]: \"member\" is not known, want one of [user self app]",
		"apps.7.custom.profile.a_b.types: is for fields of groups",
		"apps.7.allow_type: \"Nobody\" is not known, want one of [AllowAny NeedConfirm DenyAny]",
		"apps.7.custom.member: declares 6 fields, at most 5",
		"apps.7.jwt: algorithm \"none\" is not one of HS256, RS256, PS256, ES256, EdDSA",
		"apps.7.jwt.jwks_url: is not an http:// or https:// address",
		"apps.7.keys.a: has no secret: set secret or secret_file",
		"apps.7.login.policy: \"dule\" is not known, want one of [multi single dual triple]",
		"apps.7.login.instances: \"iPhone\" is not known, want one of [iOS Android Web Windows Mac iPad Linux IoT]",
		"apps.7.login.instances.Web: is negative; 0 is any number",
		"apps.7.switches.earlier_history[0]: \"Private\" is not known, want one of [Work Public Meeting AVChatRoom Community]",
		"apps.7.webhook.events[0]: \"Group.CallbackAfterSendMsgs\" is not known, did you mean Group.CallbackAfterSendMsg?",
		"apps.7.webhook.keep: is 0s, want more than nothing",
		"apps.7.webhook.on_failure: \"panic\" is not known, want one of [deliver refuse]",
		"apps.7.webhook.url: is not an http:// or https:// address",
		"apps.8.keys: has no key, so no ticket can be checked: give one, 64 hexadecimal digits by habit",
		"apps.9.webhook.events: is empty, so nothing is sent: name events, or \"all\"",
		"apps.abc: is not an SDKAppID, want a number from 1 to 4294967295",
		"calls.stun: \"turn:t\" is not an address such as stun:example.com:3478",
		"calls.turn: \"t.example.com:3478\" is not an address such as turn:example.com:3478",
		"calls.turn_secret: is empty, and calls.turn is given",
		"calls.ttl: has to be between 1m and 24h",
		"calls.livekit.url: is not a ws:// or wss:// address",
		"calls.livekit.api_key: is empty, and the rest is given",
		"calls.livekit.api_secret: is empty, and the rest is given",
		"history.utc_offset: \"Asia/Shanghai\" is not a time zone such as \"+08:00\", or \"Z\"",
		"listen.admin: :8090 can be reached from outside without TLS: set admin.tls, listen on 127.0.0.1, or set admin.insecure when a proxy in front of it has the certificate",
		"listen.mqtt: \"1883\" is not host:port",
		"listen.mqtts: needs a certificate: tls.cert and tls.key, or tls.acme",
		"listen.ws: port \"99999\" is not a number from 0 to 65535",
		"log.format: \"xml\" is not known, want one of [text json]",
		"log.level: \"inf\" is not known, did you mean info?",
		"memory.limit: is 1MiB, want at least 64MiB, or 0 to find it",
		"shutdown.drain: is -1s, want more than nothing",
		"storage.min_free_bytes: is negative; 0 leaves what the store needs",
	},
	"secrets": {
		"apps.7.keys.list.secret: is a list, want text",
		"apps.7.keys.list: has no secret: set secret or secret_file",
		"apps.7.keys.missing.secret_file: open testdata/nowhere.txt: no such file or directory",
		"apps.7.keys.missing: has no secret: set secret or secret_file",
		"apps.7.keys.twice.secret_file: secret is given as well: keep one of them",
	},
	"push": {
		"apps.7.push.apple: unknown key",
		"apps.7.push.apns.ca_file: open testdata/nowhere.pem: no such file or directory",
		"apps.7.push.apns.key: is not PEM: want a file that begins with \"-----BEGIN PRIVATE KEY-----\"",
		"apps.7.push.apns.key_id: is not 10 digits and capital letters",
		"apps.7.push.apns.team: is missing: the id of the developer account, 10 characters",
		"apps.7.push.fcm.account: is not the JSON file of a service account's key",
		"apps.7.push.fcm.url: is not an https:// address; http:// is for this machine alone",
		"apps.7.push.hms.app_id: is not a number",
		"apps.7.push.hms.ca: has no certificate in PEM",
		"apps.7.push.hms.secret: is missing: the client secret of AppGallery Connect",
		"apps.7.push.webhook.url: is missing",
		"apps.7.push.webpush.contact: is missing: whom a push service writes to, such as mailto:ops@example.com",
		"apps.7.push.webpush.private_key: comes together with public_key; with neither the server makes a pair",
		"apps.8.push.apns.key: is missing: the .p8 file that Apple gives out with it",
		"apps.8.push.apns.key_file: open testdata/nowhere.p8: no such file or directory",
		"apps.8.push.webhook.topic: unknown key",
		"apps.8.push.webpush.private_key: private_key is not 32 bytes in unpadded base64url",
	},
	"no-door": {
		"web.chat: is on, and listen.ws and listen.wss are off: there is nowhere to serve it",
		"admin.tls: needs a certificate: tls.cert and tls.key, or tls.acme",
		"listen: mqtt, mqtts, ws and wss are all off: no client can come in",
		"listen.redirect: is on, and needs both listen.ws and listen.wss",
	},
	"half-tls": {"tls: cert and key come together"},
	"tls": {
		"listen.forwarded_from[0]: \"proxy.example.com\" is neither an address nor a range of them such as 10.0.0.0/8",
		"listen.proxy_protocol.from[1]: \"10.0.0.0/40\" is neither an address nor a range of them such as 10.0.0.0/8",
		"listen.proxy_protocol.listeners[1]: \"admin\" is not known, want one of [mqtt mqtts ws wss]",
		"tls.acme.agree: has to be true: read the terms of the authority first",
		"tls.acme.ca_file: open testdata/nowhere.pem: no such file or directory",
		"tls.acme.directory: is not an https:// address",
		"tls.acme.email: is not an address such as ops@example.com",
		"tls.acme.http: \"80\" is not host:port",
		"tls.acme.names[0]: \"*.example.com\" is not a host name in small letters, such as chat.example.com; addresses and * cannot be had",
		"tls.acme.names[2]: \"a.example.com\" is there twice",
		"tls.client_ca: has no certificate in PEM",
		"tls.client_certs: is required, and clients can come in at listen.mqtt (:1883) without one: turn it off, or listen on 127.0.0.1",
		"tls.client_certs: is required, and clients can come in at listen.ws (:8083) without one: turn it off, or listen on 127.0.0.1",
		"tls.hsts: is negative; 0s tells browsers nothing",
		"tls.others.shop: cert and key come together",
	},
	"acme-nowhere": {
		"tls.acme: no listener could answer the authority: open listen.wss for its port 443, or tls.acme.http for its port 80",
	},
	"not-yaml": {"the configuration is not YAML: yaml: line 1: did not find expected ',' or '}'"},
}

func TestBadFiles(t *testing.T) {
	for _, file := range files(t, "*.bad.yaml") {
		name := strings.TrimSuffix(filepath.Base(file), ".bad.yaml")
		t.Run(name, func(t *testing.T) {
			want, ok := bad[name]
			if !ok {
				t.Fatal("the table does not say what is wrong with this file")
			}
			_, err := Load(file, nil)
			if err == nil {
				t.Fatal("accepted")
			}
			if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "1234567890123456") {
				t.Errorf("a secret is in the message: %v", err)
			}
			got := strings.Split(err.Error(), "\n")
			slices.Sort(got)
			slices.Sort(want)
			for _, line := range got {
				if !slices.Contains(want, line) {
					t.Errorf("got also:\n%s", line)
				}
			}
			for _, line := range want {
				if !slices.Contains(got, line) {
					t.Errorf("did not get:\n%s", line)
				}
			}
		})
	}
}

func TestGoodFiles(t *testing.T) {
	for _, file := range files(t, "*.good.yaml") {
		if _, err := Load(file, nil); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestTenants(t *testing.T) {
	c, err := Load("testdata/full.good.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, offset := time.Unix(0, 0).In(c.History.Zone()).Zone(); offset != -(5*60+30)*60 {
		t.Errorf("the zone of history is %d seconds off", offset)
	}
	want := Media{URL: "https://im.example.com", Listen: "127.0.0.1:8084", S3: S3{
		Endpoint: "https://s3.example.com", Bucket: "b", Region: "r", AccessKey: "a", SecretKey: "from-a-file", PathStyle: true, Direct: true,
	}}
	if c.Media != want {
		t.Errorf("files: %+v", c.Media)
	}
	list, err := c.Tenants()
	if err != nil || len(list) != 2 {
		t.Fatalf("got %d tenants, %v", len(list), err)
	}
	a := list[0]
	end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for what, ok := range map[string]bool{
		"id":             a.ID == 1400000001,
		"name":           a.Name == "42",
		"keys":           len(a.Keys) == 2 && a.Keys[0].ID == "first" && a.Keys[0].NotAfter.Equal(end),
		"secret file":    len(a.Keys) == 2 && a.Keys[1].Secret == "from-a-file",
		"administrators": a.IsAdmin("root") && a.IsAdmin("administrator"),
		"retention":      a.Retention == 0,
		"jwt":            slices.Equal(a.JWT.Algorithms, []string{"HS256", "EdDSA"}) && a.JWT.Secret == "0000",
		"webhook":        a.Webhook.All && a.Webhook.FailStop && a.Webhook.Token == "t0p" && a.Webhook.On(chat.AfterC2C) && a.Webhook.Keep == 36*time.Hour,
		"push":           !push.On(&list[1].Push, room.APNs) && strings.HasPrefix(a.Push.APNs.Key, "-----BEGIN") && a.Push.APNs.Sandbox && a.Push.WebPush.Private && a.Push.HMS.AppID == "100000001" && a.Push.HMS.ClientID == "7",
		"limits":         a.Limits.GroupRate == -1 && a.Limits.Friends == 7 && a.Limits.RecallWindow == 10*time.Minute,
		"login":          a.Login.Policy == chat.LoginTriple && a.Login.Instances[chat.PlatformWeb] == 2 && list[1].Login.Policy == chat.LoginMulti,
		"ban":            a.Switches.NoLiveBans && !list[1].Switches.NoLiveBans,
		"media":          a.Media == chat.Media{ImageBytes: 1000, UserFiles: 3},
		"switches":       a.Switches.ShowBlocked && a.Switches.FriendsOnly && a.Switches.NoEarlierHistory[chat.Public],
		"custom": slices.Equal(a.Custom.Group["level"].Read, []chat.Level{chat.LevelUser}) &&
			slices.Equal(a.Custom.Group["level"].Types, []chat.GroupType{chat.Public, chat.Community}) &&
			slices.Equal(a.Custom.Member["mood"].Write, []chat.Level{chat.LevelSelf}) && list[1].Custom.Group == nil &&
			slices.Equal(a.Custom.Profile["hobby"].Read, []chat.Level{chat.LevelUser}) &&
			slices.Equal(a.Custom.Friend["star"].Read, []chat.Level{chat.LevelSelf}),
		"auto register": a.Switches.NoAutoRegister && !list[1].Switches.NoAutoRegister,
		"allow type":    a.AllowType == chat.AllowConfirm && list[1].AllowType == "",
	} {
		if !ok {
			t.Errorf("%s: got %+v", what, a)
		}
	}
	if got := list[1].Retention; got != DefaultRetention {
		t.Errorf("retention of an app that names none is %v, want %v", got, DefaultRetention)
	}
	if got := list[1].Webhook.Keep; got != DefaultKeep {
		t.Errorf("events of an app that says nothing are kept for %v, want %v", got, DefaultKeep)
	}
}

// What TLS is made of depends on what is given.
func TestCertificatesOfAFile(t *testing.T) {
	c, err := Load("testdata/acme.good.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Certificates()
	if err != nil || o.ACME == nil {
		t.Fatalf("got %+v, %v", o, err)
	}
	from, forwarders, err := c.Listen.Proxies()
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"names":      slices.Equal(o.ACME.Names, []string{"chat.example.com", "im.example.com"}),
		"folder":     o.ACME.Dir == "/srv/teahouse/acme",
		"directory":  o.ACME.Directory == certificates.LetsEncrypt,
		"mqtts":      c.Listen.MQTTS == ":8883",
		"hsts":       c.TLS.HSTS == 30*24*time.Hour,
		"proxies":    len(from) == 2 && from.Has(netip.MustParseAddr("10.1.2.3")) && from.Has(netip.MustParseAddr("fd00::1")),
		"forwarders": len(forwarders) == 1,
	} {
		if !ok {
			t.Errorf("%s: got %+v, %+v", what, c, o.ACME)
		}
	}
	if c, err = Load("testdata/empty.good.yaml", nil); err != nil || c.TLS.HSTS != 0 || c.Listen.WSS != Off || c.Listen.MQTTS != Off {
		t.Errorf("without certificates: %+v, %v", c, err)
	}
	if o, err := c.Certificates(); o != nil || err != nil {
		t.Errorf("certificates out of nothing: %+v, %v", o, err)
	}
}

func TestEnvironment(t *testing.T) {
	environ := []string{
		"TEAHOUSE_DATA=/elsewhere",
		"TEAHOUSE_LISTEN__MQTT=127.0.0.1:0",
		"TEAHOUSE_ADMIN__PPROF=true",
		"TEAHOUSE_APPS__7__KEYS__A__SECRET_FILE=testdata/key.txt",
		"TEAHOUSE_APPS__7__ADMINISTRATORS=administrator, root",
		"TEAHOUSE_APPS__7__LIMITS__GROUP_RATE=5",
		"TEAHOUSE_PORT=tcp://10.0.0.1:1883", // an orchestrator's, not ours
		"HOME=/root",
	}
	c, err := Parse([]byte("data: /here\napps: {7: {name: seven}}\n"), environ)
	if err != nil {
		t.Fatal(err)
	}
	app := c.Apps["7"]
	for what, ok := range map[string]bool{
		"data": c.Data == "/elsewhere", "mqtt": c.Listen.MQTT == "127.0.0.1:0", "pprof": c.Admin.PProf,
		"secret": app.Keys["a"].Secret == "from-a-file", "name": app.Name == "seven",
		"administrators": slices.Equal(app.Administrators, []string{"administrator", "root"}),
		"limit":          app.Limits.GroupRate == 5, "untouched": c.Listen.WS == ":8083",
	} {
		if !ok {
			t.Errorf("%s: got %+v", what, c)
		}
	}
	_, err = Parse(nil, []string{"TEAHOUSE_LISTEN__MQT=:1", "TEAHOUSE_ADMIN__TLS=perhaps"})
	for _, want := range []string{
		"listen.mqt: unknown key, did you mean mqtt? (from TEAHOUSE_LISTEN__MQT)",
		"admin.tls: is text that does not fit, want true or false (from TEAHOUSE_ADMIN__TLS)",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// What is read of a file is what the command line reads, and it prints without secrets.
func TestPushChannels(t *testing.T) {
	c, err := Load("testdata/full.good.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.Tenants()
	if err != nil {
		t.Fatal(err)
	}
	one := full()
	err = changed(t, &one, []string{
		"push.apns.key_file=testdata/push.p8", "push.apns.key_id=ABC123DEFG", "push.apns.team=DEF123GHIJ", "push.apns.topic=com.example.chat",
		"push.apns.topics=com.example.beta", "push.apns.sandbox=true",
	}, nil)
	if err != nil || !reflect.DeepEqual(one.Push.APNs, list[0].Push.APNs) {
		t.Errorf("got %+v, %v", one.Push.APNs, err)
	}
	settings, err := ShowSettings(&list[0])
	if err != nil {
		t.Fatal(err)
	}
	shown, err := ShowPush(settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"key: (secret)", "token: (secret)", "account: (secret)", "topic: com.example.chat", "app_id: \"100000001\""} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not in\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "hush") || strings.Contains(shown, "BEGIN") {
		t.Errorf("a secret is in\n%s", shown)
	}
	for _, row := range []struct {
		set, want string
	}{
		{"apple.key=hush", "push.apple: unknown key"},
		{"webhook.tokn=hush", "push.webhook.tokn: unknown key, did you mean token?"},
		{"webhook.url=hush", "push.webhook.url: is not an http:// or https:// address"},
		{"webpush.private=hush", "push.webpush.private: is text that does not fit, want true or false"},
	} {
		app := full()
		err := changed(t, &app, []string{"push." + row.set}, nil)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %s", row.set, err, row.want)
		}
	}
}

func TestShowHidesSecrets(t *testing.T) {
	c, err := Load("testdata/full.good.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Show()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"5bd2850f", "from-a-file", "0000\"", "t0p", "hush"} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is shown: %s in\n%s", secret, text)
		}
	}
	for _, want := range []string{"data: /srv/teahouse", "secret: (secret)", "mqtt: 127.0.0.1:1883", "url: https://example.com/im?x=1", "limit: 512MiB"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// The commented file must say what the defaults are, and its commented part
// must be good as well.
func TestDefaultFile(t *testing.T) {
	c, err := Parse([]byte(DefaultFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := c.Show()
	want, _ := empty.Show()
	if got != want {
		t.Errorf("the file says\n%s\nthe defaults are\n%s", got, want)
	}

	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	head, apps, _ := strings.Cut(DefaultFile, "# apps:")
	apps = strings.ReplaceAll("# apps:"+apps, "\n# ", "\n")
	apps = strings.TrimPrefix(strings.ReplaceAll(apps, "/etc/teahouse/1400000001.key", key), "# ")
	c, err = Parse([]byte(head+apps), nil)
	if err != nil {
		t.Fatal(err)
	}
	if app := c.Apps["1400000001"]; app.Retention != DefaultRetention || app.Keys["first"].Secret != "secret" {
		t.Errorf("got %+v", app)
	}
}

func TestNearestName(t *testing.T) {
	names := []string{"mqtt", "mqtts", "ws", "admin"}
	for key, want := range map[string]string{"mqt": "mqtt", "mqttt": "mqtt", "adnim": "admin", "banana": "", "w": "ws"} {
		if got := nearest(key, names); got != want {
			t.Errorf("nearest to %s is %q, want %q", key, got, want)
		}
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("no files for %s: %v", pattern, err)
	}
	return list
}
