package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// banRows are the commands about bans (spec/22a §15).
func banRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "ban_group_member", "group.ban", api.Anyone, banMembers).
			Shows(`{"GroupId":"tea","Members_Account":["bob"],"Duration":3600,"Description":"noise"}`),
		api.Row(api.GroupService, "unban_group_member", "group.unban", api.Anyone, unbanMembers).
			Shows(`{"GroupId":"tea","Members_Account":["bob"]}`),
		api.Row(api.GroupService, "get_group_ban_member", "group.bans", api.Anyone, bannedMembers).
			Shows(`{"GroupId":"tea","Offset":0,"Limit":100}`),
	}
}

type banning struct {
	ID          chat.GroupID  `wire:"!GroupId"`
	Users       []chat.UserID `wire:"!Members_Account"`
	Duration    *uint32       `wire:"!Duration"`
	Description string        `wire:"Description"`
	Request     string        `wire:"RequestId"`
}

// RequestID implements api.Repeatable: seconds from now are others each time.
func (r *banning) RequestID() string { return r.Request }

func banMembers(ctx context.Context, c *api.Call, r *banning) (*api.None, error) {
	return nil, c.Core.Group.BanMembers(ctx, c.By, r.ID, r.Users, *r.Duration, r.Description)
}

type unbanning struct {
	ID    chat.GroupID  `wire:"!GroupId"`
	Users []chat.UserID `wire:"!Members_Account"`
}

func unbanMembers(ctx context.Context, c *api.Call, r *unbanning) (*api.None, error) {
	return nil, c.Core.Group.UnbanMembers(ctx, c.By, r.ID, r.Users)
}

type banQuery struct {
	ID     chat.GroupID `wire:"!GroupId"`
	Offset uint32       `wire:"!Offset"`
	Limit  *uint32      `wire:"Limit"`
}

type banned struct {
	User  chat.UserID `json:"Member_Account"`
	Until int64       `json:"BannedUntil"`
}

type banList struct {
	List []banned `json:"BannedAccountList"`
	Next int      `json:"NextOffset"`
}

func bannedMembers(ctx context.Context, c *api.Call, r *banQuery) (*banList, error) {
	list, next, err := c.Core.Group.Bans(ctx, c.By, r.ID, int(r.Offset), api.PageSize(r.Limit))
	if err != nil {
		return nil, err
	}
	answer := banList{List: make([]banned, len(list)), Next: next}
	for i, b := range list {
		answer.List[i] = banned{b.User, b.Until}
	}
	return &answer, nil
}
