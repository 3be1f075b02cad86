package push

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// errPrivate refuses an endpoint on an address that is not of the open internet.
var errPrivate = errors.New("the endpoint is on a private address")

// guarded is a dialer that goes to addresses of the open internet alone. It looks at the
// address that a name has led to, so no name leads elsewhere in the end.
func guarded() *net.Dialer {
	return &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !public(at.Addr()) {
			return errPrivate
		}
		return nil
	}}
}

// special are the networks that are not of the open internet, beyond those that
// package netip knows (RFC 6890), and those in which an address of IPv4 lies hidden.
var special = func() []netip.Prefix {
	var list []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}()

// public reports whether an address is one of the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// checkEndpoint returns what is wrong with the address of a subscription, as far as it can
// be seen without a name server.
func checkEndpoint(text string, private bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return errors.New("the endpoint is not an https:// address")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if u.Scheme != "https" && (u.Scheme != "http" || !private || !loopback(host)) {
		return errors.New("the endpoint is not an https:// address")
	}
	if private {
		return nil
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && !public(ip) {
		return errPrivate
	}
	return nil
}
