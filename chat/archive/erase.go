package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/teahouse-im/teahouse/chat"
)

// Erase removes the files of an app that is shut. One that is being made is waited for: the
// folder of an app is made when its file is begun.
func (s *Service) Erase(ctx context.Context, app chat.AppID, removed func(files int)) error {
	if s.Dir == "" {
		return nil
	}
	for _, t := range s.tasksOf(app) {
		select {
		case <-t.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	list, err := os.ReadDir(s.folder(app))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.RemoveAll(s.folder(app))
	}
	if err != nil {
		return fmt.Errorf("history files: %w", err)
	}
	removed(max(1, len(list)))
	return nil
}

// tasksOf are the files of an app that wait to be made.
func (s *Service) tasksOf(app chat.AppID) (list []*task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		if t.app == app {
			list = append(list, t)
		}
	}
	return list
}
