package badger

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
)

// manifest is the engine's list of tables.
const manifest = "MANIFEST"

// emptied are the engine's files that it makes, or removes, in two steps, with
// the file empty in between. A process that is killed there leaves one, and the
// engine takes it for a file that was there before and refuses to go on. An empty one
// has nothing in it: a log that had entries is emptied when they are in a table, and the
// registry of keys is for encryption, which is not used.
var emptied = []string{"*.mem", "*.vlog", "KEYREGISTRY"}

// removeLeftovers removes from a folder what a killed process left there
// without data and the engine would trip over. What the engine removes or
// overwrites itself stays: tables that its list does not name, rewrites that did not end.
func removeLeftovers(dir string, log *slog.Logger) error {
	files, err := leftovers(dir)
	if err != nil || len(files) == 0 {
		return err
	}
	for _, name := range files {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	log.Warn("removed empty files that an interrupted start or stop left", "files", files)
	return nil
}

// leftovers names the files that removeLeftovers removes.
func leftovers(dir string) (names []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	tables, list := false, false // the engine's tables, and an empty list of them
	for _, f := range files {
		name := f.Name()
		tables = tables || matches(name, "*.sst")
		if name != manifest && !matches(name, emptied...) {
			continue
		}
		info, err := f.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || info.Size() > 0):
		case err != nil:
			return nil, err
		case name == manifest:
			list = true
		default:
			names = append(names, name)
		}
	}
	if list && !tables {
		names = append(names, manifest)
	}
	return names, nil
}

// matches reports whether a file's name has one of the forms.
func matches(name string, forms ...string) bool {
	return slices.ContainsFunc(forms, func(form string) bool {
		ok, _ := filepath.Match(form, name) // the forms are well formed
		return ok
	})
}
