package operator

import (
	"context"
	"net/http"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// operatorView is an operator in a list.
type operatorView struct {
	Name      string    `json:"name"`
	Role      room.Role `json:"role"`
	Disabled  bool      `json:"disabled"`
	Created   int64     `json:"created_at"`
	LastLogin int64     `json:"last_login_at"`
	Sessions  int       `json:"sessions"`
}

// view counts an operator's sessions, up to a page.
func (h *Handler) view(ctx context.Context, o room.Operator) (operatorView, error) {
	list, _, err := h.people.Sessions(ctx, o.Name, "", mostPage)
	return operatorView{o.Name, o.Role, o.Disabled, o.Created, o.LastLogin, len(list)}, err
}

func (h *Handler) operators(ctx context.Context, c *call) (any, error) {
	limit, after, err := c.page()
	if err != nil {
		return nil, err
	}
	found, err := h.people.Operators(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	var items []operatorView
	for _, o := range found {
		v, err := h.view(ctx, o)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	next := ""
	if len(found) == limit {
		next = found[limit-1].Name
	}
	return listOf(items, next), nil
}

type invitation struct {
	Role room.Role `json:"role"`
	Name string    `json:"name"`
}

type invited struct {
	Token   string `json:"token"`
	Path    string `json:"path"`
	Expires int64  `json:"expires_at"`
}

// LinkPath is where a link leads, below the address of the admin port.
func LinkPath(token string) string { return "/console/#/link/" + token }

func (h *Handler) invite(ctx context.Context, c *call) (any, error) {
	var r invitation
	if err := c.read(&r); err != nil {
		return nil, err
	}
	c.object, c.detail = r.Name, "role="+string(r.Role)
	by := c.who.name
	if by == "" {
		by = c.who.kind
	}
	token, l, err := h.people.Invite(ctx, by, r.Name, r.Role)
	if err != nil {
		return nil, err
	}
	c.status = http.StatusCreated
	return invited{token, LinkPath(token), l.Expires}, nil
}

type operatorPatch struct {
	Role     *room.Role `json:"role"`
	Disabled *bool      `json:"disabled"`
}

func (h *Handler) changeOperator(ctx context.Context, c *call) (any, error) {
	var r operatorPatch
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if r.Role != nil {
		c.detail = "role=" + string(*r.Role)
	}
	if r.Disabled != nil {
		c.detail += map[bool]string{true: " disabled", false: " enabled"}[*r.Disabled]
	}
	o, err := h.people.Modify(ctx, c.object, room.Patch{Role: r.Role, Disabled: r.Disabled})
	if err != nil {
		return nil, err
	}
	return h.view(ctx, o)
}

func (h *Handler) removeOperator(ctx context.Context, c *call) (any, error) {
	return empty{}, h.people.Remove(ctx, c.object)
}

type sessionView struct {
	ID       string    `json:"id"`
	Operator string    `json:"operator"`
	Role     room.Role `json:"role"`
	Created  int64     `json:"created_at"`
	Used     int64     `json:"used_at"`
	Expires  int64     `json:"expires_at"`
	Address  string    `json:"address"`
	Agent    string    `json:"agent"`
	Current  bool      `json:"current"`
}

// ownOnly is whose sessions the caller may see and end: "" for everybody's.
func (c *call) ownOnly() string {
	if c.who.role == room.Write {
		return ""
	}
	return c.who.name
}

func (h *Handler) sessions(ctx context.Context, c *call) (any, error) {
	limit, after, err := c.page()
	if err != nil {
		return nil, err
	}
	name := c.query("operator")
	if own := c.ownOnly(); own != "" {
		name = own
	}
	found, next, err := h.people.Sessions(ctx, name, after, limit)
	if err != nil {
		return nil, err
	}
	var items []sessionView
	for _, s := range found {
		items = append(items, sessionView{
			s.ID, s.Operator, s.Role, s.Created, s.Used, s.Expires, s.Address, s.Agent, s.ID == c.who.session.ID,
		})
	}
	return listOf(items, next), nil
}

func (h *Handler) endSession(ctx context.Context, c *call) (any, error) {
	operator, err := h.people.End(ctx, c.r.PathValue("id"), c.ownOnly())
	c.object = operator
	return empty{}, err
}

type entryView struct {
	ID      string `json:"id"`
	Time    int64  `json:"at"`
	Actor   string `json:"actor"`
	Kind    string `json:"kind"`
	Action  string `json:"action"`
	Object  string `json:"object"`
	App     uint32 `json:"app"`
	Address string `json:"address"`
	Result  string `json:"result"`
	Detail  string `json:"detail"`
}

func (h *Handler) audit(ctx context.Context, c *call) (any, error) {
	limit, after, err := c.page()
	if err != nil {
		return nil, err
	}
	q := room.AuditQuery{Actor: c.query("actor"), Object: c.query("object"), Action: c.query("action")}
	if q.App, err = c.appQuery(); err != nil {
		return nil, err
	}
	if q.From, err = c.number("from"); err != nil {
		return nil, err
	}
	if q.To, err = c.number("to"); err != nil {
		return nil, err
	}
	found, next, err := h.people.Audit(ctx, q, after, limit)
	if err != nil {
		return nil, err
	}
	var items []entryView
	for _, e := range found {
		items = append(items, entryView{e.ID, e.Time, e.Actor, e.Kind, e.Action, e.Object, uint32(e.App), e.Address, e.Result, e.Detail})
	}
	return listOf(items, next), nil
}
