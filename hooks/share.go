package hooks

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// While several apps publish, each has at most its share of what is under way: one that
// has more is read no further until some of its publishes have been answered, its
// connections in the order in which they came to wait. So what an app sends waits behind
// little of another's, however much that one sends (spec/41 §7). A server with one app is
// not bounded.
const (
	// underWay is what the apps have under way together: enough to fill commits while the
	// one before is written. A choice, as is leastShare.
	underWay   = 96
	leastShare = 16
	// idleLooks is for how many calls of Share an app counts that has stopped publishing:
	// about a minute, so that one that seldom speaks need not wait for the next.
	idleLooks = 60
	// longestTurn bounds how long one connection waits for its turn.
	longestTurn = 10 * time.Second
)

// shares are the apps' shares of what is under way.
type shares struct {
	each atomic.Int64 // what one app may have
	all  sync.Map     // chat.AppID → *share

	mu   sync.Mutex // guards busy and each share's counted
	busy int64      // apps that have published lately
}

// share is one app's. Publishes of all its connections count.
type share struct {
	of      *shares
	pending atomic.Int64 // publishes without an answer
	used    atomic.Bool  // there was one since the last look
	idle    int          // looks without one; belongs to Share
	counted bool         // in shares.busy
	waiting atomic.Int32 // length of queue

	mu    sync.Mutex
	queue []chan struct{} // readers, in the order of coming
}

func (s *shares) share(app chat.AppID) *share {
	if have, ok := s.all.Load(app); ok {
		return have.(*share)
	}
	have, _ := s.all.LoadOrStore(app, &share{of: s})
	return have.(*share)
}

// Share divides what may be under way among the apps that have published lately. The
// broker calls it about once a second; an app that begins to publish is counted at once.
func (d *Door) Share() {
	d.shares.look()
	d.shares.all.Range(func(_, v any) bool {
		s := v.(*share)
		s.admit(s.pending.Load())
		return true
	})
}

// look finds out who has published since the last look.
func (o *shares) look() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.busy = 0
	o.all.Range(func(_, v any) bool {
		s := v.(*share)
		if s.idle++; s.used.Swap(s.pending.Load() > 0) {
			s.idle = 0
		}
		if s.counted = s.idle < idleLooks; s.counted {
			o.busy++
		}
		return true
	})
	o.divide()
}

// divide sets what each may have. mu is held.
func (o *shares) divide() {
	each := int64(math.MaxInt64)
	if o.busy > 1 {
		each = max(leastShare, underWay/o.busy)
	}
	o.each.Store(each)
}

// burstPace is how many times the full rate a burst may be read at.
func (o *shares) burstPace() time.Duration {
	if o.each.Load() < math.MaxInt64 {
		return 1
	}
	return burstPace
}

// comes counts an app that begins to publish: what it sends in the next second is not to
// queue up before the next look.
func (o *shares) comes(s *share) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !s.counted {
		s.counted = true
		o.busy++
		o.divide()
	}
}

// begin counts a publish.
func (s *share) begin() {
	s.pending.Add(1)
	if !s.used.Load() {
		s.used.Store(true)
		s.of.comes(s)
	}
}

// end counts its answer, and lets waiting readers go on when there is room.
func (s *share) end() {
	if n := s.pending.Add(-1); s.waiting.Load() > 0 {
		s.admit(n)
	}
}

// full reports whether the app has its share under way.
func (s *share) full() bool { return s.pending.Load() >= s.of.each.Load() }

// admit wakes as many readers as may publish while n publishes are pending.
func (s *share) admit(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for room := s.of.each.Load() - n; room > 0 && len(s.queue) > 0; room-- {
		close(s.queue[0])
		s.queue = s.queue[1:]
	}
	s.waiting.Store(int32(len(s.queue)))
}

// join enters a reader in the queue.
func (s *share) join() chan struct{} {
	turn := make(chan struct{})
	s.mu.Lock()
	s.queue = append(s.queue, turn)
	s.waiting.Store(int32(len(s.queue)))
	s.mu.Unlock()
	if !s.full() { // the last answer may have come in between
		s.admit(s.pending.Load())
	}
	return turn
}

// leave takes out a reader, if it is still there: its connection is closed, or it has
// waited too long.
func (s *share) leave(turn chan struct{}) {
	select {
	case <-turn:
		return
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = slices.DeleteFunc(s.queue, func(c chan struct{}) bool { return c == turn })
	s.waiting.Store(int32(len(s.queue)))
}

// takeTurn waits until the app has room for another publish. It reports false when the
// connection was closed meanwhile.
func (l *Link) takeTurn() bool {
	turn := l.share.join()
	open := l.Pause(longestTurn, turn)
	l.share.leave(turn)
	return open
}
