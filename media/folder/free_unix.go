//go:build linux || darwin || freebsd

package folder

import "syscall"

// freeBytes is what the file system of a folder has left. Quotas are not in it.
func freeBytes(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
