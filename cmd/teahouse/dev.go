package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// listenFlags are the addresses that dev and serve take on the command line.
type listenFlags struct {
	ListenMQTT  string `name:"listen-mqtt" placeholder:"HOST:PORT" help:"MQTT; port 0 takes any free one."`
	ListenWS    string `name:"listen-ws" placeholder:"HOST:PORT" help:"MQTT over WebSocket, path /mqtt."`
	ListenAdmin string `name:"listen-admin" placeholder:"HOST:PORT" help:"HTTP for backends and operators."`
	ReadyFile   string `type:"path" placeholder:"FILE" help:"Write a JSON object with the bound addresses here once ready."`
}

// over puts the flags that were given over addresses from elsewhere.
func (f listenFlags) over(mqtt, ws, admin *string) {
	for _, one := range []struct {
		flag string
		to   *string
	}{{f.ListenMQTT, mqtt}, {f.ListenWS, ws}, {f.ListenAdmin, admin}} {
		if one.flag != "" {
			*one.to = one.flag
		}
	}
}

type devCommand struct {
	listenFlags
	Data     string `type:"path" placeholder:"DIR" help:"Keep apps, keys and messages here; without it they are deleted when the server ends."`
	Webhook  string `placeholder:"URL" help:"Send every webhook to this URL, signed with the token \"dev\"."`
	NoLimits bool   `help:"Lift every rate limit, for benchmarks."`
	Apps     int    `default:"1" placeholder:"N" help:"How many apps to create."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

// Run starts a server on this machine and prints lines to paste.
func (c devCommand) Run() error {
	log, level, err := logger("text", c.LogLevel)
	if err != nil {
		return err
	}
	o := server.Options{
		Data: c.Data,
		MQTT: "127.0.0.1:1883", WS: "127.0.0.1:8083", Admin: "127.0.0.1:8090",
		Origins: []string{"*"},
		Dev:     &server.Dev{Apps: c.Apps, Webhook: c.Webhook, NoLimits: c.NoLimits},
		Log:     log,
	}
	c.over(&o.MQTT, &o.WS, &o.Admin)
	for flag, addr := range map[string]string{"--listen-mqtt": o.MQTT, "--listen-ws": o.WS, "--listen-admin": o.Admin} {
		if !config.Loopback(addr) {
			return fmt.Errorf("%s %s: dev is for this machine only, its keys are printed: listen on 127.0.0.1, or use serve", flag, addr)
		}
	}
	if o.Data == "" {
		dir, err := os.MkdirTemp("", "teahouse-dev-")
		if err != nil {
			return fmt.Errorf("make a folder for the data: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // nothing of it is worth a message
		o.Data = dir
	}
	live := process{options: o, level: level, readyFile: c.ReadyFile, log: log}
	live.started = func(a *server.App) error { return a.Banner(os.Stdout) }
	return live.run()
}

// logger makes the program's logger; dev and serve log to standard error.
func logger(format, name string) (*slog.Logger, *slog.LevelVar, error) {
	level := new(slog.LevelVar)
	if err := server.SetLevel(level, name); err != nil {
		return nil, nil, err
	}
	return server.NewLog(os.Stderr, format, level), level, nil
}
