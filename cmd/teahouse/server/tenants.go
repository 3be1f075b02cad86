package server

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	room "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/push"
)

// tenants changes the apps of the data folder while the server runs. It implements
// operator.Tenants.
type tenants struct {
	app *App

	mu       sync.Mutex // one change at a time
	declared map[chat.AppID]chat.App
}

// declare notes the apps of the configuration; those of dev are in the data folder.
func (t *tenants) declare(apps []chat.App) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.app.opt.Dev != nil {
		return
	}
	for _, a := range apps {
		t.declared[a.ID] = a
	}
}

// Tenant implements operator.Tenants.
func (t *tenants) Tenant(ctx context.Context, id chat.AppID) (chat.App, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tenant(ctx, id)
}

// tenant is Tenant while mu is held.
func (t *tenants) tenant(ctx context.Context, id chat.AppID) (chat.App, bool, error) {
	if a, ok := t.declared[id]; ok {
		return a, true, nil
	}
	a, found, err := core.Tenant(ctx, t.app.store, t.app.opt.Seal, id)
	if err == nil && !found {
		err = operator.ErrNoApp
	}
	return a, false, err
}

// Create implements operator.Tenants.
func (t *tenants) Create(ctx context.Context, id chat.AppID, name string) (chat.App, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id == 0 {
		for id = FirstDevApp; t.app.apps.App(id) != nil || t.app.eraser.used(id); {
			id++
		}
	}
	switch {
	case t.app.apps.App(id) != nil:
		return chat.App{}, operator.ErrAppTaken
	case t.app.eraser.used(id):
		return chat.App{}, operator.ErrNumberUsed
	case len(t.app.apps.All()) >= operator.MaxApps:
		return chat.App{}, operator.ErrManyApps
	}
	a := NewApp(id, name)
	return a, t.put(ctx, a)
}

// Change implements operator.Tenants.
func (t *tenants) Change(ctx context.Context, id chat.AppID, change func(*chat.App) error) (chat.App, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := t.changeable(ctx, id)
	if err != nil {
		return a, err
	}
	if err := change(&a); err != nil {
		return a, err
	}
	return a, t.put(ctx, a)
}

// changeable is an app that may be changed here. mu is held.
func (t *tenants) changeable(ctx context.Context, id chat.AppID) (chat.App, error) {
	a, declared, err := t.tenant(ctx, id)
	switch {
	case err != nil:
		return a, err
	case declared:
		return a, operator.ErrDeclared
	case a.Deleting:
		return a, operator.ErrDeleting
	}
	return a, nil
}

// Delete implements operator.Tenants. Once its row says so there is no way back.
func (t *tenants) Delete(ctx context.Context, id chat.AppID) (chat.App, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := t.changeable(ctx, id)
	if err != nil {
		return a, err
	}
	husk := core.Husk(a)
	if err := core.PutTenant(ctx, t.app.store, t.app.opt.Seal, husk); err != nil {
		return a, err
	}
	t.app.apps.Set(husk)
	t.app.eraser.begin(id)
	return husk, nil
}

// Removed implements operator.Tenants.
func (t *tenants) Removed(id chat.AppID) int64 { return t.app.eraser.removed(id) }

// checkTime bounds the question to one provider: it is less than a request of an operator may take.
const checkTime = 10 * time.Second

// CheckPush implements operator.Tenants. All providers are asked at the same time.
func (t *tenants) CheckPush(ctx context.Context, id chat.AppID, only room.ChannelName) ([]operator.PushCheck, error) {
	app := t.app.apps.App(id)
	if app == nil {
		return nil, operator.ErrNoApp
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var list []operator.PushCheck
	for _, name := range room.ChannelNames {
		if (only == "" || only == name) && push.On(&app.Push, name) {
			list = append(list, operator.PushCheck{Channel: name, Good: true})
		}
	}
	var asked sync.WaitGroup
	for i := range list {
		asked.Go(func() {
			if err := push.Check(ctx, app, list[i].Channel, t.app.now); err != nil {
				list[i].Good, list[i].Text = false, err.Error()
			}
		})
	}
	asked.Wait()
	return list, nil
}

// put keeps an app and makes it known. mu is held.
func (t *tenants) put(ctx context.Context, a chat.App) error {
	if err := core.PutTenant(ctx, t.app.store, t.app.opt.Seal, a); err != nil {
		return err
	}
	if dev := t.app.opt.Dev; dev != nil {
		a = dev.forThisRun(a)
	}
	err := t.app.publish(ctx, []chat.App{a})
	t.app.core.Search.Look(a.ID) // it may be switched on or off
	return err
}

// Rotated implements operator.Tenants.
func (t *tenants) Rotated(a chat.App, overlap time.Duration) chat.App {
	return Rotated(a, t.app.now(), overlap)
}

// Settings implements operator.Tenants.
func (t *tenants) Settings(a *chat.App) (settings, defaults map[string]any, err error) {
	if settings, err = config.ShowSettings(a); err != nil {
		return nil, nil, fmt.Errorf("show settings: %w", err)
	}
	if defaults, err = config.ShowDefaults(); err != nil {
		return nil, nil, fmt.Errorf("show settings: %w", err)
	}
	return settings, defaults, nil
}

// Patch implements operator.Tenants.
func (t *tenants) Patch(a *chat.App, patch []byte) error { return config.Patch(a, patch) }

// Rotated is an app with a new key, the last of its keys. The earlier ones end after the overlap at
// the latest, and those that have ended are left out.
func Rotated(a chat.App, now time.Time, overlap time.Duration) chat.App {
	var keys []chat.Key
	for _, k := range a.Keys {
		if !k.NotAfter.IsZero() && k.NotAfter.Before(now) {
			continue
		}
		if end := now.Add(overlap); k.NotAfter.IsZero() || k.NotAfter.After(end) {
			k.NotAfter = end
		}
		keys = append(keys, k)
	}
	name := now.UTC().Format("20060102T150405")
	id := name
	for i := 2; slices.ContainsFunc(keys, func(k chat.Key) bool { return k.ID == id }); i++ {
		id = name + "-" + strconv.Itoa(i) // another of the same second
	}
	a.Keys = append(keys, chat.Key{ID: id, Secret: NewKey()})
	return a
}
