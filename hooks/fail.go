package hooks

import (
	"sync/atomic"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// answersIn bounds how long a connection that is to end over a bad packet waits
// for the answers to what came before it: several before-webhooks of 2 s in a row.
const answersIn = 10 * time.Second

// fail ends the connection over what the client has sent, and
// returns the error that ends the reading. What came before the bad packet is
// answered first (spec/00 §3). It is called on the reading goroutine, once.
func (l *Link) fail(code packets.Code) error {
	l.noteProtocolError(code)
	l.answered()
	l.Goodbye(l.Version, code.Code, "")
	return errEnd
}

// wildcard ends the connection over a topic name that holds a wildcard, and says so
// on im/err (spec/00 §3).
func (l *Link) wildcard(t *lastTopic, id uint16) error {
	l.door.opt.Counters.Published(Label(t.err))
	l.door.opt.Counters.Refused(chat.CodeOf(t.err))
	l.noteProtocolError(packets.ErrTopicNameInvalid)
	l.answered()
	l.answer(&answer{to: topics.Err, body: l.errBody(t.text, "", id, t.err)})
	l.Goodbye(l.Version, packets.ErrTopicNameInvalid.Code, "")
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
