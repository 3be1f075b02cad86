package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// Protocols of ALPN (RFC 7301) that a WebSocket listener over TLS is asked for.
const (
	alpnMQTT  = "mqtt" // MQTT itself, without a WebSocket: the identification IANA has for it
	alpnHTTP2 = "h2"
	alpnHTTP  = "http/1.1"
)

// Protocols are those that the configuration of a WebSocket listener over TLS offers: MQTT, which
// is then spoken without a WebSocket, and HTTP for pages, files and WebSockets.
var Protocols = []string{alpnMQTT, alpnHTTP2, alpnHTTP}

// secured counts a handshake, and reports whether the connection goes on. One that has negotiated
// another protocol, that of a challenge of an authority for certificates, was over with it.
func (t *traffic) secured(c *tls.Conn) bool {
	state := c.ConnectionState()
	switch state.NegotiatedProtocol {
	case "", alpnMQTT, alpnHTTP2, alpnHTTP:
	default:
		t.Challenges.Add(1)
		return false
	}
	version, shown := 0, 0
	if state.Version >= tls.VersionTLS13 {
		version = 1
	}
	if len(state.PeerCertificates) > 0 {
		shown = 1
	}
	t.Handshakes[version][shown].Add(1)
	return true
}

// secured completes the TLS handshake, if there is one to do, within the CONNECT
// deadline.
func (l *listeners) secured(c *conn) bool {
	t, ok := c.sock.(*tls.Conn)
	if !ok {
		return true
	}
	_ = t.SetDeadline(c.connectBy.time())
	if err := t.Handshake(); err != nil {
		l.noteHandshake(c.RemoteIP(), err)
		reason := closedProtocol
		if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			reason = closedConnectTimeout
		}
		c.shut(reason, 0)
		return false
	}
	if !l.stats.secured(t) {
		c.shut(closedByPeer, 0)
		return false
	}
	return true
}

// noteHandshake counts and logs a handshake that has failed.
func (l *listeners) noteHandshake(remote string, err error) {
	l.stats.HandshakeErrors.Add(1)
	l.opt.Lines.Info("TLS handshake failed", err.Error(), "remote", remote, "err", err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
