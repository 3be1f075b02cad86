package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func TestTLSCertificateReload(t *testing.T) {
	o := devOptions(t)
	o.MQTTS, o.AdminTLS = "127.0.0.1:0", true
	o.CertFile, o.KeyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
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
	if err := os.WriteFile(o.CertFile, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(nil); err == nil {
		t.Error("a file that is no certificate was taken")
	}
	if got := serial(t, r.MQTTS); got != 2 {
		t.Errorf("a bad file has changed the certificate to %d", got)
	}
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
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
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
		o.CertFile: {Type: "CERTIFICATE", Bytes: cert}, o.KeyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func roots(t *testing.T, o Options) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(o.CertFile)
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
