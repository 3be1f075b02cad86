package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
)

// TLS says what connections over TLS are shown: certificates of files, of an authority that is
// asked for them, or both.
type TLS struct {
	Cert string `yaml:"cert"` // PEM, with its chain
	Key  string `yaml:"key"`
	// Others are more of them, by any name: each serves the host names that it has.
	Others map[string]Pair `yaml:"others"`
	ACME   ACME            `yaml:"acme"`

	// HSTS is how long browsers are told to come by TLS alone; 0: they are not told.
	HSTS time.Duration `yaml:"hsts"`

	ClientCA    string `yaml:"client_ca"`    // authorities of clients' certificates, in PEM
	ClientCerts string `yaml:"client_certs"` // off, optional, required
}

// Pair names a certificate and its key, in PEM.
type Pair struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// ACME says which certificates to get from an authority such as Let's Encrypt.
type ACME struct {
	Names     []string `yaml:"names"` // none: no authority is asked
	Email     string   `yaml:"email"`
	Agree     bool     `yaml:"agree"` // to the terms of the authority
	Directory string   `yaml:"directory"`
	CAFile    string   `yaml:"ca_file"` // who has signed the authority's own address; empty: those the system trusts
	// HTTP is a listener that answers the authority over plain HTTP and sends browsers to TLS.
	HTTP string `yaml:"http"`
}

// What clients may be asked for.
const (
	Optional = "optional"
	Required = "required"
)

// unset is an HSTS that nobody has set; hstsWithACME is then used for names that the operator
// has given us.
const (
	unset        = time.Duration(-1)
	hstsWithACME = 30 * 24 * time.Hour
)

// maxNames bounds what an authority is asked for: each name has an order of its own.
const maxNames = 100

// Given reports whether there is anything to serve TLS with.
func (t *TLS) Given() bool {
	return t.Cert != "" || t.Key != "" || len(t.Others) > 0 || len(t.ACME.Names) > 0
}

// elsewhere reports whether a name is that of a certificate besides tls.cert.
func (t *TLS) elsewhere(host string) bool {
	for _, pair := range t.Others {
		if c, err := tls.LoadX509KeyPair(pair.Cert, pair.Key); err == nil && c.Leaf.VerifyHostname(host) == nil {
			return true
		}
	}
	return slices.Contains(t.ACME.Names, host)
}

// Pairs are the certificates of files, that of cert and key first.
func (t *TLS) Pairs() (list []certificates.Pair) {
	if t.Cert != "" || t.Key != "" {
		list = append(list, certificates.Pair{Cert: t.Cert, Key: t.Key})
	}
	for _, name := range slices.Sorted(maps.Keys(t.Others)) {
		list = append(list, certificates.Pair(t.Others[name]))
	}
	return list
}

// derive fills in what depends on the rest.
func (t *TLS) derive() {
	if t.HSTS != unset {
		return
	}
	if t.HSTS = 0; len(t.ACME.Names) > 0 {
		t.HSTS = hstsWithACME
	}
}

// Certificates says what to serve, with the data folder for what an authority gives; nil: there
// is no TLS.
func (c *Config) Certificates() (*certificates.Options, error) {
	if !c.TLS.Given() {
		return nil, nil
	}
	o := &certificates.Options{Files: c.TLS.Pairs()}
	if c.TLS.ClientCerts != Off {
		o.ClientCA = c.TLS.ClientCA
	}
	if a := &c.TLS.ACME; len(a.Names) > 0 {
		client, err := a.client()
		if err != nil {
			return nil, err
		}
		o.ACME = &certificates.ACME{
			Names: a.Names, Email: a.Email, Directory: a.Directory, Client: client, Dir: filepath.Join(c.Data, "acme"),
		}
	}
	return o, nil
}

// client asks the authority; nil: as any other address of the web.
func (a *ACME) client() (*http.Client, error) {
	if a.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(a.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("has no certificate in PEM")
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: t}, nil
}

// check finds what is wrong with it, given the listeners.
func (t *TLS) check(p *Problems, at *Listen) {
	own := Pair{t.Cert, t.Key}
	if own != (Pair{}) {
		own.check(p, "tls")
	}
	for _, name := range slices.Sorted(maps.Keys(t.Others)) {
		pair := t.Others[name]
		pair.check(p, "tls.others."+name)
	}
	t.ACME.check(p, at)
	if t.HSTS < 0 {
		p.add("tls.hsts", "is negative; 0s tells browsers nothing")
	}
	oneOf(p, "tls.client_certs", t.ClientCerts, []string{Off, Optional, Required})
	t.checkClients(p, at)
}

func (t *TLS) checkClients(p *Problems, at *Listen) {
	if t.ClientCerts == Off {
		return
	}
	text, err := os.ReadFile(t.ClientCA)
	switch {
	case t.ClientCA == "":
		p.add("tls.client_ca", "is empty, and tls.client_certs is %s: name the file of your authority", t.ClientCerts)
	case err != nil:
		p.add("tls.client_ca", "%v", err)
	case !x509.NewCertPool().AppendCertsFromPEM(text):
		p.add("tls.client_ca", "has no certificate in PEM")
	}
	if t.ClientCerts != Required {
		return
	}
	plain := []openDoor{{"listen.mqtt", at.MQTT, false}, {"listen.ws", at.WS, at.Redirect}}
	for _, d := range plain {
		if d.addr != Off && !d.tls && !Loopback(d.addr) {
			p.add("tls.client_certs", "is required, and clients can come in at %s (%s) without one: turn it off, or listen on 127.0.0.1", d.path, d.addr)
		}
	}
}

func (pair *Pair) check(p *Problems, path string) {
	if pair.Cert == "" || pair.Key == "" {
		p.add(path, "cert and key come together")
		return
	}
	if _, err := tls.LoadX509KeyPair(pair.Cert, pair.Key); err != nil {
		p.add(path, "%v", err)
	}
}

func (a *ACME) check(p *Problems, at *Listen) {
	address(p, "tls.acme.http", a.HTTP)
	if len(a.Names) == 0 {
		if a.Agree || a.Email != "" || a.HTTP != Off {
			p.add("tls.acme.names", "is empty, and the rest is given: name the hosts to get certificates for")
		}
		return
	}
	if len(a.Names) > maxNames {
		p.add("tls.acme.names", "has %d names, at most %d", len(a.Names), maxNames)
	}
	for i, name := range a.Names {
		path := fmt.Sprintf("tls.acme.names[%d]", i)
		switch {
		case !certificates.ValidName(name):
			p.add(path, "%q is not a host name in small letters, such as chat.example.com; addresses and * cannot be had", name)
		case slices.Contains(a.Names[:i], name):
			p.add(path, "%q is there twice", name)
		}
	}
	if !a.Agree {
		p.add("tls.acme.agree", "has to be true: read the terms of the authority first")
	}
	if a.Email != "" {
		if m, err := mail.ParseAddress(a.Email); err != nil || m.Address != a.Email {
			p.add("tls.acme.email", "is not an address such as ops@example.com")
		}
	}
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
		p.add("tls.acme.directory", "is not an https:// address")
	}
	if _, err := a.client(); err != nil {
		p.add("tls.acme.ca_file", "%v", err)
	}
	if at.MQTTS == Off && at.WSS == Off && at.WS == Off && a.HTTP == Off {
		p.add("tls.acme", "no listener could answer the authority: open listen.wss for its port 443, or tls.acme.http for its port 80")
	}
}
