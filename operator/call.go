package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

// callTime bounds a request.
const callTime = 15 * time.Second

// call is one request on its way through the door.
type call struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	who   who
	route *route

	// What the log of operators says of it.
	app    chat.AppID
	object string
	detail string

	status int // of the answer; 0: 200
}

// raw is an answer that is written as it is, a JSON document.
type raw []byte

// empty is an answer that says nothing.
type empty struct{}

// serve answers a request for a route.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, to *route) {
	ctx := r.Context()
	if !to.long {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTime)
		defer cancel()
	}
	c := &call{h: h, w: w, r: r, route: to}
	answer, err := c.guarded(ctx)
	f := h.faultOf(c, err)
	h.count(to, f)
	c.note(ctx, f)
	if cut := (*cutShort)(nil); errors.As(err, &cut) {
		panic(http.ErrAbortHandler) // closes the connection, and says nothing
	}
	if _, ok := answer.(written); ok {
		return
	}
	if f != nil {
		refuse(w, f)
		return
	}
	respond(w, c.status, answer)
}

// guarded turns a panic into a fault of ours.
func (c *call) guarded(ctx context.Context) (answer any, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := c.admit(ctx); err != nil {
		return nil, err
	}
	c.object = c.r.PathValue("name")
	if text := c.r.PathValue("app"); text != "" {
		if c.app, err = parseApp(text); err != nil {
			return nil, err
		}
		if c.h.Apps.App(c.app) == nil {
			return nil, notFound("there is no app %d", c.app)
		}
	}
	return c.route.do(ctx, c)
}

func parseApp(text string) (chat.AppID, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		return 0, bad("app: want a number from 1 to 4294967295")
	}
	return chat.AppID(n), nil
}

// note writes the log of operators, once the outcome is known. What nobody known has asked is
// noted for logins alone, and not without bound.
func (c *call) note(ctx context.Context, f *fault) {
	if c.route.act == "" || c.who.kind == "" && !c.h.limits.strangers.allow() {
		return
	}
	result := "ok"
	if f != nil {
		result = f.Code
	}
	err := c.h.people.Note(context.WithoutCancel(ctx), room.Entry{
		Actor: c.who.name, Kind: c.who.kind, Action: c.route.act, Object: c.object, App: c.app,
		Address: c.who.address, Result: result, Detail: c.detail,
	})
	if err != nil {
		c.h.Log.Error("log of operators", "action", c.route.act, "actor", c.who.name, "err", err)
	}
}

// bytes reads the body.
func (c *call) bytes() ([]byte, error) {
	most := c.route.body
	if most == 0 {
		most = maxBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, most))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &fault{status: http.StatusRequestEntityTooLarge, Code: "too_large", Message: fmt.Sprintf("the body has more than %d bytes", most)}
	case err != nil:
		return nil, bad("the body could not be read")
	case len(body) == 0:
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &fault{status: http.StatusUnsupportedMediaType, Code: "not_json", Message: "Content-Type: want application/json"}
	}
	return body, nil
}

// read decodes the body; a member that is not known is wrong. Without a body v stays as it is.
func (c *call) read(v any) error {
	body, err := c.bytes()
	if err != nil || body == nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return bad("body: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if d.More() {
		return bad("body: more than one document")
	}
	return nil
}

// query is a member of the address.
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// number is a member of the address that is a number; 0 when it is not there.
func (c *call) number(name string) (int64, error) {
	text := c.query(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, bad("%s: want a number", name)
	}
	return n, nil
}

// appQuery is the app of the address's member app; 0: none is named.
func (c *call) appQuery() (chat.AppID, error) {
	text := c.query("app")
	if text == "" {
		return 0, nil
	}
	return parseApp(text)
}

// Bounds of a page.
const (
	defaultPage = 50
	mostPage    = 200
)

// page is how many are wanted, and after what.
func (c *call) page() (limit int, cursor string, err error) {
	n, err := c.number("limit")
	if err != nil {
		return 0, "", err
	}
	if n == 0 {
		n = defaultPage
	}
	if n > mostPage {
		return 0, "", bad("limit: at most %d", mostPage)
	}
	return int(n), c.query("cursor"), nil
}

// pageFrom is how many are wanted; the parts of the cursor are read into after, which keeps what
// it has on the first page.
func (c *call) pageFrom(after ...any) (limit int, err error) {
	limit, cursor, err := c.page()
	if err == nil && cursor != "" {
		err = readCursor(cursor, after...)
	}
	return limit, err
}

// list is a page of an answer.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

func listOf[T any](items []T, next string) list[T] {
	if items == nil {
		items = []T{}
	}
	return list[T]{items, next}
}

// admin is the administrator that an operator acts as in an app.
func (c *call) admin() (chat.Actor, error) {
	app, err := c.h.Core.App(c.app)
	if err != nil {
		return chat.Actor{}, err
	}
	by := chat.Actor{
		App: app.ID, User: "administrator", Standing: chat.AsAdmin, Platform: chat.PlatformREST, IP: c.who.address,
	}
	if len(app.Admins) > 0 {
		by.User = app.Admins[0]
	}
	return by, nil
}
