package broker_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// power is a disk that can lose its power: what is written afterwards goes nowhere.
type power struct {
	chat.Store
	off   atomic.Bool
	full  atomic.Bool  // writes are refused as a full disk does
	saves atomic.Int64 // states of sessions that were written
	saved atomic.Int64 // their bytes
	// before, if set, is called before states are written.
	before atomic.Pointer[func()]
}

// Apply implements chat.Log.
func (p *power) Apply(ctx context.Context, c []*chat.Commit) error {
	if p.off.Load() {
		return nil
	}
	if p.full.Load() {
		return chat.Refuse(chat.CodeBusy, "no room")
	}
	return p.Store.Apply(ctx, c)
}

// SaveSessions implements chat.Sessions.
func (p *power) SaveSessions(ctx context.Context, list []*chat.SessionState) error {
	if p.off.Load() {
		return nil
	}
	if p.full.Load() {
		return chat.Refuse(chat.CodeBusy, "no room")
	}
	if f := p.before.Load(); f != nil {
		(*f)()
	}
	for _, st := range list {
		p.saves.Add(1)
		p.saved.Add(int64(len(st.Data)))
	}
	return p.Store.SaveSessions(ctx, list)
}

// DeleteSession implements chat.Sessions.
func (p *power) DeleteSession(ctx context.Context, app chat.AppID, u chat.UserID, client string) error {
	if p.off.Load() {
		return nil
	}
	if p.full.Load() {
		return chat.Refuse(chat.CodeBusy, "no room")
	}
	return p.Store.DeleteSession(ctx, app, u, client)
}

// kill ends the server as a crash does: nothing of it reaches the disk any more, and
// another one starts on what is there. What is left of the old one ends with the test.
func (h *house) kill() {
	h.Helper()
	h.disk.off.Store(true)
	b, svc := h.b, h.svc
	h.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			h.Errorf("close the killed broker: %v", err)
		}
		if err := svc.Close(context.Background()); err != nil {
			h.Errorf("close the killed core: %v", err)
		}
	})
	h.build()
	h.start()
}

// rarely has the keeper of a server look at nothing: what is durable is so without
// it.
func rarely(o *broker.Options) { o.Tick = time.Hour }
