package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coregroup "github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/wire"
)

type joinedQuery struct {
	User     chat.UserID     `wire:"Member_Account"`
	Live     int             `wire:"WithHugeGroups"`
	Inactive int             `wire:"WithNoActiveGroups"`
	Limit    *uint32         `wire:"Limit"`
	Offset   uint32          `wire:"Offset"`
	Type     typeFilter      `wire:"GroupType,Type"`
	Filter   *responseFilter `wire:"ResponseFilter"`
}

type joinedList struct {
	total int
	list  []byte
}

func (j *joinedList) AppendMembers(dst []byte) []byte {
	dst = wire.PutInt(dst, "TotalCount", int64(j.total))
	dst = append(wire.PutName(dst, "GroupIdList"), '[')
	dst = append(dst, j.list...)
	return append(dst, ']')
}

func joinedGroups(ctx context.Context, c *api.Call, r *joinedQuery) (*joinedList, error) {
	u, err := c.Self("Member_Account", r.User, chat.CodeGroupParameter, chat.CodeGroupNotAllowed)
	if err != nil {
		return nil, err
	}
	get := func(most int) (*joinedList, int, int, error) {
		groups, total, err := c.Core.Group.Joined(ctx, c.By, u, coregroup.JoinedQuery{
			Type: chat.GroupType(r.Type), WithLive: r.Live == 1, WithInactive: r.Inactive == 1,
			Offset: int(r.Offset), Limit: most,
		})
		if err != nil {
			return nil, 0, 0, err
		}
		answer := joinedList{total: total}
		for i := range groups {
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = appendJoined(c, answer.list, &groups[i], r.Filter)
		}
		return &answer, len(groups), len(answer.list), nil
	}
	return api.Fitting(c.Room, pageSize(c, r.Limit), get) // TotalCount says that there are more
}

// appendJoined writes one group of a user: its id alone unless a filter asks
// for more (spec/22a §10).
func appendJoined(c *api.Call, dst []byte, g *coregroup.JoinedGroup, f *responseFilter) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "GroupId", g.ID)
	if f != nil && f.Base != nil {
		dst = appendFields(dst, groupFields, f.Base, c, &g.GroupView)
	}
	if f != nil && f.Self != nil {
		dst = append(wire.PutName(dst, "SelfInfo"), '{')
		dst = appendFields(dst, memberFields, f.Self, c, &g.Self)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
