package operator

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// AuditRows is how many entries of the log are kept, beside AuditTime: some 30 MB. A choice.
const AuditRows = 200_000

// trimEvery is after how many new entries the log is counted again: it is longer by no more.
const trimEvery = 1000

// TrimDue reports whether Trim is to be called: after a start, and when many entries have been added
// since. It says so once.
func (s *Service) TrimDue() bool {
	if s.noted.Load() < trimEvery {
		return false
	}
	s.noted.Store(0)
	return true
}

// Trim removes the oldest entries of the log beyond a number, and returns how many those were. It
// reads the whole log, page by page.
func (s *Service) Trim(ctx context.Context, most int) (removed int, err error) {
	for n, after := 0, ""; ; {
		_, keys, err := entries.Page(ctx, s.ledger, chat.ServerShard, "", after, peoplePage)
		if err != nil {
			return removed, fmt.Errorf("trim the log of operators: %w", err)
		}
		if len(keys) == 0 {
			return removed, nil
		}
		after = keys[len(keys)-1]
		old := keys[min(max(most-n, 0), len(keys)):] // the newest come first
		n += len(keys)
		if len(old) == 0 {
			continue
		}
		err = s.ledger.Share(ctx, chat.ServerShard, 0, maxText, func(_ context.Context, t *ledger.Turn) error {
			for _, key := range old {
				entries.Remove(t, key)
			}
			return nil
		})
		if err != nil {
			return removed, fmt.Errorf("trim the log of operators: %w", err)
		}
		removed += len(old)
	}
}
