package push

import (
	"context"
	"reflect"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

// Providers has the channels of all apps, each made when it is first asked for. It is safe
// for concurrent use.
type Providers struct {
	apps *chat.Apps
	now  chat.Clock

	mu     sync.Mutex // guards what follows
	made   map[name]*made
	signed map[signer]*tokens // by key: Apple counts new tokens by key, not by app
}

type name struct {
	app     chat.AppID
	channel room.ChannelName
}

// made is a channel and the settings it was made of.
type made struct {
	set     any
	channel channel
}

// signer is what a token of APNs is made of.
type signer struct{ key, id, team string }

// channel is a room.Channel that keeps connections.
type channel interface {
	room.Channel
	close()
}

// New makes Providers for the apps of a server.
func New(apps *chat.Apps, now chat.Clock) *Providers {
	return &Providers{apps: apps, now: now, made: map[name]*made{}, signed: map[signer]*tokens{}}
}

// Channel implements room.Channels: nil when the app has no such channel. It is the
// same for as long as its settings are.
func (p *Providers) Channel(id chat.AppID, c room.ChannelName) room.Channel {
	app := p.apps.App(id)
	if app == nil {
		return nil
	}
	set := settings(&app.Push, c)
	if set == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := name{id, c}
	have := p.made[at]
	if have != nil && reflect.DeepEqual(have.set, set) {
		return have.channel
	}
	if have != nil {
		have.channel.close() // requests under way end in their own time
	}
	have = &made{set, p.build(id, set)}
	p.made[at] = have
	return have.channel
}

// Close drops the connections. Nothing is to be sent any more.
func (p *Providers) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.made {
		m.channel.close()
	}
	p.made = map[name]*made{}
}

// On reports whether an app has a channel.
func On(p *chat.Push, c room.ChannelName) bool { return settings(p, c) != nil }

// settings are those of one channel; nil: it is not there.
func settings(p *chat.Push, c room.ChannelName) any {
	switch {
	case c == room.APNs && p.APNs.On():
		return p.APNs
	case c == room.FCM && p.FCM.On():
		return p.FCM
	case c == room.HMS && p.HMS.On():
		return p.HMS
	case c == room.WebPush && p.WebPush.On():
		return p.WebPush
	case c == room.Webhook && p.Webhook.On():
		return p.Webhook
	}
	return nil
}

// build makes a channel; settings that are wrong make one that says so.
func (p *Providers) build(app chat.AppID, set any) channel {
	var (
		c   channel
		err error
	)
	switch set := set.(type) {
	case chat.PushAPNs:
		c, err = p.buildAPNs(set)
	case chat.PushFCM:
		c, err = newFCM(set, p.now)
	case chat.PushHMS:
		c, err = newHMS(set, p.now)
	case chat.PushWebPush:
		c, err = newWebPush(set, p.now)
	case chat.PushWebhook:
		c, err = newHook(app, set, p.now)
	}
	if err != nil {
		return broken{err}
	}
	return c
}

func (p *Providers) buildAPNs(set chat.PushAPNs) (channel, error) {
	by := signer{set.Key, set.KeyID, set.Team}
	c, err := newAPNs(set, p.now, p.signed[by])
	if err != nil {
		return nil, err
	}
	p.signed[by] = c.tokens
	return c, nil
}

// broken is a channel whose settings are wrong.
type broken struct{ err error }

func (b broken) Send(context.Context, *room.Device, *room.Notice) room.Result {
	return room.Result{Outcome: room.Credentials, Info: words(b.err.Error())}
}

func (b broken) Check(context.Context) error { return b.err }

func (b broken) close() {}

// Check asks the provider of one channel whether its credentials are right, as an app has them.
// It is for the command line; nil: they are, or the channel is not there.
func Check(ctx context.Context, app *chat.App, c room.ChannelName, now chat.Clock) error {
	apps := new(chat.Apps)
	apps.Set(*app)
	p := New(apps, now)
	defer p.Close()
	if ch := p.Channel(app.ID, c); ch != nil {
		return ch.Check(ctx)
	}
	return nil
}
