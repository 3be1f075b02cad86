package server

import (
	"github.com/teahouse-im/teahouse/webhook"
)

// startWebhooks starts what asks the apps' own servers before, and tells them
// after.
func (a *App) startWebhooks() {
	log, metrics := a.log.With("component", "webhook"), webhook.NewMetrics(a.metrics)
	client := webhook.NewClient(webhook.ClientOptions{Now: a.opt.Now, Metrics: metrics})
	a.gate = webhook.NewGate(webhook.GateOptions{Client: client, Now: a.opt.Now, Log: log, Metrics: metrics})
}
