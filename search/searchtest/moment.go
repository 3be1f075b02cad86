package searchtest

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// momentTries is how often CopyMoment reads a folder that does not stand still.
const momentTries = 200

// CopyMoment copies a folder that is being written, as a kill would leave it: with all files as they
// were at one moment. So it reads all of them twice, until nothing has changed between. The
// other folder is made. An error when the folder never stands still.
func CopyMoment(to, from string) error {
	before, err := readAll(from)
	for range momentTries {
		var now map[string][]byte
		if now, err = readAll(from); err == nil && maps.EqualFunc(before, now, bytes.Equal) {
			return writeAll(to, now)
		}
		before = now
	}
	return errors.Join(errors.New("the folder does not stand still"), err)
}

// readAll reads the files below a folder, by their paths in it. One that goes meanwhile is none.
func readAll(folder string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) || err == nil && d.IsDir() {
			return nil
		}
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		files[name] = text
		return err
	})
	return files, err
}

func writeAll(folder string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
