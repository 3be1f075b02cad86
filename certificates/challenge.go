package certificates

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"
)

// The kinds of challenges that are answered (RFC 8737, and RFC 8555 section 8.3), in the order in
// which they are tried.
const (
	overTLS = "tls-alpn-01"
	overWeb = "http-01"
)

var challengeKinds = []string{overTLS, overWeb}

// ChallengeProtocol is what a TLS connection has negotiated that was a challenge and nothing else
// (RFC 8737, section 4). It is to be closed.
const ChallengeProtocol = acme.ALPNProto

// ChallengePath begins the paths at which the authority asks over plain HTTP (RFC 8555, section
// 8.3).
const ChallengePath = "/.well-known/acme-challenge/"

// answer has a challenge answered until forget is called.
func (k *keeper) answer(client *acme.Client, name string, c *acme.Challenge) (forget func(), err error) {
	if c.Type == overTLS {
		shown, err := client.TLSALPN01ChallengeCert(c.Token, name)
		if err != nil {
			return nil, err
		}
		return remember(k, k.overTLS, name, &shown), nil
	}
	text, err := client.HTTP01ChallengeResponse(c.Token)
	if err != nil {
		return nil, err
	}
	return remember(k, k.overWeb, client.HTTP01ChallengePath(c.Token), text), nil
}

func remember[V any](k *keeper, in map[string]V, at string, v V) (forget func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	in[at] = v
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(in, at)
	}
}

// isChallenge reports whether a client is an authority that looks for an answer: it offers this
// protocol and no other (RFC 8737, section 3).
func isChallenge(hello *tls.ClientHelloInfo) bool {
	return slices.Equal(hello.SupportedProtos, []string{ChallengeProtocol})
}

// challengeTLS shows an answer in place of a certificate. No client certificate is asked for.
func (k *keeper) challengeTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{ChallengeProtocol},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			k.mu.RLock()
			defer k.mu.RUnlock()
			if c := k.overTLS[strings.ToLower(hello.ServerName)]; c != nil {
				return c, nil
			}
			return nil, errors.New("a challenge that nobody waits for")
		},
	}
}

// Challenges answers what the authority asks over plain HTTP; everything else goes to next.
func (s *Store) Challenges(next http.Handler) http.Handler {
	if s == nil || s.acme == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, ChallengePath) {
			next.ServeHTTP(w, r)
			return
		}
		s.acme.mu.RLock()
		text, ok := s.acme.overWeb[r.URL.Path]
		s.acme.mu.RUnlock()
		if !ok {
			http.Error(w, "no such challenge", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = fmt.Fprint(w, text)
	})
}
