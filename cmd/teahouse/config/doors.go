package config

import (
	"net"
	"strings"
)

// openDoor is a listener of a configuration.
type openDoor struct {
	path, addr string
	tls        bool
}

// doors are the listeners that are on.
func (c *Config) doors() (on []openDoor) {
	for _, d := range []openDoor{
		{"listen.mqtt", c.Listen.MQTT, false},
		{"listen.mqtts", c.Listen.MQTTS, true},
		{"listen.ws", c.Listen.WS, c.Listen.Redirect}, // who only sends to TLS shows nothing
		{"listen.wss", c.Listen.WSS, true},
		{"tls.acme.http", c.TLS.ACME.HTTP, true},
		{"listen.admin", c.Listen.Admin, c.Admin.TLS},
		{"listen.metrics", c.Listen.Metrics, false},
		{"media.listen", c.Media.Listen, false},
	} {
		if d.addr != Off && d.addr != "" && Address(d.addr) == nil {
			on = append(on, d)
		}
	}
	return on
}

// SamePorts are the listeners that are in each other's way: one port on one address, or on one
// address and on all. Port 0 is another each time. It is a method of its own for flags that are put
// over a configuration.
func (c *Config) SamePorts() error {
	var p Problems
	all := c.doors()
	for i, d := range all {
		for _, before := range all[:i] {
			if collide(before.addr, d.addr) {
				p.add(d.path, "%s: the port is that of %s, %s", d.addr, before.path, before.addr)
			}
		}
	}
	return p.err()
}

// collide reports whether two addresses cannot both be listened on.
func collide(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	return portA == portB && strings.Trim(portA, "0") != "" && (everywhere(hostA) || everywhere(hostB) || plainHost(hostA) == plainHost(hostB))
}

func everywhere(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// plainHost is a host in one spelling.
func plainHost(host string) string {
	if ip := net.ParseIP(host); ip != nil {
		return ip.String()
	}
	if strings.EqualFold(host, "localhost") {
		return "127.0.0.1"
	}
	return strings.ToLower(host)
}

func (c *Config) inspectDoors(f *findings) {
	for _, d := range c.doors() {
		if d.tls || Loopback(d.addr) {
			continue
		}
		f.add(false, d.path, "%s can be reached from outside and is not encrypted: listen on 127.0.0.1, or let only a proxy with TLS reach it", d.addr)
	}
}
