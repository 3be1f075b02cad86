package push

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	corepush "github.com/teahouse-im/teahouse/chat/push"
)

// deviceRows are the methods of devices (spec/00 §5); REST has none.
func deviceRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "push.register", api.Anyone, register).
			Shows(`{"Channel":"fcm","Token":"dGVhLXRva2Vu","Lang":"en"}`),
		api.Row(api.NoService, "", "push.unregister", api.Anyone, unregister).
			Shows(`{}`),
		api.Row(api.NoService, "", "push.clicked", api.Anyone, clicked).
			Shows(`{"PushId":"144115233874815003-1700000000-42"}`),
	}
}

// registration is a token, or the subscription of a browser as it gives it.
type registration struct {
	Channel      corepush.ChannelName `wire:"!Channel"`
	Token        string               `wire:"Token"`
	Subscription *subscription        `wire:"Subscription"`
	AppKey       string               `wire:"AppKey"`
	Lang         string               `wire:"Lang"`
}

type subscription struct {
	Endpoint string `wire:"!endpoint" code:"22003"`
	Keys     keys   `wire:"!keys"`
}

type keys struct {
	P256dh string `wire:"!p256dh"`
	Auth   string `wire:"!auth"`
}

func register(ctx context.Context, c *api.Call, r *registration) (*api.None, error) {
	d := corepush.Device{Channel: r.Channel, Token: r.Token, AppKey: r.AppKey, Lang: r.Lang}
	if s := r.Subscription; s != nil {
		d.Endpoint, d.P256dh, d.Auth = s.Endpoint, s.Keys.P256dh, s.Keys.Auth
	}
	return nil, c.Core.Push.Register(ctx, c.By, d)
}

func unregister(ctx context.Context, c *api.Call, _ *api.None) (*api.None, error) {
	return nil, c.Core.Push.Unregister(ctx, c.By)
}

type click struct {
	PushID string `wire:"!PushId"`
}

func clicked(ctx context.Context, c *api.Call, r *click) (*api.None, error) {
	return nil, c.Core.Push.Clicked(ctx, c.By, r.PushID)
}
