package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// secure sets the headers that every answer has: nothing runs in the page but its own files,
// nobody frames it, and no other page learns its address.
func secure(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY") // for those that do not know frame-ancestors
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=(self), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// contentPolicy is the Content-Security-Policy [CSP level 3]. Pictures, sound and films come
// from this host and from the named origins, and from the page itself as blob: and data:; the
// page connects to the same hosts. 'self' covers WebSockets of this host.
func contentPolicy(origins []string) string {
	others := sources(origins)
	with := func(name string, fixed ...string) string {
		return name + " " + strings.Join(append(fixed, others...), " ")
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"font-src 'self'",
		"worker-src 'self' blob:", // MQTT.js makes the worker that keeps its time out of itself
		"manifest-src 'self'",
		with("img-src", "'self'", "blob:", "data:"),
		with("media-src", "'self'", "blob:", "data:"),
		with("connect-src", "'self'", "blob:", "data:"),
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// sources are the origins of addresses, each once.
func sources(addresses []string) (list []string) {
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " ;,'\"") {
			continue
		}
		switch u.Scheme {
		case "http", "https", "ws", "wss":
			list = append(list, u.Scheme+"://"+u.Host)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
