package admin

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// blackout is a store that can stop reading, but for the caller's own account:
// the door lets the administrator in, and the command meets the fault.
type blackout struct {
	chat.Store
	on atomic.Bool
}

var errDark = errors.New("disk on fire")

func (b *blackout) dark(s chat.Shard) error {
	if b.on.Load() && s.User() != admin {
		return errDark
	}
	return nil
}

func (b *blackout) Row(ctx context.Context, s chat.Shard, k chat.RowKind, key string) (*chat.Cell, error) {
	if err := b.dark(s); err != nil {
		return nil, err
	}
	return b.Store.Row(ctx, s, k, key)
}

func (b *blackout) Rows(ctx context.Context, s chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	if err := b.dark(chat.Shard{}); err != nil {
		return nil, err
	}
	return b.Store.Rows(ctx, s, k, prefix, after, limit)
}

func (b *blackout) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	if err := b.dark(chat.Shard{}); err != nil {
		return nil, err
	}
	return b.Store.RowsOf(ctx, asks)
}

func (b *blackout) Head(ctx context.Context, s chat.Shard) (chat.Head, error) {
	if err := b.dark(s); err != nil {
		return chat.Head{}, err
	}
	return b.Store.Head(ctx, s)
}

// Every command of the scripts meets a store that cannot read: it is answered
// with a fault that says nothing of the cause, and the cause is logged once.
func TestStoreFaultsAreLoggedOnce(t *testing.T) {
	met := map[string]bool{}
	for _, s := range scripts {
		var store *blackout
		var log bytes.Buffer
		h := openOn(t, func(s chat.Store) chat.Store { store = &blackout{Store: s}; return store }, func(o *Options) {
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		for _, line := range s.lines {
			if d, ok := strings.CutPrefix(line, "wait "); ok {
				pause, err := time.ParseDuration(d)
				if err != nil {
					t.Fatal(err)
				}
				h.wait(pause)
				continue
			}
			command, body, _ := strings.Cut(line, " ")
			log.Reset()
			store.on.Store(true)
			a := h.call(command, body)
			store.on.Store(false)
			lines := strings.Count(log.String(), errDark.Error())
			switch fault := a.ErrorCode.Class() == chat.Fault && a.ErrorCode != 0; {
			case fault && lines == 1 && !strings.Contains(string(a.text), "fire"):
				met[command] = true
			case fault || lines != 0:
				t.Errorf("%s %s: answered %s, %d lines in the log:\n%s", command, body, a.text, lines, log.String())
			}
			h.call(command, body) // and go on with the script
		}
	}
	for _, c := range []string{
		account + "account_import", account + "kick", sns + "black_list_add", config + "setnospeaking", config + "getappinfo", words + "add_cloud_audit_keywords", openim + "sendmsg", openim + "batchsendmsg",
		group + "create_group", group + "add_group_member", group + "send_group_msg", group + "destroy_group",
		allMember + "im_push", timpush + "add_sched_task",
	} {
		if !met[c] {
			t.Errorf("%s never met the fault", c)
		}
	}
}
