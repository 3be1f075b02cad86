package broker

import (
	"context"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// drainStep is the least time between two steps of Drain.
const drainStep = 20 * time.Millisecond

// Drain empties the broker while it runs. CONNECTs are refused with 0x88, Server unavailable, and
// those who are connected are sent DISCONNECT 0x8B and closed, evenly over the given time, so that
// they do not all come to another server at once. It returns when nobody is connected any more; or
// when ctx ends, with its error, and then CONNECTs are taken again. Until Reopen or Close nobody comes
// in. Sessions stay resumable.
func (b *Broker) Drain(ctx context.Context, over time.Duration) error {
	b.door.Shut(true)
	for all := b.linked(); len(all) > 0; all, over = b.linked(), 0 { // who was about to come in when the door was shut comes after
		if err := b.move(ctx, all, over); err != nil {
			b.door.Shut(false)
			return err
		}
	}
	return nil
}

// Reopen lets clients in again after Drain.
func (b *Broker) Reopen() { b.door.Shut(false) }

// move closes the connections of sessions evenly over a time, and waits until they are gone.
func (b *Broker) move(ctx context.Context, all []*session, over time.Duration) error {
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for done := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		for due := dueOf(len(all), time.Since(began), over); done < due; done++ {
			all[done].kick(chat.KickServer, chat.KickedBy{})
		}
		if done == len(all) && b.gone(all) {
			return nil
		}
		timer.Reset(max(drainStep, over/time.Duration(len(all)+1)))
	}
}

// dueOf is how many of n are due when some of the whole time has passed.
func dueOf(n int, passed, whole time.Duration) int {
	if passed >= whole {
		return n
	}
	return int(float64(n) * float64(passed) / float64(whole))
}

// gone reports whether none of the sessions that were told to go has its connection yet.
func (b *Broker) gone(all []*session) bool {
	for _, s := range all {
		s.mu.Lock()
		here := s.link != nil && s.kicked != ""
		s.mu.Unlock()
		if here {
			return false
		}
	}
	return true
}

// linked are the sessions that are connected, in no order.
func (b *Broker) linked() (all []*session) {
	b.index.everyone(func(u *user) {
		for _, s := range u.sessions() {
			s.mu.Lock()
			here := s.link != nil
			s.mu.Unlock()
			if here {
				all = append(all, s)
			}
		}
	})
	return all
}

// Linked is how many sessions are connected. It looks at all of them: it is for operators.
func (b *Broker) Linked() int { return len(b.linked()) }
