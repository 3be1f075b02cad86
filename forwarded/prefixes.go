// Package forwarded finds out who is behind a proxy: by the PROXY protocol, which comes before
// everything else on a connection, or by a header of HTTP. It believes nobody but the proxies
// that the operator has named, because any client can say that it is somebody else. It refuses to
// know what is spoken on the connection.
// Start reading at [Read] and [Handler].
package forwarded

import (
	"fmt"
	"net/netip"
)

// Prefixes are the addresses of proxies. None: nobody is believed.
type Prefixes []netip.Prefix

// Parse reads addresses, such as 10.0.0.7 or fd00::/8. A bare address stands for itself alone.
func Parse(texts []string) (Prefixes, error) {
	var list Prefixes
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a range of them such as 10.0.0.0/8", text)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// Has reports whether an address is one of them.
func (p Prefixes) Has(a netip.Addr) bool {
	if len(p) == 0 {
		return false
	}
	a = a.Unmap().WithZone("")
	for _, one := range p {
		if one.Contains(a) {
			return true
		}
	}
	return false
}
