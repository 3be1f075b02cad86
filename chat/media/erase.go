package media

import (
	"context"
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Erase removes the bytes of all files of an app that is shut, those of uploads under way
// included, and tells after each page how many files have gone. Their rows are the store's to remove.
func (s *Service) Erase(ctx context.Context, app chat.AppID, removed func(files int)) error {
	if s.Store == nil {
		return nil
	}
	begin := appKey(app)
	for after := begin; ; {
		keys, err := s.Store.Keys(ctx, after, sweepPage)
		if err != nil {
			return fmt.Errorf("list the files: %w", err)
		}
		for i, key := range keys {
			if !strings.HasPrefix(key, begin) {
				keys = keys[:i]
				break
			}
			if err := s.Store.Remove(ctx, key); err != nil {
				return fmt.Errorf("remove %s: %w", key, err)
			}
			after = key
		}
		if len(keys) > 0 {
			removed(len(keys))
		}
		if len(keys) < sweepPage {
			break
		}
	}
	if folders, ok := s.Store.(Folders); ok {
		if err := folders.RemoveFolder(ctx, strings.TrimSuffix(begin, "/")); err != nil {
			return fmt.Errorf("remove the folder: %w", err)
		}
	}
	return nil
}
