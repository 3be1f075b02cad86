//go:build e2e

package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// hookTally is the app's own server as the crash test wants it: it lets everything
// pass, and remembers in which order it first heard of the messages of each conversation.
type hookTally struct {
	t     *testing.T
	url   string
	convs []*conversation

	mu    sync.Mutex // guards the fields below
	heard map[string]map[string]bool
	order map[string][]string // names by target, as in topics
	calls int
	more  chan struct{} // has room for one
}

func newTally(t *testing.T) *hookTally {
	t.Helper()
	h := &hookTally{t: t, heard: map[string]map[string]bool{}, order: map[string][]string{}, more: make(chan struct{}, 1)}
	srv := httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

// follow says which conversations count.
func (h *hookTally) follow(convs ...*conversation) { h.convs = convs }

func (h *hookTally) serve(w http.ResponseWriter, q *http.Request) {
	command := q.URL.Query().Get("CallbackCommand")
	var body object
	if text, err := io.ReadAll(q.Body); err != nil || json.Unmarshal(text, &body) != nil {
		http.Error(w, "not a webhook", http.StatusBadRequest)
		return
	}
	switch command {
	case afterC2C:
		h.note("c2c/"+body.str("To_Account"), body.text())
	case afterGroup:
		h.note("group/"+body.str("GroupId"), body.text())
	}
	io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`)
}

func (h *hookTally) note(target, name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if h.heard[target] == nil {
		h.heard[target] = map[string]bool{}
	}
	if name != "" && !h.heard[target][name] {
		h.heard[target][name] = true
		h.order[target] = append(h.order[target], name)
	}
	select {
	case h.more <- struct{}{}:
	default:
	}
}

func (h *hookTally) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

// problems compares what was told so far with the beginning of what is there.
func (h *hookTally) problems() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.convs {
		told := h.order[c.target]
		n := min(len(told), len(c.order)) // more may have been told than was read
		all = append(all, problemsOf(fmt.Sprint("webhooks of ", c.target), told[:n], c.order[:n])...)
	}
	return all
}

// settled waits until every message was told, and compares.
func (h *hookTally) settled() (all []string) {
	for h.waiting() > 0 {
		select {
		case <-h.more:
		case <-time.After(patience):
			return append(h.problems(), fmt.Sprintf("%d messages are not told", h.waiting()))
		}
	}
	return h.problems()
}

// waiting counts messages that were not told yet.
func (h *hookTally) waiting() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.convs {
		n += len(c.order) - min(len(c.order), len(h.order[c.target]))
	}
	return n
}

// The checks of the other traffic can fail too.
func TestCrashCheckDetectsWebhooksAndDevices(t *testing.T) {
	t.Parallel()
	c := &conversation{name: "c2c/x", target: "c2c/y", order: []string{"a", "b", "c"}}
	for what, told := range map[string][]string{"one left out": {"a", "c"}, "two in the wrong order": {"b", "a", "c"}} {
		h := newTally(t)
		h.follow(c)
		for _, name := range told {
			h.note(c.target, name)
		}
		if len(h.problems()) == 0 {
			t.Errorf("webhooks with %s pass the check", what)
		}
	}
	h := newTally(t)
	h.follow(c)
	for _, name := range []string{"a", "a", "b"} { // again is allowed, and the last may yet come
		h.note(c.target, name)
	}
	if p := h.problems(); len(p) != 0 || h.waiting() != 1 {
		t.Errorf("webhooks as they should be: %q, %d waiting", p, h.waiting())
	}
	k := &keptDevice{conv: c}
	for _, seq := range []int{1, 2, 2, 1, 3} {
		k.see(packet{payload: fmt.Appendf(nil, `{"MsgSeq":%d}`, seq)})
	}
	if len(k.wrong) != 0 {
		t.Errorf("a device that gets some again: %q", k.wrong)
	}
	if k.see(packet{payload: []byte(`{"MsgSeq":5}`)}); len(k.wrong) != 1 {
		t.Error("a device that misses one passes the check")
	}
}
