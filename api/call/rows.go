package call

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corecall "github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// tokenWeight is as how many packets a request for credentials counts: our choice.
const tokenWeight = 10

// Rows lists the commands of this family.
func Rows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "signal.invite", api.Anyone, invite).
			Shows(`{"Conv":"c2c/bob","InviteID":"call-1","Data":"audio","Timeout":30,"OfflinePushInfo":{"Title":"Alice","Desc":"is calling"}}`),
		api.Row(api.NoService, "", "signal.accept", api.Anyone, accept).
			Shows(`{"InviteID":"call-1","Data":""}`),
		api.Row(api.NoService, "", "signal.reject", api.Anyone, reject).
			Shows(`{"InviteID":"call-1","Data":"busy"}`),
		api.Row(api.NoService, "", "signal.cancel", api.Anyone, cancel).
			Shows(`{"InviteID":"call-1"}`),
		api.Row(api.NoService, "", "signal.ice", api.Anyone, ice).Weighs(tokenWeight).
			Shows(`{}`),
		api.Row(api.NoService, "", "room.token", api.Anyone, token).Weighs(tokenWeight).
			Shows(`{"GroupId":"lecture"}`),
	}
}

type invitation struct {
	Conv     api.Conv      `wire:"!Conv" code:"50002"`
	ID       string        `wire:"InviteID"`
	Invitees []chat.UserID `wire:"InviteeList"`
	Data     string        `wire:"Data"`
	Timeout  int64         `wire:"!Timeout"`
	Online   api.Bit       `wire:"OnlineOnlyFlag"`
	Push     pushInfo      `wire:"OfflinePushInfo" code:"90043"`
}

// pushInfo is an OfflinePushInfo as it came; the core checks it.
type pushInfo json.RawMessage

// ReadWire reads the value.
func (i *pushInfo) ReadWire(value []byte) bool {
	*i = bytes.Clone(value)
	return true
}

// Shape implements api.Shaped.
func (*pushInfo) Shape() any { return map[string]any(nil) }

// TypeInJSON is for help.
func (*pushInfo) TypeInJSON() string { return "object" }

type invited struct {
	ID string `json:"InviteID"`
}

func invite(ctx context.Context, c *api.Call, r *invitation) (*invited, error) {
	id, err := c.Core.Calls.Invite(ctx, c.By, corecall.Invitation{
		To: chat.Target(r.Conv), ID: r.ID, Invitees: r.Invitees, Data: r.Data, Timeout: r.Timeout,
		OnlineOnly: bool(r.Online), Push: json.RawMessage(r.Push),
	})
	if err != nil {
		return nil, err
	}
	return &invited{id}, nil
}

type answer struct {
	ID   string `wire:"!InviteID"`
	Data string `wire:"Data"`
}

func accept(ctx context.Context, c *api.Call, r *answer) (*api.None, error) {
	return nil, c.Core.Calls.Accept(ctx, c.By, r.ID, r.Data)
}

func reject(ctx context.Context, c *api.Call, r *answer) (*api.None, error) {
	return nil, c.Core.Calls.Reject(ctx, c.By, r.ID, r.Data)
}

func cancel(ctx context.Context, c *api.Call, r *answer) (*api.None, error) {
	return nil, c.Core.Calls.Cancel(ctx, c.By, r.ID, r.Data)
}

type iceServers struct {
	Servers []corecall.IceServer `json:"IceServers"`
	Expires int64                `json:"Expires"`
}

func ice(_ context.Context, c *api.Call, _ *api.None) (*iceServers, error) {
	list, expires := c.Core.Calls.ICE(c.By)
	return &iceServers{list, expires}, nil
}

type room struct {
	Group chat.GroupID `wire:"!GroupId"`
}

type roomToken struct {
	URL     string   `json:"Url"`
	Room    string   `json:"Room"`
	Token   string   `json:"Token"`
	Publish form.Bit `json:"CanPublish"`
	Expires int64    `json:"Expires"`
}

func token(ctx context.Context, c *api.Call, r *room) (*roomToken, error) {
	t, err := c.Core.Calls.Token(ctx, c.By, r.Group)
	if err != nil {
		return nil, err
	}
	return &roomToken{t.URL, t.Room, t.Token, form.Bit(wire.Bit(t.Publish)), t.Expires}, nil
}
