package server

import (
	"context"
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	room "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/push"
)

// reloadTime bounds the work of Reload in the store.
const reloadTime = 10 * time.Second

// publish makes apps known, with the keys that the server has made for their Web Push. An app
// whose keys cannot be had is known all the same, without Web Push.
func (a *App) publish(ctx context.Context, apps []chat.App) error {
	var all []error
	whole := make([]chat.App, len(apps))
	for i, app := range apps {
		if adapt := a.opt.Embed.Adapt; adapt != nil {
			app = adapt(app)
		}
		var err error
		if whole[i], err = core.WithWebPushKeys(ctx, a.store, a.opt.Seal, app); err != nil {
			all = append(all, err)
		}
	}
	a.apps.Set(whole...)
	return errors.Join(all...)
}

// makePush makes the channels by which devices without a connection are reached. Their
// connections are dropped when the core has closed.
func (a *App) makePush() {
	a.push = push.New(a.apps, a.now)
	a.onClose("push", a.opt.Shutdown, func(context.Context) error {
		a.push.Close()
		return nil
	})
}

// pushOptions are those of the options, over the channels of the apps unless there are others.
func (a *App) pushOptions() room.Options {
	o := a.opt.Push
	if o.Channels == nil {
		o.Channels, o.WebPushKey = a.push.Channel, a.webPushKey
	}
	return o
}

// webPushKey is the public key that clients of an app subscribe with.
func (a *App) webPushKey(id chat.AppID) string {
	if app := a.apps.App(id); app != nil && app.Push.WebPush.On() {
		return app.Push.WebPush.PublicKey
	}
	return ""
}
