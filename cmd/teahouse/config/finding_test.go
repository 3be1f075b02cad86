package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)

const sound = "7c1f0a9be2d34586a7c1f0a9be2d3458"

// certificatesOf makes a certificate for a name that ends after some days, and its key.
func certificateOf(t *testing.T, dir, name string, days int) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	end := today.AddDate(0, 0, days)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(0, 0, -90), NotAfter: end, DNSNames: []string{name}}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What can be read and is unwise, or will not work for long, is found; a sound configuration has no
// finding.
func TestFindings(t *testing.T) {
	const (
		quiet = "listen: {mqtt: 127.0.0.1:1883, ws: 127.0.0.1:8083}\n"
		keyed = quiet + "apps: {7: {keys: {first: {secret: KEY}}}}\n"
		tls   = quiet + "tls: {cert: DIR/cert.pem, key: DIR/key.pem}\n"
	)
	key := func(secret string) string { return strings.Replace(keyed, "KEY", `"`+secret+`"`, 1) }
	for _, c := range []struct {
		what, file string
		days       int // of the certificate, from today
		want       []string
	}{
		{what: "nothing", file: quiet},
		{what: "a good key", file: key(sound + sound)},
		{what: "the defaults", want: []string{"- listen.mqtt: :1883 can be reached", "- listen.ws: :8083 can be reached"}},
		{what: "plain admin and metrics", file: "listen: {mqtt: 127.0.0.1:1, ws: off, admin: 10.0.0.1:2, metrics: ':3'}\nadmin: {insecure: true}", want: []string{"- listen.admin: 10.0.0.1:2", "- listen.metrics: :3"}},
		{what: "an example", file: key("changeme"), want: []string{"! apps.7.keys.first.secret: is an example"}},
		{what: "an example over and over", file: key("secretsecretsecretsecretsecretsecret"), want: []string{"! apps.7.keys.first.secret: is an example"}},
		{what: "the published key", file: key("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e"), want: []string{"! apps.7.keys.first.secret: is an example"}},
		{what: "one character", file: key(strings.Repeat("x", 64)), want: []string{"! apps.7.keys.first.secret: consists of fewer than 5"}},
		{what: "a short key", file: key("q8Zk31Lm"), want: []string{"! apps.7.keys.first.secret: has 8 bytes"}},
		{what: "a shortish key", file: key("q8Zk31Lmq8Zk31Ln"), want: []string{"- apps.7.keys.first.secret: has 16 bytes, fewer than 32"}},
		{what: "keys of which one lasts", file: strings.Replace(key(sound), "}}}}", ", not_after: 2026-12-31T00:00:00Z}, second: {secret: "+sound+"}}}}", 1)},
		{what: "keys that have ended", file: strings.Replace(key(sound), "}}}}", ", not_after: 2026-12-31T00:00:00Z}}}}", 1), want: []string{"! apps.7.keys: the last key ended at 2026-12-31T00:00:00Z"}},
		{what: "keys that all end", file: strings.Replace(key(sound), "}}}}", ", not_after: 2027-02-01T00:00:00Z}, second: {secret: "+sound+", not_after: 2027-03-01T00:00:00Z}}}}", 1), want: []string{"- apps.7.keys: the last key ends at 2027-03-01T00:00:00Z"}},
		{what: "other secrets", file: key(sound) + "calls: {turn: ['turn:t:1'], turn_secret: the-shared-secret}", want: []string{"! calls.turn_secret: is an example"}},
		{what: "a webhook's token", file: strings.Replace(key(sound), "}}}}", "}}, webhook: {url: https://b, events: [all], token: q8Zk31Lm}}}", 1), want: []string{"! apps.7.webhook.token: has 8 bytes"}},
		{what: "plain webhooks", file: strings.Replace(key(sound), "}}}}", "}}, webhook: {url: http://b/x, events: [all]}}}", 1), want: []string{"- apps.7.webhook.url: http:// to b is not encrypted"}},
		{what: "a webhook on this machine", file: strings.Replace(key(sound), "}}}}", "}}, webhook: {url: http://localhost:1/x, events: [all]}}}", 1)},
		{what: "a good certificate", file: tls, days: 60},
		{what: "one that ends soon", file: tls, days: 13, want: []string{"- tls.cert: ends on 2027-01-14"}},
		{what: "one that has ended", file: tls, days: -1, want: []string{"! tls.cert: ended on 2026-12-31"}},
		{what: "one that is not good yet", file: tls, days: 100, want: []string{"! tls.cert: is good from 2027-01-11"}},
		{what: "one for another name", file: tls + "admin: {tls: true, hosts: [im.example.com, chat.example.com, '*.example.com']}\nmedia: {url: 'https://cdn.example.com'}", days: 60, want: []string{
			"- admin.hosts[1]: chat.example.com is not a name of tls.cert, which has im.example.com",
			"- media.url: cdn.example.com is not a name",
		}},
		{what: "a file as data folder", file: quiet + "data: DIR/cert.pem", days: 60, want: []string{"! data: DIR/cert.pem is not a folder"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			certificateOf(t, dir, "im.example.com", c.days)
			file := c.file
			if !strings.Contains(file, "data:") {
				file += "\ndata: DIR/new/data"
			}
			conf, err := Parse([]byte(strings.ReplaceAll(file, "DIR", dir)), nil)
			if err != nil {
				t.Fatal(err)
			}
			wantFindings(t, dir, conf.Findings(today), c.want)
			if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
				t.Error("looking has made a folder")
			}
		})
	}
}

