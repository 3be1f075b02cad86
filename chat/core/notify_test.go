package core_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// gong writes down the notifications of groups that are not stored.
type gong struct {
	*ears
	mu   sync.Mutex
	told []string
}

func (b *gong) note(to string, seq uint64, n *chat.Notice) {
	if n.Kind == chat.NoticeCustom {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.told = append(b.told, fmt.Sprintf("%s by %s to %s, number %d", n.Content, n.Operator.User, to, seq))
	}
}

func (b *gong) ConvEvent(e *chat.ConvEvent) {
	if e.Kind == chat.EventNotice {
		b.note("all", e.Rev, e.Detail.Notice)
	}
}

func (b *gong) UserEvent(e *chat.UserEvent) { b.note(string(e.User), e.Seq, e.Notice) }

func (b *gong) rang(h *house, want ...string) {
	h.Helper()
	h.told()
	b.mu.Lock()
	defer b.mu.Unlock()
	h.same("told", strings.Join(b.told, "; "), strings.Join(want, "; "))
	b.told = nil
}

func TestNotificationReachesThoseOnline(t *testing.T) {
	h := open(t, nil)
	b := &gong{ears: h.ears}
	h.Attach(b)
	g := h.group("ann", chat.Public, "bob")
	notify := func(by chat.Actor, content string, to ...chat.UserID) error {
		return h.Group.Notify(h.ctx, by, g, to, content)
	}
	h.must(notify(as("ann"), "closing"))
	h.must(notify(admin(), "psst", "cat", "bob", "bob"))
	b.rang(h, "closing by ann to all, number 0", "psst by admin to bob, number 0")
	h.wants(notify(as("bob"), "x"), chat.CodeGroupNotAllowed)
	h.wants(notify(as("ann"), ""), chat.CodeGroupParameter)
	h.wants(notify(as("ann"), strings.Repeat("x", 12289)), chat.CodeMessageTooLong)
	h.wants(notify(as("ann"), "x", h.people(501)...), chat.CodeGroupBatch)
	g = h.group("ann", chat.AVChatRoom)
	h.must(notify(as("ann"), "live"))
	h.wants(notify(as("ann"), "live", "bob"), chat.CodeGroupNotAllowed)
	b.rang(h, "live by ann to all, number 0")
	head, err := h.store.Head(h.ctx, chat.GroupShard(app, g))
	h.must(err)
	h.same("stored", []any{head.Seq, head.Rev}, "[0 0]")
}

func TestARepeatedNotificationComesOnce(t *testing.T) {
	h := open(t, nil)
	b := &gong{ears: h.ears}
	h.Attach(b)
	g := h.group("ann", chat.Public, "bob")
	for range 2 {
		h.must(h.Once(h.ctx, as("ann"), "notify", "1", func(ctx context.Context) error {
			return h.Group.Notify(ctx, as("ann"), g, nil, "closing")
		}))
	}
	b.rang(h, "closing by ann to all, number 0")
}
