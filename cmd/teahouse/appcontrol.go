package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// controlledApp is an app of a running server.
type controlledApp struct {
	ID       chat.AppID
	Name     string
	Disabled bool
	Admins   []chat.UserID `json:"administrators"`
	Keys     []struct {
		ID       string
		NotAfter int64 `json:"not_after_at"`
	}
}

// app is the app without secrets.
func (a *controlledApp) app() chat.App {
	app := chat.App{ID: a.ID, Name: a.Name, Disabled: a.Disabled, Admins: a.Admins}
	for _, k := range a.Keys {
		key := chat.Key{ID: k.ID}
		if k.NotAfter != 0 {
			key.NotAfter = time.UnixMilli(k.NotAfter)
		}
		app.Keys = append(app.Keys, key)
	}
	return app
}

// keyed is the answer that shows a new key.
type keyed struct {
	App controlledApp
	Key chat.Key
}

// shown is the app with its new key alone.
func (k *keyed) shown() chat.App {
	app := k.App.app()
	app.Keys = []chat.Key{k.Key}
	return app
}

// addApp makes an app on a running server; 0 takes the next free number.
func (c *control) addApp(id chat.AppID, name string) (chat.App, error) {
	var made keyed
	err := c.do(http.MethodPost, "apps", map[string]any{"id": id, "name": name}, &made)
	return made.shown(), err
}

// rotateKey gives an app of a running server a new key.
func (c *control) rotateKey(id chat.AppID, overlap time.Duration) (chat.App, error) {
	var made keyed
	err := c.do(http.MethodPost, fmt.Sprintf("apps/%d/keys", id), map[string]any{"overlap_seconds": int64(overlap / time.Second)}, &made)
	return made.shown(), err
}

// apps lists those of a running server, by number.
func (c *control) apps() (list []chat.App, err error) {
	err = each(c, "apps", func(a controlledApp) error {
		var whole controlledApp
		if err := c.do(http.MethodGet, fmt.Sprintf("apps/%d", a.ID), nil, &whole); err != nil {
			return err
		}
		list = append(list, whole.app())
		return nil
	})
	return list, err
}
