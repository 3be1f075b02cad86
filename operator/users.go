package operator

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/inbox"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

func (h *Handler) userRoutes() []route {
	const users, user = "apps/{app}/users", "apps/{app}/users/{user}"
	return []route{
		{method: get, path: users, role: room.Read, do: h.users},
		{method: get, path: user, role: room.Read, do: h.oneUser},
		{method: remove, path: user, role: room.Write, act: "user.delete", do: h.deleteUser},
		{method: post, path: user + "/kick", role: room.Write, act: "user.kick", do: h.kickUser},
		{method: post, path: user + "/revoke", role: room.Write, act: "user.revoke", do: h.revokeUser},
		{method: post, path: user + "/mute", role: room.Write, act: "user.mute", do: h.muteUser},
		{method: get, path: user + "/groups", role: room.Read, do: h.groupsOf},
		{method: get, path: user + "/conversations", role: room.Read, do: h.conversationsOf},
	}
}

// userView is a user in a list.
type userView struct {
	User          chat.UserID `json:"user"`
	Nick          string      `json:"nick"`
	FaceURL       string      `json:"face_url"`
	Created       int64       `json:"created_at"`
	Online        bool        `json:"online"`
	Devices       int         `json:"devices"`
	Administrator bool        `json:"administrator"`
}

func (h *Handler) userView(app *chat.App, a *chat.Account) userView {
	n := h.connected(app.ID, a.User)
	return userView{a.User, a.Nick, a.FaceURL, a.Created * 1000, n > 0, n, app.IsAdmin(a.User)}
}

// someApp is the app of the address; one that is disabled is refused.
func (c *call) someApp() (*chat.App, error) { return c.h.Core.App(c.app) }

func (h *Handler) users(ctx context.Context, c *call) (any, error) {
	var after chat.UserID
	limit, err := c.pageFrom(&after)
	if err != nil {
		return nil, err
	}
	app, err := c.someApp()
	if err != nil {
		return nil, err
	}
	found, last, err := h.Core.People.Accounts(ctx, c.app, chat.UserID(c.query("prefix")), after, limit)
	if err != nil {
		return nil, err
	}
	var items []userView
	for _, a := range found {
		items = append(items, h.userView(app, a))
	}
	next := ""
	if last != "" {
		next = cursorOf(last)
	}
	return listOf(items, next), nil
}

// userDetail is a user with what an operator wants to know of them.
type userDetail struct {
	userView
	Kicked      int64            `json:"kicked_at"`
	MutedC2C    int64            `json:"muted_c2c_until_at"`
	MutedGroups int64            `json:"muted_group_until_at"`
	Profile     map[string]any   `json:"profile"`
	Connections []connectionView `json:"connections"`
	PushDevices int              `json:"push_devices"`
}

// account is the user of the address.
func (c *call) account(ctx context.Context) (*chat.App, *chat.Account, error) {
	app, err := c.someApp()
	if err != nil {
		return nil, nil, err
	}
	u := c.user()
	a, err := c.h.Core.People.Account(ctx, c.app, u)
	if err == nil && a == nil {
		err = notFound("there is no user %q", u)
	}
	return app, a, err
}

// user is that of the address; the log of operators names them.
func (c *call) user() chat.UserID {
	c.object = c.r.PathValue("user")
	return chat.UserID(c.object)
}

