package core

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// tenant is an app as it is stored: JSON by the names of its fields, because
// settings are read by people too.
type tenant struct{ App *chat.App }

// tenants lie in the shard of the server, under the decimal digits of their
// SDKAppIDs.
var tenants = ledger.Table(record.Tenant, func(f *record.Fields, t *tenant) { record.JSON(f, 1, &t.App) })

// tenantPage is how many tenants are read at a time.
const tenantPage = 500

func tenantKey(id chat.AppID) string { return fmt.Sprintf("%010d", id) }

// Tenants lists the apps that a store keeps, by their numbers, with their
// secrets opened by seal, which may be nil. ErrSealed when it is not the one they need.
func Tenants(ctx context.Context, store chat.RowReader, seal *Seal) ([]chat.App, error) {
	list, _, err := readTenants(ctx, store, seal)
	return list, err
}

// Tenant returns one app that a store keeps; see Tenants.
func Tenant(ctx context.Context, store chat.RowReader, seal *Seal, id chat.AppID) (app chat.App, found bool, err error) {
	t, err := tenants.Get(ctx, store, chat.ServerShard, tenantKey(id))
	if err != nil || t == nil {
		return app, false, err
	}
	app, _, err = seal.open(*t.App)
	return app, true, err
}

// readTenants is Tenants; open are those whose secrets are not all sealed.
func readTenants(ctx context.Context, store chat.RowReader, seal *Seal) (list, open []chat.App, err error) {
	for after := ""; ; {
		page, keys, err := tenants.Page(ctx, store, chat.ServerShard, "", after, tenantPage)
		if err != nil {
			return nil, nil, err
		}
		for _, t := range page {
			app, plain, err := seal.open(*t.App)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, app)
			if plain {
				open = append(open, app)
			}
		}
		if len(page) < tenantPage {
			return list, open, nil
		}
		after = keys[len(keys)-1]
	}
}

// SealTenants seals the secrets of those apps that were kept before there was
// a seal.
func SealTenants(ctx context.Context, store chat.Store, seal *Seal) error {
	if seal == nil {
		return nil
	}
	_, open, err := readTenants(ctx, store, seal)
	if err != nil {
		return err
	}
	for _, app := range open {
		if err := PutTenant(ctx, store, seal, app); err != nil {
			return err
		}
	}
	return nil
}

// PutTenant keeps an app, durably, in place of the one with its number, its
// secrets sealed if there is a seal.
func PutTenant(ctx context.Context, store chat.Store, seal *Seal, a chat.App) error {
	a = seal.shut(a)
	row := tenants.Row(tenantKey(a.ID), &tenant{App: &a})
	err := store.Apply(ctx, []*chat.Commit{{Shard: chat.ServerShard, Raise: true, Rows: []chat.Row{row}}})
	if err != nil {
		return fmt.Errorf("keep app %d: %w", a.ID, err)
	}
	return nil
}

// DropTenant forgets an app and the keys that the server has made for it.
func DropTenant(ctx context.Context, store chat.Store, id chat.AppID) error {
	key := tenantKey(id)
	err := store.Apply(ctx, []*chat.Commit{{Shard: chat.ServerShard, Raise: true, Rows: []chat.Row{tenants.Gone(key), webPushPairs.Gone(key)}}})
	if err != nil {
		return fmt.Errorf("forget app %d: %w", id, err)
	}
	return nil
}

// Husk is what stays of an app while it is being erased: its number and name. It lets nobody in
// and has no secrets.
func Husk(a chat.App) chat.App {
	return chat.App{ID: a.ID, Name: a.Name, Disabled: true, Deleting: true, Switches: chat.Switches{NoSearch: true}}
}

// BeingErased are the apps of a store that are being erased. It needs no seal.
func BeingErased(ctx context.Context, store chat.RowReader) (map[chat.AppID]bool, error) {
	list := map[chat.AppID]bool{}
	for after := ""; ; {
		page, keys, err := tenants.Page(ctx, store, chat.ServerShard, "", after, tenantPage)
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			if t.App.Deleting {
				list[t.App.ID] = true
			}
		}
		if len(page) < tenantPage {
			return list, nil
		}
		after = keys[len(keys)-1]
	}
}
