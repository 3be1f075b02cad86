package core

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// figuresEvery is how often what has been counted is written down; a server that is killed
// loses that much.
const figuresEvery = time.Minute

// figures writes down what the ledger has counted (spec/09 §F).
type figures struct {
	ledger *ledger.Ledger
	ctx    context.Context // its life
	cancel context.CancelFunc
	done   chan struct{}
}

func countFigures(l *ledger.Ledger) *figures {
	f := &figures{ledger: l, done: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	go f.run()
	return f
}

func (f *figures) run() {
	defer close(f.done)
	tick := time.NewTicker(figuresEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-tick.C:
			f.flush(f.ctx)
		}
	}
}

func (f *figures) flush(ctx context.Context) {
	if err := f.ledger.FlushFigures(ctx); err != nil {
		f.ledger.Log().Warn("figures not written yet", "err", err)
	}
}

// stop writes down the rest.
func (f *figures) stop(ctx context.Context) {
	f.cancel()
	<-f.done
	f.flush(ctx)
}

// Count adds one to a figure of an app.
func (c *Core) Count(app chat.AppID, f chat.Figure) { c.ledger.Count(app, f, 1) }

// Figures are the app's of the last 30 days, for its administrators: only what is
// counted (spec/09 §F).
func (c *Core) Figures(ctx context.Context, by chat.Actor) ([]chat.DayFigures, error) {
	if _, err := c.ledger.App(by.App); err != nil {
		return nil, err
	}
	if !by.Admin() {
		return nil, chat.Refuse(chat.CodeNeedAdmin, "")
	}
	inAll, err := c.inAll(ctx, by.App)
	var list []chat.DayFigures
	if err == nil {
		list, err = c.ledger.Figures(ctx, by.App, inAll)
	}
	if err != nil {
		return nil, chat.Internal(chat.CodeFiguresUnread, err)
	}
	return list, nil
}

// Sent is how many messages of an app were sent since the server was started, for operators.
func (c *Core) Sent(app chat.AppID) int64 { return c.ledger.Sent(app) }

// inAll is how many accounts and groups there are.
func (c *Core) inAll(ctx context.Context, app chat.AppID) (map[chat.Figure]int64, error) {
	accounts, err := c.People.AccountCount(ctx, app)
	if err != nil {
		return nil, err
	}
	groups, err := c.Group.Count(ctx, app)
	if err != nil {
		return nil, err
	}
	return map[chat.Figure]int64{chat.FigureAccountsInAll: accounts, chat.FigureGroupsInAll: groups}, nil
}
