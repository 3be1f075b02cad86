package media

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// What pages of other hosts may see and send.
const (
	exposed      = "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Last-Modified, Range, Retry-After"
	sentHeaders  = "Content-Type, Content-Range, If-None-Match, If-Range, Range"
	preflightAge = "600" // seconds
)

// allow lets pages read the answer: any page that of a download, those that may upload that of
// an upload.
func (h *Handler) allow(c *call) {
	head := c.w.Header()
	head.Set("Access-Control-Expose-Headers", exposed)
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		head.Set("Access-Control-Allow-Origin", "*")
		return
	}
	head.Add("Vary", "Origin")
	if origin := c.r.Header.Get("Origin"); origin != "" && h.uploadsFrom(c.r) {
		head.Set("Access-Control-Allow-Origin", origin)
	}
}

// uploadsFrom reports whether the page that sends a request may upload. Programs that are no
// browser name no page.
func (h *Handler) uploadsFrom(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, pattern := range h.opt.Origins {
		if pattern == "*" {
			return true
		}
		if err != nil || u.Host == "" {
			continue
		}
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(u.Host)); ok && err == nil {
			return true
		}
	}
	return false
}

// errOrigin is the refusal of a page that may not upload.
func errOrigin() error {
	return chat.Refuse(chat.CodeAuthFailed, "pages of this host may not upload")
}

// preflight answers a browser that asks what a page may do.
func (h *Handler) preflight(c *call) {
	head := c.w.Header()
	switch c.r.Header.Get("Access-Control-Request-Method") {
	case http.MethodPut:
		if !h.uploadsFrom(c.r) {
			h.refuse(c, errOrigin())
			return
		}
		head.Set("Access-Control-Allow-Origin", c.r.Header.Get("Origin"))
		head.Add("Vary", "Origin")
	default:
		head.Set("Access-Control-Allow-Origin", "*")
	}
	head.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT")
	head.Set("Access-Control-Allow-Headers", sentHeaders)
	head.Set("Access-Control-Max-Age", preflightAge)
	c.w.WriteHeader(http.StatusNoContent)
}
