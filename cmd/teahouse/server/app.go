// Package server builds the whole program out of its parts and closes it
// again. Tests start the same App as "teahouse dev" and "teahouse serve", on free ports.
// It refuses to hold any rule or to read flags and configuration files: it takes
// [Options]. Start reading at [Start]; each step is
// one method of App, and closing runs the steps backwards.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/push"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/web"
	"github.com/teahouse-im/teahouse/webhook"
)

// App is a running server.
type App struct {
	opt     Options
	log     *slog.Logger
	now     func() time.Time
	metrics *prometheus.Registry

	certs   *certificates.Store // nil without TLS
	engine  *badger.Store       // store, by its own name
	store   chat.Store
	shown   chat.Store   // what is read of store has present addresses of files
	files   files        // without a Store: there are none
	refuses func() error // why the store takes no writes at present
	apps    *chat.Apps
	core    *core.Core
	counts  atomic.Pointer[core.Core] // as core, for those who were started before it
	calls   *webhook.Client
	gate    *webhook.Gate
	outbox  *webhook.Outbox
	push    *push.Providers
	table   *api.Table
	tickets checkedTickets
	broker  *broker.Broker
	chat    *web.Site // nil: it is not served

	failures *ticket.Failures // bad tickets at all doors

	operator *operator.Handler
	copying  sync.Mutex // held while a backup is made
	backedUp *backupMetrics
	life     context.Context // ends when listeners are about to close
	end      context.CancelFunc
	tenants  *tenants
	eraser   *eraser
	drain    *drain

	rereading sync.Mutex // one Reread at a time
	asked     chan struct{}
	askOnce   sync.Once

	firstLink string // see FirstLink

	token serverToken

	ready   Ready
	open    atomic.Bool // all listeners are open
	failed  chan error
	closers []closer // in the order of building
}

// closer undoes one step of Start within a time.
type closer struct {
	what  string
	limit time.Duration
	close func(context.Context) error
}

