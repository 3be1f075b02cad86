package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

// fault is an answer that refuses.
type fault struct {
	status  int
	Code    string    `json:"code"`
	Message string    `json:"message"`
	IM      chat.Code `json:"im_code,omitzero"`
	Retry   int64     `json:"retry_seconds,omitzero"`
}

// Error implements error.
func (f *fault) Error() string { return f.Code + ": " + f.Message }

func bad(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, Code: "bad_request", Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *fault {
	return &fault{status: http.StatusNotFound, Code: "not_found", Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) *fault {
	return &fault{status: http.StatusConflict, Code: "conflict", Message: fmt.Sprintf(format, args...)}
}

func unauthenticated(text string) *fault {
	return &fault{status: http.StatusUnauthorized, Code: "unauthenticated", Message: text}
}

func tooMany(wait time.Duration) *fault {
	return &fault{status: http.StatusTooManyRequests, Code: "too_many", Message: "too many requests", Retry: int64(wait.Seconds())}
}

var busy = &fault{status: http.StatusServiceUnavailable, Code: "busy", Message: "the server is busy: again, a little later", Retry: 1}

// refusals are the answers to what the room of operators and the wiring refuse.
var refusals = []struct {
	err    error
	status int
	code   string
}{
	{room.ErrNotFound, http.StatusNotFound, "not_found"},
	{room.ErrTaken, http.StatusConflict, "conflict"},
	{room.ErrLast, http.StatusConflict, "conflict"},
	{room.ErrLinkGone, http.StatusGone, "link_gone"},
	{room.ErrWrongLogin, http.StatusUnauthorized, "wrong_login"},
	{room.ErrName, http.StatusBadRequest, "bad_request"},
	{room.ErrPassword, http.StatusBadRequest, "bad_request"},
	{room.ErrRole, http.StatusBadRequest, "bad_request"},
	{ErrDeclared, http.StatusForbidden, "declared"},
	{ErrAppTaken, http.StatusConflict, "conflict"},
	{ErrNoApp, http.StatusNotFound, "not_found"},
	{ErrDeleting, http.StatusConflict, "conflict"},
	{ErrNumberUsed, http.StatusConflict, "conflict"},
	{ErrManyApps, http.StatusConflict, "conflict"},
	{ErrBackupRuns, http.StatusConflict, "conflict"},
}

// classes are the answers to what the core refuses.
var classes = map[chat.Class]struct {
	status int
	code   string
}{
	chat.Fault:           {http.StatusInternalServerError, "internal"},
	chat.Malformed:       {http.StatusUnprocessableEntity, "refused"},
	chat.Unauthenticated: {http.StatusUnprocessableEntity, "refused"},
	chat.Denied:          {http.StatusUnprocessableEntity, "refused"},
	chat.NotFound:        {http.StatusNotFound, "not_found"},
	chat.Limited:         {http.StatusTooManyRequests, "too_many"},
	chat.RefusedByApp:    {http.StatusUnprocessableEntity, "refused"},
	chat.Unavailable:     {http.StatusServiceUnavailable, "busy"},
}

// faultOf is what the caller sees of an error, nil when there is none. A fault of ours is logged
// here, once.
func (h *Handler) faultOf(c *call, err error) *fault {
	if err == nil {
		return nil
	}
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	if errors.Is(err, room.ErrBusy) {
		return busy
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return &fault{status: r.status, Code: r.code, Message: h.said(r.err)}
		}
	}
	var wrong interface{ BadSettings() string }
	if errors.As(err, &wrong) {
		return bad("%s", wrong.BadSettings())
	}
	code, info := chat.Outward(err)
	o := classes[code.Class()]
	if o.status == http.StatusInternalServerError {
		h.Log.Error("operator's request", "path", c.route.path, "actor", c.who.name, "err", err)
		return &fault{status: o.status, Code: o.code, Message: "internal error"}
	}
	f = &fault{status: o.status, Code: o.code, Message: info, IM: code}
	if o.code == "too_many" || o.code == "busy" {
		f.Retry = 1
	}
	return f
}

// said is what is said of a refusal, with the place to go to instead.
func (h *Handler) said(refusal error) string {
	text := refusal.Error()
	if errors.Is(refusal, ErrDeclared) && h.ConfigFile != "" {
		text += " (" + h.ConfigFile + "), and SIGHUP reads it again"
	}
	return text
}

// refuse writes a fault.
func refuse(w http.ResponseWriter, f *fault) {
	if f.Retry > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(f.Retry, 10))
	}
	respond(w, f.status, map[string]*fault{"error": f})
}

// respond writes an answer. It is data and is shown by nobody as a page.
func respond(w http.ResponseWriter, status int, answer any) {
	body, ok := answer.(raw)
	if !ok {
		var err error
		if body, err = json.Marshal(answer); err != nil {
			status, body = http.StatusInternalServerError, raw(`{"error":{"code":"internal","message":"internal error"}}`)
		}
	}
	head := w.Header()
	head.Set("Content-Type", "application/json; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(len(body)))
	protect(head)
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // who asked may be gone
}

// protect says that an answer is for programs, not to be kept nor shown.
func protect(head http.Header) {
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Referrer-Policy", "no-referrer")
}
