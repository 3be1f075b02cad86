package broker

import "errors"

var (
	errOversize   = errors.New("packet above the size limit")
	errNotConnect = errors.New("first packet is not CONNECT")
	errBadLength  = errors.New("malformed remaining length")
)

// packetScan follows the packet boundaries of an inbound stream by looking at
// fixed headers only, so that a packet that announces too much is refused before
// anyone allocates room for it. It costs a few nanoseconds a packet and keeps
// nothing of what it saw.
type packetScan struct {
	body  int  // bytes of the current packet's body still to come
	size  int  // remaining length as far as decoded
	step  byte // 0: at a packet's first byte, 1-4: at that byte of its length
	begun bool // the first packet's first byte has been seen
	first bool // the packet at hand is the first one
	head  byte // first byte of the packet at hand
	err   error
}

// feed advances over p. It returns how many bytes of p may be passed on: all of
// them, or those before the packet that broke a rule, which s.err then names.
// The first packet must be CONNECT of at most maxFirst bytes of body, the others
// may have maxBody.
func (s *packetScan) feed(p []byte, maxFirst, maxBody int) (ok, packets int) {
	start := 0 // where the packet whose header is being read begins in p
	for i := 0; i < len(p); {
		if s.body > 0 {
			skip := min(s.body, len(p)-i)
			s.body -= skip
			i += skip
			continue
		}
		if s.step == 0 {
			start = i
		}
		if s.err = s.header(p[i], maxFirst, maxBody); s.err != nil {
			return start, packets
		}
		if s.step == 1 {
			packets++
		}
		i++
	}
	return len(p), packets
}

// header takes one byte of a fixed header.
func (s *packetScan) header(b byte, maxFirst, maxBody int) error {
	if s.step == 0 {
		s.first = !s.begun
		s.begun = true
		if s.first && b != 0x10 { // [MQTT-3.1.0-1]
			return errNotConnect
		}
		s.head, s.size, s.step = b, 0, 1
		return nil
	}
	s.size |= int(b&0x7F) << (7 * (s.step - 1))
	limit := maxBody
	if s.first {
		limit = maxFirst
	}
	if s.size > limit {
		return errOversize
	}
	if b&0x80 == 0 {
		s.body, s.step = s.size, 0
		return nil
	}
	if s.step == 4 {
		return errBadLength
	}
	s.step++
	return nil
}
