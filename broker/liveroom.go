package broker

import (
	"slices"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// Bounds of a large live room, choices.
const (
	// largeRoom is the number of viewers above which messages wait for a tick. The
	// cost of a message is one system call per viewer; up to this number that is
	// about a millisecond of one core, which does not justify the wait.
	largeRoom = 500
	// roomTick is how long the first message waits for others: too short for people
	// to notice, long enough to gather the messages of a busy room.
	roomTick = 25 * time.Millisecond
	// roomFrames and roomBytes bound what one tick sends to each viewer: more
	// messages a second than anybody reads, and at most one write.
	roomFrames = 64
	roomBytes  = flushChunk
	// roomChunk is how many viewers are served under one hold of the audience's
	// lock, so that joins and leaves need not wait for a whole tick.
	roomChunk = 512
)

// liveRoom gathers the messages of one AVChatRoom with many viewers, so that a
// tick appends them to each viewer's buffer in one piece. A viewer whose client does
// not keep up loses the tick but stays connected: delivery in live rooms is not
// guaranteed (spec/00 §6).
type liveRoom struct {
	mu      sync.Mutex
	waiting []roomMessage // in order
	bytes   int           // of their frames
	ticking bool          // a goroutine will send them

	sending sync.Mutex // held while a batch goes out: the next must not overtake it
}

// roomMessage is a message and the session that sent it, which does not get it
// back.
type roomMessage struct {
	*parcel
	from  uint64
	bytes int
}

// roomFace is the message as JSON, which members get unless they want plain text.
func (p *parcel) roomFace() *face {
	if f := p.faces[0].Load(); f != nil {
		return f
	}
	return p.face(0, topics.In(p.m.Conv.For("")), p.body(0)) // nothing is kept here: Message.Before
}

// coalesce leaves a message to the next tick of its room and returns true, or
// returns false if the room is too small for that. Only the lane of the room calls
// it.
func (b *Broker) coalesce(a *audience, p *parcel, from uint64) bool {
	r := a.live.Load()
	if r == nil {
		if a.size() <= largeRoom {
			return false
		}
		r = new(liveRoom)
		a.live.Store(r)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ticking && a.size() <= largeRoom { // but never overtake a message that waits
		return false
	}
	b.count.roomDropped.Add(int64(r.add(p, from)))
	if !r.ticking {
		r.ticking = b.spawn(func() { b.tickRoom(a, r) })
	}
	return true
}

// add queues a message within the budget of a tick. Above the budget, messages of
// the lowest priority are dropped first, and of equal priority the newest. It returns
// how many messages were dropped. mu is held.
func (r *liveRoom) add(p *parcel, from uint64) (dropped int) {
	m := roomMessage{parcel: p, from: from, bytes: len(p.roomFace().frame(mqtt5, 0).bytes)}
	if !r.fits(m, p.m.Priority) {
		return 1
	}
	for len(r.waiting) > 0 && (len(r.waiting) >= roomFrames || r.bytes+m.bytes > roomBytes) {
		r.evict()
		dropped++
	}
	r.waiting = append(r.waiting, m)
	r.bytes += m.bytes
	return dropped
}

// fits reports whether there is room for m once every message of lower priority is
// dropped. A message larger than the whole budget gets a tick of its own.
func (r *liveRoom) fits(m roomMessage, than chat.Priority) bool {
	frames, bytes := 0, 0
	for _, w := range r.waiting {
		if w.m.Priority >= than {
			frames++
			bytes += w.bytes
		}
	}
	return frames == 0 || frames < roomFrames && bytes+m.bytes <= roomBytes
}

// evict drops the newest of the least important messages.
func (r *liveRoom) evict() {
	least := len(r.waiting) - 1
	for i := least; i >= 0; i-- {
		if r.waiting[i].m.Priority < r.waiting[least].m.Priority {
			least = i
		}
	}
	r.bytes -= r.waiting[least].bytes
	r.waiting = slices.Delete(r.waiting, least, least+1)
}

// take returns the waiting messages and empties the queue.
func (r *liveRoom) take() []roomMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.waiting
	r.waiting, r.bytes = nil, 0
	return list
}

// idle ends the ticking when nothing is waiting.
func (r *liveRoom) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ticking = len(r.waiting) > 0
	return !r.ticking
}

