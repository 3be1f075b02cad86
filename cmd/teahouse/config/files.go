package config

import (
	"io/fs"
	"os"
	"path/filepath"
)

// The bits of a file's mode that let everybody read, and everybody write or enter.
const (
	othersRead  fs.FileMode = 0o004
	othersWrite fs.FileMode = 0o002
	othersEnter fs.FileMode = 0o001
)

func (c *Config) inspectFiles(f *findings) {
	list := c.secretFiles
	if c.TLS.Key != "" {
		list = append(list[:len(list):len(list)], secretFile{"tls.key", c.TLS.Key})
	}
	for _, s := range list {
		mode, ok := reachable(s.file)
		switch {
		case !ok:
		case mode&othersWrite != 0:
			f.add(true, s.path, "everybody on this machine may change %s: chmod 600 it", s.file)
		case mode&othersRead != 0:
			f.add(false, s.path, "everybody on this machine may read %s: chmod 600 it", s.file)
		}
	}
}

// reachable is a file's mode when others can get to it: a folder above that they may not enter
// keeps them away. Systems without such modes show files that are for their owner.
func reachable(file string) (fs.FileMode, bool) {
	at, err := filepath.Abs(file)
	if err != nil {
		return 0, false
	}
	info, err := os.Stat(at)
	if err != nil {
		return 0, false
	}
	for dir := filepath.Dir(at); ; dir = filepath.Dir(dir) {
		above, err := os.Stat(dir)
		if err != nil || above.Mode()&othersEnter == 0 {
			return 0, false
		}
		if dir == filepath.Dir(dir) {
			return info.Mode(), true
		}
	}
}

// inspectData tries to write in the data folder, or in what it would be made in.
func (c *Config) inspectData(f *findings) {
	dir, err := filepath.Abs(c.Data)
	if err != nil {
		f.add(true, "data", "%v", err)
		return
	}
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			f.add(true, "data", "%s is not a folder", dir)
			return
		}
		if err == nil {
			break
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		f.add(true, "data", "%v", err)
		return
	}
	probe, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		f.add(true, "data", "the user who runs this cannot write in %s: %v", dir, err)
		return
	}
	_ = probe.Close() // it is empty
	_ = os.Remove(probe.Name())
}
