package hooks

import (
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// maxWillDelay bounds the Will Delay Interval; a choice.
const maxWillDelay = 24 * time.Hour

// Will is what a client leaves to be sent when it is lost. It passes exactly the
// checks of a publish when it fires (spec/00 §1).
type Will struct {
	Delay time.Duration

	door  *Door
	by    chat.Actor
	draft chat.Draft
	// status is the custom status, when it is one and no message.
	status *string
}

// readWill checks a Will at CONNECT: its topic and the form of its payload.
// Whether the user may send it is asked when it fires.
func (d *Door) readWill(l *Link, c *packets.ConnectParams) (*Will, error) {
	to, err := topics.ParsePublish(strings.Clone(c.WillTopic))
	if err != nil {
		return nil, err
	}
	if !to.MayBeWill() {
		return nil, chat.Refuse(chat.CodeBadPath, "a Will may only be a message or a status")
	}
	w := &Will{door: d, by: l.Actor}
	w.Delay = min(time.Duration(c.WillProperties.WillDelayInterval)*time.Second, maxWillDelay)
	if to.Verb == topics.SetStatus {
		text := string(c.WillPayload)
		w.status = &text
		return w, chat.CheckStatus(text)
	}
	w.draft, err = draftOf(to, l.Actor.User, c.WillPayload)
	return w, err
}

// Fire sends the Will. Its outcome is counted, and a fault logged: there is
// nobody to tell.
func (w *Will) Fire() {
	if w.status != nil {
		w.settled(w.door.core.LeaveStatus(w.door.ctx, w.by, *w.status))
		return
	}
	w.door.core.Send(w.door.ctx, w.by, w.draft, func(_ chat.Receipt, err error) { w.settled(err) })
}

func (w *Will) settled(err error) {
	w.door.logFault("will", &w.by, err)
	w.door.opt.Counters.Published(Label(err))
	if err != nil {
		w.door.opt.Counters.Refused(chat.CodeOf(err))
	}
}
