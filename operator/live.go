package operator

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
)

// Live is what the broker knows of connections.
type Live interface {
	Connections(q chat.ConnectionQuery, limit int) []chat.Connection
	Devices(app chat.AppID, u chat.UserID) []chat.Device
	Kick(app chat.AppID, u chat.UserID, client string, why chat.KickReason, by chat.UserID)
	Online(app chat.AppID) int64    // users with a connection
	Connected(app chat.AppID) int64 // connections
	CutOff(app chat.AppID) int
	// Glance looks at all connections, and names the most slow ones of an app; 0: of all.
	Glance(app chat.AppID, by chat.SlowBy, most int) chat.Glance
	Traffic(app chat.AppID) chat.Traffic // without Sent
}

// connectionView is a connection.
type connectionView struct {
	App        chat.AppID    `json:"app"`
	User       chat.UserID   `json:"user"`
	Client     string        `json:"client"`
	Platform   chat.Platform `json:"platform"`
	Address    string        `json:"address"`
	Since      int64         `json:"since_at"`
	Protocol   string        `json:"protocol"`
	Behind     int           `json:"behind"`
	Persistent bool          `json:"persistent"`
	Unacked    int           `json:"unacked"`

	Transport chat.Transport `json:"transport"`
	Waiting   int            `json:"waiting_bytes"`
}

var protocols = map[byte]string{3: "3.1", 4: "3.1.1", 5: "5"}

func viewOf(c *chat.Connection) connectionView {
	return connectionView{
		c.App, c.User, c.Client, c.Platform, c.IP, c.Since, protocols[c.Version], c.Behind, c.Persistent, c.Unacked, c.Transport, c.Waiting,
	}
}

func (h *Handler) connections(_ context.Context, c *call) (any, error) {
	limit, cursor, err := c.page()
	if err != nil {
		return nil, err
	}
	q := chat.ConnectionQuery{
		User: chat.UserID(c.query("user")), Address: c.query("address"), Platform: chat.Platform(c.query("platform")),
	}
	if q.App, err = c.appQuery(); err != nil {
		return nil, err
	}
	if cursor != "" {
		q.After = new(chat.Connection)
		if err := readCursor(cursor, &q.After.App, &q.After.User, &q.After.Client); err != nil {
			return nil, err
		}
	}
	var items []connectionView
	if h.Live == nil {
		return listOf(items, ""), nil
	}
	found := h.Live.Connections(q, limit)
	for i := range found {
		items = append(items, viewOf(&found[i]))
	}
	next := ""
	if len(found) == limit {
		last := found[limit-1]
		next = cursorOf(last.App, last.User, last.Client)
	}
	return listOf(items, next), nil
}

// devicesOf are the connections of one user.
func (h *Handler) devicesOf(app chat.AppID, u chat.UserID) []connectionView {
	items := []connectionView{}
	if h.Live == nil {
		return items
	}
	for _, c := range h.Live.Connections(chat.ConnectionQuery{App: app, User: u}, mostPage) {
		if c.User == u {
			items = append(items, viewOf(&c))
		}
	}
	return items
}

// connected are the connections of a user that are not about to go.
func (h *Handler) connected(app chat.AppID, u chat.UserID) (n int) {
	if h.Live == nil {
		return 0
	}
	for _, d := range h.Live.Devices(app, u) {
		if !d.Leaving {
			n++
		}
	}
	return n
}

func (h *Handler) liveRoutes() []route {
	return []route{{method: get, path: "connections", role: room.Read, do: h.connections}}
}
