// Package origins says which pages of other hosts may open a WebSocket and upload files. Both
// listeners ask it, so that a page that may connect may also send pictures. It refuses to know
// what is asked for.
// Start reading at [Parse] and [List.Allows].
package origins

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// List is the pages of other hosts that are allowed. None: only those of the server's own host.
type List []pattern

// Any allows every page, also one that has no host, such as a file.
var Any = List{{host: "*", any: true}}

// pattern is one entry. An empty scheme stands for each.
type pattern struct {
	scheme, host string // in lower case; in host, * stands for any characters
	any          bool
}

// defaultPorts are left out by browsers.
var defaultPorts = map[string]string{"http": ":80", "https": ":443"}

// Parse reads entries: a host with its port as the page's address has it, such as
// chat.example.com, localhost:3000 or *.example.com; with https:// before it, pages of that scheme
// alone; "*" for any page. It refuses what no page can have.
func Parse(texts []string) (List, error) {
	var list List
	for _, text := range texts {
		p, err := parse(text)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func parse(text string) (pattern, error) {
	if text == "*" {
		return Any[0], nil
	}
	p := pattern{host: strings.ToLower(text)}
	if scheme, host, ok := strings.Cut(p.host, "://"); ok {
		p.scheme, p.host = scheme, strings.TrimSuffix(host, defaultPorts[scheme])
	}
	scheme := p.scheme
	if scheme == "" {
		scheme = "https"
	}
	u, err := url.Parse(scheme + "://" + strings.ReplaceAll(p.host, "*", "1")) // a port is a number
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != u.String() || strings.ContainsAny(p.host, `\,;"'`) || strings.HasSuffix(p.host, ":") {
		return pattern{}, fmt.Errorf("%q is not where pages come from, such as chat.example.com, localhost:3000, *.example.com or https://chat.example.com, without a path", text)
	}
	return p, nil
}

// Allows reports whether a request comes from a page that is allowed, or from the host that it
// asks, or from a program that is no browser and names no page.
func (l List) Allows(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(strings.ToLower(origin))
	known := err == nil && u.Host != "" // not of a file, or of a frame that hides it
	if known && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, p := range l {
		if p.any || known && p.matches(u.Scheme, u.Host) {
			return true
		}
	}
	return false
}

func (p pattern) matches(scheme, host string) bool {
	if p.scheme != "" && p.scheme != scheme {
		return false
	}
	if p.host == host {
		return true
	}
	ok, err := path.Match(strings.ReplaceAll(p.host, "[", `\[`), host) // [ begins an address of IPv6
	return ok && err == nil
}
