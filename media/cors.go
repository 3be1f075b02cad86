package media

import (
	"net/http"

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
	if origin := c.r.Header.Get("Origin"); origin != "" && h.opt.Origins.Allows(c.r) {
		head.Set("Access-Control-Allow-Origin", origin)
	}
}

// errOrigin is the refusal of a page that may not upload.
func errOrigin(r *http.Request) error {
	return chat.Refuse(chat.CodeAuthFailed, "pages of %q may not upload: name them under websocket.origins", r.Header.Get("Origin"))
}

// preflight answers a browser that asks what a page may do.
func (h *Handler) preflight(c *call) {
	head := c.w.Header()
	switch c.r.Header.Get("Access-Control-Request-Method") {
	case http.MethodPut:
		if !h.opt.Origins.Allows(c.r) {
			h.refuse(c, errOrigin(c.r))
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
