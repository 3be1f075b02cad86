package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// renewBefore is how long a certificate has to be good yet, or it is mentioned. A choice.
const renewBefore = 14 * 24 * time.Hour

func (c *Config) inspectCertificate(f *findings) {
	if c.TLS.Cert == "" || c.TLS.Key == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
	if err != nil || pair.Leaf == nil {
		return // a problem of check, or the files have just changed
	}
	leaf := pair.Leaf
	switch left := leaf.NotAfter.Sub(f.now); {
	case left <= 0:
		f.add(true, "tls.cert", "ended on %s", day(leaf.NotAfter))
	case f.now.Before(leaf.NotBefore):
		f.add(true, "tls.cert", "is good from %s only", day(leaf.NotBefore))
	case left < renewBefore:
		f.add(false, "tls.cert", "ends on %s: renew it", day(leaf.NotAfter))
	}
	if c.Admin.TLS {
		for i, host := range c.Admin.Hosts {
			if !strings.ContainsAny(host, "*?[") {
				c.covers(f, leaf, fmt.Sprintf("admin.hosts[%d]", i), host)
			}
		}
	}
	if u, err := url.Parse(c.Media.URL); err == nil && u.Scheme == "https" && net.ParseIP(u.Hostname()) == nil {
		c.covers(f, leaf, "media.url", u.Hostname())
	}
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// covers mentions a name that the certificate is not for.
func (c *Config) covers(f *findings, leaf *x509.Certificate, path, host string) {
	if leaf.VerifyHostname(host) == nil || c.TLS.elsewhere(host) {
		return
	}
	names := leaf.DNSNames
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	f.add(false, path, "%s is not a name of tls.cert, which has %s: clients refuse it, unless a proxy in front has another certificate", host, strings.Join(names, ", "))
}
