package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// appCommands ask the server that has the data folder open, with effect at once, or work on the
// folder itself when none has. Apps that the configuration file declares are shown, and changed there.
type appCommands struct {
	Add     appAdd     `cmd:"" help:"Create an app with a new key and the administrator \"administrator\"."`
	List    appList    `cmd:"" help:"List the apps. Keys are not shown."`
	Show    appShow    `cmd:"" help:"Print an app as it would stand in a configuration file. Secrets are not shown."`
	Set     appSet     `cmd:"" help:"Change settings of an app: keys of its section of the configuration file. All or none are changed."`
	Unset   appUnset   `cmd:"" help:"Put the defaults in place of settings of an app."`
	Enable  appEnable  `cmd:"" help:"Let the users of a disabled app in again."`
	Disable appDisable `cmd:"" help:"Let nobody in to an app, and close its connections. Its data stays."`
	Delete  appDelete  `cmd:"" help:"Delete an app with all its data: at once for its users, in the background for the data. There is no way back."`
	Rotate  appRotate  `cmd:"" help:"Give an app a new key; the old keys stay valid for a time."`
	Keys    appKeys    `cmd:"" help:"List the keys of an app. Secrets are not shown."`
	Revoke  appRevoke  `cmd:"" help:"Remove a key of an app: tickets made with it end at once."`
	Push    appPush    `cmd:"" help:"Set, show, check and remove the channels by which an app's devices are woken."`
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

// errNoFolder is the refusal to look into a data folder that is not there.
var errNoFolder = errors.New("no data folder")

// tenants are the apps of an open data folder; without a store there are none.
type tenants struct {
	store chat.Store
	seal  *core.Seal
}

func (t tenants) all(ctx context.Context) ([]chat.App, error) {
	if t.store == nil {
		return nil, nil
	}
	return core.Tenants(ctx, t.store, t.seal)
}

// one is an app of the data folder.
func (t tenants) one(ctx context.Context, id chat.AppID) (chat.App, error) {
	if t.store == nil {
		return chat.App{}, errNoFolder
	}
	a, found, err := core.Tenant(ctx, t.store, t.seal, id)
	if err == nil && !found {
		err = fmt.Errorf("no app %d in this data folder", id)
	}
	return a, err
}

func (t tenants) put(ctx context.Context, a chat.App) error {
	return core.PutTenant(ctx, t.store, t.seal, a)
}

// openFolder opens the store; create makes the folder if there is none.
func openFolder(dir string, create bool) (*badger.Store, error) {
	if _, err := os.Stat(dir); err != nil && !create {
		return nil, fmt.Errorf("%w: %w", errNoFolder, err)
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

func nextApp(have []chat.App) chat.AppID {
	id := server.FirstDevApp
	for slices.ContainsFunc(have, func(a chat.App) bool { return a.ID == id }) {
		id++
	}
	return id
}

// of says which app it is about.
type of struct {
	target
	SDKAppID chat.AppID `arg:"" name:"sdkappid" help:"The app."`
}

type appAdd struct {
	target
	SDKAppID chat.AppID `name:"sdkappid" help:"Its number; default: the next free one from 1400000001."`
	Name     string     `help:"Its name."`
}

// Run makes an app and prints its key, once.
func (c appAdd) Run() error {
	return c.at(true, func(p place) error {
		made, err := p.add(c.SDKAppID, c.Name)
		return printKey(made, err)
	})
}

type appRotate struct {
	of
	Overlap time.Duration `default:"24h" help:"How long tickets of the old keys stay valid."`
}

// Run adds a key, gives the earlier ones an end and removes keys that have ended.
func (c appRotate) Run() error {
	return c.at(false, func(p place) error {
		made, err := p.rotate(c.SDKAppID, c.Overlap)
		return printKey(made, err)
	})
}

type appRevoke struct {
	of
	Key string `arg:"" help:"The key's id, as keys lists it."`
}

// Run removes a key, but never the last.
func (c appRevoke) Run() error {
	return c.at(false, func(p place) error { return p.revoke(c.SDKAppID, c.Key) })
}

type appSet struct {
	of
	Settings []string `arg:"" placeholder:"KEY=VALUE" help:"A key below the app's section and its value, such as limits.group_rate=100, administrators=[ann,bob] or webhook.token_file=FILE."`
}

// Run changes settings.
func (c appSet) Run() error { return c.changed(c.Settings, nil) }

type appUnset struct {
	of
	Keys []string `arg:"" placeholder:"KEY" help:"A key or a section below the app's section, such as limits.group_rate or push.apns."`
}

// Run puts defaults in place.
func (c appUnset) Run() error { return c.changed(nil, c.Keys) }

func (c of) changed(set, unset []string) error {
	settings, err := config.Changes(set, unset)
	if err != nil {
		return err
	}
	return c.at(false, func(p place) error { return p.change(c.SDKAppID, settings) })
}

type appEnable struct{ of }

// Run lets users in again.
func (c appEnable) Run() error {
	return c.at(false, func(p place) error { return p.disable(c.SDKAppID, false) })
}

type appDisable struct{ of }

// Run lets nobody in.
func (c appDisable) Run() error {
	return c.at(false, func(p place) error { return p.disable(c.SDKAppID, true) })
}

type appDelete struct {
	of
	Yes bool `help:"Do not ask for the app's number again."`
}

// Run deletes an app, once its number was typed again.
func (c appDelete) Run() error {
	return c.at(false, func(p place) error {
		a, err := p.one(c.SDKAppID)
		if err != nil {
			return err
		}
		if !c.Yes && !c.confirmed(a, os.Stdin) {
			return errors.New("nothing is deleted")
		}
		if err := p.remove(c.SDKAppID); err != nil {
			return err
		}
		if _, stopped := p.(*stopped); stopped {
			fmt.Printf("app %d is deleted; the server erases its data when it is started next\n", c.SDKAppID)
			return nil
		}
		fmt.Printf("app %d is deleted; its data is being erased, and app list shows it until that is done\n", c.SDKAppID)
		return nil
	})
}

func (c appDelete) confirmed(a appAt, in io.Reader) bool {
	fmt.Fprintf(os.Stderr, "This deletes app %d (%s) with all its users, groups, messages and files.\nType its number to go on: ", a.ID, a.Name)
	line, _ := bufio.NewReader(in).ReadString('\n')
	return strings.TrimSpace(line) == fmt.Sprint(a.ID)
}
