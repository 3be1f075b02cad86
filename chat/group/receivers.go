package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// What room push asks of groups (spec/09 A). Nothing is decided here about who may ask.

// Receivers pages the members of a group, or of the community of a topic, in byte order of
// UserID after one ("" first). They are shared: nobody changes them.
func (s *Service) Receivers(ctx context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error) {
	return s.read.memberPage(ctx, app, g, after, limit)
}

// ReceiversNamed are the members among users, in the order asked, nil for others.
func (s *Service) ReceiversNamed(ctx context.Context, app chat.AppID, g chat.GroupID, list []chat.UserID) ([]*chat.Member, error) {
	return s.read.membersNamed(ctx, app, g, list)
}

// Flags are how members want the messages of a group, or of a topic of their community, in
// the order asked.
func (s *Service) Flags(ctx context.Context, app chat.AppID, g chat.GroupID, list []*chat.Member) ([]chat.ReceiveOption, error) {
	flags := make([]chat.ReceiveOption, len(list))
	for i, m := range list {
		flags[i] = m.Flag
	}
	if !g.IsTopic() {
		return flags, nil
	}
	asks := make([]chat.RowAsk, len(list))
	for i, m := range list {
		asks[i] = topicFlags.Ask(chat.GroupShard(app, g), string(m.User))
	}
	own, err := topicFlags.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	for i, v := range own {
		if v != nil && v.Joined == list[i].Joined {
			flags[i] = v.Flag
		}
	}
	return flags, nil
}

// Stored is a group or topic whose messages are kept, nil when there is none.
func (s *Service) Stored(ctx context.Context, app chat.AppID, g chat.GroupID) (*chat.Group, error) {
	found, err := s.read.group(ctx, app, g)
	switch {
	case chat.IsFault(err):
		return nil, err
	case err != nil || !grouptype.Of(found.Type).Stored:
		return nil, nil
	}
	return found, nil
}
