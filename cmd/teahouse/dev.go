package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/origins"
)

// listenFlags are what dev and serve take on the command line.
type listenFlags struct {
	addressFlags
	ReadyFile string `type:"path" placeholder:"FILE" help:"Write a JSON object with the bound addresses here once ready."`
}

// addressFlags are the addresses to listen on.
type addressFlags struct {
	ListenMQTT  string `name:"listen-mqtt" placeholder:"HOST:PORT" help:"MQTT; port 0 takes any free one."`
	ListenWS    string `name:"listen-ws" placeholder:"HOST:PORT" help:"MQTT over WebSocket, path /mqtt."`
	ListenAdmin string `name:"listen-admin" placeholder:"HOST:PORT" help:"HTTP for backends and operators."`
}

// over puts the flags that were given over addresses from elsewhere.
func (f addressFlags) over(mqtt, ws, admin *string) {
	for _, one := range []struct {
		flag string
		to   *string
	}{{f.ListenMQTT, mqtt}, {f.ListenWS, ws}, {f.ListenAdmin, admin}} {
		if one.flag != "" {
			*one.to = one.flag
		}
	}
}

// Validate checks the addresses before anything starts; kong calls it.
func (f addressFlags) Validate() error {
	for _, one := range []struct{ flag, addr string }{
		{"--listen-mqtt", f.ListenMQTT}, {"--listen-ws", f.ListenWS}, {"--listen-admin", f.ListenAdmin},
	} {
		if one.addr == "" || one.addr == config.Off {
			continue
		}
		if err := config.Address(one.addr); err != nil {
			return fmt.Errorf("%s: %w", one.flag, err)
		}
	}
	return nil
}

type devCommand struct {
	listenFlags
	Data     string `type:"path" placeholder:"DIR" help:"Keep apps, keys and messages here; without it they are deleted when the server ends."`
	Webhook  string `placeholder:"URL" help:"Send every webhook to this URL, signed with the token \"dev\"."`
	NoLimits bool   `help:"Lift every rate limit, for benchmarks."`
	Apps     int    `default:"1" placeholder:"N" help:"How many apps to create."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

// addresses returns those to listen on.
func (c devCommand) addresses() (mqtt, ws, admin string) {
	mqtt, ws, admin = "127.0.0.1:1883", "127.0.0.1:8083", "127.0.0.1:8090"
	c.over(&mqtt, &ws, &admin)
	return mqtt, ws, admin
}

// Validate checks the flags before anything starts; kong calls it.
func (c devCommand) Validate() error {
	if err := c.listenFlags.Validate(); err != nil {
		return err
	}
	if c.Apps < 1 || c.Apps > server.MaxDevApps {
		return fmt.Errorf("--apps %d: want a number from 1 to %d", c.Apps, server.MaxDevApps)
	}
	if c.Webhook != "" && !config.WebURL(c.Webhook) {
		return fmt.Errorf("--webhook %q: is not an http:// or https:// address", c.Webhook)
	}
	mqtt, ws, admin := c.addresses()
	taken := map[string]string{}
	for _, one := range []struct{ flag, addr string }{
		{"--listen-mqtt", mqtt}, {"--listen-ws", ws}, {"--listen-admin", admin},
	} {
		if !config.Loopback(one.addr) {
			return fmt.Errorf("%s %s: dev is for this machine only, its keys lie open: listen on 127.0.0.1, or use serve", one.flag, one.addr)
		}
		if other := taken[one.addr]; other != "" {
			return fmt.Errorf("%s %s: %s is the same address", one.flag, one.addr, other)
		}
		if _, port, _ := net.SplitHostPort(one.addr); port != "0" {
			taken[one.addr] = one.flag
		}
	}
	return nil
}

// Run starts a server on this machine and prints lines to paste.
func (c devCommand) Run() error {
	log, level, err := logger("text", c.LogLevel)
	if err != nil {
		return err
	}
	tmp, err := makeScratch()
	if err != nil {
		return err
	}
	defer tmp.remove()
	o := server.Options{
		Data:    c.Data,
		Origins: origins.Any,
		Web:     server.Web{Chat: true},
		Dev:     &server.Dev{Apps: c.Apps, Webhook: c.Webhook, NoLimits: c.NoLimits},
		Log:     log,
		Level:   level,
	}
	o.MQTT, o.WS, o.Admin = c.addresses()
	if o.Data == "" {
		o.Data = tmp.path("data")
	}
	live := process{options: o, readyFile: c.ReadyFile, log: log, forced: tmp.remove}
	live.started = func(a *server.App) error {
		env := tmp.path("env")
		if err := a.WriteEnv(env); err != nil {
			return err
		}
		return a.Banner(os.Stdout, env)
	}
	return live.run()
}

// logger makes the program's logger; dev and serve log to standard error.
func logger(format, name string) (*slog.Logger, *server.Level, error) {
	level, err := server.NewLevel(name)
	if err != nil {
		return nil, nil, err
	}
	return server.NewLog(os.Stderr, format, level), level, nil
}
