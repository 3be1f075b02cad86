package forwarded

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Handler serves requests of proxies as those of the clients behind them: RemoteAddr is the
// client's address, with port 0, when a request comes from one of the proxies and names that client.
// Other requests pass as they are, and what they say of themselves is not looked at.
func Handler(h http.Handler, proxies Prefixes) http.Handler {
	if len(proxies) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := Client(r, proxies); ok {
			r = r.WithContext(r.Context()) // a copy
			r.RemoteAddr = netip.AddrPortFrom(from, 0).String()
		}
		h.ServeHTTP(w, r)
	})
}

// Client returns the client that a proxy asks for. Of the addresses in X-Forwarded-For, or else in
// Forwarded (RFC 7239), it is the last that is no proxy of ours: what stands before it was
// written by somebody who is not believed. It is not ok when the request does not come from a
// proxy, or names nobody.
func Client(r *http.Request, proxies Prefixes) (from netip.Addr, ok bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !proxies.Has(peer.Addr()) {
		return from, false
	}
	chain := hops(r.Header)
	for i := len(chain) - 1; i >= 0; i-- {
		a, valid := hop(chain[i])
		if !valid {
			return from, ok // what stands before it cannot be trusted either
		}
		from, ok = a, true
		if !proxies.Has(a) {
			return from, true
		}
	}
	return from, ok
}

// hops are the addresses that proxies have added, the nearest last.
func hops(h http.Header) (list []string) {
	if lines := h.Values("X-Forwarded-For"); len(lines) > 0 {
		return strings.Split(strings.Join(lines, ","), ",")
	}
	for element := range strings.SplitSeq(strings.Join(h.Values("Forwarded"), ","), ",") {
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if strings.EqualFold(name, "for") {
				list = append(list, strings.Trim(value, `"`))
			}
		}
	}
	return list
}

// hop reads one address: bare, in brackets, or with a port.
func hop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil || a.IsUnspecified() {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}
