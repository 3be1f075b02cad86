package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/forwarded"
)

func TestTLSCertificateReload(t *testing.T) {
	o := devOptions(t)
	o.MQTTS, o.AdminTLS = "127.0.0.1:0", true
	o.TLS.Certificates = certificateIn(t.TempDir())
	if _, err := Start(t.Context(), o); err == nil {
		t.Fatal("started without its certificate")
	}
	writeCertificate(t, o, 1)
	a := start(t, o)
	r := a.Ready()
	admin, ok := strings.CutPrefix(r.Admin, "https://")
	if !ok {
		t.Fatalf("the admin port is %s", r.Admin)
	}
	secure := func(c *mqtt.ClientOptions) { c.SetTLSConfig(&tls.Config{RootCAs: roots(t, o)}) }
	if _, err := connect(t, "ssl://"+r.MQTTS, r.SDKAppID, r.Key, "alice", secure); err != nil {
		t.Errorf("alice may not come in over TLS: %v", err)
	}
	for _, at := range []string{r.MQTTS, admin} {
		if got := serial(t, at); got != 1 {
			t.Errorf("%s shows certificate %d, want 1", at, got)
		}
	}
	writeCertificate(t, o, 2)
	if err := a.Reload(nil); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{r.MQTTS, admin} {
		if got := serial(t, at); got != 2 {
			t.Errorf("after the reload %s shows certificate %d, want 2", at, got)
		}
	}
	if err := os.WriteFile(o.TLS.Certificates.Files[0].Cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(nil); err == nil {
		t.Error("a file that is no certificate was taken")
	}
	if got := serial(t, r.MQTTS); got != 2 {
		t.Errorf("a bad file has changed the certificate to %d", got)
	}
}

// certificateIn names files in a folder.
func certificateIn(dir string) *certificates.Options {
	return &certificates.Options{Files: []certificates.Pair{{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}}}
}

// writeCertificate makes one that signs itself, with a number to know it by.
func writeCertificate(t *testing.T, o Options, number int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"chat.example"}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		o.TLS.Certificates.Files[0].Cert: {Type: "CERTIFICATE", Bytes: cert}, o.TLS.Certificates.Files[0].Key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func roots(t *testing.T, o Options) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(o.TLS.Certificates.Files[0].Cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

// serial is the number of the certificate that an address shows.
func serial(t *testing.T, at string) int64 {
	t.Helper()
	c, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true}) // it is the number that is looked at
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// One port over TLS has everything, and the one without does nothing but send there.
func TestOneSecurePort(t *testing.T) {
	o := devOptions(t)
	o.WSS, o.Redirect, o.MQTT, o.Web.Chat = "127.0.0.1:0", true, "", true
	o.TLS.Certificates, o.TLS.HSTS = certificateIn(t.TempDir()), time.Hour
	writeCertificate(t, o, 1)
	plain := net.JoinHostPort("127.0.0.1", freePort(t))
	o.WS = plain
	a := start(t, o)
	r := a.Ready()
	if r.WS != "" || !strings.HasPrefix(r.WSS, "wss://127.0.0.1:") {
		t.Fatalf("the addresses are %q and %q", r.WS, r.WSS)
	}
	at := strings.TrimSuffix(strings.TrimPrefix(r.WSS, "wss://"), "/mqtt")
	_, port, _ := net.SplitHostPort(at)
	if want := "https://chat.example:" + port; r.Media != want {
		t.Errorf("files are at %s, want %s", r.Media, want)
	}
	for _, url := range []string{r.WSS, "ssl://" + at} {
		secure := func(c *mqtt.ClientOptions) {
			conf := &tls.Config{RootCAs: roots(t, o)}
			if strings.HasPrefix(url, "ssl:") {
				conf.NextProtos = []string{"mqtt"}
			}
			c.SetTLSConfig(conf)
		}
		if _, err := connect(t, url, r.SDKAppID, r.Key, "alice", secure); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	client := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots(t, o)},
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) { // the name leads here
				if strings.HasPrefix(addr, "chat.example:") {
					addr = "127.0.0.1:" + addr[len("chat.example:"):]
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	for _, row := range []struct {
		host, path string
		to         string // the host it is sent to
	}{
		{"chat.example", "/a?b=c", "chat.example"},
		{"127.0.0.1", "/", "127.0.0.1"},
		{"evil.example", "/mqtt", "chat.example"},
		{"chat.example", "//evil.example/x", "chat.example"},
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+plain+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = row.host
		answer, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if want := "https://" + row.to + ":" + port + row.path; answer.StatusCode != http.StatusPermanentRedirect || answer.Header.Get("Location") != want {
			t.Errorf("%s%s: %d to %s, want %s", row.host, row.path, answer.StatusCode, answer.Header.Get("Location"), want)
		}
	}
	for url, want := range map[string]string{"https://chat.example:" + port: "max-age=3600", "https://" + at: ""} {
		answer, err := client.Get(url + "/")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := answer.Header.Get("Strict-Transport-Security"); answer.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: %d with %q, want %q", url, answer.StatusCode, got, want)
		}
	}
}

// With client_certs: required nobody comes in over TLS without a certificate of the operator's
// authority; with optional it is asked for and a strange one is refused.
func TestClientCertificates(t *testing.T) {
	for _, required := range []bool{false, true} {
		t.Run(fmt.Sprintf("required %v", required), func(t *testing.T) { clientCertificates(t, required) })
	}
}

func clientCertificates(t *testing.T, required bool) {
	o := devOptions(t)
	o.MQTTS, o.WSS = "127.0.0.1:0", "127.0.0.1:0"
	o.TLS.Certificates = certificateIn(t.TempDir())
	o.TLS.AskClients, o.TLS.NeedClients = true, required
	o.TLS.Certificates.ClientCA = o.TLS.Certificates.Files[0].Cert // it has signed itself
	writeCertificate(t, o, 1)
	own, err := tls.LoadX509KeyPair(o.TLS.Certificates.Files[0].Cert, o.TLS.Certificates.Files[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	other := o
	other.TLS.Certificates = certificateIn(t.TempDir())
	writeCertificate(t, other, 2)
	strange, err := tls.LoadX509KeyPair(other.TLS.Certificates.Files[0].Cert, other.TLS.Certificates.Files[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, o).Ready()
	for _, row := range []struct {
		url   string
		shows []tls.Certificate
		ok    bool
	}{
		{"ssl://" + r.MQTTS, []tls.Certificate{own}, true},
		{"ssl://" + r.MQTTS, nil, !required},
		{"ssl://" + r.MQTTS, []tls.Certificate{strange}, false},
		{r.WSS, []tls.Certificate{own}, true},
		{r.WSS, nil, !required},
	} {
		secure := func(c *mqtt.ClientOptions) {
			// Whatever is asked for, it shows what it has.
			show := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(row.shows) == 0 {
					return new(tls.Certificate), nil
				}
				return &row.shows[0], nil
			}
			c.SetTLSConfig(&tls.Config{RootCAs: roots(t, o), GetClientCertificate: show})
		}
		if _, err := connect(t, row.url, r.SDKAppID, r.Key, "alice", secure); (err == nil) != row.ok {
			t.Errorf("required %v, %s with %d certificates: %v", required, row.url, len(row.shows), err)
		}
	}
}

// Operators see the clients behind a proxy, and the admin port those behind an HTTP proxy.
func TestClientsBehindProxiesAreNamed(t *testing.T) {
	o := devOptions(t)
	here := forwarded.Prefixes{netip.MustParsePrefix("127.0.0.1/32")}
	o.Proxies = Proxies{From: here, Listeners: []string{"mqtt"}, Forwarders: here}
	a := start(t, o)
	r := a.Ready()
	through := func(c *mqtt.ClientOptions) {
		c.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
			sock, err := net.Dial("tcp", r.MQTT)
			if err == nil {
				_, err = io.WriteString(sock, "PROXY TCP4 198.51.100.7 127.0.0.1 4711 1883\r\n")
			}
			return sock, err
		})
	}
	if _, err := connect(t, "tcp://"+r.MQTT, r.SDKAppID, r.Key, "alice", through); err != nil {
		t.Fatal(err)
	}
	behind := http.Header{"X-Forwarded-For": {"198.51.100.8"}}
	if _, err := connect(t, r.WS, r.SDKAppID, r.Key, "bob", func(c *mqtt.ClientOptions) { c.SetHTTPHeaders(behind) }); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, c := range a.broker.Connections(chat.ConnectionQuery{}, 10) {
		seen[string(c.User)] = c.IP
	}
	if seen["alice"] != "198.51.100.7" || seen["bob"] != "198.51.100.8" {
		t.Errorf("operators see %v", seen)
	}
}

// freePort is one that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}