// Start builds the program and returns when every listener is open. After an error
// nothing is left behind.
func Start(ctx context.Context, o Options) (*App, error) {
	o = o.withDefaults()
	a := &App{
		opt: o, log: o.Log, now: o.Now, metrics: prometheus.NewRegistry(),
		apps: new(chat.Apps), failed: make(chan error, 1), asked: make(chan struct{}), backedUp: newBackupMetrics(),
	}
	a.life, a.end = context.WithCancel(context.Background())
	a.tenants, a.eraser = &tenants{app: a, declared: map[chat.AppID]chat.App{}}, newEraser(a)
	a.drain = &drain{app: a}
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.showItself()
	for _, step := range []func(context.Context) error{
		a.showMemory, a.openStore, a.readCertificates, a.readApps, a.openFiles, a.startCore, a.serveFiles, a.openMQTT, a.eraseApps, a.openMetrics, a.makeOperator, a.openAdmin, a.openSocket, a.endBackups, a.keepToken, a.welcome, a.keepCertificates,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	a.open.Store(true)
	if a.NoApp() && !a.opt.Embed.AppsLater {
		a.log.Warn("no app yet: nobody can log in until the first is made in the console", "console", a.ready.Console)
	}
	a.log.Info("ready", "mqtt", a.ready.MQTT, "mqtts", a.ready.MQTTS, "ws", a.ready.WS, "wss", a.ready.WSS, "admin", a.ready.Admin, "metrics", a.ready.Metrics)
	return a, nil
}

// Ready returns the bound addresses and, in dev, the keys.
func (a *App) Ready() Ready { return a.ready }

// Failed gets the fault of a store that can commit no more. Nothing is
// acknowledged after it; the process should end.
func (a *App) Failed() <-chan error { return a.failed }

// Answers returns nil when the server works: its lanes answer and its store commits, or has told
// that it has no room.
func (a *App) Answers(ctx context.Context) error { return a.core.Answers(ctx) }

// Metrics is what the server counts.
func (a *App) Metrics() *prometheus.Registry { return a.metrics }

// Core returns the core, for tests.
func (a *App) Core() *core.Core { return a.core }

func (a *App) showMemory(context.Context) error {
	return errors.Join(a.opt.Memory.register(a.metrics), a.backedUp.register(a.metrics))
}

func (a *App) openStore(context.Context) error {
	store, err := badger.Open(badger.Options{
		Dir: a.opt.Data, Memory: a.opt.Memory.target(), Now: a.opt.Now, Log: a.log.With("component", "store"),
		Registerer: a.metrics, MinFree: a.opt.MinFree, Failed: a.fail,
	})
	if err != nil {
		return err
	}
	a.engine, a.store, a.refuses = store, store, store.Refuses
	a.onClose("store", a.opt.Shutdown, func(context.Context) error { return store.Close() })
	return nil
}

// readApps publishes the tenants: those of the store, then those declared.
func (a *App) readApps(ctx context.Context) error {
	if a.opt.Dev != nil {
		if err := a.makeDevApps(ctx); err != nil {
			return err
		}
	}
	if err := core.SealTenants(ctx, a.store, a.opt.Seal); err != nil {
		return fmt.Errorf("seal apps: %w", err)
	}
	stored, err := core.Tenants(ctx, a.store, a.opt.Seal)
	if err != nil {
		return fmt.Errorf("read apps: %w", err)
	}
	a.apps.Set(stored...)
	if err := a.undeleted(a.opt.Apps); err != nil {
		return err
	}
	if err := a.publish(ctx, append(stored, a.opt.Apps...)); err != nil {
		return err
	}
	if a.NoApp() && a.opt.Admin == "" && !a.opt.Embed.AppsLater {
		return ErrNoApp
	}
	return nil
}

// NoApp reports that nobody can log in until an app is made, in the console or by the command line.
func (a *App) NoApp() bool { return len(a.apps.All()) == len(a.deleting()) }

// makeDevApps declares the apps of dev as this run wants them.
func (a *App) makeDevApps(ctx context.Context) error {
	apps, err := devApps(ctx, a.store, a.opt.Seal, max(1, a.opt.Dev.Apps))
	if err != nil {
		return err
	}
	if err := a.furnish(ctx, apps); err != nil {
		return err
	}
	for i, app := range apps {
		apps[i] = a.opt.Dev.forThisRun(app)
		a.ready.Apps = append(a.ready.Apps, ReadyApp{SDKAppID: app.ID, Key: app.Keys[0].Secret})
	}
	first := a.ready.Apps[0]
	a.ready.SDKAppID, a.ready.Key, a.ready.Identifier = first.SDKAppID, first.Key, Administrator
	a.opt.Apps = apps
	return nil
}

// historyFolder holds the files of an hour's messages, in the data folder.
const historyFolder = "history"

// startCore starts what is between the store and the doors: the core and the webhooks.
// What a crash has cut short is finished first.
func (a *App) startCore(ctx context.Context) error {
	a.startWebhooks()
	a.makePush()
	a.core = core.New(core.Options{
		Store: a.store, Apps: a.apps, Gate: a.gate, Observer: a.outbox,
		Now: a.opt.Now, Log: a.log.With("component", "chat"), Fatal: a.fail, Addresses: machineAddresses,
		HistoryDir: filepath.Join(a.opt.Data, historyFolder), HistoryZone: a.opt.HistoryZone, Full: a.refuses,
		Media:       core.Media{Store: a.files.Store, Addresses: a.files.addresses},
		SearchShelf: a.shelf(),
		Push:        a.pushOptions(), Calls: a.opt.Calls,
	})
	a.counts.Store(a.core)
	a.metrics.MustRegister(newPushMetrics(a.core.Push, a.now), newCallMetrics(a.core.Calls))
	a.onClose("core", a.opt.Shutdown, a.core.Close)
	a.onClose("gate", a.opt.Shutdown, func(context.Context) error { // messages the app is asked about are appended yet
		a.gate.Close()
		return nil
	})
	var apps []chat.AppID
	for _, app := range a.apps.All() {
		if app.Deleting {
			a.eraser.begin(app.ID)
			continue
		}
		apps = append(apps, app.ID)
	}
	if err := a.core.Resume(ctx, apps); err != nil { // it waits for the next start, or the next call
		a.log.Warn("unfinished work stays", "err", err)
	}
	a.core.Search.Start(apps)
	if err := a.showSearch(); err != nil {
		return err
	}
	a.table = commands.New(a.core)
	a.failures = ticket.NewFailures(ticket.FailureOptions{Now: a.now})
	a.tickets = checkedTickets{
		Verifier: ticket.NewVerifier(ticket.Options{Apps: newTicketApps(a.apps).find, Now: a.now}), check: a.opt.Embed.Check, apps: a.apps,
	}
	return nil
}

// Reload publishes the apps of a configuration that was read again, and reads
// the certificate again. Apps that it no longer declares stay until a restart.
func (a *App) Reload(apps []chat.App) error {
	ctx, cancel := context.WithTimeout(context.Background(), reloadTime)
	defer cancel()
	if err := a.undeleted(apps); err != nil {
		return err
	}
	a.tenants.declare(apps)
	err := a.publish(ctx, apps)
	for _, app := range apps {
		a.core.Search.Look(app.ID) // it may be switched on or off
	}
	if a.certs == nil {
		return err
	}
	return errors.Join(err, a.certs.Reload())
}

// onClose remembers how to undo what was just built.
func (a *App) onClose(what string, limit time.Duration, undo func(context.Context) error) {
	a.closers = append(a.closers, closer{what, limit, undo})
}

// Close shuts the program down: /readyz fails, listeners close and clients are
// disconnected, pending sends are finished, webhooks are sent for a while, and the store
// is closed.
func (a *App) Close() error {
	a.open.Store(false)
	var all []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		c := a.closers[i]
		ctx, cancel := context.WithTimeout(context.Background(), c.limit)
		if err := c.close(ctx); err != nil {
			all = append(all, fmt.Errorf("close %s: %w", c.what, err))
		}
		cancel()
	}
	a.closers = nil
	return errors.Join(all...)
}

// fail is what the store calls when it can commit no more, and the core when a
// commit has failed. The store has logged why.
func (a *App) fail(err error) {
	select {
	case a.failed <- fmt.Errorf("the store has failed: %w", err):
	default: // told already
	}
}
