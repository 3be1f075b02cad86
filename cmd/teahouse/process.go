package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/cmd/teahouse/systemd"
)

// process is a server with the signals of its process: SIGTERM and SIGINT shut it down,
// a second one ends it at once; SIGHUP reloads the configuration, and shuts down a
// server that has none: its terminal was closed.
type process struct {
	options   server.Options // with Reread, SIGHUP reads the configuration again
	readyFile string
	// memoryLimit is the setting memory.limit in bytes; 0: find one.
	memoryLimit int64
	log         *slog.Logger
	started     func(*server.App) error // once it is ready
	manager     *systemd.Notifier       // hears how the server is; run finds it
	forced      func()                  // what is left to do when a second signal ends the process; may be nil
}

// exitForced is the exit code when a second signal ends the process at once.
const exitForced = 130

func (p process) run() (err error) {
	if p.manager, err = systemd.FromEnv(os.Getenv, os.Getpid(), p.log); err != nil {
		return err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	signal.Ignore(syscall.SIGPIPE) // who reads the output may go; a write says so, and the server ends in good order or goes on
	server.TakeStandardLog(p.log)
	memory := server.FindMemory(p.memoryLimit)
	p.options.Memory = memory
	p.log.Info("memory", "limit", memory.Limit, "from", memory.Source, "group", memory.Where, "sized_for", memory.Target)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go memory.Govern(ctx) // these own nothing that an end would have to wait for
	go server.ReturnMemory(ctx)
	app, err := server.Start(ctx, p.options)
	if err != nil {
		return err
	}
	if err := p.announce(app); err != nil {
		_ = app.Close() // the first error tells more
		return err
	}
	p.manager.Ready(status(app))
	watched, unwatch := context.WithCancel(ctx)
	defer unwatch()
	go p.manager.Watch(watched, app.Answers)
	if err := p.wait(app, signals); err != nil {
		return err // the store is broken: no more acks, nothing to close in order
	}
	go p.endAtOnce(signals)
	unwatch() // nobody asks a server that ends whether it works
	p.manager.Stopping()
	p.log.Info("stopping")
	return app.Close()
}

// endAtOnce ends the process at the next signal to end.
func (p process) endAtOnce(signals <-chan os.Signal) {
	for s := range signals {
		if s == syscall.SIGHUP {
			continue
		}
		if p.forced != nil {
			p.forced()
		}
		os.Exit(exitForced)
	}
}

// announce reports that the server is ready.
func (p process) announce(app *server.App) error {
	if p.readyFile != "" {
		if err := app.Ready().WriteFile(p.readyFile); err != nil {
			return err
		}
	}
	if p.started != nil {
		return p.started(app)
	}
	return nil
}

// wait returns nil after a signal to end or an operator's word, and the fault if the store has failed
// a commit.
func (p process) wait(app *server.App, signals <-chan os.Signal) error {
	for {
		select {
		case err := <-app.Failed():
			return err
		case <-app.Asked():
			return nil
		case s := <-signals:
			if s != syscall.SIGHUP || p.options.Reread == nil {
				return nil
			}
			p.hangUp(app)
		}
	}
}

func (p process) hangUp(app *server.App) {
	p.manager.Reloading()
	defer p.manager.Ready(status(app))
	_, _ = app.Reread() // it logs what came of it
}

// status is the line that the service manager shows of a server that is ready.
func status(app *server.App) string {
	var s strings.Builder
	r := app.Ready()
	for _, one := range []struct{ name, at string }{{"mqtt", r.MQTT}, {"mqtts", r.MQTTS}, {"ws", r.WS}, {"admin", r.Admin}} {
		if one.at != "" {
			fmt.Fprintf(&s, ", %s %s", one.name, one.at)
		}
	}
	return "ready" + s.String()
}
