package account

import (
	"context"
	"encoding/json"
	"time"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// ownRows are the requests about the caller and this server.
func ownRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "me", api.Anyone, whoAmI).
			Shows(`{}`),
		api.Row(api.NoService, "", "help", api.Anyone, help).
			Shows(`{"Method":"msg.history"}`),
	}
}

// me is who one is (spec/00 §5). Limits that do not exist are absent.
type me struct {
	UserID   chat.UserID `json:"UserID"`
	App      chat.AppID  `json:"SDKAppID"`
	Nick     string      `json:"Nick"`
	FaceURL  string      `json:"FaceUrl"`
	Admin    int         `json:"Admin"`
	Created  int64       `json:"CreateTime"`
	Devices  []device    `json:"Devices"`
	Limits   limits      `json:"Limits"`
	EventSeq uint64      `json:"EventSeq"`
	WebPush  string      `json:"WebPushKey,omitempty"`
	Features []string    `json:"Features"`
}

type device struct {
	Client   string        `json:"ClientId"`
	Platform chat.Platform `json:"Platform"`
	IP       string        `json:"ClientIP"`
	Since    int64         `json:"LoginTime"` // seconds
	This     int           `json:"IsThis,omitempty"`
}

type limits struct {
	MessageBytes    int `json:"MessageBytes,omitempty"`
	RecallSeconds   int `json:"RecallSeconds,omitempty"`
	GroupRate       int `json:"GroupRate,omitempty"`
	RequestRate     int `json:"RequestRate,omitempty"`
	DevicesPerUser  int `json:"DevicesPerUser,omitempty"`
	GroupsPerUser   int `json:"GroupsPerUser,omitempty"`
	Blocklist       int `json:"Blocklist,omitempty"`
	Mentions        int `json:"Mentions,omitempty"`
	RetentionPeriod int `json:"RetentionSeconds,omitempty"`
}

func whoAmI(ctx context.Context, c *api.Call, _ *api.None) (*me, error) {
	v, err := c.Core.People.Me(ctx, c.By)
	if err != nil {
		return nil, err
	}
	answer := me{
		UserID: v.Account.User, App: v.Account.App, Nick: v.Account.Nick, FaceURL: v.Account.FaceURL,
		Admin: wire.Bit(v.Admin), Created: v.Account.Created, Devices: []device{},
		Limits: limits{
			MessageBytes: max(0, v.Limits.MessageBytes), RecallSeconds: int(max(0, v.Limits.RecallWindow) / time.Second),
			GroupRate: max(0, v.Limits.GroupRate), RequestRate: max(0, v.Limits.ConnectionPackets),
			DevicesPerUser: max(0, v.Limits.DevicesPerUser), GroupsPerUser: max(0, v.Limits.GroupsPerUser),
			Blocklist: max(0, v.Limits.Blocklist), Mentions: max(0, v.Limits.Mentions),
			RetentionPeriod: int(max(0, c.App.Retention) / time.Second),
		},
		EventSeq: v.EventSeq, WebPush: c.Core.Push.Key(c.App.ID), Features: features(c),
	}
	for _, d := range v.Devices {
		answer.Devices = append(answer.Devices, device{
			d.Client, d.Platform, d.IP, d.Since / 1000, wire.Bit(d.Client == c.By.Device),
		})
	}
	return &answer, nil
}

type helpQuery struct {
	Method string `wire:"Method"`
}

// methods is help's answer: what the caller may use, or how one method is used.
type methods struct {
	Methods []string        `json:"Methods,omitempty"`
	Members []api.Member    `json:"Members,omitempty"`
	Example json.RawMessage `json:"Example,omitempty"`
}

func help(_ context.Context, c *api.Call, r *helpQuery) (*methods, error) {
	if r.Method == "" {
		return &methods{Methods: c.Table.Methods(c.By.Admin())}, nil
	}
	cmd, ok := c.Table.Explained(r.Method, c.By.Admin())
	if !ok {
		return nil, c.Table.UnknownMethod(r.Method, c.By.Admin())
	}
	return &methods{Members: cmd.Members(), Example: cmd.Example()}, nil
}
