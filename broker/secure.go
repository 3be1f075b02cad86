package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
)

// certificateFiles names one certificate (PEM, with its chain) and its key.
type certificateFiles struct {
	Cert, Key string
}

// certificates serves TLS from files that can be exchanged while it runs.
type certificates struct {
	files  []certificateFiles
	loaded atomic.Pointer[[]tls.Certificate]
}

// loadCertificates reads the files. The first pair serves clients that ask for no
// name, or for one that none of the pairs has.
func loadCertificates(files ...certificateFiles) (*certificates, error) {
	if len(files) == 0 {
		return nil, errors.New("tls: no certificate files")
	}
	c := &certificates{files: files}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files again; new handshakes use them, connections keep what
// they have. When any of them is bad, all stay as they were.
func (c *certificates) Reload() error {
	fresh := make([]tls.Certificate, 0, len(c.files))
	for _, f := range c.files {
		pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return fmt.Errorf("tls: load %s: %w", f.Cert, err)
		}
		fresh = append(fresh, pair)
	}
	c.loaded.Store(&fresh)
	return nil
}

// config is the TLS configuration of a listener. It offers no ALPN protocol, so
// that clients may name "mqtt", "http/1.1" or nothing.
func (c *certificates) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.choose}
}

func (c *certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	all := *c.loaded.Load()
	for i := range all {
		if hello.SupportsCertificate(&all[i]) == nil {
			return &all[i], nil
		}
	}
	return &all[0], nil
}
