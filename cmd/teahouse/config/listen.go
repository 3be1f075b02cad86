package config

import (
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"

	"github.com/teahouse-im/teahouse/forwarded"
	"github.com/teahouse-im/teahouse/origins"
)

// proxied are the listeners that can stand behind a proxy with the PROXY protocol. The admin
// port is none: it is no public door.
var proxied = []string{"mqtt", "mqtts", "ws", "wss"}

func (c *Config) checkDoors(p *Problems) {
	address(p, "listen.mqtt", c.Listen.MQTT)
	address(p, "listen.mqtts", c.Listen.MQTTS)
	address(p, "listen.ws", c.Listen.WS)
	address(p, "listen.wss", c.Listen.WSS)
	address(p, "listen.admin", c.Listen.Admin)
	address(p, "listen.metrics", c.Listen.Metrics)
	if c.Listen.MQTT == Off && c.Listen.MQTTS == Off && c.Listen.WS == Off && c.Listen.WSS == Off {
		p.add("listen", "mqtt, mqtts, ws and wss are all off: no client can come in")
	}
	c.TLS.check(p, &c.Listen)
	if !c.TLS.Given() {
		for _, d := range []openDoor{{"listen.mqtts", c.Listen.MQTTS, true}, {"listen.wss", c.Listen.WSS, true}} {
			if d.addr != Off {
				p.add(d.path, "needs a certificate: tls.cert and tls.key, or tls.acme")
			}
		}
		if c.Admin.TLS {
			p.add("admin.tls", "needs a certificate: tls.cert and tls.key, or tls.acme")
		}
	}
	if c.Listen.Redirect && (c.Listen.WS == Off || c.Listen.WSS == Off) {
		p.add("listen.redirect", "is on, and needs both listen.ws and listen.wss")
	}
	c.Listen.checkProxies(p)
	for i, pattern := range c.Admin.Hosts {
		if _, err := path.Match(pattern, ""); err != nil {
			p.add(fmt.Sprintf("admin.hosts[%d]", i), "is not a host pattern such as im.example.com or *.example.com")
		}
	}
	for i, origin := range c.WebSocket.Origins {
		if _, err := origins.Parse([]string{origin}); err != nil {
			p.add(fmt.Sprintf("websocket.origins[%d]", i), "%v", err)
		}
	}
	if err := c.AdminExposed(); err != nil {
		p.add("listen.admin", "%v", err)
	}
	var twice Problems
	if errors.As(c.SamePorts(), &twice) {
		*p = append(*p, twice...)
	}
}

func (l *Listen) checkProxies(p *Problems) {
	each(p, "listen.proxy_protocol.listeners", l.ProxyProtocol.Listeners, proxied)
	for path, list := range map[string][]string{"listen.proxy_protocol.from": l.ProxyProtocol.From, "listen.forwarded_from": l.ForwardedFrom} {
		for i, one := range list {
			if _, err := forwarded.Parse([]string{one}); err != nil {
				p.add(fmt.Sprintf("%s[%d]", path, i), "%v", err)
			}
		}
	}
}

// Proxies are the addresses that may say who is behind them: by the PROXY protocol, and by a
// header of HTTP.
func (l *Listen) Proxies() (from, forwarders forwarded.Prefixes, err error) {
	if from, err = forwarded.Parse(l.ProxyProtocol.From); err != nil {
		return nil, nil, err
	}
	forwarders, err = forwarded.Parse(l.ForwardedFrom)
	return from, forwarders, err
}

// AdminExposed refuses an admin listener that others can reach without TLS, since its
// URLs contain tickets.
func (c *Config) AdminExposed() error {
	if c.Listen.Admin == Off || c.Admin.TLS || c.Admin.Insecure || Loopback(c.Listen.Admin) {
		return nil
	}
	return fmt.Errorf("%s can be reached from outside without TLS: set admin.tls, listen on 127.0.0.1, or set admin.insecure when a proxy in front of it has the certificate", c.Listen.Admin)
}

// Loopback reports whether only this machine can reach an address.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func address(p *Problems, path, addr string) {
	if addr == Off {
		return
	}
	if err := Address(addr); err != nil {
		p.add(path, "%v", err)
	}
}

// Address returns what is wrong with an address to listen on: it is host:port, port
// 0 for any free one.
func Address(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not host:port", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q is not a number from 0 to 65535", port)
	}
	return nil
}
