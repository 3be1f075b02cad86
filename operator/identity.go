package operator

import (
	"context"
	"errors"
	"net/http"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// me is who asks, as they see themselves.
type me struct {
	Name    string    `json:"name"`
	Role    room.Role `json:"role"`
	Kind    string    `json:"kind"`
	CSRF    string    `json:"csrf"`
	Expires int64     `json:"expires_at"`
	Idle    int64     `json:"idle_at"`
	Version string    `json:"version"`
}

func (h *Handler) session(_ context.Context, c *call) (any, error) {
	m := me{Name: c.who.name, Role: c.who.role, Kind: c.who.kind, Version: h.About.Version}
	if c.who.kind == bySession {
		m.CSRF, m.Expires, m.Idle = c.who.session.CSRF(), c.who.session.Expires, c.who.session.Idle()
	}
	return m, nil
}

// enter gives the caller a session.
func (c *call) enter(s room.Session) me {
	c.setCookie(s.Token)
	c.who.kind, c.who.name, c.who.role, c.who.session = bySession, s.Operator, s.Role, s
	return me{
		Name: s.Operator, Role: s.Role, Kind: bySession, CSRF: s.CSRF(),
		Expires: s.Expires, Idle: s.Idle(), Version: c.h.About.Version,
	}
}

func (c *call) origin() room.Origin {
	return room.Origin{Address: c.who.address, Agent: c.r.UserAgent()}
}

type credentials struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// login answers a wrong name and a wrong password alike. An earlier session of the browser is
// over: its cookie is replaced, and a stranger's is worth nothing.
func (h *Handler) login(ctx context.Context, c *call) (any, error) {
	var r credentials
	if err := c.read(&r); err != nil {
		return nil, err
	}
	was := c.who.session.Token
	c.who = who{address: c.who.address}
	if !h.limits.addresses.allow(c.who.address) {
		return nil, tooMany(h.limits.addresses.wait())
	}
	if err := c.names(ctx, r.Name); err != nil {
		return nil, err
	}
	if !h.limits.names.allow(r.Name) {
		return nil, tooMany(h.limits.names.wait())
	}
	s, err := h.people.Login(ctx, r.Name, r.Password, c.origin())
	if err != nil {
		h.lines.Info("operator's login refused", "login", "remote", c.who.address, "err", err)
		return nil, err
	}
	h.limits.names.forget(r.Name)
	if was != "" {
		if err := h.people.Logout(ctx, was); err != nil {
			return nil, err
		}
	}
	return c.enter(s), nil
}

// names notes the operator of this name for the log of operators, if there is one. Any other text
// may be a password that was typed into the wrong field.
func (c *call) names(ctx context.Context, name string) error {
	o, err := c.h.people.Operator(ctx, name)
	if err != nil && !errors.Is(err, room.ErrNotFound) {
		return err
	}
	c.object = o.Name
	return nil
}

func (h *Handler) logout(ctx context.Context, c *call) (any, error) {
	if c.who.kind != bySession {
		return empty{}, nil
	}
	if err := h.people.Logout(ctx, c.who.session.Token); err != nil {
		return nil, err
	}
	c.setCookie("")
	return empty{}, nil
}

type newToken struct {
	Token string `json:"token"`
}

// rotateToken makes another server token, shown here and never again.
func (h *Handler) rotateToken(_ context.Context, c *call) (any, error) {
	if h.Token == nil || h.RotateToken == nil {
		return nil, conflict("this server has no token")
	}
	text, err := h.RotateToken()
	if err != nil {
		return nil, err
	}
	c.status = http.StatusCreated
	return newToken{text}, nil
}

type linkQuery struct {
	Token    string `json:"token"`
	Name     string `json:"name"`
	Password string `json:"password"`
}

type linkView struct {
	Kind    room.LinkKind `json:"kind"`
	Name    string        `json:"name"`
	Role    room.Role     `json:"role"`
	Expires int64         `json:"expires_at"`
}

func (h *Handler) checkLink(ctx context.Context, c *call) (any, error) {
	var r linkQuery
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if !h.limits.addresses.allow(c.who.address) {
		return nil, tooMany(h.limits.addresses.wait())
	}
	l, err := h.people.Link(ctx, r.Token)
	if err != nil {
		return nil, err
	}
	return linkView{l.Kind, l.Name, l.Role, l.Expires}, nil
}

func (h *Handler) redeemLink(ctx context.Context, c *call) (any, error) {
	var r linkQuery
	if err := c.read(&r); err != nil {
		return nil, err
	}
	c.who = who{address: c.who.address}
	if !h.limits.addresses.allow(c.who.address) {
		return nil, tooMany(h.limits.addresses.wait())
	}
	s, err := h.people.Redeem(ctx, r.Token, r.Name, r.Password, c.origin())
	if err != nil {
		return nil, err
	}
	c.object = s.Operator
	if h.Redeemed != nil {
		h.Redeemed()
	}
	return c.enter(s), nil
}

type passwordChange struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (h *Handler) password(ctx context.Context, c *call) (any, error) {
	var r passwordChange
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if c.who.kind != bySession {
		return nil, bad("only an operator has a password")
	}
	c.object = c.who.name
	if !h.limits.names.allow(c.who.name) {
		return nil, tooMany(h.limits.names.wait())
	}
	if err := h.people.SetPassword(ctx, c.who.name, r.Old, r.New, c.who.session.Token); err != nil {
		return nil, err
	}
	return empty{}, nil
}