func wantFindings(t *testing.T, dir string, got []Finding, want []string) {
	t.Helper()
	var lines []string
	for _, f := range got {
		mark := map[bool]string{true: "!", false: "-"}[f.Grave]
		lines = append(lines, strings.ReplaceAll(mark+" "+f.Path+": "+f.Text, dir, "DIR"))
	}
	if len(lines) != len(want) {
		t.Fatalf("found %q, want %q", lines, want)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("found %q, want %q", lines[i], want[i])
		}
	}
}

// Files with secrets that everybody may read are found, unless nobody gets to them.
func TestFilesThatOthersMayRead(t *testing.T) {
	dir := t.TempDir()
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) {
		if info, err := os.Stat(at); err != nil || info.Mode()&othersEnter == 0 && os.Chmod(at, 0o755) != nil {
			t.Skipf("others cannot get to %s", at)
		}
	}
	conf := filepath.Join(dir, "teahouse.yaml")
	secret := filepath.Join(dir, "key")
	text := "data: " + dir + "\nlisten: {mqtt: 127.0.0.1:1, ws: 127.0.0.1:2}\napps: {7: {keys: {first: {secret_file: " + secret + "}}, webhook: {url: https://b, events: [all], token: " + sound + "}}}"
	for _, c := range []struct {
		what            string
		conf, key, dirs os.FileMode
		want            []string
	}{
		{"all closed", 0o600, 0o600, 0o755, nil},
		{"open to a group", 0o640, 0o640, 0o755, nil},
		{"open to all", 0o644, 0o604, 0o755, []string{"- apps.7.keys.first.secret_file: everybody on this machine may read DIR/key", "- the configuration: everybody on this machine may read DIR/teahouse.yaml"}},
		{"written by all", 0o600, 0o666, 0o755, []string{"! apps.7.keys.first.secret_file: everybody on this machine may change"}},
		{"in a closed folder", 0o644, 0o666, 0o700, nil},
	} {
		for file, one := range map[string]struct {
			text string
			mode os.FileMode
		}{conf: {text, c.conf}, secret: {sound, c.key}} {
			if err := os.WriteFile(file, []byte(one.text), one.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, one.mode); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, c.dirs); err != nil {
			t.Fatal(err)
		}
		got, err := Load(conf, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(c.what)
		wantFindings(t, dir, got.Findings(today), c.want)
	}
}

// Two listeners in each other's way are a mistake, however they are written.
func TestSamePorts(t *testing.T) {
	for _, c := range []struct {
		mqtt, ws string
		want     bool
	}{
		{":1883", ":8083", false},
		{":1883", ":1883", true},
		{"0.0.0.0:1883", "127.0.0.1:1883", true},
		{"[::]:1883", "10.0.0.1:1883", true},
		{"localhost:1883", "127.0.0.1:1883", true},
		{"[::1]:1883", "[0:0::1]:1883", true},
		{"127.0.0.1:1883", "127.0.0.2:1883", false},
		{"127.0.0.1:0", "127.0.0.1:0", false},
		{":0", ":0", false},
		{"off", "127.0.0.1:8083", false},
	} {
		conf := Default()
		conf.Listen.MQTT, conf.Listen.WS = c.mqtt, c.ws
		err := conf.SamePorts()
		if (err != nil) != c.want {
			t.Errorf("%s and %s: %v", c.mqtt, c.ws, err)
		}
		if err != nil && !strings.Contains(err.Error(), "listen.ws: "+c.ws+": the port is that of listen.mqtt, "+c.mqtt) {
			t.Errorf("%s and %s: %v", c.mqtt, c.ws, err)
		}
	}
}
