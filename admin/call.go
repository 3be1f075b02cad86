package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/trace"
)

// call is one request on its way through the door.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	command *api.Command // nil until known
	app     chat.AppID
	by      chat.UserID
	refused bool // by is who the caller says to be, and is not let in
	trace   *trace.Context
}

// serveCommand serves POST /v4/{service}/{command}. Everything is answered
// with an envelope, a panic included.
func (d *door) serveCommand(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions { // a browser asks before it posts
		allowOrigins(w.Header())
		w.WriteHeader(http.StatusNoContent)
		return
	}
	began := d.Now()
	ctx, cancel := context.WithTimeout(r.Context(), d.Timeout)
	defer cancel()
	c := &call{w: w, r: r, trace: trace.Of(r.Header)}
	answer, err := d.guarded(ctx, c)
	if err != nil {
		d.holdBack(ctx, c, chat.CodeOf(err))
	}
	code := d.respond(c, answer, err)
	d.metrics.count(c.command, code, d.Now().Sub(began))
}

// guarded turns a panic into a fault, so that one bad call does not end the process.
func (d *door) guarded(ctx context.Context, c *call) (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return d.handle(ctx, c)
}

// handle makes the checks in the order of spec/02 §3, then runs the command.
func (d *door) handle(ctx context.Context, c *call) (any, error) {
	if !d.hostAllowed(c.r) {
		return nil, wrongHost(c.r)
	}
	if c.r.Method != http.MethodPost {
		return nil, chat.Refuse(chat.CodeBadPath, "POST only")
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, chat.Refuse(chat.CodeBadPath, "")
	}
	app, err := d.app(query) // 60012, 60006, 60016
	if err != nil {
		return nil, err
	}
	c.app = app.ID
	by, err := d.caller(ctx, c, app, query) // ticket codes, 60010
	if err != nil {
		c.refused = true
		c.by = chat.UserID(query.Get("identifier"))
		return nil, err
	}
	if c.command, err = d.find(c.r.URL.Path); err != nil { // 60009, 10003
		return nil, err
	}
	if !d.limits.allow(app, c.command, d.Now()) {
		return nil, chat.Refuse(chat.CodeCommandRate, "")
	}
	leave, err := d.large.enter(ctx, app.ID, c.r) // 60011
	if err != nil {
		return nil, err
	}
	defer leave()
	body, err := d.body(c) // 60003, 93000
	if err != nil {
		return nil, err
	}
	return c.command.Run(api.WithBase(ctx, base(c.r)), by, body, api.MostREST)
}

// app finds the app a call is for.
func (d *door) app(query url.Values) (*chat.App, error) {
	text := query.Get("sdkappid")
	if text == "" {
		return nil, chat.Refuse(chat.CodeNoApp, "")
	}
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id == 0 {
		return nil, chat.Refuse(chat.CodeBadApp, "")
	}
	app, err := d.Core.App(chat.AppID(id))
	if chat.CodeOf(err) == chat.CodeUnknownApp {
		return nil, chat.Refuse(chat.CodeBadApp, "")
	}
	return app, err
}

// caller checks the ticket, that its bearer is an administrator, and that it
// was not revoked.
func (d *door) caller(ctx context.Context, c *call, app *chat.App, query url.Values) (chat.Actor, error) {
	user := chat.UserID(query.Get("identifier"))
	if user == "" {
		return chat.Actor{}, chat.Refuse(chat.CodeAuthFailed, "identifier is missing")
	}
	claims, err := d.Tickets.Verify(uint32(app.ID), string(user), query.Get("usersig"))
	if err != nil {
		if ticket.Failed(err) && d.Failures.Failed(ctx, address(c.r.RemoteAddr), claims.App) {
			return chat.Actor{}, chat.Refuse(chat.CodeTooManyFailures, "")
		}
		return chat.Actor{}, ticketRefusal(err)
	}
	c.by = user
	if !app.IsAdmin(user) {
		return chat.Actor{}, chat.Refuse(chat.CodeNeedAdmin, "%q is none of the administrators of the app", clipped(string(user)))
	}
	acc, err := d.Core.People.Login(ctx, app.ID, user, ticketOf(claims))
	if err != nil {
		return chat.Actor{}, err
	}
	return chat.Actor{
		App: app.ID, User: user, Standing: chat.AsAdmin,
		Platform: chat.PlatformREST, IP: address(c.r.RemoteAddr), Holder: acc.Holder, Trace: c.trace,
	}, nil
}

// ticketOf is what the core has to know of a ticket.
func ticketOf(c ticket.Claims) chat.Ticket {
	t := chat.Ticket{Hash: c.Hash, Expires: c.Expires.Unix()}
	if !c.Issued.IsZero() {
		t.Issued = c.Issued.Unix()
	}
	return t
}

// ticketRefusal gives a ticket's refusal the core's form.
func ticketRefusal(err error) error {
	var bad *ticket.Error
	if !errors.As(err, &bad) {
		return chat.Internal(chat.CodeInternal, err)
	}
	return chat.Refuse(chat.Code(bad.Code), "%s", bad.Msg)
}

// address is a peer's address without its port.
func address(peer string) string {
	host, _, err := net.SplitHostPort(peer)
	if err != nil {
		return peer
	}
	return host
}

// find looks a command up by its path, v4/{service}/{command}: case matters;
// doubled slashes, a trailing one and trailing blanks do not (spec/02 §1).
func (d *door) find(path string) (*api.Command, error) {
	parts := strings.FieldsFunc(strings.TrimRight(path, " /"), func(r rune) bool { return r == '/' })
	service, name := "", ""
	if len(parts) > 1 {
		service = parts[1]
	}
	if len(parts) == 3 {
		name = parts[2]
		if c, ok := d.Table.REST(service, name); ok {
			return c, nil
		}
	}
	return nil, d.Table.UnknownCommand(service, name)
}

// body reads the whole body. Its Content-Type is not looked at: backends send
// various ones (spec/02 §1).
func (d *door) body(c *call) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, d.MaxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, chat.Refuse(chat.CodeRequestTooLong, "the body is longer than %d bytes", tooLong.Limit)
	case err != nil:
		return nil, chat.Refuse(chat.CodeNotJSON, "body could not be read")
	case len(body) == 0:
		return nil, chat.Refuse(chat.CodeNotJSON, "body is empty, send {}")
	}
	return body, nil
}
