package server

import (
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// ticketApps gives the ticket verifier its apps. The verifier asks at every check, so a
// tenant is converted once and again only after it was replaced.
type ticketApps struct {
	apps *chat.Apps

	mu     sync.RWMutex
	turned map[chat.AppID]turnedApp
}

type turnedApp struct {
	from *chat.App
	to   *ticket.App
}

func newTicketApps(apps *chat.Apps) *ticketApps {
	return &ticketApps{apps: apps, turned: map[chat.AppID]turnedApp{}}
}

// find implements ticket.Options.Apps. It also finds disabled apps: the core refuses
// them.
func (t *ticketApps) find(id uint32) (*ticket.App, bool) {
	app := t.apps.App(chat.AppID(id))
	if app == nil {
		return nil, false
	}
	t.mu.RLock()
	known := t.turned[app.ID]
	t.mu.RUnlock()
	if known.from == app {
		return known.to, true
	}
	to := &ticket.App{ID: id, JWT: ticket.JWT(app.JWT)}
	for _, k := range app.Keys {
		to.Keys = append(to.Keys, ticket.Key(k))
	}
	t.mu.Lock()
	t.turned[app.ID] = turnedApp{from: app, to: to}
	t.mu.Unlock()
	return to, true
}
