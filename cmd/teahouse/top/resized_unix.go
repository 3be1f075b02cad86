//go:build unix

package top

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyResized tells when the terminal has another size.
func notifyResized(to chan<- os.Signal) { signal.Notify(to, syscall.SIGWINCH) }
