package config

import (
	"fmt"
	"net/url"
	"slices"
)

func (w *Web) check(p *Problems, at Listen) {
	if w.Chat && at.WS == Off && at.WSS == Off {
		p.add("web.chat", "is on, and listen.ws and listen.wss are off: there is nowhere to serve it")
	}
	for i, origin := range w.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" ||
			!slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) {
			p.add(fmt.Sprintf("web.origins[%d]", i), "is not an address without a path, such as https://img.example.com or wss://calls.example.com")
		}
	}
}
