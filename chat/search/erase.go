package search

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Erase ends the index of an app that is shut, and not searched any more by its settings, and
// removes it.
func (s *Service) Erase(ctx context.Context, app chat.AppID, removed func(files int)) error {
	if s.Shelf == nil {
		return nil
	}
	s.tap.take(app)
	s.mu.Lock()
	w := s.workers[app]
	s.mu.Unlock()
	if w != nil {
		w.wake()
		select {
		case <-w.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	kept, err := s.Shelf.Apps()
	if err != nil {
		return fmt.Errorf("list indexes: %w", err)
	}
	if !slices.Contains(kept, app) {
		return nil
	}
	if err := s.Shelf.Remove(app); err != nil {
		return fmt.Errorf("remove index: %w", err)
	}
	removed(1)
	return nil
}
