package config

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat/call"
)

// Calls is what callers need besides signals: servers through which sound and pictures go.
type Calls struct {
	STUN       []string      `yaml:"stun"` // stun:host:port
	TURN       []string      `yaml:"turn"` // turn:host:port, with ?transport=tcp or turns: too
	TURNSecret Secret        `yaml:"turn_secret"`
	TTL        time.Duration `yaml:"ttl"` // how long credentials and tokens are good
	LiveKit    LiveKit       `yaml:"livekit"`
}

// LiveKit is a LiveKit server, for rooms and live video.
type LiveKit struct {
	URL       string `yaml:"url"` // as clients reach it, ws:// or wss://
	APIKey    string `yaml:"api_key"`
	APISecret Secret `yaml:"api_secret"`
}

// Servers are the settings as room call takes them.
func (c *Calls) Servers() call.Servers {
	return call.Servers{
		STUN: c.STUN, TURN: c.TURN, TURNSecret: string(c.TURNSecret), TTL: c.TTL,
		LiveKit: call.LiveKit{URL: c.LiveKit.URL, Key: c.LiveKit.APIKey, Secret: string(c.LiveKit.APISecret)},
	}
}

// maxCallTTL is the longest time for which credentials are good, our choice.
const maxCallTTL = 24 * time.Hour

func (c *Calls) check(p *Problems) {
	iceURLs(p, "calls.stun", c.STUN, "stun:", "stuns:")
	iceURLs(p, "calls.turn", c.TURN, "turn:", "turns:")
	if len(c.TURN) > 0 && c.TURNSecret == "" {
		p.add("calls.turn_secret", "is empty, and calls.turn is given")
	}
	if c.TTL < time.Minute || c.TTL > maxCallTTL {
		p.add("calls.ttl", "has to be between 1m and 24h")
	}
	l := c.LiveKit
	if l == (LiveKit{}) {
		return
	}
	if u, err := url.Parse(l.URL); err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
		p.add("calls.livekit.url", "is not a ws:// or wss:// address")
	}
	if l.APIKey == "" {
		p.add("calls.livekit.api_key", "is empty, and the rest is given")
	}
	if l.APISecret == "" {
		p.add("calls.livekit.api_secret", "is empty, and the rest is given")
	}
}

// iceURLs checks addresses of STUN or TURN servers.
func iceURLs(p *Problems, path string, list []string, schemes ...string) {
	for _, one := range list {
		_, host, _ := strings.Cut(one, ":")
		known := slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(one, s) })
		if !known || host == "" || strings.HasPrefix(host, "/") {
			p.add(path, "%q is not an address such as %sexample.com:3478", one, schemes[0])
		}
	}
}
