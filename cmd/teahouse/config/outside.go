package config

import (
	"maps"
	"net"
	"net/url"
	"slices"
)

// inspectCalls looks at the addresses that the server itself calls, with secrets or messages.
func (c *Config) inspectCalls(f *findings) {
	for _, id := range slices.Sorted(maps.Keys(c.Apps)) {
		app, at := c.Apps[id], "apps."+id
		plain(f, at+".webhook.url", app.Webhook.URL)
		plain(f, at+".jwt.jwks_url", app.JWT.JWKSURL)
		plain(f, at+".push.apns.url", app.Push.APNs.URL)
		plain(f, at+".push.fcm.url", app.Push.FCM.URL)
		plain(f, at+".push.hms.url", app.Push.HMS.URL)
		plain(f, at+".push.hms.token_url", app.Push.HMS.TokenURL)
		plain(f, at+".push.webhook.url", app.Push.Webhook.URL)
	}
	plain(f, "media.s3.endpoint", c.Media.S3.Endpoint)
}

// plain mentions an address of another machine that is called without TLS.
func plain(f *findings, path, text string) {
	u, err := url.Parse(text)
	if text == "" || err != nil || u.Scheme != "http" || Loopback(net.JoinHostPort(u.Hostname(), "0")) {
		return
	}
	f.add(false, path, "http:// to %s is not encrypted: others on the way can read and change it", u.Hostname())
}
