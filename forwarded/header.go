package forwarded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

// Bounds of a PROXY header, in bytes.
const (
	textMax = 107     // of version 1, the line end included (section 2.1)
	moreMax = 4 << 10 // of version 2, behind the first 16 bytes; it may hold extensions (TLVs). A choice
)

// signature begins a header of version 2 (section 2.2); textStart one of version 1. Both can be
// told from the shortest header there is: 15 bytes, "PROXY UNKNOWN" and the line end.
const (
	signature = "\r\n\r\n\x00\r\nQUIT\n"
	textStart = "PROXY "
)

// ErrHeader is wrapped by every error about what a header says.
var ErrHeader = errors.New("no valid PROXY header")

// Read reads a header of the PROXY protocol, version 1 or 2
// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt), and not a byte of what follows
// it. It returns the client's address; one that is not valid means that the proxy speaks for
// itself, as its health checks do (LOCAL), or does not know (UNKNOWN, UNSPEC). Extensions are
// skipped. Without a byte before the end the error is io.EOF.
//
// Version 1 is read because some proxies can send no other: it is one line of text.
func Read(r io.Reader) (netip.AddrPort, error) {
	var first [len(signature)]byte
	if _, err := io.ReadFull(r, first[:]); err != nil {
		return netip.AddrPort{}, err
	}
	switch {
	case string(first[:]) == signature:
		return readBinary(r)
	case strings.HasPrefix(string(first[:]), textStart):
		return readText(r, first[:])
	}
	return netip.AddrPort{}, ErrHeader
}

// Of the 13th byte of version 2 the high half is the version, the low half a command.
const (
	commandLocal = 0x20
	commandProxy = 0x21
)

// The 14th byte: address family and transport.
const (
	familyNone = 0x00
	familyTCP4 = 0x11
	familyTCP6 = 0x21
	familyUnix = 0x31 // a stream; it has no address that could be counted
)

// readBinary reads what stands behind the signature of version 2.
func readBinary(r io.Reader) (netip.AddrPort, error) {
	var fixed [4]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return netip.AddrPort{}, unexpected(err)
	}
	size := int(binary.BigEndian.Uint16(fixed[2:]))
	if size > moreMax {
		return netip.AddrPort{}, fmt.Errorf("%w: %d bytes of addresses and extensions, at most %d", ErrHeader, size, moreMax)
	}
	var own [36]byte // two addresses and ports of IPv6
	known := own[:min(size, len(own))]
	if _, err := io.ReadFull(r, known); err != nil {
		return netip.AddrPort{}, unexpected(err)
	}
	if _, err := io.CopyN(io.Discard, r, int64(size-len(known))); err != nil {
		return netip.AddrPort{}, unexpected(err)
	}
	switch {
	case fixed[0] == commandLocal:
		return netip.AddrPort{}, nil
	case fixed[0] != commandProxy:
		return netip.AddrPort{}, fmt.Errorf("%w: version and command are 0x%02x", ErrHeader, fixed[0])
	}
	switch family := fixed[1]; {
	case family == familyNone, family == familyUnix:
		return netip.AddrPort{}, nil
	case family == familyTCP4 && size >= 12:
		return client(netip.AddrFrom4([4]byte(known[:4])), binary.BigEndian.Uint16(known[8:]))
	case family == familyTCP6 && size >= 36:
		return client(netip.AddrFrom16([16]byte(known[:16])), binary.BigEndian.Uint16(known[32:]))
	default:
		return netip.AddrPort{}, fmt.Errorf("%w: family 0x%02x with %d bytes", ErrHeader, family, size)
	}
}

// client is an address that a client can have.
func client(a netip.Addr, port uint16) (netip.AddrPort, error) {
	a = a.Unmap()
	if a.IsUnspecified() || a.IsMulticast() {
		return netip.AddrPort{}, fmt.Errorf("%w: %s is nobody's address", ErrHeader, a)
	}
	return netip.AddrPortFrom(a, port), nil
}

// readText reads the rest of a line of version 1, byte by byte: nothing behind it may be taken.
func readText(r io.Reader, first []byte) (netip.AddrPort, error) {
	line := make([]byte, len(first), textMax)
	copy(line, first)
	for !strings.HasSuffix(string(line), "\r\n") {
		if len(line) == textMax {
			return netip.AddrPort{}, fmt.Errorf("%w: the line does not end", ErrHeader)
		}
		line = line[:len(line)+1]
		if _, err := io.ReadFull(r, line[len(line)-1:]); err != nil {
			return netip.AddrPort{}, unexpected(err)
		}
	}
	return parseText(strings.TrimSuffix(string(line), "\r\n"))
}

// parseText reads a line of version 1: PROXY TCP4 SOURCE DESTINATION PORT PORT.
func parseText(line string) (netip.AddrPort, error) {
	parts := strings.Split(line, " ")
	if len(parts) >= 2 && parts[1] == "UNKNOWN" { // whatever follows
		return netip.AddrPort{}, nil
	}
	if len(parts) != 6 || parts[1] != "TCP4" && parts[1] != "TCP6" {
		return netip.AddrPort{}, fmt.Errorf("%w: not six words with TCP4, TCP6 or UNKNOWN", ErrHeader)
	}
	four := parts[1] == "TCP4"
	from, err := netip.ParseAddr(parts[2])
	if err != nil || from.Is4() != four || from.Zone() != "" {
		return netip.AddrPort{}, fmt.Errorf("%w: the source is no address of %s", ErrHeader, parts[1])
	}
	if to, err := netip.ParseAddr(parts[3]); err != nil || to.Is4() != four {
		return netip.AddrPort{}, fmt.Errorf("%w: the destination is no address of %s", ErrHeader, parts[1])
	}
	at, err := netip.ParseAddrPort("[" + parts[2] + "]:" + parts[4])
	if four {
		at, err = netip.ParseAddrPort(parts[2] + ":" + parts[4])
	}
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%w: the source's port is no port", ErrHeader)
	}
	return client(from, at.Port())
}

// unexpected is the error about a header that ends too early.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
