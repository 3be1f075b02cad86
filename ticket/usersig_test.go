package ticket

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	testApp    = 1400000001
	testSecret = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"
)

var testNow = time.Unix(1700000000, 0)

// one serves a single app to a Verifier.
func one(a *App) func(uint32) (*App, bool) {
	return func(id uint32) (*App, bool) { return a, id == a.ID }
}

func plainApp() *App { return &App{ID: testApp, Keys: []Key{{ID: "k1", Secret: testSecret}}} }

func codeOf(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not an *Error", err)
	}
	if e.Msg == "" {
		t.Errorf("code %d without words", e.Code)
	}
	return e.Code
}

func mustMint(t testing.TB, user string, lifetime time.Duration) string {
	t.Helper()
	text, err := Mint(testApp, user, testSecret, testNow, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type vector struct {
	Name       string
	UserSig    string
	AppID      uint32 `json:"request_sdkappid"`
	User       string `json:"request_userid"`
	Key        string `json:"server_key"`
	VerifyAt   int64  `json:"verify_at"`
	Code       int    `json:"expected_code"`
	AcceptAlso []int  `json:"accept_also"`
	SignedText string `json:"signed_text"`
	Sig        string `json:"tls_sig"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/usersig-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 27 {
		t.Fatalf("%d vectors, want 27", len(file.Vectors))
	}
	return file.Vectors
}

func TestVectors(t *testing.T) {
	for _, c := range vectors(t) {
		t.Run(c.Name, func(t *testing.T) {
			v := NewVerifier(Options{
				Apps: one(&App{ID: c.AppID, Keys: []Key{{ID: "k", Secret: c.Key}}}),
				Now:  func() time.Time { return time.Unix(c.VerifyAt, 0) },
			})
			for _, again := range []string{"uncached", "cached"} {
				claims, err := v.Verify(c.AppID, c.User, c.UserSig)
				if got := codeOf(t, err); got != c.Code && !slices.Contains(c.AcceptAlso, got) {
					t.Fatalf("%s: code %d (%v), want %d", again, got, err, c.Code)
				}
				if err == nil && (claims.App != c.AppID || claims.User != c.User || claims.Kind != UserSig || claims.KeyID != "k") {
					t.Errorf("%s: claims %+v", again, claims)
				}
			}
			if c.SignedText == "" || c.Code == CodeMalformed {
				return
			}
			ticket, refusal := decodeUserSig(c.UserSig)
			if refusal != nil {
				t.Fatal(refusal)
			}
			if got := string(ticket.signedText()); c.Code == 0 && got != c.SignedText {
				t.Errorf("signed text %q, want %q", got, c.SignedText)
			}
			if c.Code == 0 && *ticket.Sig != c.Sig {
				t.Errorf("signature %q, want %q", *ticket.Sig, c.Sig)
			}
		})
	}
}

func TestMintedTicketVerifies(t *testing.T) {
	now := testNow
	v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return now }})
	for _, user := range []string{"alice", "用户_张三", `a"b\c/d @e#f`, strings.Repeat("x", 32), "line\nbreak", "<&>"} {
		for name, mint := range map[string]func() (string, error){
			"plain": func() (string, error) { return Mint(testApp, user, testSecret, testNow, time.Hour) },
			"buf": func() (string, error) {
				return MintWithBuf(testApp, user, testSecret, testNow, time.Hour, []byte{1, 0, 255})
			},
			"empty buf": func() (string, error) {
				return MintWithBuf(testApp, user, testSecret, testNow, time.Hour, nil)
			},
		} {
			text, err := mint()
			if err != nil {
				t.Fatalf("%s %q: %v", name, user, err)
			}
			for _, app := range []uint32{testApp, 0} {
				now = testNow.Add(time.Hour)
				got, err := v.Verify(app, user, text)
				want := Claims{App: testApp, User: user, Issued: testNow, Expires: testNow.Add(time.Hour), Kind: UserSig, KeyID: "k1", Hash: got.Hash, Key: got.Key}
				if err != nil || got != want {
					t.Errorf("%s %q: %+v, %v, want %+v", name, user, got, err, want)
				}
				now = testNow.Add(time.Hour + time.Second)
				if _, err := v.Verify(app, user, text); codeOf(t, err) != CodeExpired {
					t.Errorf("%s %q a second too late: %v", name, user, err)
				}
			}
		}
	}
}

func TestMintRefuses(t *testing.T) {
	for name, f := range map[string]func() (string, error){
		"no user":   func() (string, error) { return Mint(testApp, "", testSecret, testNow, time.Hour) },
		"bad user":  func() (string, error) { return Mint(testApp, "\xff", testSecret, testNow, time.Hour) },
		"no secret": func() (string, error) { return Mint(testApp, "alice", "", testNow, time.Hour) },
		"no time":   func() (string, error) { return Mint(testApp, "alice", testSecret, testNow, 0) },
		"51 years":  func() (string, error) { return Mint(testApp, "alice", testSecret, testNow, MaxLifetime+time.Second) },
		"huge userbuf": func() (string, error) {
			return MintWithBuf(testApp, "alice", testSecret, testNow, time.Hour, noise(8000))
		},
	} {
		if text, err := f(); err == nil {
			t.Errorf("%s: minted %q", name, text)
		}
	}
}

// noise is bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// pack makes a ticket of any content.
func pack(content []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(content)
	w.Close()
	return toUserSig.Replace(base64.StdEncoding.EncodeToString(b.Bytes()))
}

func TestMalformedTicketsSayWhy(t *testing.T) {
	const full = `{"TLS.ver":"2.0","TLS.identifier":"alice","TLS.sdkappid":1400000001,"TLS.time":1700000000,"TLS.expire":60,"TLS.sig":"AA=="}`
	good := pack([]byte(full))
	without := func(member string) string {
		var m map[string]any
		if err := json.Unmarshal([]byte(full), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, member)
		b, _ := json.Marshal(m)
		return pack(b)
	}
	damaged := func() string {
		raw, _ := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(good))
		raw[len(raw)-1] ^= 1 // the checksum
		return toUserSig.Replace(base64.StdEncoding.EncodeToString(raw))
	}
	cut := func() string {
		raw, _ := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(good))
		return toUserSig.Replace(base64.StdEncoding.EncodeToString(raw[:len(raw)-20]))
	}
	for text, words := range map[string]string{
		"eJx+":                       "plain base64",
		"eJx%2A":                     "percent-decode",
		"eJx ":                       "blank",
		"abc":                        "not base64",
		good[:len(good)-9]:           "cut",
		cut():                        "cut or damaged",
		damaged():                    "checksum",
		"AAAAAAAA":                   "not a zlib stream",
		pack([]byte("hello")):        "not the JSON",
		pack(nil):                    "not the JSON",
		pack([]byte("[]")):           "not the JSON",
		pack([]byte(`null`)):         "no member TLS.ver",
		without("TLS.ver"):           "no member TLS.ver",
		without("TLS.identifier"):    "no member TLS.identifier",
		without("TLS.sdkappid"):      "no member TLS.sdkappid",
		without("TLS.time"):          "no member TLS.time",
		without("TLS.expire"):        "no member TLS.expire",
		without("TLS.sig"):           "no member TLS.sig",
		strings.Repeat("A", 4097):    "longer than 4096",
		pack(make([]byte, 16<<10+1)): "more than 16384",
		pack(make([]byte, 2<<20)):    "more than 16384",
		pack([]byte(strings.Replace(full, `"2.0"`, `"1.0"`, 1))):             "only 2.0",
		pack([]byte(strings.Replace(full, `"2.0"`, `2`, 1))):                 "not the JSON",
		pack([]byte(strings.Replace(full, `1400000001`, `"1400000001"`, 1))): "not the JSON",
		pack([]byte(strings.Replace(full, `1400000001`, `-1`, 1))):           "not the JSON",
		pack([]byte(strings.Replace(full, `1700000000`, `1.5`, 1))):          "not the JSON",
	} {
		v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }})
		_, err := v.Verify(testApp, "alice", text)
		if codeOf(t, err) != CodeMalformed || !strings.Contains(err.Error(), words) {
			t.Errorf("%.30q: %v, want 70003 and %q", text, err, words)
		}
		if _, err := Inspect(text); codeOf(t, err) != CodeMalformed {
			t.Errorf("Inspect(%.30q): %v", text, err)
		}
	}
	if _, err := Inspect(pack(append([]byte(full), bytes.Repeat([]byte(" "), 16<<10-len(full))...))); err != nil {
		t.Errorf("a ticket that inflates to just 16 KiB: %v", err)
	}
}

