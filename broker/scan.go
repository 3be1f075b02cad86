package broker

import "errors"

var (
	errOversize   = errors.New("packet above the size limit")
	errNotConnect = errors.New("first packet is not CONNECT")
	errBadLength  = errors.New("malformed remaining length")
)

// headConnect is the first byte of the only packet that may come first.
const headConnect byte = 0x10

// fixedHeader parses the fixed header at the start of p: where the body begins and
// how long it is. at is 0 while the header is incomplete. A length above the limit
// is refused at the first byte that shows it, before anything is allocated.
func fixedHeader(p []byte, limit int) (at, size int, err error) {
	for i := 1; i < len(p); i++ {
		b := p[i]
		size |= int(b&0x7F) << (7 * (i - 1))
		switch {
		case size > limit:
			return 0, 0, errOversize
		case b < 0x80:
			return i + 1, size, nil
		case i == 4:
			return 0, 0, errBadLength
		}
	}
	return 0, 0, nil
}
