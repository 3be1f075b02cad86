package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
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
	ID      chat.GroupID  `wire:"!GroupId"`
	Topic   chat.GroupID  `wire:"TopicId"`
	Users   []chat.UserID `wire:"!Members_Account"`
	Time    *uint32       `wire:"!MuteTime,ShutUpTime"`
	Request string        `wire:"RequestId"`
}

// RequestID implements api.Repeatable: seconds from now are others each time.
func (r *muting) RequestID() string { return r.Request }

func muteMembers(ctx context.Context, c *api.Call, r *muting) (*api.None, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Group.MuteMembers(ctx, c.By, id, r.Users, *r.Time)
}

// mutedList and shuttedList list the same under the names of their commands
// (spec/22a §14).
type mutedList struct {
	ID   chat.GroupID `json:"GroupId"`
	List []muted      `json:"MutedAccountList"`
}

type muted struct {
	User  chat.UserID `json:"Member_Account"`
	Until int64       `json:"MutedUntil"`
}

type shuttedList struct {
	ID   chat.GroupID `json:"GroupId"`
	List []shutted    `json:"ShuttedUinList"`
}

type shutted struct {
	User  chat.UserID `json:"Member_Account"`
	Until int64       `json:"ShuttedUntil"`
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
	answer := mutedList{r.ID, make([]muted, len(mutes))}
	for i, one := range mutes {
		answer.List[i] = muted{one.User, one.Until}
	}
	return &answer, nil
}

func shuttedMembers(ctx context.Context, c *api.Call, r *mutedQuery) (*shuttedList, error) {
	mutes, err := r.list(ctx, c)
	if err != nil {
		return nil, err
	}
	answer := shuttedList{r.ID, make([]shutted, len(mutes))}
	for i, one := range mutes {
		answer.List[i] = shutted{one.User, one.Until}
	}
	return &answer, nil
}
