package admin

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// outcome is how this door answers and logs a class of refusal. The HTTP status is
// always 200: backends read ErrorCode (spec/02 §2).
type outcome struct {
	status int
	level  slog.Level
}

// outcomes has a row for every class. A caller's mistake is logged for debugging only, a
// fault of ours as an error.
var outcomes = map[chat.Class]outcome{
	chat.Fault:           {http.StatusOK, slog.LevelError},
	chat.Malformed:       {http.StatusOK, slog.LevelDebug},
	chat.Unauthenticated: {http.StatusOK, slog.LevelDebug},
	chat.Denied:          {http.StatusOK, slog.LevelDebug},
	chat.NotFound:        {http.StatusOK, slog.LevelDebug},
	chat.Limited:         {http.StatusOK, slog.LevelDebug},
	chat.RefusedByApp:    {http.StatusOK, slog.LevelDebug},
	chat.Unavailable:     {http.StatusOK, slog.LevelWarn},
}

// respond writes the envelope, logs a refusal once and in full, and returns
// the code for counting.
func (d *door) respond(c *call, answer any, err error) chat.Code {
	code := chat.CodeOf(err)
	o := outcome{status: http.StatusOK}
	if err != nil {
		o = outcomes[code.Class()]
		d.note(c, o, code, err)
	}
	body := c.command.Envelope(make([]byte, 0, 512), answer, err)
	h := c.w.Header()
	allowOrigins(h)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(o.status)
	if _, err := c.w.Write(body); err != nil {
		d.Log.Debug("answer not delivered", "path", c.r.URL.Path, "err", err)
	}
	return code
}

// note logs a refusal: a login that is refused, a limit that bites and what is not to be had
// for a while are lines for the operator, sampled. A fault is always written.
func (d *door) note(c *call, o outcome, code chat.Code, err error) {
	attrs := c.trace.Attrs(
		"remote", address(c.r.RemoteAddr), "path", clipped(c.r.URL.Path), "app", c.app, "user", clipped(string(c.by)),
		"code", int(code), "err", err,
	)
	switch why := strconv.Itoa(int(code)); {
	case o.level == slog.LevelWarn:
		d.lines.Warn("command refused", why, attrs...)
	case o.level > slog.LevelWarn:
		d.Log.Log(context.Background(), o.level, "command refused", attrs...)
	case c.refused:
		d.lines.Info("login refused", why, attrs...)
	case code.Class() == chat.Limited:
		d.lines.Info("limit reached", why, attrs...)
	default:
		d.Log.Log(context.Background(), o.level, "command refused", attrs...)
	}
}

// clipped bounds what a stranger puts into a line.
func clipped(s string) string {
	const most = 128 // bytes
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// allowOrigins sets the headers of the original's answers (spec/02 §2).
func allowOrigins(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "X-Requested-With")
	h.Set("Access-Control-Allow-Methods", "POST")
}
