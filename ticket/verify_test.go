package ticket

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The order of spec/01 §5, each step with everything after it wrong as well.
func TestOrderOfChecks(t *testing.T) {
	app := plainApp()
	keyless := &App{ID: 2}
	v := NewVerifier(Options{
		Apps: func(id uint32) (*App, bool) {
			switch id {
			case testApp:
				return app, true
			case 2:
				return keyless, true
			case 3:
				return &App{ID: 3, Keys: []Key{{ID: "old", Secret: "s", NotAfter: testNow.Add(-time.Second)}}}, true
			}
			return nil, false
		},
		Now: func() time.Time { return testNow.Add(time.Hour) },
	})
	other, err := Mint(testApp, "alice", "another key", testNow, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		app  uint32
		user string
		text string
		want int
	}{
		{"empty before unknown app", 9, "bob", "", CodeEmpty},
		{"malformed before unknown app", 9, "bob", "!!", CodeMalformed},
		{"unknown app before all else", 9, "bob", other, CodeUnknownApp},
		{"no key before other app", 2, "bob", other, CodeNoKey},
		{"no key left before other app", 3, "bob", other, CodeNoKey},
		{"other app before other user", testApp, "bob", mustMintFor(t, 7, "alice"), CodeOtherApp},
		{"other user before signature", testApp, "bob", other, CodeOtherUser},
		{"signature before expiry", testApp, "alice", other, CodeSignature},
		{"expiry last", testApp, "alice", mustMint(t, "alice", time.Minute), CodeExpired},
		{"app from the ticket", 0, "alice", mustMint(t, "alice", 2*time.Hour), 0},
		{"unknown app from the ticket", 0, "alice", mustMintFor(t, 7, "alice"), CodeUnknownApp},
	} {
		if _, err := v.Verify(c.app, c.user, c.text); codeOf(t, err) != c.want {
			t.Errorf("%s: %v, want %d", c.name, err, c.want)
		}
	}
}

func mustMintFor(t *testing.T, app uint32, user string) string {
	t.Helper()
	text, err := Mint(app, user, testSecret, testNow, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestKeyRotation(t *testing.T) {
	now := testNow
	app := &App{ID: testApp, JWT: JWT{Algorithms: []string{"HS256"}}, Keys: []Key{{ID: "new", Secret: "n"}, {ID: "old", Secret: testSecret, NotAfter: testNow.Add(time.Hour)}}}
	current := app
	v := NewVerifier(Options{Apps: func(uint32) (*App, bool) { return current, true }, Now: func() time.Time { return now }})
	text := mustMint(t, "alice", 24*time.Hour)

	c, err := v.Verify(testApp, "alice", text)
	if err != nil || c.KeyID != "old" {
		t.Fatalf("both keys: %+v, %v", c, err)
	}
	now = testNow.Add(time.Hour)
	if _, err := v.Verify(testApp, "alice", text); err != nil {
		t.Errorf("at the old key's end: %v", err)
	}
	now = testNow.Add(time.Hour + time.Second)
	for what, text := range map[string]string{
		"cached": text, "new": mustMint(t, "alice", 23*time.Hour), "web token": sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil)),
	} {
		_, err := v.Verify(testApp, "alice", text)
		if codeOf(t, err) != CodeSignature || !strings.Contains(err.Error(), `signed with key "old", which ended at 2023-11-14T23:13:20Z`) {
			t.Errorf("after the old key's end, %s: %v", what, err)
		}
	}

	now = testNow
	if _, err := v.Verify(testApp, "alice", text); err != nil {
		t.Fatal(err)
	}
	current = &App{ID: testApp, Keys: []Key{{ID: "new", Secret: "n"}}}
	if _, err := v.Verify(testApp, "alice", text); codeOf(t, err) != CodeSignature {
		t.Errorf("after the old key was removed, cached: %v", err)
	}
}

func TestUnchangedAppKeepsCache(t *testing.T) {
	asked := 0
	v := NewVerifier(Options{
		Apps: func(uint32) (*App, bool) { asked++; return plainApp(), true },
		Now:  func() time.Time { return testNow },
	})
	text := mustMint(t, "alice", time.Hour)
	if _, err := v.Verify(testApp, "alice", text); err != nil {
		t.Fatal(err)
	}
	ring := v.rings[testApp]
	if _, err := v.Verify(testApp, "alice", text); err != nil {
		t.Fatal(err)
	}
	if v.rings[testApp] != ring || asked < 2 {
		t.Error("an equal App made a new keyring")
	}
}

