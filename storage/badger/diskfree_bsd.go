//go:build darwin || freebsd

package badger

import "syscall"

// freeSpace asks the file system of a folder what it has left. Quotas are not in it.
var freeSpace = func(dir string) (space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return space{}, err
	}
	return space{bytes: int64(st.Bavail) * int64(st.Bsize), files: -1}, nil
}
