//go:build e2e

package contract

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// Certificates come from an authority (Pebble, which Let's Encrypt tests clients with), by each of
// the two challenges over real connections; they are renewed while the server runs, and found
// again when it starts anew. A name that the authority does not take costs the others nothing.
func TestCertificatesOfAnAuthority(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// With the flags of this run all that they are made of would be compiled once more.
	build := exec.Command("go", "build", "-o", dir, "github.com/letsencrypt/pebble/v2/cmd/pebble", "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv")
	build.Dir, build.Env = "../../tools", append(os.Environ(), "GOFLAGS=-buildvcs=false -trimpath", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	a := newAuthority(t, dir)
	t.Run("TLS-ALPN-01", func(t *testing.T) {
		o := a.operator(t, "wss: 127.0.0.1:"+a.tlsPort+", ws: 'off'")
		shows(t, &o.out, "challenge=tls-alpn-01")
		shows(t, &o.out, "look at tls.acme.names") // of the name that is refused
		at := "127.0.0.1:" + a.tlsPort
		first := a.shown(t, at, "one.example.test")
		renewed := func(printed string) bool {
			return strings.Count(printed, "msg=certificate component=certificates name=one.example.test") >= 2
		}
		if err := o.out.AwaitThat("a renewal", renewed); err != nil {
			t.Fatal(err)
		}
		if second := a.shown(t, at, "one.example.test"); second.Cmp(first) == 0 {
			t.Error("the certificate is still the old one")
		}
		for _, name := range []string{"blocked.example.test", "other.example.test"} {
			if c, err := tls.Dial("tcp", at, &tls.Config{ServerName: name, InsecureSkipVerify: true}); err == nil {
				t.Errorf("%s, for which there is none, was shown a certificate", name)
				_ = c.Close()
			}
		}
		o.stop()
		private(t, filepath.Join(o.dir, "data", "acme"))
	})
	t.Run("HTTP-01, where port 443 does not lead here", func(t *testing.T) {
		o := a.operator(t, "ws: 127.0.0.1:"+a.httpPort+", wss: 127.0.0.1:0, redirect: true")
		shows(t, &o.out, "challenge=http-01")
	})
}

// private wants all files of a folder to be their owner's alone.
func private(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if files++; err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || files != 2 { // the account and the one name
		t.Errorf("%d files in the folder (%v), want 2", files, err)
	}
}

// authority is a Pebble that looks for challenges at two ports of this machine.
type authority struct {
	directory, ca     string // its address, and the file with who has signed that
	tlsPort, httpPort string
	roots             *x509.CertPool // of the certificates that it gives
}

func newAuthority(t *testing.T, dir string) *authority {
	t.Helper()
	a := &authority{ca: filepath.Join(dir, "ca.pem"), tlsPort: unused(t), httpPort: unused(t)}
	selfSigned(t, a.ca, filepath.Join(dir, "ca.key"))
	listen, manage, dns := "127.0.0.1:"+unused(t), "127.0.0.1:"+unused(t), "127.0.0.1:"+unused(t)
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, fmt.Appendf(nil, `{"pebble": {"listenAddress": %q, "managementListenAddress": %q,
		"certificate": %q, "privateKey": %q, "httpPort": %s, "tlsPort": %s, "domainBlocklist": ["blocked.example.test"],
		"retryAfter": {"authz": 1, "order": 1}, "profiles": {"default": {"description": "short", "validityPeriod": 12}}}}`,
		listen, manage, a.ca, filepath.Join(dir, "ca.key"), a.httpPort, a.tlsPort), 0o600); err != nil {
		t.Fatal(err)
	}
	helper(t, filepath.Join(dir, "pebble-challtestsrv"), "-http01", "", "-https01", "", "-doh", "", "-tlsalpn01", "",
		"-dnsserver", dns, "-management", "127.0.0.1:"+unused(t), "-defaultIPv6", "")
	said := helper(t, filepath.Join(dir, "pebble"), "-config", file, "-dnsserver", dns)
	shows(t, said, "ACME directory available at") // it says so before it listens
	answers(t, listen)
	answers(t, manage)
	a.directory = "https://" + listen + "/dir"
	own := x509.NewCertPool()
	text, err := os.ReadFile(a.ca)
	if err != nil {
		t.Fatal(err)
	}
	own.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: own}}}
	answer, err := client.Get("https://" + manage + "/roots/0")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	if a.roots = x509.NewCertPool(); !a.roots.AppendCertsFromPEM(text) {
		t.Fatalf("no root in %s", text)
	}
	return a
}

// answers waits until somebody listens on an address. There is no event for that.
func answers(t *testing.T, addr string) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}

// helper runs a program until the test ends.
func helper(t *testing.T, line ...string) *program.Record {
	t.Helper()
	said := &program.Record{}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s\n%s", filepath.Base(line[0]), said)
		}
	})
	return said
}

// operator starts a server that asks the authority.
func (a *authority) operator(t *testing.T, listen string) *operator {
	t.Helper()
	o := newOperator(t)
	text := fmt.Sprintf("data: data\nlisten: {mqtt: 'off', mqtts: 'off', admin: 127.0.0.1:0, %s}\n"+
		"tls: {acme: {names: [one.example.test, blocked.example.test], agree: true, directory: %q, ca_file: %q}}\n", listen, a.directory, a.ca)
	if err := os.WriteFile(filepath.Join(o.dir, "acme.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.env = append(os.Environ(), "PATH="+o.dir+":"+os.Getenv("PATH"))
	o.serve("exec teahouse serve --config acme.yaml")
	return o
}

// shown is the number of the certificate that is shown for a name, once it is seen to be good.
func (a *authority) shown(t *testing.T, at, name string) *big.Int {
	t.Helper()
	c, err := tls.Dial("tcp", at, &tls.Config{ServerName: name, InsecureSkipVerify: true}) // it is looked at below
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	chain := c.ConnectionState().PeerCertificates
	between := x509.NewCertPool()
	for _, one := range chain[1:] {
		between.AddCert(one)
	}
	// Its time is so short that it may be over on a slow machine.
	when := chain[0].NotBefore.Add(time.Second)
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: name, Roots: a.roots, Intermediates: between, CurrentTime: when}); err != nil {
		t.Error(err)
	}
	return chain[0].SerialNumber
}

// unused is a port of this machine that nobody listens on just now.
func unused(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// selfSigned writes a certificate for this machine that has signed itself, and its key.
func selfSigned(t *testing.T, cert, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalECPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: text}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
