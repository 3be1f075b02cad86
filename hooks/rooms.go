package hooks

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// Rooms is the core as the MQTT door sees it: one call for each packet, whatever
// room serves it.
type Rooms struct{ *core.Core }

// Login admits a user whose ticket was checked.
func (r Rooms) Login(ctx context.Context, app chat.AppID, u chat.UserID, t chat.Ticket) (*chat.Account, error) {
	return r.People.Login(ctx, app, u, t)
}

// Send sends a message and calls done once; see message.Service.Send.
func (r Rooms) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	r.Message.Send(ctx, by, d, done)
}

// MarkRead moves a read mark; see inbox.Service.MarkRead.
func (r Rooms) MarkRead(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, upTo chat.Seq) error {
	return r.Inbox.MarkRead(ctx, by, of, t, upTo)
}

// Recall takes a message back.
func (r Rooms) Recall(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, ref chat.MessageRef, reason string) (*chat.Message, error) {
	return r.Message.Recall(ctx, by, of, t, ref, reason)
}

// Typing tells a peer that the caller is typing.
func (r Rooms) Typing(ctx context.Context, by chat.Actor, peer chat.UserID, on bool) error {
	return r.Message.Typing(ctx, by, peer, on)
}

// Presences are the states of users; see people.Service.Presences.
func (r Rooms) Presences(ctx context.Context, by chat.Actor, list []chat.UserID) ([]chat.Presence, []chat.ItemResult, error) {
	return r.People.Presences(ctx, by, list)
}

// SetStatus sets the caller's custom status; see people.Service.SetStatus.
func (r Rooms) SetStatus(ctx context.Context, by chat.Actor, text string) error {
	return r.People.SetStatus(ctx, by, text)
}

// LeaveStatus is SetStatus for a Will.
func (r Rooms) LeaveStatus(ctx context.Context, by chat.Actor, text string) error {
	return r.People.LeaveStatus(ctx, by, text)
}

// Memberships lists the groups a user is in, then the topics for which they have a
// receive option of their own; delivery finds its audiences by it.
func (r Rooms) Memberships(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Membership, error) {
	list, err := r.Group.Memberships(ctx, app, u)
	if err != nil {
		return nil, err
	}
	topics, err := r.Group.TopicFlags(ctx, app, u, list)
	return append(list, topics...), err
}

// PeerWishes lists what a user wants of those peers of whose messages they do not want all.
func (r Rooms) PeerWishes(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Wish, error) {
	return r.Inbox.PeerWishes(ctx, app, u)
}

// UserConvs lists the conversations a user has; a resumed session looks for what
// has moved in them.
func (r Rooms) UserConvs(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error) {
	return r.Inbox.UserConvs(ctx, app, u)
}

// Deleted returns which messages of a conversation a user has deleted or cleared from
// their own view.
func (r Rooms) Deleted(ctx context.Context, c chat.Conversation, u chat.UserID, seqs []chat.Seq) (map[chat.Seq]bool, error) {
	return r.Message.Deleted(ctx, c, u, seqs)
}
