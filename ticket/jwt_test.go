package ticket

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var testKeys = sync.OnceValue(func() (k struct {
	rsa, rsa2 *rsa.PrivateKey
	p256      *ecdsa.PrivateKey
	p384      *ecdsa.PrivateKey
	ed        ed25519.PrivateKey
},
) {
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.rsa2, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.p256, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, k.ed, _ = ed25519.GenerateKey(rand.Reader)
	return k
})

func publicPEM(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func claims(more jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "alice", "sdkappid": testApp, "exp": testNow.Add(time.Hour).Unix()}
	for k, v := range more {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func sign(t testing.TB, m jwt.SigningMethod, key any, c jwt.MapClaims, header ...string) string {
	t.Helper()
	token := jwt.NewWithClaims(m, c)
	for i := 0; i+1 < len(header); i += 2 {
		token.Header[header[i]] = header[i+1]
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func jwtApp(t testing.TB, algorithms ...string) *App {
	k := testKeys()
	a := plainApp()
	a.JWT = JWT{Algorithms: algorithms, PublicKeys: []string{
		publicPEM(t, k.rsa2.Public()), publicPEM(t, k.rsa.Public()), publicPEM(t, k.p256.Public()), publicPEM(t, k.ed.Public()),
	}}
	return a
}

func verifierAt(a *App, now time.Time) *Verifier {
	return NewVerifier(Options{Apps: one(a), Now: func() time.Time { return now }})
}

func TestJWTAlgorithms(t *testing.T) {
	k := testKeys()
	all := []struct {
		method jwt.SigningMethod
		key    any
		id     string
	}{
		{jwt.SigningMethodHS256, []byte(testSecret), "k1"},
		{jwt.SigningMethodRS256, k.rsa, "pem-1"},
		{jwt.SigningMethodPS256, k.rsa, "pem-1"},
		{jwt.SigningMethodES256, k.p256, "pem-2"},
		{jwt.SigningMethodEdDSA, k.ed, "pem-3"},
	}
	for _, made := range all {
		text := sign(t, made.method, made.key, claims(jwt.MapClaims{"iat": testNow.Unix()}))
		for _, listed := range all {
			v := verifierAt(jwtApp(t, listed.method.Alg()), testNow)
			c, err := v.Verify(0, "alice", text)
			want := CodeSignature
			if listed.method == made.method {
				want = 0
			}
			if codeOf(t, err) != want {
				t.Errorf("%s where %s is listed: %v, want %d", made.method.Alg(), listed.method.Alg(), err, want)
			}
			if err != nil {
				continue
			}
			if want := (Claims{App: testApp, User: "alice", Issued: testNow, Expires: testNow.Add(time.Hour), Kind: WebToken, KeyID: made.id, Hash: c.Hash, Key: c.Key}); c != want {
				t.Errorf("%s: %+v, want %+v", made.method.Alg(), c, want)
			}
		}
	}
}

func TestJWTForgeries(t *testing.T) {
	k := testKeys()
	rsaPEM := publicPEM(t, k.rsa.Public())
	der, _ := x509.MarshalPKIXPublicKey(k.rsa.Public())
	every := jwtApp(t, algorithms...)
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil))
	listsNone := jwtApp(t, "none", "NONE", "HS512", "RS256")
	pemSecret := jwtApp(t, "HS256")
	pemSecret.JWT.Secret = rsaPEM
	noKeys := &App{ID: testApp, JWT: JWT{Algorithms: algorithms}}
	parts := strings.Split(sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil)), ".")
	otherBody := base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root","sdkappid":1400000001,"exp":1900000000}`))
	p384only := plainApp()
	p384only.JWT = JWT{Algorithms: []string{"ES256"}, PublicKeys: []string{publicPEM(t, k.p384.Public())}}

	for _, c := range []struct {
		name string
		app  *App
		text string
		user string
		want int
	}{
		{"none", every, none, "alice", CodeSignature},
		{"none though listed", listsNone, none, "alice", CodeSignature},
		{"HS512 though listed", listsNone, sign(t, jwt.SigningMethodHS512, []byte(testSecret), claims(nil)), "alice", CodeSignature},
		{"signature taken off", every, parts[0] + "." + parts[1] + ".", "alice", CodeSignature},
		{"body exchanged", every, parts[0] + "." + otherBody + "." + parts[2], "root", CodeSignature},
		{"public PEM as HMAC secret", every, sign(t, jwt.SigningMethodHS256, []byte(rsaPEM), claims(nil)), "alice", CodeSignature},
		{"public DER as HMAC secret", every, sign(t, jwt.SigningMethodHS256, der, claims(nil)), "alice", CodeSignature},
		{"public PEM configured as secret", pemSecret, sign(t, jwt.SigningMethodHS256, []byte(rsaPEM), claims(nil)), "alice", CodeNoKey},
		{"empty HMAC secret", noKeys, sign(t, jwt.SigningMethodHS256, []byte(""), claims(nil)), "alice", CodeNoKey},
		{"stranger's RSA key", every, sign(t, jwt.SigningMethodRS256, mustRSA(t), claims(nil)), "alice", CodeSignature},
		{"wrong curve", every, sign(t, jwt.SigningMethodES384, k.p384, claims(nil)), "alice", CodeSignature},
		{"wrong curve as the only key", p384only, sign(t, jwt.SigningMethodES256, k.p256, claims(nil)), "alice", CodeNoKey},
		{"no JWT accepted", plainApp(), sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil)), "alice", CodeNoKey},
		{"no key of the kind", &App{ID: testApp, JWT: JWT{Algorithms: []string{"RS256"}}}, sign(t, jwt.SigningMethodRS256, k.rsa, claims(nil)), "alice", CodeNoKey},
		{"unknown critical extension", every, sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil), "crit", "x"), "alice", CodeMalformed},
	} {
		if got, err := verifierAt(c.app, testNow).Verify(0, c.user, c.text); codeOf(t, err) != c.want {
			t.Errorf("%s: %+v, %v, want %d", c.name, got, err, c.want)
		}
	}
}

func mustRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestJWTClaims(t *testing.T) {
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	for _, c := range []struct {
		name   string
		claims jwt.MapClaims
		app    uint32
		user   string
		want   int
	}{
		{"app by number", nil, testApp, "alice", 0},
		{"app by aud", jwt.MapClaims{"sdkappid": nil, "aud": "1400000001"}, 0, "alice", 0},
		{"app among auds", jwt.MapClaims{"sdkappid": nil, "aud": []string{"https://x", "7", "1400000001"}}, testApp, "alice", 0},
		{"app from the caller", jwt.MapClaims{"sdkappid": nil}, testApp, "alice", 0},
		{"app from nowhere", jwt.MapClaims{"sdkappid": nil}, 0, "alice", CodeUnknownApp},
		{"another audience", jwt.MapClaims{"sdkappid": nil, "aud": "https://x"}, testApp, "alice", CodeOtherApp},
		{"another app", jwt.MapClaims{"sdkappid": 7}, testApp, "alice", CodeOtherApp},
		{"another app by aud", jwt.MapClaims{"sdkappid": nil, "aud": "7"}, testApp, "alice", CodeOtherApp},
		{"unknown app", jwt.MapClaims{"sdkappid": 7}, 0, "alice", CodeUnknownApp},
		{"app is text", jwt.MapClaims{"sdkappid": "1400000001"}, testApp, "alice", CodeMalformed},
		{"another user", nil, testApp, "Alice", CodeOtherUser},
		{"no sub", jwt.MapClaims{"sub": nil}, testApp, "", CodeMalformed},
		{"sub is a number", jwt.MapClaims{"sub": 5}, testApp, "5", CodeMalformed},
		{"no exp", jwt.MapClaims{"exp": nil}, testApp, "alice", CodeMalformed},
		{"exp within leeway", jwt.MapClaims{"exp": at(-60 * time.Second)}, testApp, "alice", 0},
		{"exp past leeway", jwt.MapClaims{"exp": at(-61 * time.Second)}, testApp, "alice", CodeExpired},
		{"nbf within leeway", jwt.MapClaims{"nbf": at(60 * time.Second)}, testApp, "alice", 0},
		{"nbf past leeway", jwt.MapClaims{"nbf": at(61 * time.Second)}, testApp, "alice", CodeMalformed},
		{"iat within leeway", jwt.MapClaims{"iat": at(60 * time.Second)}, testApp, "alice", 0},
		{"iat past leeway", jwt.MapClaims{"iat": at(61 * time.Second)}, testApp, "alice", CodeMalformed},
	} {
		v := verifierAt(jwtApp(t, "HS256"), testNow)
		text := sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(c.claims))
		for _, again := range []string{"", ", again"} {
			if _, err := v.Verify(c.app, c.user, text); codeOf(t, err) != c.want {
				t.Errorf("%s%s: %v, want %d", c.name, again, err, c.want)
			}
		}
	}
}

