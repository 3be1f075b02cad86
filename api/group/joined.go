package group

import (
	"context"
	"slices"

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
	Topics   *int            `wire:"SupportTopic"`
	Filter   *responseFilter `wire:"ResponseFilter"`
}

// The members that only communities with topics have (spec/22a §10): sums over their
// topics, a choice.
const (
	grossNext = "GrossTopicNextMsgSeq"
	grossRead = "GrossTopicReadSeq"
)

type joinedList struct {
	total int
	list  []byte
}

// Shape implements api.Shaped.
func (*joinedList) Shape() any {
	return struct {
		Total int           `json:"TotalCount"`
		List  []joinedShape `json:"GroupIdList"`
	}{}
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
	q := coregroup.JoinedQuery{
		Type: chat.GroupType(r.Type), WithLive: r.Live == 1, WithInactive: r.Inactive == 1, Offset: int(r.Offset),
		WithTopics: r.Filter != nil && (slices.Contains(r.Filter.Base, grossNext) || slices.Contains(r.Filter.Self, grossRead)),
	}
	if r.Topics != nil {
		with := *r.Topics == 1
		q.Topics = &with
	}
	get := func(most int) (*joinedList, int, int, error) {
		q.Limit = most
		groups, total, err := c.Core.Group.Joined(ctx, c.By, u, q)
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

// appendJoined writes one group of a user. To backends its id alone unless a filter
// asks for more (spec/22a §10), to users all base fields and SelfInfo (spec/00 §5).
func appendJoined(c *api.Call, dst []byte, g *coregroup.JoinedGroup, f *responseFilter) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "GroupId", g.ID)
	whole := f == nil && c.By.Platform != chat.PlatformREST
	if whole || f != nil && f.Base != nil {
		dst = appendFields(dst, groupFields, f.base(), c, &g.GroupView)
		if g.SupportTopic && f.base().has(grossNext) {
			dst = wire.PutUint(dst, grossNext, uint64(g.Said)+1)
		}
	}
	if whole || f != nil && f.Self != nil {
		dst = appendSelf(dst, c, &g.Self, f)
		if g.SupportTopic && (whole || f.Self.has(grossRead)) {
			dst = append(wire.PutUint(dst[:len(dst)-1], grossRead, uint64(g.Read)), '}')
		}
	}
	return append(dst, '}')
}
