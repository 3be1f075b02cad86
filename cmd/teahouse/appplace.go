package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// place is where apps are looked after: a running server, or the data folder of one that is
// stopped. Both do the same; a running server does it at once.
type place interface {
	list() ([]appAt, error)
	one(id chat.AppID) (appAt, error)
	add(id chat.AppID, name string) (keyed, error)
	change(id chat.AppID, settings map[string]any) error
	disable(id chat.AppID, off bool) error
	remove(id chat.AppID) error
	rotate(id chat.AppID, overlap time.Duration) (keyed, error)
	revoke(id chat.AppID, key string) error
	checkPush(id chat.AppID, only push.ChannelName) ([]pushSaid, error)
}

// appAt is an app as the API of operators shows it (docs/operator.md).
type appAt struct {
	ID       chat.AppID
	Name     string
	Disabled bool
	Declared bool
	Deleting bool
	Removed  int64
	Admins   []chat.UserID `json:"administrators"`
	Keys     []struct {
		ID       string
		NotAfter int64 `json:"not_after_at"`
	}
	Settings map[string]any
}

// keyed is an app with a key that was just made.
type keyed struct {
	App appAt
	Key chat.Key
}

// pushSaid is what the provider of a channel says of its credentials.
type pushSaid struct {
	Channel push.ChannelName
	Good    bool
	Text    string
}

// at is where apps are looked after, in the folder whose server is stopped only while use runs.
// create makes the folder if there is none.
func (t target) at(create bool, use func(place) error) error {
	ctl, err := t.reach()
	if err != nil {
		return err
	}
	if ctl != nil {
		return use(controlled{ctl})
	}
	conf, err := loaded(t.Config)
	if err != nil {
		return err
	}
	declared, err := conf.Tenants()
	if err != nil {
		return err
	}
	err = t.with(create, func(ctx context.Context, kept tenants) error {
		return use(&stopped{ctx, kept, t.Config, declared})
	})
	if errors.Is(err, errNoFolder) && len(declared) > 0 { // what is declared can be shown without
		return use(&stopped{context.Background(), tenants{}, t.Config, declared})
	}
	return err
}

// stopped is the data folder of a server that is stopped.
type stopped struct {
	ctx      context.Context
	kept     tenants
	config   string // the file in which apps are declared; "": none was named
	declared []chat.App
}

// shownAt is an app as a running server would show it.
func shownAt(a *chat.App, declared bool) (appAt, error) {
	s := appAt{ID: a.ID, Name: a.Name, Disabled: a.Disabled, Deleting: a.Deleting, Declared: declared, Admins: a.Admins}
	for _, k := range a.Keys {
		one := struct {
			ID       string
			NotAfter int64 `json:"not_after_at"`
		}{ID: k.ID}
		if !k.NotAfter.IsZero() {
			one.NotAfter = k.NotAfter.UnixMilli()
		}
		s.Keys = append(s.Keys, one)
	}
	var err error
	s.Settings, err = config.ShowSettings(a)
	return s, err
}

func (s *stopped) list() (list []appAt, err error) {
	apps, err := s.kept.all(s.ctx)
	if err != nil {
		return nil, err
	}
	apps = slices.DeleteFunc(apps, func(a chat.App) bool { return s.declares(a.ID) != nil })
	for i := range s.declared {
		one, err := shownAt(&s.declared[i], true)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	for i := range apps {
		one, err := shownAt(&apps[i], false)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// declares is an app of the configuration, nil when it has none of that number.
func (s *stopped) declares(id chat.AppID) *chat.App {
	if i := slices.IndexFunc(s.declared, func(a chat.App) bool { return a.ID == id }); i >= 0 {
		return &s.declared[i]
	}
	return nil
}

func (s *stopped) one(id chat.AppID) (appAt, error) {
	if a := s.declares(id); a != nil {
		return shownAt(a, true)
	}
	a, err := s.kept.one(s.ctx, id)
	if err != nil {
		return appAt{}, err
	}
	return shownAt(&a, false)
}

func (s *stopped) add(id chat.AppID, name string) (keyed, error) {
	have, err := s.kept.all(s.ctx)
	if err != nil {
		return keyed{}, err
	}
	have = append(have, s.declared...)
	if id == 0 {
		id = nextApp(have)
	}
	if slices.ContainsFunc(have, func(a chat.App) bool { return a.ID == id }) {
		return keyed{}, fmt.Errorf("app %d exists already", id)
	}
	return s.keep(server.NewApp(id, name))
}

// keep keeps an app that has a new key.
func (s *stopped) keep(a chat.App) (keyed, error) {
	if err := s.kept.put(s.ctx, a); err != nil {
		return keyed{}, err
	}
	shown, err := shownAt(&a, false)
	return keyed{shown, a.Keys[len(a.Keys)-1]}, err
}

// edit changes an app of the folder.
func (s *stopped) edit(id chat.AppID, do func(*chat.App) error) error {
	a, err := s.changeable(id)
	if err == nil {
		err = do(&a)
	}
	if err != nil {
		return err
	}
	return s.kept.put(s.ctx, a)
}

func (s *stopped) changeable(id chat.AppID) (chat.App, error) {
	if s.declares(id) != nil {
		return chat.App{}, fmt.Errorf("the app is declared in the configuration file: change it there (%s)", s.config)
	}
	a, err := s.kept.one(s.ctx, id)
	if err == nil && a.Deleting {
		err = errors.New("the app is being deleted")
	}
	return a, err
}

func (s *stopped) change(id chat.AppID, settings map[string]any) error {
	patch, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	return s.edit(id, func(a *chat.App) error { return config.Patch(a, patch) })
}

func (s *stopped) disable(id chat.AppID, off bool) error {
	return s.edit(id, func(a *chat.App) error {
		a.Disabled = off
		return nil
	})
}

// remove notes that the app is to be erased, which the next start of the server begins with.
func (s *stopped) remove(id chat.AppID) error {
	return s.edit(id, func(a *chat.App) error {
		*a = core.Husk(*a)
		return nil
	})
}

func (s *stopped) rotate(id chat.AppID, overlap time.Duration) (keyed, error) {
	a, err := s.changeable(id)
	if err != nil {
		return keyed{}, err
	}
	return s.keep(server.Rotated(a, time.Now(), overlap))
}

func (s *stopped) revoke(id chat.AppID, key string) error {
	return s.edit(id, func(a *chat.App) error {
		rest, err := a.WithoutKey(key, time.Now())
		switch {
		case errors.Is(err, chat.ErrNoKey):
			return fmt.Errorf("the app has no key %q", key)
		case err != nil:
			return err
		}
		a.Keys = rest
		return nil
	})
}

func (s *stopped) checkPush(id chat.AppID, only push.ChannelName) ([]pushSaid, error) {
	if a := s.declares(id); a != nil {
		return askProviders(a, only), nil
	}
	a, err := s.kept.one(s.ctx, id)
	if err == nil {
		a, err = core.WithWebPushKeys(s.ctx, s.kept.store, s.kept.seal, a)
	}
	if err != nil {
		return nil, err
	}
	return askProviders(&a, only), nil
}