// That somebody else said the app once does not make the token say it.
func TestCachedJWTWithoutAppStillNeedsApp(t *testing.T) {
	v := verifierAt(jwtApp(t, "HS256"), testNow)
	text := sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(jwt.MapClaims{"sdkappid": nil}))
	for _, c := range []struct {
		app  uint32
		want int
	}{{testApp, 0}, {0, CodeUnknownApp}, {testApp, 0}} {
		if _, err := v.Verify(c.app, "alice", text); codeOf(t, err) != c.want {
			t.Errorf("asked for app %d: %v, want %d", c.app, err, c.want)
		}
	}
}

func TestCachedJWTExpires(t *testing.T) {
	now := testNow
	v := NewVerifier(Options{Apps: one(jwtApp(t, "HS256")), Now: func() time.Time { return now }})
	text := sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(nil))
	for after, want := range map[time.Duration]int{0: 0, time.Hour + 60*time.Second: 0, time.Hour + 61*time.Second: CodeExpired} {
		now = testNow.Add(after)
		if _, err := v.Verify(testApp, "alice", text); codeOf(t, err) != want {
			t.Errorf("%v later: %v, want %d", after, err, want)
		}
	}
}

func TestJWTShape(t *testing.T) {
	for text, want := range map[string]bool{
		"a.b.c": true, "a.b.": true, "a.b": false, "a.b.c.d": false, "..": false, "a..c": false,
		"a.b.c=": false, "a.b*.c": false, "": false, "eJwx_": false, "a-_.b.c": true,
	} {
		if got := looksLikeJWT(text); got != want {
			t.Errorf("looksLikeJWT(%q) = %v", text, got)
		}
	}
	v := verifierAt(jwtApp(t, "HS256"), testNow)
	for _, text := range []string{"a.b.c", "e30.e30.e30", "eyJhbGciOiJIUzI1NiJ9.W10.AA", "a.b." + strings.Repeat("c", maxJWTBytes)} {
		if _, err := v.Verify(testApp, "alice", text); codeOf(t, err) != CodeMalformed {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func jwk(t testing.TB, kid string, key crypto.PublicKey) map[string]any {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	switch k := key.(type) {
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "kid": kid, "n": b64(k.N.Bytes()), "e": "AQAB"}
	case ed25519.PublicKey:
		return map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(k)}
	}
	t.Fatalf("no JWK for %T", key)
	return nil
}

func jwks(t testing.TB, keys ...map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJWKSFile(t *testing.T) {
	k := testKeys()
	file := filepath.Join(t.TempDir(), "jwks.json")
	forEncryption := jwk(t, "enc", k.rsa2.Public())
	forEncryption["use"] = "enc"
	set := jwks(t, map[string]any{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, map[string]any{"kty": "??"},
		forEncryption, jwk(t, "a", k.rsa.Public()), jwk(t, "b", k.ed.Public()))
	if err := os.WriteFile(file, set, 0o600); err != nil {
		t.Fatal(err)
	}
	app := &App{ID: testApp, JWT: JWT{Algorithms: algorithms, JWKSFile: file}}
	if err := app.JWT.Check(); err != nil {
		t.Errorf("Check: %v", err)
	}
	v := verifierAt(app, testNow)
	if c, err := v.Verify(0, "alice", sign(t, jwt.SigningMethodPS256, k.rsa, claims(nil), "kid", "a")); err != nil || c.KeyID != "a" {
		t.Errorf("RSA key of the file: %+v, %v", c, err)
	}
	if _, err := v.Verify(0, "alice", sign(t, jwt.SigningMethodEdDSA, k.ed, claims(nil))); err != nil {
		t.Errorf("Ed25519 key of the file, no kid: %v", err)
	}
	if _, err := v.Verify(0, "alice", sign(t, jwt.SigningMethodRS256, k.rsa2, claims(nil), "kid", "enc")); codeOf(t, err) != CodeSignature {
		t.Errorf("a key for encryption signed: %v", err)
	}
	if _, err := v.Verify(0, "alice", sign(t, jwt.SigningMethodHS256, []byte("secret"), claims(nil), "kid", "shared")); codeOf(t, err) != CodeNoKey {
		t.Errorf("a shared secret in a public set: %v", err)
	}
}

func TestJWKSURL(t *testing.T) {
	k := testKeys()
	var fetches atomic.Int32
	var answer atomic.Pointer[[]byte]
	serve := func(b []byte) { answer.Store(&b) }
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		if b := *answer.Load(); b != nil {
			w.Write(b)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer srv.Close()
	now := testNow
	v := NewVerifier(Options{
		Apps: one(&App{ID: testApp, JWT: JWT{Algorithms: []string{"RS256", "EdDSA"}, JWKSURL: srv.URL}}),
		Now:  func() time.Time { return now },
		HTTP: srv.Client(),
	})
	byRSA := sign(t, jwt.SigningMethodRS256, k.rsa, claims(jwt.MapClaims{"exp": testNow.Add(9 * time.Hour).Unix()}), "kid", "a")
	byEd := sign(t, jwt.SigningMethodEdDSA, k.ed, claims(jwt.MapClaims{"exp": testNow.Add(9 * time.Hour).Unix()}), "kid", "b")
	step := func(what, text string, after time.Duration, wantCode int, wantFetches int32) {
		t.Helper()
		now = testNow.Add(after)
		_, err := v.Verify(0, "alice", text)
		if codeOf(t, err) != wantCode || fetches.Load() != wantFetches {
			t.Errorf("%s: %v after %d fetches, want %d after %d", what, err, fetches.Load(), wantCode, wantFetches)
		}
	}

	serve(nil)
	step("the server is down", byRSA, 0, CodeNoKey, 1)
	step("not asked again at once", byRSA, 29*time.Second, CodeNoKey, 1)
	serve(jwks(t, jwk(t, "a", k.rsa.Public())))
	step("up again", byRSA, 30*time.Second, 0, 2)
	step("cached", byRSA, 31*time.Second, 0, 2)
	step("unknown kid asks once", byEd, time.Minute, CodeNoKey, 3)
	step("and not at once again", byEd, time.Minute+time.Second, CodeNoKey, 3)
	serve(jwks(t, jwk(t, "a", k.rsa.Public()), jwk(t, "b", k.ed.Public())))
	step("a new key is found", byEd, 2*time.Minute, 0, 4)
	serve(nil)
	step("stale, the server down: the old set serves", byRSA, 3*time.Hour, 0, 5)
	serve(jwks(t, jwk(t, "b", k.ed.Public())))
	step("remembered for minutes", byRSA, 3*time.Hour+4*time.Minute, 0, 5)
	step("then a removed key is gone", byRSA, 3*time.Hour+6*time.Minute, CodeNoKey, 6)
}

// A check with a known key does not wait for the fetch of another key.
func TestJWKSFetchDoesNotBlockKnownKeys(t *testing.T) {
	k := testKeys()
	r := &remoteKeys{have: []publicKey{{id: "a", key: k.rsa.Public()}}, fetched: testNow}
	began, release := make(chan struct{}), make(chan struct{})
	r.client = clientFunc(func(req *http.Request) (*http.Response, error) {
		if deadline, ok := req.Context().Deadline(); !ok || time.Until(deadline) > remoteTimeout {
			t.Error("a fetch without a short deadline")
		}
		close(began)
		<-release
		return nil, context.DeadlineExceeded
	})
	waited := make(chan int)
	go func() { waited <- len(r.keys("unknown", testNow)) }()
	<-began
	if got := len(r.keys("a", testNow)); got != 1 {
		t.Errorf("%d keys during a fetch, want 1", got)
	}
	if got := len(r.keys("a", testNow.Add(2*time.Hour))); got != 1 {
		t.Errorf("%d stale keys during a fetch, want 1", got)
	}
	go func() { waited <- len(r.keys("unknown too", testNow)) }()
	close(release)
	if a, b := <-waited, <-waited; a+b != 0 {
		t.Errorf("unknown keys found: %d, %d", a, b)
	}
}

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestJWTCheck(t *testing.T) {
	k := testKeys()
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.rsa)}))
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)}))
	for name, c := range map[string]struct {
		jwt   JWT
		words string
	}{
		"fine":            {JWT{Algorithms: algorithms, PublicKeys: []string{pkcs1, publicPEM(t, k.ed.Public())}}, ""},
		"none":            {JWT{Algorithms: []string{"none"}}, `"none" is not one of`},
		"PEM secret":      {JWT{Algorithms: []string{"HS256"}, Secret: pkcs1}, "secret is PEM"},
		"private key":     {JWT{PublicKeys: []string{private}}, "not a public key"},
		"no PEM":          {JWT{PublicKeys: []string{"AAAA"}}, "no PEM block"},
		"P-384":           {JWT{PublicKeys: []string{publicPEM(t, k.p384.Public())}}, "needs P-256"},
		"no file":         {JWT{JWKSFile: filepath.Join(t.TempDir(), "absent")}, "JWKS file"},
		"two faults told": {JWT{Algorithms: []string{"none"}, PublicKeys: []string{"AAAA"}}, "public key 0"},
	} {
		err := c.jwt.Check()
		if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
	}
}