func TestCachedTicketIsBoundToUserAndApp(t *testing.T) {
	v := NewVerifier(Options{Apps: func(id uint32) (*App, bool) {
		return &App{ID: id, Keys: []Key{{Secret: testSecret}}}, true
	}, Now: func() time.Time { return testNow }})
	text := mustMint(t, "alice", time.Hour)
	if _, err := v.Verify(testApp, "alice", text); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(testApp, "bob", text); codeOf(t, err) != CodeOtherUser {
		t.Errorf("shown by bob: %v", err)
	}
	if _, err := v.Verify(7, "alice", text); codeOf(t, err) != CodeOtherApp {
		t.Errorf("shown to another app: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }, CacheSize: 8})
	kept := mustMint(t, "kept", time.Hour)
	for i := range 50 {
		user := fmt.Sprintf("user%d", i)
		if _, err := v.Verify(testApp, user, mustMint(t, user, time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(testApp, "kept", kept); err != nil {
			t.Fatal(err)
		}
		if n := len(v.cache.young) + len(v.cache.old); n > 8 {
			t.Fatalf("%d tickets remembered, want at most 8", n)
		}
	}
}

// All spellings of one ticket have one hash: its bearer cannot make another ticket of
// it by writing it anew.
func TestHashIsOfTheTicketNotOfItsSpelling(t *testing.T) {
	v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }})
	text := mustMint(t, "alice", time.Hour)
	parsed, refusal := decodeUserSig(text)
	if refusal != nil {
		t.Fatal(refusal)
	}
	raw, err := json.MarshalIndent(parsed, "", "   ")
	if err != nil {
		t.Fatal(err)
	}
	spelled := pack(raw)
	if spelled == text {
		t.Fatal("not spelled anew")
	}
	hash := func(user, text string) [16]byte {
		t.Helper()
		c, err := v.Verify(testApp, user, text)
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash
	}
	if hash("alice", text) != hash("alice", spelled) {
		t.Error("another spelling has another hash")
	}
	if hash("alice", text) == hash("alice", mustMint(t, "alice", 2*time.Hour)) || hash("alice", text) == [16]byte{} {
		t.Error("another ticket has the same hash, or there is none")
	}
}

// A key holds for what it has signed as long as the app has it for that use.
func TestKeyHolds(t *testing.T) {
	k := testKeys()
	now := testNow
	current := &App{}
	v := NewVerifier(Options{Apps: func(uint32) (*App, bool) { return current, current != nil }, Now: func() time.Time { return now }})
	key := func(text string) [16]byte {
		t.Helper()
		c, err := v.Verify(testApp, "alice", text)
		if err != nil {
			t.Fatal(err)
		}
		return c.Key
	}
	two := []Key{{ID: "new", Secret: "n"}, {ID: "old", Secret: testSecret, NotAfter: testNow.Add(time.Hour)}}
	pem := publicPEM(t, k.rsa.Public())
	all := &App{ID: testApp, Keys: two, JWT: JWT{Algorithms: []string{"HS256", "RS256"}, PublicKeys: []string{pem}}}
	current = all
	signed := map[string][16]byte{
		"UserSig": key(mustMint(t, "alice", time.Hour)),
		"HS256":   key(sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil))),
		"RS256":   key(sign(t, jwt.SigningMethodRS256, k.rsa, claims(nil))),
	}
	for _, c := range []struct {
		what  string
		app   *App
		later time.Duration
		holds string
	}{
		{"as it was", all, 0, "UserSig HS256 RS256"},
		{"an equal app", &App{ID: testApp, Keys: two, JWT: all.JWT}, 0, "UserSig HS256 RS256"},
		{"the old key has ended", all, time.Hour + time.Second, "RS256"},
		{"the old key is gone", &App{ID: testApp, Keys: two[:1], JWT: all.JWT}, 0, "RS256"},
		{"no JWT any more", &App{ID: testApp, Keys: two}, 0, "UserSig"},
		{"the old key has another name", &App{ID: testApp, Keys: []Key{{ID: "x", Secret: testSecret}}, JWT: all.JWT}, 0, "UserSig HS256 RS256"},
		{"a secret for JWT alone", &App{ID: testApp, Keys: two, JWT: JWT{Algorithms: []string{"HS256"}, Secret: "s"}}, 0, "UserSig"},
		{"RS256 is not listed", &App{ID: testApp, Keys: two, JWT: JWT{Algorithms: []string{"HS256", "EdDSA"}, PublicKeys: []string{pem}}}, 0, "UserSig HS256"},
		{"another public key", &App{ID: testApp, Keys: two, JWT: JWT{Algorithms: []string{"RS256"}, PublicKeys: []string{publicPEM(t, k.rsa2.Public())}}}, 0, "UserSig"},
		{"keys behind a URL that nobody has asked", &App{ID: testApp, Keys: two[:1], JWT: JWT{Algorithms: []string{"RS256"}, JWKSURL: "http://x"}}, 0, ""},
		{"no app", nil, 0, ""},
	} {
		current, now = c.app, testNow.Add(c.later)
		var holds []string
		for _, name := range []string{"UserSig", "HS256", "RS256"} {
			if v.KeyHolds(testApp, signed[name]) {
				holds = append(holds, name)
			}
		}
		if got := strings.Join(holds, " "); got != c.holds {
			t.Errorf("%s: %q hold, want %q", c.what, got, c.holds)
		}
	}
}

