package hooks

import (
	"github.com/mochi-mqtt/server/v2/packets"
)

// released handles PUBREL: the exchange ends whether or not we know the id. What is
// kept of it over restarts is removed before PUBCOMP says that the id is free: the next
// publish with the id is a new message to every server.
func (l *Link) released(id uint16) {
	in := l.pubs
	in.mu.Lock()
	p := in.ids[id]
	switch {
	case p == nil || p.stage < received2:
		in.mu.Unlock()
		l.Ack(packets.Pubcomp, l.Version, id, packets.ErrPacketIdentifierNotFound.Code, "")
		return
	case p.stage == releasing: // the answer goes where it was asked for last
		p.releaser = l
		in.mu.Unlock()
		return
	case !p.kept():
		in.finish(p)
		in.mu.Unlock()
		l.Ack(packets.Pubcomp, l.Version, id, 0, "")
		return
	}
	p.stage, p.releaser = releasing, l
	in.mu.Unlock()
	in.kept.release(id, func(err error) { in.removed(p, err) })
}

// removed ends the exchange of p, whose row is gone. After an error nobody is told:
// the store takes nothing more.
func (in *Inbound) removed(p *publish, err error) {
	if err != nil {
		return
	}
	in.mu.Lock()
	in.finish(p)
	l := p.releaser
	in.mu.Unlock()
	l.Ack(packets.Pubcomp, l.Version, p.id, 0, "")
}

// kept reports whether the next server would know p.
func (p *publish) kept() bool {
	if p.stored {
		return true
	}
	_, did := p.claim.Outcome()
	return did && p.in.kept != nil
}