// tickRoom sends the waiting messages one tick after the first of them came, and
// ends when none is waiting.
func (b *Broker) tickRoom(a *audience, r *liveRoom) {
	t := time.NewTimer(roomTick)
	defer t.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-t.C:
		}
		r.flush(b, a)
		if r.idle() {
			return
		}
		t.Reset(roomTick)
	}
}

// flush sends the waiting messages now.
func (r *liveRoom) flush(b *Broker, a *audience) {
	r.sending.Lock()
	defer r.sending.Unlock()
	if list := r.take(); len(list) > 0 {
		t := &tick{list: list}
		t.toAll(b, a)
	}
}

// lastWords sends the waiting messages of a room that is about to be removed.
func (a *audience) lastWords(b *Broker) {
	if r := a.live.Load(); r != nil {
		r.flush(b, a)
	}
}

// tick is a batch of a room's messages on its way to all viewers. One goroutine
// owns it.
type tick struct {
	list []roomMessage
	// whole has the JSON packets of all messages, for 3.1.1 and 5.0. It goes to every
	// viewer who sent none of them and wants no plain text.
	whole [2][]byte
	large int    // the largest frame among them
	own   []byte // packets for one viewer, reused
}

// toAll sends the tick to every user who is in the audience now and has not left
// when their turn comes.
func (t *tick) toAll(b *Broker, a *audience) {
	list := a.members()
	for len(list) > 0 {
		n := min(roomChunk, len(list))
		a.mu.RLock()
		for _, u := range list[:n] {
			if _, here := a.at[u]; !here { // left meanwhile: gets nothing more
				continue
			}
			for _, s := range u.sessions() {
				s.tickOf(b, t)
			}
		}
		a.mu.RUnlock()
		list = list[n:]
	}
}

// tickOf sends a session its messages of a tick in one piece, or none of them.
func (s *session) tickOf(b *Broker, t *tick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes, n := t.of(s)
	switch {
	case n == 0:
	case !s.ready(0):
		b.count.dropped.Add(int64(n))
	case !s.conn.Frames(bytes, n):
		s.stalled = true
		b.count.dropped.Add(int64(n))
	default:
		s.dirty = true
		b.count.delivered[0].Add(int64(n))
		s.user.down(chat.InGroup, int64(n))
	}
}

// of returns the packets for one session and how many messages they are. The
// session's mu is held.
func (t *tick) of(s *session) ([]byte, int) {
	set := s.filters.Load()
	if set == nil {
		return nil, 0
	}
	like := true // gets what most viewers get
	for i := range t.list {
		m := &t.list[i]
		f, _, ok := m.choose(set, s.user.key.user)
		if !ok || m.from == s.number && m.from != 0 || f != m.roomFace() {
			like = false
			break
		}
	}
	if like {
		if whole := t.json(s.version); s.maxBytes <= 0 || t.large <= s.maxBytes {
			return whole, len(t.list)
		}
	}
	return t.chosen(s)
}

// json returns the packets of all messages for a protocol version.
func (t *tick) json(version byte) []byte {
	i := 0
	if version >= mqtt5 {
		i = 1
	}
	if t.whole[i] == nil {
		for _, m := range t.list {
			f := m.roomFace().frame(version, 0).bytes
			t.whole[i] = append(t.whole[i], f...)
			t.large = max(t.large, len(f))
		}
	}
	return t.whole[i]
}

// chosen builds the packets for a session that cannot take whole.
func (t *tick) chosen(s *session) ([]byte, int) {
	set := s.filters.Load()
	n := 0
	t.own = t.own[:0]
	for i := range t.list {
		m := &t.list[i]
		f, _, ok := m.choose(set, s.user.key.user)
		if !ok || m.from == s.number && m.from != 0 {
			continue
		}
		fr := f.frame(s.version, 0)
		if s.maxBytes > 0 && len(fr.bytes) > s.maxBytes { // [MQTT-3.1.2-24]
			s.b.count.tooLarge.Add(1)
			continue
		}
		t.own = append(t.own, fr.bytes...)
		n++
	}
	return t.own, n
}
