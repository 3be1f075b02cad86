//go:build !unix

package broker

import "net"

// readAhead does nothing where sockets cannot be read without blocking; see the
// Unix version.
type readAhead struct{ rest []byte }

func (*readAhead) init(net.Conn)                        {}
func (*readAhead) more() (p []byte, ok bool, err error) { return nil, false, nil }
func (*readAhead) take([]byte) int                      { return 0 }
func (*readAhead) drop()                                {}
