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

// Tenants lists the apps that a store keeps, by their numbers.
func Tenants(ctx context.Context, store chat.RowReader) ([]chat.App, error) {
	var list []chat.App
	for after := ""; ; {
		page, keys, err := tenants.Page(ctx, store, chat.ServerShard, "", after, tenantPage)
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			list = append(list, *t.App)
		}
		if len(page) < tenantPage {
			return list, nil
		}
		after = keys[len(keys)-1]
	}
}

// PutTenant keeps an app, durably, in place of the one with its number.
func PutTenant(ctx context.Context, store chat.Store, a chat.App) error {
	row := tenants.Row(tenantKey(a.ID), &tenant{App: &a})
	err := store.Apply(ctx, []*chat.Commit{{Shard: chat.ServerShard, Raise: true, Rows: []chat.Row{row}}})
	if err != nil {
		return fmt.Errorf("keep app %d: %w", a.ID, err)
	}
	return nil
}
