package hooks

import (
	"sync/atomic"
	"time"
)

// answersIn bounds how long a connection that is to end over a bad packet waits
// for the answers to what came before it: several before-webhooks of 2 s in a row.
const answersIn = 10 * time.Second

// fail ends the connection over what the client has sent, with a reason code, and
// returns the error that ends the reading. What came before the bad packet is
// answered first (spec/00 §3). It is called on the reading goroutine, once.
func (l *Link) fail(code byte, reason string) error {
	l.answered()
	l.Goodbye(l.Version, code, reason)
	return errEnd
}

// answered waits until every publish of the connection has its answer, at most
// answersIn, or until the session has another connection.
func (l *Link) answered() {
	late := make(chan struct{})
	t := time.AfterFunc(answersIn, func() { close(late) })
	defer t.Stop()
	l.loose.wait(late)
	l.pubs.wait(l, late)
}

// loose counts the QoS 0 publishes of a connection that have no answer yet, and
// one more while the connection is read.
type loose struct {
	count atomic.Int32
	none  chan struct{} // made by wait
}

func (o *loose) begin() { o.count.Add(1) }

func (o *loose) done() {
	if o.count.Add(-1) == 0 {
		close(o.none)
	}
}

// wait ends the counting and waits until it is down to none, or until late.
func (o *loose) wait(late <-chan struct{}) {
	o.none = make(chan struct{})
	o.done()
	select {
	case <-o.none:
	case <-late:
	}
}
