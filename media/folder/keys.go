package folder

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat/media"
)

// Keys implements [media.Store].
func (s *Store) Keys(ctx context.Context, after string, limit int) ([]string, error) {
	w := walk{after: after, limit: limit}
	err := w.folder(ctx, s.root, "")
	return w.found, err
}

// walk gathers keys in byte order.
type walk struct {
	after string
	limit int
	found []string
}

// name is one of a folder's: a part of keys, or with a slash at its end all of those below it.
// So the order of names is that of keys.
func names(entries []os.DirEntry) []string {
	var all []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == newFolder:
			continue
		case e.IsDir():
			name += "/"
		default:
			name = media.BaseKey(strings.TrimSuffix(name, partEnd))
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (w *walk) folder(ctx context.Context, dir, prefix string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names(entries) {
		if len(w.found) >= w.limit {
			return nil
		}
		key := prefix + name
		if !strings.HasSuffix(name, "/") {
			if key > w.after && media.CheckKey(key) == nil {
				w.found = append(w.found, key)
			}
			continue
		}
		if key < w.after && !strings.HasPrefix(w.after, key) {
			continue // all below it comes before
		}
		if err := w.folder(ctx, filepath.Join(dir, name), key); err != nil {
			return err
		}
	}
	return nil
}
