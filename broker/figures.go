package broker

import (
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// figures are what is counted of an app for its operator (spec/09 §F).
type figures struct {
	online    atomic.Int64 // users with a connection
	downC2C   atomic.Int64 // messages sent to devices
	downGroup atomic.Int64

	toldC2C, toldGroup atomic.Int64 // of them, those that Down has told
}

// down counts messages of a conversation of that kind that a device of the user was sent.
func (u *user) down(k chat.Kind, n int64) {
	if k == chat.InGroup {
		u.figures.downGroup.Add(n)
	} else {
		u.figures.downC2C.Add(n)
	}
}

// figuresOf are those of an app.
func (x *index) figuresOf(app chat.AppID) *figures {
	if f, ok := x.figures.Load(app); ok {
		return f.(*figures)
	}
	f, _ := x.figures.LoadOrStore(app, new(figures))
	return f.(*figures)
}

// Online implements chat.Deliverer.
func (b *Broker) Online(app chat.AppID) int64 { return b.index.figuresOf(app).online.Load() }

// Down implements chat.Deliverer.
func (b *Broker) Down(app chat.AppID) (c2c, group int64) {
	f := b.index.figuresOf(app)
	c2c, group = f.downC2C.Load(), f.downGroup.Load()
	return c2c - f.toldC2C.Swap(c2c), group - f.toldGroup.Swap(group)
}

// Stayed implements chat.Deliverer.
func (b *Broker) Stayed(app chat.AppID, since int64) (n int64) {
	b.index.everyone(func(u *user) {
		if u.key.app == app && u.stayed(since) {
			n++
		}
	})
	return n
}

// stayed reports whether a device of the user has been connected since then, Unix
// milliseconds.
func (u *user) stayed(since int64) bool {
	for _, s := range u.sessions() {
		s.mu.Lock()
		l := s.link
		s.mu.Unlock()
		if l != nil && l.Since < since {
			return true
		}
	}
	return false
}
