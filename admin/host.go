package admin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// localDomains belong to nobody on the internet, so no stranger can make names in
// them resolve to this machine.
var localDomains = []string{".localhost", ".local", ".internal", ".home.arpa"}

// hostAllowed checks the name by which a request came. A browser that was
// tricked into asking this server (DNS rebinding) names the stranger's host; addresses, names without
// a dot and local domains cannot be that, and other names are the operator's to allow.
func (d *door) hostAllowed(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") && !strings.Contains(host, ":") {
		return true
	}
	for _, domain := range localDomains {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return d.Host != nil && d.Host(host)
}

// checked serves what is asked by a name of this server.
func (d *door) checked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.hostAllowed(r) {
			say(w, http.StatusMisdirectedRequest, wrongHost(r).Error())
			return
		}
		h.ServeHTTP(w, r)
	})
}

func wrongHost(r *http.Request) error {
	return chat.Refuse(chat.CodeBadPath, "host %q is not one of this server's: name it under admin.hosts", r.Host)
}
