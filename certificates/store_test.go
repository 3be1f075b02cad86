package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/acme"
)

// signed makes a certificate for names that signs itself, with a number to know it by.
func signed(t *testing.T, serial int64, from, until time.Time, names ...string) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: names, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, &form, &form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// put writes such a certificate and its key to files.
func put(t *testing.T, p Pair, serial int64, names ...string) {
	t.Helper()
	key, der := signed(t, serial, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), names...)
	secret, err := keyPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{p.Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), p.Key: secret} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func pairIn(dir, name string) Pair {
	return Pair{Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key")}
}

// shown is the number of the certificate that a client is shown who asks for a name.
func shown(s *Store, name string, protocols ...string) (int64, error) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		_ = tls.Server(there, s.TLS()).Handshake()
		_ = there.Close()
	}()
	c := tls.Client(here, &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		return 0, err
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
}

func TestCertificateIsChosenByName(t *testing.T) {
	dir := t.TempDir()
	first, second := pairIn(dir, "first"), pairIn(dir, "second")
	put(t, first, 1, "first.example")
	put(t, second, 2, "second.example", "*.shop.example")
	s, err := Open(Options{Files: []Pair{first, second}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"first.example": 1, "second.example": 2, "a.shop.example": 2, "other.example": 1, "": 1} {
		if got, err := shown(s, name); err != nil || got != want {
			t.Errorf("%q is shown %d (%v), want %d", name, got, err, want)
		}
	}
	if !s.Covers("second.example") || s.Covers("other.example") || s.Name() != "first.example" {
		t.Error("the store does not know for which names it has certificates")
	}
	put(t, second, 3, "second.example")
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if got, _ := shown(s, "second.example"); got != 3 {
		t.Errorf("after a reload %d is shown", got)
	}
	if err := os.WriteFile(first.Cert, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, second, 4, "second.example")
	if err := s.Reload(); err == nil {
		t.Error("a broken file was taken")
	}
	if got, _ := shown(s, "second.example"); got != 3 {
		t.Errorf("one broken file has changed another: %d is shown", got)
	}
}

func TestStoresThatCannotOpen(t *testing.T) {
	dir := t.TempDir()
	good := pairIn(dir, "good")
	put(t, good, 1, "a.example")
	for name, o := range map[string]Options{
		"nothing":            {},
		"a missing file":     {Files: []Pair{pairIn(dir, "absent")}},
		"a missing CA":       {Files: []Pair{good}, ClientCA: filepath.Join(dir, "absent")},
		"a CA that is a key": {Files: []Pair{good}, ClientCA: good.Key},
		"no names":           {ACME: &ACME{Dir: dir}},
		"an address":         {ACME: &ACME{Dir: dir, Names: []string{"192.0.2.1"}}},
		"a pattern":          {ACME: &ACME{Dir: dir, Names: []string{"*.example.com"}}},
		"a path as a name":   {ACME: &ACME{Dir: dir, Names: []string{"../evil.com"}}},
		"no URL":             {ACME: &ACME{Dir: dir, Names: []string{"a.example"}, Directory: "here"}},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// ours is a store of one name whose certificate from the authority has a time.
func ours(t *testing.T, from, until time.Time) *Store {
	t.Helper()
	o := Options{ACME: &ACME{Dir: t.TempDir(), Names: []string{"chat.example", "new.example"}}}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	key, der := signed(t, 7, from, until, "chat.example")
	if _, err := s.acme.store("chat.example", key, [][]byte{der}); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(o); err != nil { // it is found again
		t.Fatal(err)
	}
	return s
}

// expiry is what the metrics say about the end of a certificate; 0: nothing.
func expiry(t *testing.T, r *prometheus.Registry, name, from string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			l := m.GetLabel() // in the order of their names
			if f.GetName() == "teahouse_certificate_expiry_timestamp_seconds" && l[0].GetValue() == from && l[1].GetValue() == name {
				return m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func TestStoredCertificates(t *testing.T) {
	now := time.Now()
	s := ours(t, now.Add(-time.Hour), now.Add(time.Hour))
	for _, name := range []string{"chat.example", "CHAT.example", ""} {
		if got, err := shown(s, name); err != nil || got != 7 {
			t.Errorf("%q is shown %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"new.example", "other.example"} {
		if got, err := shown(s, name); err == nil {
			t.Errorf("%s, for which there is none, is shown %d", name, got)
		}
	}
	file := filepath.Join(s.acme.dir, "chat.example"+certSuffix)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the key has the mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(s.acme.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has the mode %v, %v", info.Mode(), err)
	}
	if _, err := s.acme.accountKey(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(s.acme.dir, accountFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key of the account has the mode %v, %v", info.Mode(), err)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(s)
	if got := expiry(t, r, "chat.example", fromACME); got != float64(now.Add(time.Hour).Unix()) {
		t.Errorf("its end is shown as %v", got)
	}
	if err := os.WriteFile(file, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(s.opt)
	if err != nil {
		t.Fatal(err)
	}
	if due := again.acme.due("chat.example"); due > 0 {
		t.Errorf("a damaged one is ordered anew in %v, want at once", due)
	}
}

func TestWhenCertificatesAreRenewed(t *testing.T) {
	now := time.Now()
	const day = 24 * time.Hour
	for _, row := range []struct {
		name        string
		age, life   time.Duration
		least, most time.Duration
	}{
		{"new, of 90 days", 0, 90 * day, 57 * day, 60 * day},
		{"with a third left", 60 * day, 90 * day, -3 * day, 0},
		{"ended", 100 * day, 90 * day, -50 * day, 0},
		{"new, of 6 days", 0, 6 * day, 91 * time.Hour, 4 * day},
	} {
		s := ours(t, now.Add(-row.age), now.Add(row.life-row.age))
		if due := s.acme.due("chat.example"); due < row.least-time.Minute || due > row.most {
			t.Errorf("%s: due in %v, want %v to %v", row.name, due, row.least, row.most)
		}
	}
	if due := ours(t, now, now.Add(time.Hour)).acme.due("new.example"); due > 0 {
		t.Errorf("one that there is not is due in %v", due)
	}
}

func TestHowLongAFailedOrderWaits(t *testing.T) {
	now := time.Now()
	long, short := ours(t, now, now.Add(90*24*time.Hour)).acme, ours(t, now, now.Add(time.Minute)).acme
	limited := &acme.Error{ProblemType: "urn:ietf:params:acme:error:rateLimited", Header: map[string][]string{"Retry-After": {"36000"}}}
	other := errors.New("other")
	for _, row := range []struct {
		k      *keeper
		name   string
		failed int
		err    error
		want   time.Duration
	}{
		{long, "chat.example", 1, other, 20 * time.Minute},
		{long, "chat.example", 2, other, 40 * time.Minute},
		{long, "chat.example", 60, other, 6 * time.Hour},
		{long, "new.example", 1, other, 20 * time.Minute},
		{long, "new.example", 1, limited, 10 * time.Hour},
		{short, "chat.example", 5, other, 3 * time.Second},
	} {
		if got := row.k.pause(row.name, row.failed, row.err); got != row.want {
			t.Errorf("after %d failures %v, want %v", row.failed, got, row.want)
		}
	}
}

// What goes wrong is told with what to do about it, once for each order.
func TestFailuresAreToldWithAdvice(t *testing.T) {
	for kind, want := range map[string]string{
		"dns": "A or AAAA", "connection": "port 443", "unauthorized": "port 80", "caa": "CAA", "rateLimited": "staging",
		"externalAccountRequired": "another", "invalidContact": "tls.acme.email", "rejectedIdentifier": "tls.acme.names",
	} {
		problem := &acme.Error{ProblemType: "urn:ietf:params:acme:error:" + kind}
		for _, err := range []error{problem, failedChallenge{&acme.AuthorizationError{Errors: []error{problem}}}} {
			if got := advice(fmt.Errorf("order: %w", err)); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want something with %q", kind, got, want)
			}
		}
	}
	if got := advice(errors.New("connection refused")); !strings.Contains(got, "tls.acme.directory") {
		t.Errorf("another: %q", got)
	}
	var said strings.Builder
	now := time.Now()
	s := ours(t, now.Add(-2*time.Hour), now.Add(-time.Hour))
	s.acme.log = slog.New(slog.NewTextHandler(&said, nil))
	s.acme.noteFailure("chat.example", errors.New("why"), time.Hour)
	s.acme.noteFailure("new.example", errors.New("why"), time.Hour)
	for _, want := range []string{"level=ERROR", "has ended", "nobody can connect", "again_in=1h0m0s", "err=why"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, &said)
		}
	}
}

func TestNamesThatAnAuthorityTakes(t *testing.T) {
	for name, want := range map[string]bool{
		"chat.example.com": true, "a.b": true, "xn--bcher-kva.example": true, "1.example": true,
		"localhost": false, "Chat.example.com": false, "*.example.com": false, "192.0.2.1": false, "a..b": false, "": false,
		"-a.example": false, "a-.example": false, "a.example.": false, "a/b.example": false, strings.Repeat("a", 64) + ".example": false,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
