package server

import (
	"net"
	"syscall"
)

// peerUser is the user of the system at the other end of a unix socket; ok is false when it is not
// known.
func peerUser(c net.Conn) (uid uint32, ok bool) {
	unix, is := c.(*net.UnixConn)
	if !is {
		return 0, false
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return 0, false
	}
	var who *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		who, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || failed != nil {
		return 0, false
	}
	return who.Uid, true
}