func TestTimesOutOfRange(t *testing.T) {
	for _, c := range []struct {
		time, expire int64
		year         int
	}{{1700000000, 1<<63 - 1, 9999}, {1<<63 - 1, 1, 9999}, {-1 << 63, -1 << 63, 1}, {1700000000, -60, 2023}} {
		sig := &userSig{Time: &c.time, Expire: &c.expire}
		if got := sig.expires().UTC().Year(); got != c.year {
			t.Errorf("%d + %d ends in year %d, want %d", c.time, c.expire, got, c.year)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range vectors(f) {
		f.Add(c.UserSig)
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("a.b.c")
	v := NewVerifier(Options{Apps: one(plainApp()), Now: func() time.Time { return testNow }})
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Inspect(text)
		if err != nil {
			codeOf(t, err)
			return
		}
		if _, err := v.Verify(0, c.User, text); err == nil && c.App != testApp {
			t.Fatalf("a ticket for application %d holds under %d", c.App, testApp)
		}
		if v.Explain(0, "", text) == nil {
			t.Fatal("nothing to say")
		}
	})
}

func FuzzMint(f *testing.F) {
	f.Add("alice", uint32(testApp), int64(60), []byte(nil))
	f.Add("用户", uint32(0), int64(1), []byte("x"))
	f.Fuzz(func(t *testing.T, user string, app uint32, seconds int64, buf []byte) {
		lifetime := time.Duration(seconds) * time.Second
		text, err := MintWithBuf(app, user, testSecret, testNow, lifetime, buf)
		if err != nil {
			return
		}
		v := NewVerifier(Options{Apps: one(&App{ID: app, Keys: []Key{{Secret: testSecret}}}), Now: func() time.Time { return testNow }})
		c, err := v.Verify(app, user, text)
		if err != nil || c.User != user || c.App != app || !c.Expires.Equal(testNow.Add(lifetime.Truncate(time.Second))) {
			t.Fatalf("minted for %q in %d, read as %+v, %v", user, app, c, err)
		}
	})
}
