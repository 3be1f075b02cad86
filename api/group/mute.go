package group

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

func muteRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "forbid_send_msg", "group.mute", api.Anyone, muteMembers).
			Shows(`{"GroupId":"tea","Members_Account":["bob"],"MuteTime":600}`),
		api.Row(api.GroupService, "get_group_muted_account", "group.muted", api.Anyone, mutedMembers).
			Shows(`{"GroupId":"tea"}`),
		api.Row(api.GroupService, "get_group_shutted_uin", "", api.Admins, shuttedMembers),
	}
}

type muting struct {
	ID    chat.GroupID  `wire:"!GroupId"`
	Topic chat.GroupID  `wire:"TopicId"`
	Users []chat.UserID `wire:"!Members_Account"`
	Time  *uint32       `wire:"!MuteTime,ShutUpTime"`
}

func muteMembers(ctx context.Context, c *api.Call, r *muting) (*api.None, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Group.MuteMembers(ctx, c.By, id, r.Users, *r.Time)
}

// mutedList is the answer of both commands that list mutes, each in its own
// names (spec/22a §14).
type mutedList struct {
	id          chat.GroupID
	mutes       []chat.Mute
	list, until string
}

func (m *mutedList) AppendMembers(dst []byte) []byte {
	dst = wire.PutText(dst, "GroupId", m.id)
	dst = append(wire.PutName(dst, m.list), '[')
	for i, one := range m.mutes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = wire.PutText(dst, "Member_Account", one.User)
		dst = append(wire.PutName(dst, m.until), strconv.FormatInt(one.Until, 10)...)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// mutedQuery: a topic lists the mutes of its own, not those of its community.
type mutedQuery struct {
	ID    chat.GroupID `wire:"!GroupId"`
	Topic chat.GroupID `wire:"TopicId"`
}

func (q *mutedQuery) list(ctx context.Context, c *api.Call) ([]chat.Mute, error) {
	id, err := api.InTopic(q.ID, q.Topic)
	if err != nil {
		return nil, err
	}
	return c.Core.Group.MutedMembers(ctx, c.By, id)
}

func mutedMembers(ctx context.Context, c *api.Call, r *mutedQuery) (*mutedList, error) {
	mutes, err := r.list(ctx, c)
	if err != nil {
		return nil, err
	}
	return &mutedList{r.ID, mutes, "MutedAccountList", "MutedUntil"}, nil
}

func shuttedMembers(ctx context.Context, c *api.Call, r *mutedQuery) (*mutedList, error) {
	mutes, err := r.list(ctx, c)
	if err != nil {
		return nil, err
	}
	return &mutedList{r.ID, mutes, "ShuttedUinList", "ShuttedUntil"}, nil
}
