package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// trust says which certificates of servers are taken: those that one of the file has signed, or
// those that the system trusts; name is what they must be for, "" the name in the address.
func trust(file, name string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name}
	if file == "" {
		return c, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", file)
	}
	return c, nil
}

// client makes requests over the network. It follows no redirection, which would take a token to
// another place.
func client(secure *tls.Config) http.Client {
	return http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, DisableKeepAlives: true},
		CheckRedirect: stay,
	}
}

// socketClient makes requests through a unix socket.
func socketClient(file string) http.Client {
	return http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", file)
			},
			DisableKeepAlives: true,
		},
		CheckRedirect: stay,
	}
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// errNobody is the fault that nobody listens at an address.
var errNobody = errors.New("nobody listens there: is the server running, and is this its address (listen.admin)?")

// errCut is the fault of a server that ends while it is asked.
var errCut = errors.New("the connection was cut: is the server ending?")

// ended reports whether a fault says that a server is not there any more.
func ended(err error) bool { return errors.Is(err, errNobody) || errors.Is(err, errCut) }

// unreached says in plain words why no answer came from a server, and what to do about it.
func unreached(name string, err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		host     x509.HostnameError
		invalid  x509.CertificateInvalidError
		noTLS    tls.RecordHeaderError
		noName   *net.DNSError
		deadline interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%s: its certificate is signed by nobody who is trusted here: name the certificate of its CA with --ca FILE", name)
	case errors.As(err, &host):
		return fmt.Errorf("%s: its certificate is for another name: %w", name, host)
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: its certificate is not valid: %w", name, invalid)
	case errors.As(err, &noTLS), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: it does not speak TLS there: use http://", name)
	case errors.As(err, &noName):
		return fmt.Errorf("%s: there is no host of this name: %w", name, noName)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w", name, errNobody)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%s: %w", name, errCut)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s: permission denied: the socket is for the owner of the data folder, so run this as the user that the server runs as", name)
	case errors.As(err, &deadline) && deadline.Timeout():
		return fmt.Errorf("%s: no answer in time", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}
