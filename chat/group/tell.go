package group

import "github.com/teahouse-im/teahouse/chat"

// AddEvent tells the group's devices of a change. Of a live room nothing is kept:
// its events are numbered, and lapse at once (spec/00 §6).
func (t *Turn) AddEvent(kind chat.ConvEventKind, detail *chat.EventDetail) {
	e := &chat.ConvEvent{Conv: t.conv(), Time: t.Ms, Kind: kind, By: t.by.User, Detail: detail, Expires: t.Sec()}
	if t.rules().Stored {
		e.Expires = t.Expiry(t.app)
	}
	t.Commit.Events = append(t.Commit.Events, e)
}
