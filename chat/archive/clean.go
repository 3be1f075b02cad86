package archive

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// kept is a file of the folder with its facts.
type kept struct {
	path  string // without factsEnd
	start int64
	bytes int64
}

// clean removes files that have expired, and the oldest when all are too large. At the
// start it removes too what was not finished.
func (s *Service) clean(parts bool) {
	if err := s.sweep(parts); err != nil {
		s.read.Log().Warn("history files not removed", "err", err)
	}
}

func (s *Service) sweep(parts bool) error {
	found := map[string]*kept{}
	now := s.read.NowSec()
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return passing(err)
		}
		if strings.HasSuffix(path, partEnd) {
			if parts {
				return os.Remove(path)
			}
			return nil
		}
		return s.keep(found, strings.TrimSuffix(path, factsEnd), d, now)
	})
	if err != nil {
		return err
	}
	return s.bound(found)
}

// passing lets a walk go on past what is not there, or no more.
func passing(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// keep counts a file, or removes it when it has expired.
func (s *Service) keep(found map[string]*kept, path string, d fs.DirEntry, now int64) error {
	start, ok := startOf(filepath.Base(path))
	if !ok {
		return nil // not ours
	}
	if now >= gone(s.appOf(path), start) {
		return remove(path)
	}
	is, err := d.Info()
	if err != nil {
		return passing(err)
	}
	if found[path] == nil {
		found[path] = &kept{path: path, start: start}
	}
	found[path].bytes += is.Size()
	return nil
}

// appOf is the app in whose folder a file lies, nil when there is none.
func (s *Service) appOf(path string) *chat.App {
	id, err := strconv.ParseUint(filepath.Base(filepath.Dir(path)), 10, 32)
	if err != nil {
		return nil
	}
	return s.read.AppEvenDisabled(chat.AppID(id))
}

// bound removes the oldest files until the rest is small enough.
func (s *Service) bound(found map[string]*kept) error {
	var list []*kept
	total := int64(0)
	for _, k := range found {
		list = append(list, k)
		total += k.bytes
	}
	slices.SortFunc(list, func(a, b *kept) int { return cmp.Compare(a.start, b.start) })
	for _, k := range list {
		if total <= s.MaxBytes {
			return nil
		}
		if err := remove(k.path); err != nil {
			return err
		}
		total -= k.bytes
	}
	return nil
}

// remove removes the facts first: a file without them is none.
func remove(path string) error {
	for _, p := range []string{path + factsEnd, path} {
		if err := passing(os.Remove(p)); err != nil {
			return err
		}
	}
	return nil
}
