package badger

import "syscall"

// freeSpace asks the file system of a folder what it has left. Quotas of a user are
// not in it; those of a project are, with ext4 and XFS.
var freeSpace = func(dir string) (space, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return space{}, err
	}
	unit := st.Frsize
	if unit == 0 {
		unit = st.Bsize
	}
	s := space{bytes: int64(st.Bavail) * int64(unit), files: -1}
	if st.Files > 0 {
		s.files = int64(st.Ffree)
	}
	return s, nil
}
