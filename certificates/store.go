// Package certificates holds what TLS connections are shown: certificates of files, and those
// that it gets and renews by itself from an authority that speaks ACME (RFC 8555), such as
// Let's Encrypt. It refuses to get one for a name that the operator has not listed, whatever
// clients ask for.
// Start reading at [Open]; a certificate's way from the authority is in order.go.
package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Pair names the files of one certificate (PEM, with its chain) and its key.
type Pair struct{ Cert, Key string }

// Options say where certificates are from. Without Files, ACME is required.
type Options struct {
	// Files are read again by Reload. The first serves clients that ask for no name, or for one
	// that no certificate has.
	Files []Pair
	ACME  *ACME // nil: no authority is asked

	// ClientCA is a file of authorities (PEM) whose certificates clients may show; "": none are
	// asked for. See [Store.VerifyClients].
	ClientCA string

	Log *slog.Logger     // default: discards
	Now func() time.Time // default: time.Now
}

// Store holds certificates. It may be used by many goroutines.
type Store struct {
	opt     Options
	files   atomic.Pointer[[]tls.Certificate]
	clients atomic.Pointer[x509.CertPool] // nil: none are asked for
	acme    *keeper                       // nil: no authority is asked
}

// Open reads the files, and what was got from the authority before. It asks nobody: see
// [Store.Run].
func Open(o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(o.Files) == 0 && o.ACME == nil {
		return nil, errors.New("certificates: neither files nor an authority")
	}
	s := &Store{opt: o}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	if o.ACME != nil {
		k, err := newKeeper(*o.ACME, o.Log, o.Now)
		if err != nil {
			return nil, err
		}
		s.acme = k
	}
	return s, nil
}

// Reload reads the files again, for new handshakes; connections keep what they have. When any of
// them is bad, all stay as they were. Names whose last order has failed are tried at once.
func (s *Store) Reload() error {
	fresh := make([]tls.Certificate, 0, len(s.opt.Files))
	for _, f := range s.opt.Files {
		pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return fmt.Errorf("read certificate %s: %w", f.Cert, err)
		}
		fresh = append(fresh, pair)
	}
	var pool *x509.CertPool
	if s.opt.ClientCA != "" {
		text, err := os.ReadFile(s.opt.ClientCA)
		if err != nil {
			return fmt.Errorf("read authorities of clients: %w", err)
		}
		if pool = x509.NewCertPool(); !pool.AppendCertsFromPEM(text) {
			return fmt.Errorf("read authorities of clients: %s holds no certificate in PEM", s.opt.ClientCA)
		}
	}
	s.files.Store(&fresh)
	s.clients.Store(pool)
	if s.acme != nil {
		s.acme.tryNow()
	}
	return nil
}

// Run gets and renews the certificates of the authority until ctx ends. The listeners that answer
// its challenges have to be open: see [Store.TLS] and [Store.Challenges].
func (s *Store) Run(ctx context.Context) {
	if s.acme != nil {
		s.acme.run(ctx)
	}
}

// TLS is the configuration of a listener: TLS 1.2 or later, with the protocols of ALPN that it
// offers; none: clients may name any. It answers the authority's challenges over TLS
// (TLS-ALPN-01, RFC 8737) as well: such a connection has negotiated [ChallengeProtocol], and is to be closed.
func (s *Store) TLS(protocols ...string) *tls.Config {
	return s.config(protocols, false, false)
}

// VerifyClients is TLS for a listener that asks clients for a certificate of Options.ClientCA,
// and, when it is required, takes none without. Challenges are answered all the same.
func (s *Store) VerifyClients(required bool, protocols ...string) *tls.Config {
	return s.config(protocols, true, required)
}

func (s *Store) config(protocols []string, ask, required bool) *tls.Config {
	own := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: s.choose}
	own.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		switch {
		case s.acme != nil && isChallenge(hello):
			return s.acme.challengeTLS(), nil
		case !ask:
			return nil, nil
		}
		c := own.Clone()
		c.GetConfigForClient = nil
		c.ClientCAs, c.ClientAuth = s.clients.Load(), tls.VerifyClientCertIfGiven
		if required {
			c.ClientAuth = tls.RequireAndVerifyClientCert
		}
		return c, nil
	}
	return own
}

// choose is the certificate for a client: a file's for its name, the authority's for its name,
// else the first.
func (s *Store) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	files := *s.files.Load()
	for i := range files {
		if hello.SupportsCertificate(&files[i]) == nil {
			return &files[i], nil
		}
	}
	name := strings.TrimSuffix(strings.ToLower(hello.ServerName), ".")
	if s.acme != nil && (name != "" || len(files) == 0) {
		c, err := s.acme.certificate(name)
		if err == nil || len(files) == 0 {
			return c, err
		}
	}
	return &files[0], nil
}

// all are the certificates that there are, with the time from which each is good until which.
func (s *Store) all() (list []held) {
	for _, c := range *s.files.Load() {
		list = append(list, held{nameOf(c.Leaf), fromFile, c.Leaf})
	}
	if s.acme != nil {
		list = append(list, s.acme.all()...)
	}
	return list
}

// held is a certificate as operators see it.
type held struct {
	name string
	from string // fromFile or fromACME
	leaf *x509.Certificate
}

const (
	fromFile = "file"
	fromACME = "acme"
)

// Covers reports whether there is a certificate for a host name, or will be.
func (s *Store) Covers(host string) bool {
	if s.acme != nil && slices.Contains(s.acme.opt.Names, strings.ToLower(host)) {
		return true
	}
	return slices.ContainsFunc(*s.files.Load(), func(c tls.Certificate) bool { return c.Leaf.VerifyHostname(host) == nil })
}

// Name is a name by which clients reach the server: the first of the authority's, or else the
// first of the first file; "" when that has none.
func (s *Store) Name() string {
	if s.acme != nil {
		return s.acme.opt.Names[0]
	}
	return nameOf((*s.files.Load())[0].Leaf)
}

// nameOf is the first name of a certificate that is no pattern, or else its first address.
func nameOf(leaf *x509.Certificate) string {
	for _, name := range leaf.DNSNames {
		if !strings.HasPrefix(name, "*") {
			return name
		}
	}
	if len(leaf.IPAddresses) > 0 {
		return leaf.IPAddresses[0].String()
	}
	if len(leaf.DNSNames) > 0 {
		return leaf.DNSNames[0]
	}
	return leaf.Subject.CommonName
}

// ValidName reports whether an authority can give a certificate for a name over ACME without
// access to the DNS: a host name of two labels at least, no address and no pattern.
func ValidName(name string) bool {
	if len(name) > 253 || !strings.Contains(name, ".") || net.ParseIP(name) != nil || name != strings.ToLower(name) {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		odd := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, odd) {
			return false
		}
	}
	return true
}
