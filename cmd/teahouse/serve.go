package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/media/s3"
	"github.com/teahouse-im/teahouse/origins"
)

type serveCommand struct {
	listenFlags
	Config string `required:"" placeholder:"FILE" help:"The configuration; \"teahouse config default\" prints a commented default."`
}

// Run serves until it is told to stop.
func (c serveCommand) Run() error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	log, level, err := logger(conf.Log.Format, conf.Log.Level)
	if err != nil {
		return err
	}
	o, err := options(conf, log)
	if err != nil {
		return err
	}
	for _, f := range conf.Findings(time.Now()) {
		log.Warn("configuration", "setting", f.Path, "finding", f.Text)
	}
	files := reloading{command: c, level: level, first: conf, cert: certificate(conf.TLS)}
	files.last.Store(&conf)
	o.ConfigFile = c.Config
	o.Level, o.Reread = level, files.reread
	o.Settings = func() (string, error) { return files.last.Load().Show() }
	live := process{options: o, readyFile: c.ReadyFile, memoryLimit: int64(conf.Memory.Limit), log: log}
	live.started = func(a *server.App) error {
		_, err := io.WriteString(os.Stdout, welcome(a))
		return err
	}
	err = live.run()
	if errors.Is(err, server.ErrNoApp) {
		return fmt.Errorf("no app: declare one under apps in %s, make one with: teahouse app add --config %s, or open listen.admin to make one in the console", c.Config, c.Config)
	}
	return err
}

// welcome is what is shown of a server that has started: what is shown once, and what is to be
// done first.
func welcome(a *server.App) string {
	var s strings.Builder
	if token := a.NewToken(); token != "" {
		fmt.Fprintf(&s, "server token %s, for /metrics, /debug/pprof and operators' programs; it is kept in the data folder\n", token)
	}
	if link := a.FirstLink(); link != "" {
		fmt.Fprintf(&s, "nobody is an operator yet: become the first within 24 hours at %s\n", link)
	}
	if a.NoApp() {
		fmt.Fprintf(&s, "there is no app yet, so nobody can log in: make the first in the console, %s\n", a.Ready().Console)
	}
	return s.String()
}

// load reads the configuration with the flags over it.
func (c serveCommand) load() (config.Config, error) {
	conf, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return conf, fmt.Errorf("%s:\n%w", c.Config, err)
	}
	c.over(&conf.Listen.MQTT, &conf.Listen.WS, &conf.Listen.Admin)
	if err := conf.AdminExposed(); err != nil {
		return conf, fmt.Errorf("--listen-admin: %w", err)
	}
	if err := conf.SamePorts(); err != nil {
		return conf, fmt.Errorf("with the flags: %w", err)
	}
	return conf, nil
}

// options turns a configuration into what a server is built from.
func options(conf config.Config, log *slog.Logger) (server.Options, error) {
	apps, err := conf.Tenants()
	if err != nil {
		return server.Options{}, err
	}
	seal, err := conf.Seal()
	if err != nil {
		return server.Options{}, err
	}
	address := func(a string) string {
		if a == config.Off {
			return ""
		}
		return a
	}
	certs, err := conf.Certificates()
	if err != nil {
		return server.Options{}, err
	}
	from, forwarders, err := conf.Listen.Proxies()
	if err != nil {
		return server.Options{}, err
	}
	pages, err := origins.Parse(conf.WebSocket.Origins)
	if err != nil {
		return server.Options{}, err
	}
	return server.Options{
		Data: conf.Data, MinFree: int64(conf.Storage.MinFreeBytes),
		MQTT: address(conf.Listen.MQTT), MQTTS: address(conf.Listen.MQTTS),
		WS: address(conf.Listen.WS), WSS: address(conf.Listen.WSS), Admin: address(conf.Listen.Admin),
		Metrics: address(conf.Listen.Metrics),
		TLS: server.TLS{
			Certificates: certs, Challenges: address(conf.TLS.ACME.HTTP), HSTS: conf.TLS.HSTS,
			AskClients: conf.TLS.ClientCerts != config.Off, NeedClients: conf.TLS.ClientCerts == config.Required,
		},
		Proxies:  server.Proxies{From: from, Listeners: conf.Listen.ProxyProtocol.Listeners, Forwarders: forwarders},
		Redirect: conf.Listen.Redirect, AdminTLS: conf.Admin.TLS,
		PProf: conf.Admin.PProf, NoDocs: !conf.Admin.Docs, AdminHosts: conf.Admin.Hosts, Origins: pages,
		AddressPackets: conf.Limits.AddressPackets, AddressBytes: conf.Limits.AddressBytes,
		Apps: apps, Seal: seal, Shutdown: conf.Shutdown.Timeout, Drain: conf.Shutdown.Drain,
		HistoryZone: conf.History.Zone(), NoSearch: !conf.Search.Enabled,
		Media: mediaOptions(conf.Media),
		Web:   server.Web{Chat: conf.Web.Chat, Origins: conf.Web.Origins},
		Calls: conf.Calls.Servers(),
		Push:  push.Options{Hold: conf.Push.HoldOrNone()},
		Log:   log,
	}, nil
}

// mediaOptions say where files lie and how they are reached.
func mediaOptions(m config.Media) server.Media {
	o := server.Media{Off: m.Dir == config.Off, Dir: m.Dir, URL: m.URL}
	if m.Listen != config.Off {
		o.Listen = m.Listen
	}
	if b := m.S3; b.Given() {
		o.Off = false
		o.S3 = &s3.Options{
			Endpoint: b.Endpoint, Bucket: b.Bucket, Region: b.Region, AccessKey: b.AccessKey, SecretKey: string(b.SecretKey),
			PathStyle: b.PathStyle, Direct: b.Direct,
		}
	}
	return o
}
