package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// What dev sets up in each app.
const (
	FirstDevApp   chat.AppID   = 1400000001
	Administrator chat.UserID  = "administrator"
	Lobby         chat.GroupID = "lobby"
	// MaxDevApps is the most that dev makes: they take a second or two.
	MaxDevApps = 1000
	// DevWebhookToken signs the calls of dev --webhook.
	DevWebhookToken = "dev"
	// devTicketLife is that of the tickets dev prints: the libraries' default
	// (spec/01 §6).
	devTicketLife = 180 * 24 * time.Hour
)

// DevUsers are the accounts of a dev app, besides the administrator.
var DevUsers = []chat.UserID{"alice", "bob", "carol"}

// NewKey makes a UserSig key as the original's console shows them: 64
// hexadecimal digits (spec/01 §3).
func NewKey() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// NewApp is an app with one fresh key and one administrator.
func NewApp(id chat.AppID, name string) chat.App {
	return chat.App{
		ID: id, Name: name,
		Keys:      []chat.Key{{ID: "first", Secret: NewKey()}},
		Admins:    []chat.UserID{Administrator},
		Retention: 7 * 24 * time.Hour, // spec/10 §2
	}
}

// devApps returns n apps, those that the store has with the keys they had.
func devApps(ctx context.Context, store chat.Store, seal *core.Seal, n int) ([]chat.App, error) {
	stored, err := core.Tenants(ctx, store, seal)
	if err != nil {
		return nil, fmt.Errorf("read apps: %w", err)
	}
	have := map[chat.AppID]chat.App{}
	for _, a := range stored {
		have[a.ID] = a
	}
	var apps []chat.App
	for id := FirstDevApp; len(apps) < n; id++ {
		app, ok := have[id]
		if app.Deleting {
			continue // what is left of it goes after the start
		}
		if !ok {
			app = NewApp(id, fmt.Sprintf("dev %d", len(apps)+1))
			app.JWT.Algorithms = []string{"HS256"} // signed with the app's key
			if err := core.PutTenant(ctx, store, seal, app); err != nil {
				return nil, fmt.Errorf("keep app: %w", err)
			}
		}
		apps = append(apps, app)
	}
	return apps, nil
}

// devContact is the address that the push services of browsers write to about a dev server.
const devContact = "mailto:administrator@example.com"

// forThisRun adds what the flags ask for, and Web Push to pages on this machine. It is not
// stored.
func (o *Dev) forThisRun(a chat.App) chat.App {
	if !a.Push.WebPush.On() {
		a.Push.WebPush = chat.PushWebPush{Contact: devContact, Private: true}
	}
	if o.Webhook != "" {
		a.Webhook = chat.Webhook{URL: o.Webhook, Token: DevWebhookToken, All: true}
	}
	if o.NoLimits {
		a.Limits = a.Limits.Filled().NoRates()
	}
	return a
}

// furnish creates the users and the lobby of apps; existing ones stay as they are. It
// uses a core of its own without webhooks, so that this causes none.
func (a *App) furnish(ctx context.Context, apps []chat.App) error {
	quiet := new(chat.Apps)
	for _, app := range apps {
		quiet.Set(app)
	}
	quietCore := core.New(core.Options{Store: a.store, Apps: quiet, Now: a.opt.Now, Log: a.log, Fatal: a.fail})
	for _, app := range apps {
		if err := furnishApp(ctx, quietCore, app.ID); err != nil {
			return errors.Join(fmt.Errorf("app %d: %w", app.ID, err), quietCore.Close(ctx))
		}
	}
	return quietCore.Close(ctx)
}

func furnishApp(ctx context.Context, c *core.Core, app chat.AppID) error {
	by := chat.Actor{App: app, User: Administrator, Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	accounts := []chat.Profile{{User: Administrator}}
	lobby := chat.GroupDraft{
		// Public and free to join; new members may send and read the history.
		ID: Lobby, Type: chat.Public, Name: "Lobby", Owner: DevUsers[0],
		ApplyJoin: chat.JoinFree, InviteJoin: chat.InviteFree,
	}
	for _, u := range DevUsers {
		accounts = append(accounts, chat.Profile{User: u})
		lobby.Members = append(lobby.Members, chat.NewMember{User: u})
	}
	if _, err := c.People.Import(ctx, by, accounts); err != nil {
		return fmt.Errorf("make users: %w", err)
	}
	_, err := c.Group.Create(ctx, by, lobby)
	taken := &chat.Error{Code: chat.CodeGroupIDTaken}
	yours := &chat.Error{Code: chat.CodeGroupIDYours}
	if err != nil && !errors.Is(err, taken) && !errors.Is(err, yours) {
		return fmt.Errorf("make the lobby: %w", err)
	}
	return nil
}
