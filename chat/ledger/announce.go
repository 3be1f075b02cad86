package ledger

import "github.com/teahouse-im/teahouse/chat"

// announce tells devices what a durable commit has changed: first who belongs
// to the audience now, then the messages and events themselves. Users removed by the commit
// do not see its messages.
func (l *Ledger) announce(c *chat.Commit, session uint64) {
	l.figures.note(c, session)
	out := l.Deliverer()
	app, group := c.Shard.App, c.Shard.Conv().Group()
	if len(c.Left) > 0 {
		out.Left(app, group, c.Left)
	}
	if v := c.Viewers; v != nil && len(v.Left) > 0 {
		out.Left(app, group, v.Left)
	}
	if len(c.Arrived) > 0 {
		out.Joined(app, group, c.Type, c.Arrived)
	}
	if v := c.Viewers; v != nil && len(v.Joined) > 0 {
		out.Joined(app, group, chat.AVChatRoom, v.Joined)
	}
	if len(c.Wishes) > 0 {
		out.Wishes(app, group, c.Wishes)
	}
	for _, m := range c.Messages {
		if m.Duplicate == nil && !c.Quiet {
			out.Deliver(m, session)
		}
	}
	for _, m := range c.Passing {
		out.Deliver(m, session)
	}
	for _, e := range c.Events {
		out.ConvEvent(e)
	}
	for _, n := range c.Notices {
		out.UserEvent(n)
	}
	for _, e := range c.PassingEvents {
		out.ConvEvent(e)
	}
	for _, n := range c.PassingNotices {
		out.UserEvent(n)
	}
	if (c.Drop || c.Ended) && group != "" {
		out.Gone(app, group)
	}
	if len(c.Outbox)+len(c.Told) > 0 && out.Watched(app) {
		happened(out, c.Outbox)
		happened(out, c.Told)
	}
}

// happened tells the app's stream of webhook events, but for those of messages
// that were duplicates.
func happened(out chat.Deliverer, list []*chat.Event) {
	for _, e := range list {
		if e.Message == nil || e.Message.Duplicate == nil {
			out.Happened(e)
		}
	}
}