func TestExplainJWT(t *testing.T) {
	v := verifierAt(jwtApp(t, "RS256"), testNow.Add(2*time.Hour))
	got := v.Explain(0, "bob", sign(t, jwt.SigningMethodRS256, mustRSA(t), claims(nil), "kid", "a"))
	var wrong []string
	for _, f := range got {
		if !f.OK {
			wrong = append(wrong, f.Step)
		}
	}
	if want := "user signature time"; strings.Join(wrong, " ") != want {
		t.Errorf("wrong: %v, want %s: %+v", wrong, want, got)
	}
	c, err := Inspect(sign(t, jwt.SigningMethodRS256, testKeys().rsa, claims(nil), "kid", "a"))
	if err != nil || c.Kind != WebToken || c.User != "alice" || c.App != testApp || c.Alg != "RS256" || c.KeyID != "a" || c.Kind.String() != "JWT" {
		t.Errorf("%+v, %v", c, err)
	}
}

// A JWT counts as issued at its iat, else its nbf.
func TestJWTIssued(t *testing.T) {
	iat, nbf := testNow.Add(-time.Minute), testNow.Add(-2*time.Minute)
	for _, c := range []struct {
		claims jwt.MapClaims
		want   time.Time
	}{
		{jwt.MapClaims{"iat": iat.Unix(), "nbf": nbf.Unix()}, iat},
		{jwt.MapClaims{"nbf": nbf.Unix()}, nbf},
		{nil, time.Time{}},
	} {
		text := sign(t, jwt.SigningMethodHS256, []byte(testSecret), claims(c.claims))
		got, err := verifierAt(jwtApp(t, "HS256"), testNow).Verify(testApp, "alice", text)
		if err != nil || !got.Issued.Equal(c.want) {
			t.Errorf("%v: issued %v, %v, want %v", c.claims, got.Issued, err, c.want)
		}
	}
}

// A token made here is let in, and short enough for the CONNECT of a small device.
func TestMintJWT(t *testing.T) {
	text, err := MintJWT(testApp, "kettle", testSecret, testNow, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 170 {
		t.Errorf("the token has %d characters: %s", len(text), text)
	}
	app := plainApp()
	app.JWT = JWT{Algorithms: []string{"HS256"}}
	v := NewVerifier(Options{Apps: one(app), Now: func() time.Time { return testNow }})
	c, err := v.Verify(0, "kettle", text)
	if err != nil {
		t.Fatal(err)
	}
	if c.App != testApp || c.User != "kettle" || !c.Issued.Equal(testNow) || !c.Expires.Equal(testNow.Add(time.Hour)) {
		t.Errorf("it says %+v", c)
	}
	for _, bad := range []struct {
		user, secret string
		life         time.Duration
	}{{"", testSecret, time.Hour}, {"kettle", "", time.Hour}, {"kettle", testSecret, 0}} {
		if _, err := MintJWT(testApp, bad.user, bad.secret, testNow, bad.life); err == nil {
			t.Errorf("made of %+v", bad)
		}
	}
}
