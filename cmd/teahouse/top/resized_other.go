//go:build !unix

package top

import "os"

// notifyResized does nothing: the system does not tell, and each drawing asks for the size.
func notifyResized(chan<- os.Signal) {}
