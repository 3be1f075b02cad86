package media

import (
	"errors"
	"net/http"
	"os"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/wire"
)

// guard sets what holds for every answer: nothing in it is run, whatever a file says.
func guard(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // pages of any host show files
	h.Set("Referrer-Policy", "no-referrer")
}

// statuses has a row for every class of refusal.
var statuses = map[chat.Class]int{
	chat.Fault:           http.StatusInternalServerError,
	chat.Malformed:       http.StatusBadRequest,
	chat.Unauthenticated: http.StatusForbidden,
	chat.Denied:          http.StatusForbidden,
	chat.NotFound:        http.StatusNotFound,
	chat.Limited:         http.StatusTooManyRequests,
	chat.RefusedByApp:    http.StatusForbidden,
	chat.Unavailable:     http.StatusServiceUnavailable,
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, room.ErrFull):
		return http.StatusInsufficientStorage
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	case chat.CodeOf(err) == chat.CodeMediaTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return statuses[chat.CodeOf(err).Class()]
}

// envelope is the body of an answer, in the form of REST (spec/02 §2). Refusals of clients have
// it too, so that a page can show why.
type envelope struct {
	code chat.Code
	text string
	size int64 // how much has come, when it is no refusal
}

func failure(err error) envelope {
	code, text := chat.Outward(err)
	return envelope{code: code, text: text}
}

func (e envelope) body() []byte {
	status := "OK"
	if e.code != 0 {
		status = "FAIL"
	}
	b := wire.PutText([]byte{'{'}, "ActionStatus", status)
	b = wire.PutInt(b, "ErrorCode", int64(e.code))
	b = wire.PutText(b, "ErrorInfo", e.text)
	if e.code == 0 {
		b = wire.PutInt(b, "Size", e.size)
	}
	return append(b, '}', '\n')
}

// retrySeconds is when to come again after a refusal that ends by itself.
const retrySeconds = "5"

// refuse answers with a refusal, and counts it. Faults of ours are logged.
func (h *Handler) refuse(c *call, err error) {
	status := statusOf(err)
	h.count.refuse(err)
	switch {
	case chat.IsFault(err) && c.r.Context().Err() == nil:
		h.opt.Log.Error("request for a file", "method", c.r.Method, "err", err)
	case status == http.StatusInsufficientStorage:
		h.opt.Log.Warn("no room for a file", "err", err)
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		h.lines.Info("limit reached", err.Error(), "remote", addressOf(c.r.RemoteAddr).String(), "err", err)
	default:
		h.opt.Log.Debug("request for a file refused", "method", c.r.Method, "err", err)
	}
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		c.w.Header().Set("Retry-After", retrySeconds)
	}
	h.answer(c, status, failure(err))
}

// answer writes an answer of JSON.
func (h *Handler) answer(c *call, status int, e envelope) {
	if c.control != nil {
		_ = c.control.SetWriteDeadline(h.deadline()) // not every listener has deadlines
	}
	body := e.body()
	head := c.w.Header()
	h.allow(c)
	head.Set("Content-Type", "application/json; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // who is gone needs no answer
}
