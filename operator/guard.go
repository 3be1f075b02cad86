package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// The kinds of those who ask.
const (
	bySession = "session"
	byToken   = "token"
	bySocket  = "socket"
)

// who asks.
type who struct {
	kind    string // "": nobody known
	name    string // of an operator; "" for the token and the socket
	role    room.Role
	address string // without a port
	session room.Session
}

type socketKey struct{}

func throughSocket(ctx context.Context) context.Context {
	return context.WithValue(ctx, socketKey{}, true)
}

type peerKey struct{}

// ByUser notes which user of the system is at the other end of the socket, for the log of operators.
func ByUser(ctx context.Context, uid uint32) context.Context {
	return context.WithValue(ctx, peerKey{}, uid)
}

// socketAddress is where a request through the socket comes from.
func socketAddress(ctx context.Context) string {
	if uid, ok := ctx.Value(peerKey{}).(uint32); ok {
		return "socket, uid " + strconv.FormatUint(uint64(uid), 10)
	}
	return "socket"
}

// admit finds out who asks and whether they may.
func (c *call) admit(ctx context.Context) error {
	if ctx.Value(socketKey{}) != nil {
		c.who = who{kind: bySocket, role: room.Write, address: socketAddress(ctx)}
		return nil
	}
	c.who.address = address(c.r.RemoteAddr)
	if !c.h.limits.requests.allow(c.who.address) {
		return tooMany(c.h.limits.requests.wait())
	}
	if err := http.NewCrossOriginProtection().Check(c.r); err != nil {
		return &fault{status: http.StatusForbidden, Code: "foreign_origin", Message: "the request comes from a page of another site"}
	}
	if err := c.identify(ctx); err != nil {
		return err
	}
	return c.allowed()
}

// identify looks at the token or the cookie.
func (c *call) identify(ctx context.Context) error {
	if header := c.r.Header.Get("Authorization"); header != "" {
		text, bearer := strings.CutPrefix(header, "Bearer ")
		var now string
		if c.h.Token != nil {
			now = c.h.Token()
		}
		got, want := sha256.Sum256([]byte(text)), sha256.Sum256([]byte(now))
		if !bearer || now == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			if !c.h.limits.tokens.allow(c.who.address) {
				return tooMany(c.h.limits.tokens.wait())
			}
			return unauthenticated("the bearer token is not the server token")
		}
		c.who.kind, c.who.role = byToken, room.Write
		return nil
	}
	token := sessionToken(c.r)
	if token == "" {
		return nil
	}
	session := c.h.people.Session
	if c.polls() {
		session = c.h.people.Look
	}
	s, err := session(ctx, token)
	if errors.Is(err, room.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.who.kind, c.who.name, c.who.role, c.who.session = bySession, s.Operator, s.Role, s
	return nil
}

// PollHeader marks a request that a page makes by itself, again and again: it does not count as
// use of the session.
const PollHeader = "X-Poll"

// polls reports whether the page asks, and not the one before it. A change is always theirs.
func (c *call) polls() bool { return c.route.method == get && c.r.Header.Get(PollHeader) != "" }

// allowed holds who asks against the route.
func (c *call) allowed() error {
	switch {
	case c.route.role == "":
		return nil
	case c.who.kind == "":
		return unauthenticated("log in first")
	case c.who.kind == bySession && c.route.method != get && !c.who.session.FitsCSRF(c.r.Header.Get("X-CSRF-Token")):
		return &fault{status: http.StatusForbidden, Code: "csrf", Message: "X-CSRF-Token is not that of the session"}
	case c.route.role == room.Write && !c.route.checksRole:
		return c.writer()
	}
	return nil
}

// writer refuses who may only read.
func (c *call) writer() error {
	if c.who.role != room.Write {
		return &fault{status: http.StatusForbidden, Code: "read_only", Message: "role write is needed"}
	}
	return nil
}

// The cookie of a session. Over TLS its name binds it to this host and to TLS.
const (
	openCookie   = "teahouse"
	secureCookie = "__Host-teahouse"
)

// secure reports whether the browser's connection is encrypted, here or by a proxy in front. A
// caller who says so without it loses the cookie, and nothing else.
func secure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func cookieName(r *http.Request) string {
	if secure(r) {
		return secureCookie
	}
	return openCookie
}

// sessionToken is what the cookie holds. Of several of the name none counts: one of them was put
// there by somebody else.
func sessionToken(r *http.Request) string {
	if list := r.CookiesNamed(cookieName(r)); len(list) == 1 {
		return list[0].Value
	}
	return ""
}

// setCookie sends the cookie of a session; that of token "" ends it.
func (c *call) setCookie(token string) {
	cookie := &http.Cookie{
		Name: cookieName(c.r), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: secure(c.r), MaxAge: int(room.LongestUse.Seconds()),
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.w, cookie)
}

// address is a peer's address without its port.
func address(peer string) string {
	host, _, err := net.SplitHostPort(peer)
	if err != nil {
		return peer
	}
	return host
}
