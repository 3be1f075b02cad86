package broker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/chat"
)

// broken is a core whose store cannot be read when somebody sends.
type broken struct{ *ears }

// Send implements hooks.Core.
func (broken) Send(_ context.Context, _ chat.Actor, _ chat.Draft, done func(chat.Receipt, error)) {
	done(chat.Receipt{}, errors.New("read member: disk on fire"))
}

// pages is a log that a test reads while it is written.
type pages struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *pages) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *pages) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// A publish that meets a fault, to a user or to a group, is answered as internal
// error; its cause is logged once.
func TestPublishFaultIsLoggedOnce(t *testing.T) {
	var log pages
	h := open(t, func(o *broker.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.Service = broken{o.Service.(*ears)}
	})
	h.group("lobby", "ann")
	ann := h.listener(hello{user: "ann", client: "a", version: 5})
	for n, topic := range []string{"im/text/c2c/bob", "im/text/group/lobby"} {
		ann.publish(0, topic, "hello")
		if m := ann.message("im/err"); m.ErrorCode != 91000 {
			t.Errorf("%s: im/err %+v, want 91000", topic, m)
		}
		if got := strings.Count(log.String(), "disk on fire"); got != n+1 {
			t.Errorf("%s: the cause is in the log %d times, want %d:\n%s", topic, got, n+1, log.String())
		}
	}
}
