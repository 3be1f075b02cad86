//go:build unix

package badger

import (
	"io/fs"
	"syscall"
)

// diskBytes is what a file takes on disk: the engine makes its logs larger
// than what is in them.
func diskBytes(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512 // the unit of st_blocks, whatever the file system's is
	}
	return info.Size()
}
