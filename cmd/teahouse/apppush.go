package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	room "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/push"
)

// appPush is about how the devices of an app are reached that have no connection.
type appPush struct {
	Set    pushSet    `cmd:"" help:"Set a channel of an app: its section in a configuration file, as key=value. Beside each secret there is a key with _file."`
	Show   pushShow   `cmd:"" help:"Print the channels of an app. Secrets are not shown."`
	Check  pushCheck  `cmd:"" help:"Ask each provider whether the credentials are right; exit code 0 means all are."`
	Remove pushRemove `cmd:"" help:"Remove a channel of an app."`
}

// of says which app it is about.
type of struct {
	folder
	SDKAppID chat.AppID `arg:"" name:"sdkappid" help:"The app."`
}

// change edits the channels of an app of the data folder.
func (c of) change(edit func(*chat.Push) error) error {
	return c.with(false, func(ctx context.Context, kept tenants) error {
		app, err := kept.one(ctx, c.SDKAppID)
		if err != nil {
			return err
		}
		if err := edit(&app.Push); err != nil {
			return err
		}
		return kept.put(ctx, app)
	})
}

// one is an app of the data folder.
func (t tenants) one(ctx context.Context, id chat.AppID) (chat.App, error) {
	apps, err := t.all(ctx)
	if err != nil {
		return chat.App{}, err
	}
	i := slices.IndexFunc(apps, func(a chat.App) bool { return a.ID == id })
	if i < 0 {
		return chat.App{}, fmt.Errorf("no app %d in this data folder", id)
	}
	return apps[i], nil
}

// moveChannel puts the section of one channel in place of another's.
func moveChannel(to, from *chat.Push, c room.ChannelName) error {
	switch c {
	case room.APNs:
		to.APNs = from.APNs
	case room.FCM:
		to.FCM = from.FCM
	case room.HMS:
		to.HMS = from.HMS
	case room.WebPush:
		to.WebPush = from.WebPush
	case room.Webhook:
		to.Webhook = from.Webhook
	default:
		return fmt.Errorf("%q is no channel, want one of %v", string(c), room.ChannelNames)
	}
	return nil
}

type pushSet struct {
	of
	Channel  room.ChannelName `arg:"" help:"apns, fcm, hms, webpush or webhook."`
	Settings []string         `arg:"" help:"key=value, as in a configuration file."`
}

// Run replaces the section of the channel.
func (c pushSet) Run() error {
	settings := map[string]string{}
	for _, s := range c.Settings {
		k, v, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("the settings are not key=value") // one may be a secret
		}
		settings[k] = v
	}
	if err := moveChannel(new(chat.Push), new(chat.Push), c.Channel); err != nil {
		return err
	}
	set, err := config.ParsePush(string(c.Channel), settings)
	if err != nil {
		return err
	}
	return c.change(func(p *chat.Push) error { return moveChannel(p, &set, c.Channel) })
}

type pushRemove struct {
	of
	Channel room.ChannelName `arg:"" help:"apns, fcm, hms, webpush or webhook."`
}

// Run empties the section of the channel. Keys for Web Push that the server has made stay, so
// that subscriptions are good if it comes back.
func (c pushRemove) Run() error {
	return c.change(func(p *chat.Push) error { return moveChannel(p, new(chat.Push), c.Channel) })
}

type pushShow struct{ of }

// Run prints YAML.
func (c pushShow) Run() error {
	return c.with(false, func(ctx context.Context, kept tenants) error {
		app, err := kept.one(ctx, c.SDKAppID)
		if err != nil {
			return err
		}
		text, err := config.ShowPush(&app.Push)
		fmt.Print(text)
		return err
	})
}

type pushCheck struct {
	of
	Channel room.ChannelName `arg:"" optional:"" help:"One channel; default: all."`
}

// checkTime bounds the question to one provider.
const checkTime = 20 * time.Second

// Run asks the providers. An app that the configuration file declares is taken from there, as
// serve does.
func (c pushCheck) Run() error {
	conf, err := loaded(c.Config)
	if err != nil {
		return err
	}
	declared, err := conf.Tenants()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(declared, func(a chat.App) bool { return a.ID == c.SDKAppID }); i >= 0 {
		return c.ask(&declared[i])
	}
	var app chat.App
	err = c.with(false, func(ctx context.Context, kept tenants) error {
		if app, err = kept.one(ctx, c.SDKAppID); err == nil {
			app, err = core.WithWebPushKeys(ctx, kept.store, kept.seal, app)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.ask(&app)
}

// ask prints a line for each channel.
func (c pushCheck) ask(app *chat.App) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	there, wrong := 0, 0
	for _, name := range room.ChannelNames {
		if c.Channel != "" && c.Channel != name || !push.On(&app.Push, name) {
			continue
		}
		there++
		said := "good"
		if name == room.WebPush && app.Push.WebPush.PrivateKey == "" {
			said = "good; the server makes the keys when it starts"
		} else if err := checked(app, name); err != nil {
			wrong++
			said = err.Error()
		}
		fmt.Fprintf(w, "%s\t%s\n", name, said)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case there == 0:
		return errors.New("there is no such channel")
	case wrong > 0:
		return fmt.Errorf("%d of %d channels cannot be used", wrong, there)
	}
	return nil
}

func checked(app *chat.App, name room.ChannelName) error {
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	return push.Check(ctx, app, name, time.Now)
}
