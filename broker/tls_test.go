package broker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teahouse-im/teahouse/sampled"
)

// writeCertificate makes a self-signed certificate for a name under files.
func writeCertificate(t *testing.T, files certificateFiles, name string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, files.Cert, "CERTIFICATE", cert)
	writePEM(t, files.Key, "PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func certificateIn(dir, name string) certificateFiles {
	return certificateFiles{Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key")}
}

// dialTLS connects for a server name and returns the serial number it was shown.
func dialTLS(t *testing.T, addr net.Addr, name string) (*tls.Conn, int64) {
	t.Helper()
	c, err := tls.Dial("tcp", addr.String(), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestTLSChoosesCertificateByServerName(t *testing.T) {
	dir := t.TempDir()
	first, second := certificateIn(dir, "first"), certificateIn(dir, "second")
	writeCertificate(t, first, "first.example", 1)
	writeCertificate(t, second, "second.example", 2)
	certs, err := loadCertificates(first, second)
	if err != nil {
		t.Fatal(err)
	}
	l := listening(t, transportOptions{}, echo)
	addr, err := l.ListenTLS("127.0.0.1:0", certs)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"first.example": 1, "second.example": 2, "other.example": 1, "": 1} {
		c, serial := dialTLS(t, addr, name)
		if serial != want {
			t.Errorf("name %q is shown certificate %d, want %d", name, serial, want)
		}
		checkEcho(t, c)
		l.CloseConns(time.Second)
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("the end was not clean: %v", err)
		}
		_ = c.Close()
	}
}

func TestReloadedCertificateServesNewConnections(t *testing.T) {
	files := certificateIn(t.TempDir(), "server")
	writeCertificate(t, files, "chat.example", 1)
	certs, err := loadCertificates(files)
	if err != nil {
		t.Fatal(err)
	}
	l := listening(t, transportOptions{}, echo)
	addr, err := l.ListenTLS("127.0.0.1:0", certs)
	if err != nil {
		t.Fatal(err)
	}
	old, serial := dialTLS(t, addr, "chat.example")
	if serial != 1 {
		t.Fatalf("certificate %d, want 1", serial)
	}

	if err := os.WriteFile(files.Cert, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := certs.Reload(); err == nil {
		t.Error("a broken file was accepted")
	}
	if _, serial := dialTLS(t, addr, "chat.example"); serial != 1 {
		t.Errorf("after a failed reload certificate %d, want 1", serial)
	}

	writeCertificate(t, files, "chat.example", 2)
	if err := certs.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, serial := dialTLS(t, addr, "chat.example"); serial != 2 {
		t.Errorf("after the reload certificate %d, want 2", serial)
	}
	checkEcho(t, old)
}

func TestMissingCertificatesAreErrors(t *testing.T) {
	if _, err := loadCertificates(); err == nil {
		t.Error("no files were accepted")
	}
	if _, err := loadCertificates(certificateIn(t.TempDir(), "absent")); err == nil {
		t.Error("absent files were accepted")
	}
}

func TestTLSHandshakeDeadline(t *testing.T) {
	files := certificateIn(t.TempDir(), "server")
	writeCertificate(t, files, "chat.example", 1)
	certs, err := loadCertificates(files)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		street := newStreet()
		l := newListeners(transportOptions{}, handler(func(*conn) { t.Error("handled without a handshake") }))
		ln := newListener(street, l)
		if err := l.add(ln); err != nil {
			t.Fatal(err)
		}
		go func() { defer l.wg.Done(); l.acceptStreams(ln, certs.config()) }()
		start := time.Now()
		peer := street.arrive("192.0.2.1")
		if _, err := peer.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("peer read %v, want the end", err)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("closed after %v, want 10s", d)
		}
		l.Close()
		l.Wait()
		if n := l.stats.Closed[closedConnectTimeout].Load(); n != 1 || l.stats.HandshakeErrors.Load() != 1 {
			t.Errorf("%d closed by the CONNECT deadline and %d handshake errors, want 1 and 1", n, l.stats.HandshakeErrors.Load())
		}
		if l.gate.open != 0 {
			t.Errorf("%d places still held", l.gate.open)
		}
		_ = peer.Close()
	})
}

// A handshake that fails is in the operator's log.
func TestFailedHandshakeIsLogged(t *testing.T) {
	dir := t.TempDir()
	files := certificateIn(dir, "a")
	writeCertificate(t, files, "a.example", 1)
	certs, err := loadCertificates(files)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 8)
	to := slog.New(slog.NewTextHandler(writerFunc(func(line []byte) { said <- string(line) }), nil))
	l := listening(t, transportOptions{Lines: sampled.New(to, nil)}, echo)
	mqtt, err := l.ListenTLS("127.0.0.1:0", certs)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := l.ListenWS("127.0.0.1:0", certs)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := l.ListenWS("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at         net.Addr
		sent, want string
	}{
		{mqtt, "this is no handshake", `msg="TLS handshake failed" remote=127.0.0.1 err=`},
		{ws, "this is no handshake", `msg="TLS handshake failed" remote=127.0.0.1:`},
		{plain, "GET /mqtt HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", "origin=http://evil.example"},
		{plain, "GET /mqtt HTTP/1.1\r\nHost: x\r\n\r\n", `msg="WebSocket refused" remote=127.0.0.1:`},
	} {
		sock, err := net.Dial("tcp", c.at.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sock.Write([]byte(c.sent)); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-said:
			if !strings.Contains(line, "level=INFO "+c.want) && !strings.Contains(line, c.want) {
				t.Errorf("the line is %s, want %s", line, c.want)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("no line, want %s", c.want)
		}
		_ = sock.Close()
	}
}

type writerFunc func(line []byte)

func (f writerFunc) Write(line []byte) (int, error) {
	f(line)
	return len(line), nil
}
