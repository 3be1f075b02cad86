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
	// largeRoom is how many viewers make ticks worth while. What a message costs is
	// the system call per viewer; below this number those of one message take a core
	// about a millisecond, and nobody should wait a tick for that.
	largeRoom = 500
	// roomTick is how long the first waiting message waits for others: short beside
	// what people notice, long enough to gather the messages of a lively room.
	roomTick = 25 * time.Millisecond
	// roomFrames and roomBytes bound what one tick sends to each viewer: more lines
	// a second than anybody reads, in no more than one write.
	roomFrames = 64
	roomBytes  = flushChunk
	// roomChunk is how many viewers are served under one hold of the audience's
	// lock, so that coming and going need not wait for a whole tick.
	roomChunk = 512
)

// liveRoom gathers what is said in one AVChatRoom with many viewers, so that a
// tick appends it to each viewer's buffer in one piece. A viewer who does not keep
// up loses the tick and keeps his connection: nothing here is promised
// (spec/00 §6).
type liveRoom struct {
	mu      sync.Mutex
	waiting []roomMessage // in order
	bytes   int           // of their frames
	ticking bool          // a goroutine will send them

	sending sync.Mutex // held while a batch goes out: the next must not overtake it
}

// roomMessage is a message with the session that has sent it, which is not
// sent it again.
type roomMessage struct {
	*parcel
	from  uint64
	bytes int
}

// live reports whether the message is one of an AVChatRoom: of all that is not
// stored they alone are numbered.
func (p *parcel) live() bool { return p.m.Clock == 0 && p.m.Seq != 0 }

// roomFace is how a group's members see the message, unless they want plain text.
func (p *parcel) roomFace() *face {
	if f := p.faces[0].Load(); f != nil {
		return f
	}
	return p.face(0, topics.In(p.m.Conv.For("")), p.body())
}

// coalesce leaves a message to the next tick of its room, and reports whether it
// has. Only the lane of the room calls it.
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
	if !r.ticking && a.size() <= largeRoom { // what waits is not overtaken
		return false
	}
	b.count.roomDropped.Add(int64(r.add(p, from)))
	if !r.ticking {
		r.ticking = b.spawn(func() { b.tickRoom(a, r) })
	}
	return true
}

// add enters a message, within the budget of a tick. Past it Low goes first, then
// Normal; of equals, whatever came last. It returns how many messages are dropped. mu
// is held.
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

// fits reports whether there is room for m once everything less important has
// made way. A message that is larger than the whole budget has a tick to itself.
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

// take hands over what is waiting.
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

// tickRoom sends what is waiting a tick after the first of it came, and ends as
// soon as nothing is.
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

// flush sends what is waiting now.
func (r *liveRoom) flush(b *Broker, a *audience) {
	r.sending.Lock()
	defer r.sending.Unlock()
	if list := r.take(); len(list) > 0 {
		t := &tick{list: list}
		t.toAll(b, a)
	}
}

// lastWords sends what waits in a room that is about to end.
func (a *audience) lastWords(b *Broker) {
	if r := a.live.Load(); r != nil {
		r.flush(b, a)
	}
}

// tick is the messages of a room on their way to all viewers. One goroutine has it.
type tick struct {
	list []roomMessage
	// whole are all messages as JSON in a row, for 3.1.1 and 5.0: what every viewer
	// gets who has said nothing himself and wants no plain text.
	whole [2][]byte
	large int    // the largest frame among them
	own   []byte // made for one viewer
}

// toAll serves everybody who watched when it began and still does.
func (t *tick) toAll(b *Broker, a *audience) {
	list := a.members()
	for len(list) > 0 {
		n := min(roomChunk, len(list))
		a.mu.RLock()
		for _, u := range list[:n] {
			if _, here := a.at[u]; !here { // has left meanwhile: silent at once
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
	case !s.conn.Frame(bytes, 0, 0, false):
		s.stalled = true
		b.count.dropped.Add(int64(n))
	default:
		s.dirty = true
		b.count.delivered[0].Add(int64(n))
	}
}

// of is what one session gets, and how many messages that is. Its mu is held.
func (t *tick) of(s *session) ([]byte, int) {
	set := s.filters.Load()
	if set == nil {
		return nil, 0
	}
	like := true // all others
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

// json is all messages in a row.
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

// chosen puts together what a session gets that is not like all others.
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
