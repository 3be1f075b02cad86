//go:build linux || darwin || freebsd

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// isMount reports whether a folder is on another disk than the one it stands in.
func isMount(dir string) bool {
	return deviceOf(dir) != deviceOf(filepath.Dir(dir))
}

func deviceOf(path string) uint64 {
	is, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if st, ok := is.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Dev)
	}
	return 0
}
