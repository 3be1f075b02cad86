package server

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/webhook"
)

// count counts for the operator, once there is a core: before that an event that waits from
// before the start may be told.
func (a *App) count(app chat.AppID, f chat.Figure) {
	if c := a.counts.Load(); c != nil {
		c.Count(app, f)
	}
}

// startWebhooks starts the before-webhooks and the after-webhooks.
func (a *App) startWebhooks() {
	log, metrics := a.log.With("component", "webhook"), webhook.NewMetrics(a.metrics)
	transport := webhook.Network()
	if wrap := a.opt.Embed.Webhooks; wrap != nil {
		transport = wrap(transport)
	}
	a.calls = webhook.NewClient(webhook.ClientOptions{Transport: transport, Now: a.opt.Now, Metrics: metrics, Count: a.count})
	a.gate = webhook.NewGate(webhook.GateOptions{Client: a.calls, Now: a.opt.Now, Log: log, Metrics: metrics})
	a.outbox = webhook.NewOutbox(webhook.OutboxOptions{
		Store: a.shown, Apps: a.apps, Client: a.calls, Now: a.opt.Now, Log: log, Metrics: metrics,
	})
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.outbox.Run(running)
	}()
	a.onClose("webhooks", a.opt.Drain, func(ctx context.Context) error {
		if err := a.outbox.Drain(ctx); err != nil {
			// They are in the store and go out after the next start.
			log.Warn("not every webhook was sent in time", "err", err)
		}
		stop()
		<-ended
		a.calls.Close()
		return nil
	})
}
