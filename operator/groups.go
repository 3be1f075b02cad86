package operator

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

func (h *Handler) groupRoutes() []route {
	const groups, group = "apps/{app}/groups", "apps/{app}/groups/{group}"
	return []route{
		{method: get, path: groups, role: room.Read, do: h.groups},
		{method: get, path: group, role: room.Read, do: h.oneGroup},
		{method: get, path: group + "/members", role: room.Read, do: h.members},
		{method: post, path: group + "/mute", role: room.Write, act: "group.mute", do: h.muteGroup},
		{method: remove, path: group, role: room.Write, act: "group.dismiss", do: h.dismissGroup},
	}
}

// groupView is a group in a list.
type groupView struct {
	Group   chat.GroupID   `json:"group"`
	Type    chat.GroupType `json:"type"`
	Name    string         `json:"name"`
	Owner   chat.UserID    `json:"owner"`
	Members int            `json:"members"`
	Created int64          `json:"created_at"`
	Last    int64          `json:"last_at"`
	Muted   bool           `json:"muted"`
}

func groupViewOf(g *chat.GroupView) groupView {
	return groupView{g.ID, g.Type, g.Name, g.Owner, g.Members, g.Created * 1000, g.Head.Time, g.MuteAll}
}

// groups lists by id. Types are those of the specification, as they are called now.
func (h *Handler) groups(ctx context.Context, c *call) (any, error) {
	limit, cursor, err := c.page()
	if err != nil {
		return nil, err
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	prefix, kind := chat.GroupID(c.query("prefix")), chat.GroupType(c.query("type"))
	var items []groupView
	after := chat.GroupID("")
	if cursor != "" {
		if err := readCursor(cursor, &after); err != nil {
			return nil, err
		}
	} else if prefix != "" { // what is listed below comes after it
		if g, err := h.Core.Group.Get(ctx, by, prefix); err == nil && (kind == "" || g.Type == kind) {
			items = append(items, groupViewOf(&g))
		}
	}
	ids, _, err := h.Core.Group.List(ctx, by, kind, max(after, prefix), limit-len(items))
	if err != nil {
		return nil, err
	}
	next := ""
	if len(ids) == limit-len(items) {
		next = cursorOf(ids[len(ids)-1])
	}
	for _, id := range ids {
		if !strings.HasPrefix(string(id), string(prefix)) {
			next = ""
			break
		}
		g, err := h.Core.Group.Get(ctx, by, id)
		if chat.CodeOf(err).Class() == chat.NotFound {
			continue // it has ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		items = append(items, groupViewOf(&g))
	}
	return listOf(items, next), nil
}

// groupDetail is a group with all that is known of it.
type groupDetail struct {
	groupView
	Notification string            `json:"notification"`
	Introduction string            `json:"introduction"`
	FaceURL      string            `json:"face_url"`
	Join         chat.JoinOption   `json:"join"`
	Invite       chat.InviteOption `json:"invite"`
	MaxMembers   int               `json:"max_members"`
	NextSeq      chat.Seq          `json:"next_seq"`
	Custom       map[string]string `json:"custom"`
}

// group is that of the address; the log of operators names it.
func (c *call) group() chat.GroupID {
	c.object = c.r.PathValue("group")
	return chat.GroupID(c.object)
}

func (h *Handler) oneGroup(ctx context.Context, c *call) (any, error) {
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	g, err := h.Core.Group.Get(ctx, by, c.group())
	if err != nil {
		return nil, err
	}
	d := groupDetail{
		groupViewOf(&g), g.Notification, g.Introduction, g.FaceURL, g.ApplyJoin, g.InviteJoin, g.MaxMembers, g.Head.Seq + 1, g.Custom,
	}
	if d.Custom == nil {
		d.Custom = map[string]string{}
	}
	return d, nil
}

// memberView is a member of a group.
type memberView struct {
	User     chat.UserID `json:"user"`
	Nick     string      `json:"nick"`
	Role     string      `json:"role"`
	Joined   int64       `json:"joined_at"`
	NameCard string      `json:"name_card"`
	Muted    int64       `json:"muted_until_at"`
}

func (h *Handler) members(ctx context.Context, c *call) (any, error) {
	q := chat.MemberQuery{Named: true}
	var err error
	if q.Limit, err = c.pageFrom(&q.After); err != nil {
		return nil, err
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	found, _, after, err := h.Core.Group.Members(ctx, by, c.group(), q)
	if err != nil {
		return nil, err
	}
	var items []memberView
	for i := range found {
		m := &found[i]
		items = append(items, memberView{m.User, m.Nick, m.Role.String(), m.Joined * 1000, m.NameCard, m.MuteUntil * 1000})
	}
	next := ""
	if after != "" {
		next = cursorOf(after)
	}
	return listOf(items, next), nil
}

type muteAll struct {
	All *bool `json:"all"`
}

func (h *Handler) muteGroup(ctx context.Context, c *call) (any, error) {
	var r muteAll
	if err := c.read(&r); err != nil {
		return nil, err
	}
	id := c.group()
	if r.All == nil {
		return nil, bad("all: is missing")
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	c.detail = map[bool]string{true: "muted", false: "unmuted"}[*r.All]
	return empty{}, h.Core.Group.Modify(ctx, by, id, chat.GroupPatch{MuteAll: r.All})
}

func (h *Handler) dismissGroup(ctx context.Context, c *call) (any, error) {
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	return empty{}, h.Core.Group.Destroy(ctx, by, c.group())
}
