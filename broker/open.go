package broker

import (
	"crypto/tls"
	"net"
	"net/http"

	"github.com/teahouse-im/teahouse/forwarded"
)

// ListenTCP accepts MQTT on a host:port, port 0 for any free one, and returns the
// address.
func (b *Broker) ListenTCP(addr string) (net.Addr, error) { return b.Behind(nil).ListenTCP(addr) }

// ListenTLS accepts MQTT over TLS.
func (b *Broker) ListenTLS(addr string, secure *tls.Config) (net.Addr, error) {
	return b.Behind(nil).ListenTLS(addr, secure)
}

// ListenWS accepts MQTT over WebSocket, with TLS when secure is not nil. When that offers
// [Protocols], clients that ask for "mqtt" by ALPN speak MQTT on the same port without a WebSocket.
func (b *Broker) ListenWS(addr string, secure *tls.Config) (net.Addr, error) {
	return b.Behind(nil).ListenWS(addr, secure)
}

// ListenHTTP serves a handler on an address of its own, with TLS when secure is not nil. Its
// connections count with all others.
func (b *Broker) ListenHTTP(addr string, secure *tls.Config, h http.Handler) (net.Addr, error) {
	return b.Behind(nil).ListenHTTP(addr, secure, h)
}

// Listen opens the listeners of a broker. See [Broker.Behind].
type Listen struct {
	in      *listeners
	proxies forwarded.Prefixes
}

// Behind opens listeners behind proxies that speak the PROXY protocol: each connection from one of
// these addresses has to begin with its header, which says who the client is; one from
// elsewhere must not. The header has the time of a CONNECT.
func (b *Broker) Behind(proxies forwarded.Prefixes) Listen { return Listen{b.in, proxies} }

// ListenTCP is as that of the Broker, and so are the others.
func (l Listen) ListenTCP(addr string) (net.Addr, error) { return l.in.ListenTCP(addr, l.proxies) }

// ListenTLS accepts MQTT over TLS.
func (l Listen) ListenTLS(addr string, secure *tls.Config) (net.Addr, error) {
	return l.in.ListenTLS(addr, secure, l.proxies)
}

// ListenWS accepts MQTT over WebSocket.
func (l Listen) ListenWS(addr string, secure *tls.Config) (net.Addr, error) {
	return l.in.ListenWS(addr, secure, l.proxies)
}

// ListenHTTP serves a handler.
func (l Listen) ListenHTTP(addr string, secure *tls.Config, h http.Handler) (net.Addr, error) {
	return l.in.ListenHTTP(addr, secure, l.proxies, h)
}
