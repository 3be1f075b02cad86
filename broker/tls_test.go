package broker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teahouse-im/teahouse/sampled"
)

// certificateFor makes the configuration of a listener with a certificate for a name that signs
// itself.
func certificateFor(t testing.TB, name string, protocols ...string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &form, &form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}
}

// dialTLS connects and offers protocols of ALPN.
func dialTLS(t *testing.T, addr net.Addr, protocols []string) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", addr.String(), &tls.Config{NextProtos: protocols, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestTLSHandshakeDeadline(t *testing.T) {
	certs := certificateFor(t, "chat.example")
	synctest.Test(t, func(t *testing.T) {
		street := newStreet()
		l := newListeners(transportOptions{}, handler(func(*conn) { t.Error("handled without a handshake") }))
		ln := newListener(street, l)
		if err := l.add(ln); err != nil {
			t.Fatal(err)
		}
		go func() { defer l.wg.Done(); l.acceptStreams(ln, certs) }()
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
	certs := certificateFor(t, "a.example")
	said := make(chan string, 8)
	to := slog.New(slog.NewTextHandler(writerFunc(func(line []byte) { said <- string(line) }), nil))
	l := listening(t, transportOptions{Lines: sampled.New(to, nil)}, echo)
	mqtt, err := l.ListenTLS("127.0.0.1:0", certs, nil)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := l.ListenWS("127.0.0.1:0", certs, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := l.ListenWS("127.0.0.1:0", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at         net.Addr
		sent, want string
	}{
		{mqtt, "this is no handshake", `msg="TLS handshake failed" remote=127.0.0.1 err=`},
		{ws, "this is no handshake", `msg="TLS handshake failed" remote=127.0.0.1 err=`},
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
