//go:build !unix

package broker

import "net"

// ready does nothing where sockets cannot be read without blocking; see the Unix
// version.
type ready struct{}

func (*ready) init(net.Conn, *inbound) {}
func (*ready) can() bool               { return false }
func (*ready) read() (int, error)      { return 0, nil }
