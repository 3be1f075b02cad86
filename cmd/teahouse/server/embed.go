package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/ticket"
)

// Embed is what a program has a say in that runs the server within itself: the package at
// the root of the module is made of it. The zero value is that of a program of its own.
type Embed struct {
	// AppsLater starts without an app: the program makes one by Tenants.
	AppsLater bool
	// Check judges what a client shows at either door before it is looked at as a ticket. mine is
	// false for what is to be judged as a ticket. A refusal is a *ticket.Error. Claims without an app
	// are for the only app, if there is one alone. It holds up the one connection or call.
	Check func(app uint32, user, text string) (claims ticket.Claims, mine bool, err error)
	// Adapt changes each app as it becomes known; what it changes is not stored.
	Adapt func(chat.App) chat.App
	// Webhooks makes the calls of webhooks, with what does so over the network.
	Webhooks func(network http.RoundTripper) http.RoundTripper
}

// checkedTickets is the verifier behind the program's own check.
type checkedTickets struct {
	*ticket.Verifier
	check func(app uint32, user, text string) (ticket.Claims, bool, error)
	apps  *chat.Apps
}

// Verify is what both doors ask.
func (t checkedTickets) Verify(app uint32, user, text string) (ticket.Claims, error) {
	if t.check != nil {
		if claims, mine, err := t.check(app, user, text); mine {
			if all := t.apps.All(); err == nil && claims.App == 0 && len(all) == 1 {
				claims.App = uint32(all[0].ID)
			}
			return claims, err
		}
	}
	return t.Verifier.Verify(app, user, text)
}

// KeyHolds also holds for what the program's check has let in: no key has signed it.
func (t checkedTickets) KeyHolds(app uint32, key [16]byte) bool {
	return key == [16]byte{} || t.Verifier.KeyHolds(app, key)
}

// Tenants changes the apps of the data folder.
func (a *App) Tenants() operator.Tenants { return a.tenants }

// Apps are the numbers of the apps in force, in order.
func (a *App) Apps() []chat.AppID {
	var list []chat.AppID
	for _, app := range a.apps.All() {
		list = append(list, app.ID)
	}
	slices.Sort(list)
	return list
}

// AppNow is an app as it is in force; nil: there is none.
func (a *App) AppNow(id chat.AppID) *chat.App { return a.apps.App(id) }

// localCaller is the address that the log and the webhooks have of the program itself.
const localCaller = "127.0.0.1"

// Call runs a REST command, "openim/sendmsg", as the first administrator of an app, without
// a ticket and without the rates of the admin port. The answer is the body that REST has, of at most
// api.MostREST bytes; a refusal is in it.
func (a *App) Call(ctx context.Context, id chat.AppID, command string, body []byte) (answer json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("%s: panic: %v\n%s", command, p, debug.Stack())
		}
	}()
	app, err := a.core.App(id)
	if err != nil {
		return nil, fmt.Errorf("app %d: %w", id, err)
	}
	if len(app.Admins) == 0 {
		return nil, fmt.Errorf("app %d has no administrator", id)
	}
	service, name, _ := strings.Cut(command, "/")
	row, ok := a.table.REST(service, name)
	if !ok {
		return row.Envelope(nil, nil, a.table.UnknownCommand(service, name)), nil
	}
	acc, err := a.core.People.Login(ctx, id, app.Admins[0], chat.Ticket{Issued: a.now().Unix()})
	if err != nil {
		return row.Envelope(nil, nil, err), nil
	}
	got, err := row.Run(ctx, chat.Actor{
		App: id, User: app.Admins[0], Standing: chat.AsAdmin, Platform: chat.PlatformREST, IP: localCaller, Holder: acc.Holder,
	}, body, api.MostREST)
	if err != nil && chat.CodeOf(err).Class() == chat.Fault {
		a.log.Error("command of the program", "command", command, "app", id, "err", err)
	}
	return row.Envelope(nil, got, err), nil
}
