package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// appCommands ask the server that has the data folder open, or work on the folder itself when none
// has; those of push do so alone, and the server must be stopped for them. Without a server they do
// not show apps declared in a configuration file, which are not in the folder.
type appCommands struct {
	Add    appAdd    `cmd:"" help:"Create an app with a new key and the administrator \"administrator\"."`
	List   appList   `cmd:"" help:"List the apps of the data folder. Keys are not shown."`
	Rotate appRotate `cmd:"" help:"Give an app a new key; the old keys stay valid for a time."`
	Push   appPush   `cmd:"" help:"Set, show, check and remove the channels by which an app's devices are woken."`
}

// folder says where the apps are.
type folder struct {
	Data   string `help:"The data folder."`
	Config string `help:"The configuration file, for its data folder."`
}

// dir is the folder's path.
func (f folder) dir() (string, error) {
	if f.Data != "" {
		return f.Data, nil
	}
	conf, err := loaded(f.Config)
	return conf.Data, err
}

// show prints the key of an app that a server has changed.
func show(err error, change func() (chat.App, error)) error {
	if err != nil {
		return err
	}
	app, err := change()
	if err == nil {
		printKey(app)
	}
	return err
}

// tenants are the apps of an open data folder.
type tenants struct {
	store chat.Store
	seal  *core.Seal
}

func (t tenants) all(ctx context.Context) ([]chat.App, error) {
	return core.Tenants(ctx, t.store, t.seal)
}

func (t tenants) put(ctx context.Context, a chat.App) error {
	return core.PutTenant(ctx, t.store, t.seal, a)
}

// openFolder opens the store; create makes the folder if there is none.
func openFolder(dir string, create bool) (*badger.Store, error) {
	if _, err := os.Stat(dir); err != nil && !create {
		return nil, fmt.Errorf("no data folder: %w", err)
	}
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	return store, inUse(err)
}

// inUse says what to do about a folder in use.
func inUse(err error) error {
	if errors.Is(err, badger.ErrInUse) {
		return fmt.Errorf("%w: stop the server first", err)
	}
	return err
}

// with opens the store for as long as do runs. The configuration, from the file or
// the environment, says where it is and how secrets are sealed.
func (f folder) with(create bool, do func(context.Context, tenants) error) error {
	conf, err := loaded(f.Config)
	if err != nil {
		return err
	}
	seal, err := conf.Seal()
	if err != nil {
		return err
	}
	if f.Data != "" {
		conf.Data = f.Data
	}
	store, err := openFolder(conf.Data, create)
	if err != nil {
		return err
	}
	return errors.Join(do(context.Background(), tenants{store, seal}), store.Close())
}

type appAdd struct {
	target
	SDKAppID chat.AppID `name:"sdkappid" help:"Its number; default: the next free one from 1400000001."`
	Name     string     `help:"Its name."`
}

// Run makes an app and prints its key, once.
func (c appAdd) Run() error {
	if ctl, err := c.reach(); ctl != nil || err != nil {
		return show(err, func() (chat.App, error) { return ctl.addApp(c.SDKAppID, c.Name) })
	}
	return c.with(true, func(ctx context.Context, kept tenants) error {
		have, err := kept.all(ctx)
		if err != nil {
			return err
		}
		id := c.SDKAppID
		if id == 0 {
			id = nextApp(have)
		}
		if slices.ContainsFunc(have, func(a chat.App) bool { return a.ID == id }) {
			return fmt.Errorf("app %d exists already", id)
		}
		app := server.NewApp(id, c.Name)
		if err := kept.put(ctx, app); err != nil {
			return err
		}
		printKey(app)
		return nil
	})
}

func nextApp(have []chat.App) chat.AppID {
	id := server.FirstDevApp
	for slices.ContainsFunc(have, func(a chat.App) bool { return a.ID == id }) {
		id++
	}
	return id
}

// printKey shows the newest key of an app. It is the one place where a key is
// shown outside dev.
func printKey(a chat.App) {
	k := a.Keys[len(a.Keys)-1]
	fmt.Printf("sdkappid       %d\nkey            %s\nkey id         %s\nadministrators %v\n", a.ID, k.Secret, k.ID, a.Admins)
}

type appList struct{ target }

// Run prints a table.
func (c appList) Run() error {
	ctl, err := c.reach()
	if err != nil {
		return err
	}
	if ctl != nil {
		apps, err := ctl.apps()
		if err != nil {
			return err
		}
		return printApps(apps)
	}
	return c.with(false, func(ctx context.Context, kept tenants) error {
		apps, err := kept.all(ctx)
		if err != nil {
			return err
		}
		return printApps(apps)
	})
}

func printApps(apps []chat.App) error {
	slices.SortFunc(apps, func(a, b chat.App) int { return int(int64(a.ID) - int64(b.ID)) })
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SDKAPPID\tNAME\tKEYS\tADMINISTRATORS\tSTATE")
	for _, a := range apps {
		state := "on"
		if a.Disabled {
			state = "off"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%v\t%s\n", a.ID, a.Name, keyNames(a), a.Admins, state)
	}
	return w.Flush()
}

func keyNames(a chat.App) string {
	text := ""
	for i, k := range a.Keys {
		if i > 0 {
			text += ", "
		}
		text += k.ID
		if !k.NotAfter.IsZero() {
			text += " until " + k.NotAfter.UTC().Format(time.DateTime)
		}
	}
	return text
}

type appRotate struct {
	target
	SDKAppID chat.AppID    `arg:"" name:"sdkappid" help:"The app."`
	Overlap  time.Duration `default:"24h" help:"How long tickets of the old keys stay valid."`
}

// Run adds a key, gives the earlier ones an end and removes keys that have ended.
func (c appRotate) Run() error {
	if ctl, err := c.reach(); ctl != nil || err != nil {
		return show(err, func() (chat.App, error) { return ctl.rotateKey(c.SDKAppID, c.Overlap) })
	}
	return c.with(false, func(ctx context.Context, kept tenants) error {
		app, err := kept.one(ctx, c.SDKAppID)
		if err != nil {
			return err
		}
		app = server.Rotated(app, time.Now(), c.Overlap)
		if err := kept.put(ctx, app); err != nil {
			return err
		}
		printKey(app)
		return nil
	})
}