func TestInspect(t *testing.T) {
	text, err := MintWithBuf(testApp, "alice", testSecret, testNow, time.Hour, []byte("b"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Inspect(text)
	want := Contents{
		Kind: UserSig, App: testApp, User: "alice", Issued: testNow, Expires: testNow.Add(time.Hour), UserBuf: true,
		Alg: "HMAC-SHA256", Signed: "TLS.identifier:alice\nTLS.sdkappid:1400000001\nTLS.time:1700000000\nTLS.expire:3600\nTLS.userbuf:Yg==\n",
	}
	if err != nil || c != want {
		t.Errorf("%+v, %v, want %+v", c, err, want)
	}
	if _, err := Inspect(""); codeOf(t, err) != CodeEmpty {
		t.Errorf("empty: %v", err)
	}
}

func TestExplain(t *testing.T) {
	app := &App{ID: testApp, Keys: []Key{{ID: "k1", Secret: testSecret}, {ID: "past", Secret: "gone", NotAfter: testNow.Add(-time.Hour)}}}
	v := NewVerifier(Options{Apps: func(id uint32) (*App, bool) {
		if id == 2 {
			return &App{ID: 2}, true
		}
		return app, id == testApp
	}, Now: func() time.Time { return testNow.Add(90 * time.Minute) }})
	mint := func(app uint32, user, secret string, lifetime time.Duration) string {
		text, err := Mint(app, user, secret, testNow, lifetime)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	raw := string([]byte{
		0x5b, 0xd2, 0x85, 0x0f, 0xff, 0x3e, 0xcb, 0x11, 0xd7, 0xc8, 0x05, 0x25, 0x1c, 0x51, 0xee, 0x46,
		0x3a, 0x25, 0x72, 0x7b, 0xdd, 0xc2, 0x38, 0x5f, 0x3f, 0xa8, 0xbf, 0xee, 0x1b, 0xb9, 0x3b, 0x5e,
	})
	for _, c := range []struct {
		name, user, text string
		app              uint32
		want             []string
	}{
		{
			"good", "", mint(testApp, "alice", testSecret, 2*time.Hour), 0,
			[]string{"+form", "+application", "+user", `+signature signed with key "k1"`, "+time holds until 2023-11-15T00:13:20Z"},
		},
		{
			"all wrong at once", "bob", mint(7, "alice", "x", time.Hour), testApp,
			[]string{
				"+form", "-application ticket is for application 7, not 1400000001", `-user ticket is for user "alice", not "bob"`,
				"-signature signature matches no key", "-time ticket expired at 2023-11-14T23:13:20Z, 30m0s ago",
			},
		},
		{
			"hex-decoded secret", "", mint(testApp, "alice", raw, 2*time.Hour), 0,
			[]string{"+form", "+application", "+user", "-signature signed with the bytes of key \"k1\"", "+time"},
		},
		{
			"ended key", "", mint(testApp, "alice", "gone", 2*time.Hour), 0,
			[]string{"+form", "+application", "+user", `-signature signed with key "past", which ended at 2023-11-14T21:13:20Z`, "+time"},
		},
		{
			"unknown app", "", mint(7, "alice", "x", 2*time.Hour), 0,
			[]string{"+form", "-application application 7 is unknown", "+user", "+time"},
		},
		{
			"no key", "", mint(2, "alice", "x", 2*time.Hour), 0,
			[]string{"+form", "+application", "+user", "-signature application 2 has no key in force", "+time"},
		},
		{"no ticket", "", "nonsense!", 0, []string{"-form ticket is not in UserSig's base64"}},
	} {
		got := v.Explain(c.app, c.user, c.text)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
			continue
		}
		for i, f := range got {
			line := "+" + f.Step + " " + f.Text
			if !f.OK {
				line = "-" + line[1:]
			}
			if !strings.HasPrefix(line, c.want[i]) || f.OK != (f.Code == 0) {
				t.Errorf("%s: %q (code %d), want %q", c.name, line, f.Code, c.want[i])
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	text := mustMint(b, "alice", time.Hour)
	for name, size := range map[string]int{"cached": 0, "uncached": -1} {
		b.Run(name, func(b *testing.B) {
			v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }, CacheSize: size})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(testApp, "alice", text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		mustMint(b, "alice", time.Hour)
	}
}

// Bad tickets in somebody's name are no reason to refuse that user's own.
func TestNobodyIsShutOutByOthersFailures(t *testing.T) {
	v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }, CacheSize: -1})
	for range 50 {
		for _, text := range []string{"bad", mustMintFor(t, 7, "alice")} {
			if _, err := v.Verify(testApp, "alice", text); err == nil {
				t.Fatal("a bad ticket was accepted")
			}
			if _, err := v.Verify(0, "alice", text); err == nil {
				t.Fatal("a bad ticket was accepted")
			}
		}
	}
	if _, err := v.Verify(testApp, "alice", mustMint(t, "alice", time.Hour)); err != nil {
		t.Errorf("a genuine ticket after bad ones in the same name: %v", err)
	}
	if _, err := v.Verify(0, "alice", mustMint(t, "alice", time.Hour)); err != nil {
		t.Errorf("the same, the app taken from the ticket: %v", err)
	}
}
