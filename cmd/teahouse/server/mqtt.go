package server

import (
	"context"
	"net"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/webhook"
)

// wsPath is where MQTT over WebSocket is spoken (spec/00 §8).
const wsPath = "/mqtt"

// openMQTT opens the MQTT listeners: TCP, TLS and WebSocket.
func (a *App) openMQTT(context.Context) error {
	b, err := broker.New(broker.Options{
		Service: hooks.Rooms{Core: a.core}, Store: a.shown, Tickets: a.tickets, Table: a.table,
		Log: a.log.With("component", "broker"), Registerer: a.metrics, Now: a.opt.Now,
		Forwarders: a.opt.Proxies.Forwarders,
		Origins:    a.opt.Origins, Beside: a.besideMQTT(), Failures: a.failures, Version: Version, AfterBody: webhook.Body,
		MaxConnections: connections(openFiles()),
		AddressPackets: a.opt.AddressPackets, AddressBytes: a.opt.AddressBytes,
	})
	if err != nil {
		return err
	}
	a.broker = b
	a.core.Attach(b)
	a.onClose("broker", a.opt.Shutdown, b.Close)
	for _, d := range []struct {
		setting, addr string
		listen        func(string) (net.Addr, error)
		bound         func(string)
	}{
		{"--listen-mqtt", a.opt.MQTT, b.Behind(a.opt.Proxies.of("mqtt")).ListenTCP, func(at string) { a.ready.MQTT = at }},
		{"listen.mqtts in the configuration", a.opt.MQTTS, a.listenMQTTS, func(at string) { a.ready.MQTTS = at }},
		{"listen.wss in the configuration", a.opt.WSS, a.listenWSS, func(at string) { a.ready.WSS = "wss://" + at + wsPath }},
		{"--listen-ws", a.opt.WS, a.listenWS, a.boundWS},
		{"tls.acme.http in the configuration", a.opt.TLS.Challenges, a.listenChallenges, func(string) {}},
	} {
		if d.addr == "" {
			continue
		}
		addr, err := d.listen(d.addr)
		if err != nil {
			return listenError(d.setting, err)
		}
		d.bound(addr.String())
	}
	if err := a.addressFiles(); err != nil {
		return err
	}
	a.trustFiles()
	return nil
}
