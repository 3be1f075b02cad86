//go:build !(linux || darwin || freebsd)

package badger

// freeSpace is nil: nobody asks this system, and its disk is not watched.
var freeSpace func(dir string) (space, error)
