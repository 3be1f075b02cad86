package core

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/search"
)

// newSearch hands the room of searching what it needs of the others.
func newSearch(c *Core, o Options) *search.Service {
	return search.New(search.Options{
		Ledger: c.ledger, Shelf: o.SearchShelf, Full: o.Full,
		View: func(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target) (search.View, error) {
			w, err := c.Message.Window(ctx, by, of, t)
			if err != nil {
				return nil, err
			}
			return w, nil
		},
		Rooms: c.rooms, Profiles: c.People.Profiles, Group: c.Group.Find, Groups: c.Group.EveryGroup,
	})
}

// rooms are the groups and topics that a user is in.
func (c *Core) rooms(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.GroupID, error) {
	in, err := c.Group.Memberships(ctx, app, u)
	if err != nil {
		return nil, err
	}
	topics, err := c.Group.Topics(ctx, app, u, in)
	if err != nil {
		return nil, err
	}
	ids := make([]chat.GroupID, 0, len(in)+len(topics))
	for _, m := range in {
		ids = append(ids, m.Group)
	}
	for _, m := range topics {
		ids = append(ids, m.Group)
	}
	return ids, nil
}
