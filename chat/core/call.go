package core

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/call"
)

// newCalls builds room call over messages and groups.
func (c *Core) newCalls(o Options) *call.Service {
	return call.New(call.Options{
		Ledger: c.ledger, Now: o.Now, Servers: o.Calls, Send: c.Message.Send,
		Group: c.Group.Find, Standing: c.Group.Standing, Members: c.Group.ReceiversNamed,
		MaySpeak: func(ctx context.Context, by chat.Actor, u chat.UserID, g *chat.Group) error {
			_, err := c.Group.MaySpeak(ctx, by, u, g)
			return err
		},
	})
}