func (h *Handler) oneUser(ctx context.Context, c *call) (any, error) {
	app, a, err := c.account(ctx)
	if err != nil {
		return nil, err
	}
	d := userDetail{userView: h.userView(app, a), Kicked: a.KickedAt * 1000, Connections: h.devicesOf(c.app, a.User)}
	now := h.Now().Unix()
	if a.SilentC2C > now {
		d.MutedC2C = a.SilentC2C * 1000
	}
	if a.SilentGroups > now {
		d.MutedGroups = a.SilentGroups * 1000
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	cards, err := h.Core.People.Profiles(ctx, by, []chat.UserID{a.User}, nil)
	if err != nil {
		return nil, err
	}
	d.Profile = map[string]any{}
	for _, item := range cards[0].Items {
		if d.Profile[string(item.Tag)] = item.Text; item.Numeric {
			d.Profile[string(item.Tag)] = item.Number
		}
	}
	devices, err := h.Core.Push.Devices(ctx, c.app, []chat.UserID{a.User})
	d.PushDevices = len(devices)
	return d, err
}

func (h *Handler) deleteUser(ctx context.Context, c *call) (any, error) {
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	u := c.user()
	results, err := h.Core.DeleteAccounts(ctx, by, []chat.UserID{u})
	if err != nil {
		return nil, err
	}
	return empty{}, first(results)
}

// first is what became of the only item of a batch.
func first(results []chat.ItemResult) error {
	if len(results) > 0 && results[0].Code != 0 {
		return chat.Refuse(results[0].Code, "%s", results[0].Info)
	}
	return nil
}

type kick struct {
	Client string `json:"client"`
}

// kickUser closes connections. Tickets stay good, so that a client which connects again is let in.
func (h *Handler) kickUser(ctx context.Context, c *call) (any, error) {
	var r kick
	if err := c.read(&r); err != nil {
		return nil, err
	}
	u := c.user()
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	if r.Client != "" {
		c.detail = "client=" + r.Client
	}
	n := 0
	for _, d := range h.Live.Devices(c.app, u) {
		if !d.Leaving && (r.Client == "" || d.Client == r.Client) {
			n++
		}
	}
	h.Live.Kick(c.app, u, r.Client, chat.KickAdmin, by.User)
	return map[string]int{"closed": n}, nil
}

func (h *Handler) revokeUser(ctx context.Context, c *call) (any, error) {
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	return empty{}, h.Core.People.Kick(ctx, by, c.user())
}

type mute struct {
	C2C    *uint32 `json:"c2c_seconds"`
	Groups *uint32 `json:"group_seconds"`
}

func (h *Handler) muteUser(ctx context.Context, c *call) (any, error) {
	var r mute
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if r.C2C == nil && r.Groups == nil {
		return nil, bad("c2c_seconds or group_seconds is needed")
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	for name, v := range map[string]*uint32{"c2c": r.C2C, "group": r.Groups} {
		if v != nil {
			c.detail += name + "=" + strconv.FormatUint(uint64(*v), 10) + "s "
		}
	}
	return empty{}, h.Core.People.Silence(ctx, by, c.user(), r.C2C, r.Groups)
}

// joinedView is a group that a user is in.
type joinedView struct {
	Group   chat.GroupID   `json:"group"`
	Type    chat.GroupType `json:"type"`
	Name    string         `json:"name"`
	Role    string         `json:"role"`
	Members int            `json:"members"`
}

func (h *Handler) groupsOf(ctx context.Context, c *call) (any, error) {
	var offset int
	limit, err := c.pageFrom(&offset)
	if err != nil {
		return nil, err
	}
	by, err := c.admin()
	if err != nil {
		return nil, err
	}
	found, total, err := h.Core.Group.Joined(ctx, by, c.user(), group.JoinedQuery{WithLive: true, WithInactive: true, Offset: max(0, offset), Limit: limit})
	if err != nil {
		return nil, err
	}
	var items []joinedView
	for i := range found {
		g := &found[i]
		one := joinedView{Group: g.ID, Type: g.Type, Name: g.Name, Members: g.Members}
		if g.Self.Member != nil {
			one.Role = g.Self.Role.String()
		}
		items = append(items, one)
	}
	next := ""
	if offset += limit; offset < total {
		next = cursorOf(offset)
	}
	return listOf(items, next), nil
}

// conversationView is a conversation in a user's list.
type conversationView struct {
	Conversation string `json:"conversation"`
	Peer         string `json:"peer"` // the other user, or the group
	Name         string `json:"name"`
	Unread       uint64 `json:"unread"`
	Pinned       bool   `json:"pinned"`
	Last         int64  `json:"last_at"`
}

func (h *Handler) conversationsOf(ctx context.Context, c *call) (any, error) {
	limit, cursor, err := c.page()
	if err != nil {
		return nil, err
	}
	u := c.user()
	asThem := chat.Actor{App: c.app, User: u, Platform: chat.PlatformREST, IP: c.who.address}
	page, err := h.Core.Inbox.Conversations(ctx, asThem, inbox.ConvFilter{}, cursor, min(limit, 100))
	if err != nil {
		return nil, err
	}
	var items []conversationView
	for i := range page.Convs {
		v := &page.Convs[i]
		one := conversationView{Conversation: conversationText(v.Target.Of(c.app, u)), Peer: v.Target.ID, Unread: v.Unread, Pinned: v.Top}
		switch {
		case v.Group != nil:
			one.Name = v.Group.Name
		case v.Peer != nil:
			one.Name = v.Peer.Nick
		}
		if v.Last != nil {
			one.Last = v.Last.Time
		}
		items = append(items, one)
	}
	return listOf(items, page.Cursor), nil
}
