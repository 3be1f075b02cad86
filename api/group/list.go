package group

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// groupListRate is get_appid_group_list's own limit, calls a second (spec/22a §2).
const groupListRate = 1

type groupListQuery struct {
	Limit *uint32       `wire:"Limit"`
	Next  api.LooseText `wire:"Next"`
	Type  typeFilter    `wire:"GroupType,Type"`
}

// groupIDs is get_appid_group_list's answer.
type groupIDs struct {
	Total int        `json:"TotalCount"`
	List  []groupRef `json:"GroupIdList"`
	Next  int        `json:"Next"`
}

// groupList pages the groups of the app. Next is a position: the wire wants a
// number, and ids are none. A group made or disbanded between two pages shifts what follows.
func groupList(ctx context.Context, c *api.Call, r *groupListQuery) (*groupIDs, error) {
	start := 0
	if r.Next != "" {
		n, err := strconv.Atoi(string(r.Next))
		if err != nil || n < 0 {
			return nil, chat.Refuse(chat.CodeGroupParameter, "Next is invalid")
		}
		start = n
	}
	after, err := groupAt(ctx, c, chat.GroupType(r.Type), start)
	if err != nil {
		return nil, err
	}
	ids, total, err := c.Core.Group.List(ctx, c.By, chat.GroupType(r.Type), after, api.PageSize(r.Limit))
	if err != nil {
		return nil, err
	}
	answer := groupIDs{Total: total, List: make([]groupRef, len(ids))}
	for i, id := range ids {
		answer.List[i].ID = id
	}
	more := len(ids) > 0 || r.Limit != nil && *r.Limit == 0
	if end := start + len(ids); more && end < total {
		answer.Next = end
	}
	return &answer, nil
}

// groupAt is the id before a position in the list of groups, "" for the
// first.
func groupAt(ctx context.Context, c *api.Call, t chat.GroupType, position int) (chat.GroupID, error) {
	after := chat.GroupID("")
	for position > 0 {
		ids, _, err := c.Core.Group.List(ctx, c.By, t, after, position)
		if err != nil || len(ids) == 0 {
			return after, err
		}
		after = ids[len(ids)-1]
		position -= len(ids)
	}
	return after, nil
}
