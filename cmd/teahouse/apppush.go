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

// channel is the key of a channel's section.
func channel(c room.ChannelName) (string, error) {
	if !slices.Contains(room.ChannelNames, c) {
		return "", fmt.Errorf("%q is no channel, want one of %v", string(c), room.ChannelNames)
	}
	return "push." + string(c), nil
}

type pushSet struct {
	of
	Channel  room.ChannelName `arg:"" help:"apns, fcm, hms, webpush or webhook."`
	Settings []string         `arg:"" help:"key=value, as in a configuration file."`
}

// Run replaces the section of the channel.
func (c pushSet) Run() error {
	section, err := channel(c.Channel)
	if err != nil {
		return err
	}
	set := make([]string, len(c.Settings))
	var given []string
	for i, s := range c.Settings {
		key, _, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("the settings are not key=value") // one may be a secret
		}
		set[i] = section + "." + s
		given = append(given, strings.TrimSuffix(key, "_file"), key)
	}
	var unset []string
	for _, key := range config.KeysBelow(section) {
		if !slices.Contains(given, key) {
			unset = append(unset, section+"."+key)
		}
	}
	return c.changed(set, unset)
}

type pushRemove struct {
	of
	Channel room.ChannelName `arg:"" help:"apns, fcm, hms, webpush or webhook."`
}

// Run empties the section of the channel. Keys for Web Push that the server has made stay, so
// that subscriptions are good if it comes back.
func (c pushRemove) Run() error {
	section, err := channel(c.Channel)
	if err != nil {
		return err
	}
	return c.changed(nil, []string{section})
}

type pushShow struct{ of }

// Run prints YAML.
func (c pushShow) Run() error {
	return c.at(false, func(p place) error {
		a, err := p.one(c.SDKAppID)
		if err != nil {
			return err
		}
		text, err := config.ShowPush(a.Settings)
		fmt.Print(text)
		return err
	})
}

type pushCheck struct {
	of
	Channel room.ChannelName `arg:"" optional:"" help:"One channel; default: all."`
}

// Run prints a line for each channel.
func (c pushCheck) Run() error {
	if c.Channel != "" {
		if _, err := channel(c.Channel); err != nil {
			return err
		}
	}
	var said []pushSaid
	err := c.at(false, func(p place) (err error) {
		said, err = p.checkPush(c.SDKAppID, c.Channel)
		return err
	})
	if err != nil {
		return err
	}
	w, wrong := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0), 0
	for _, s := range said {
		text := "good"
		if s.Text != "" {
			text = s.Text
		}
		if !s.Good {
			wrong++
		}
		fmt.Fprintf(w, "%s\t%s\n", s.Channel, text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case len(said) == 0:
		return errors.New("there is no such channel")
	case wrong > 0:
		return fmt.Errorf("%d of %d channels cannot be used", wrong, len(said))
	}
	return nil
}

// checkTime bounds the question to one provider.
const checkTime = 20 * time.Second

// askProviders asks the providers of an app's channels, or of one.
func askProviders(app *chat.App, only room.ChannelName) (said []pushSaid) {
	for _, name := range room.ChannelNames {
		if only != "" && only != name || !push.On(&app.Push, name) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), checkTime)
		one := pushSaid{Channel: name, Good: true}
		if name == room.WebPush && app.Push.WebPush.PrivateKey == "" {
			one.Text = "good; the server makes the keys when it starts"
		} else if err := push.Check(ctx, app, name, time.Now); err != nil {
			one.Good, one.Text = false, err.Error()
		}
		cancel()
		said = append(said, one)
	}
	return said
}
