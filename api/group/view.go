package group

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxGroups bounds get_group_info (spec/22a §3).
const maxGroups = 50

// smallGroup is how many members a group may have for its member list to come
// with its profile over MQTT, where answers are small (spec/00 §5).
const smallGroup = 200

type groupInfoQuery struct {
	IDs    []chat.GroupID  `wire:"!GroupIdList"`
	Filter *responseFilter `wire:"ResponseFilter"`
}

// responseFilter chooses what comes back; an absent part chooses nothing of
// its kind (spec/22a §3, §10).
type responseFilter struct {
	Base         filter `wire:"GroupBaseInfoFilter"`
	Member       filter `wire:"MemberInfoFilter"`
	Custom       filter `wire:"AppDefinedDataFilter_Group"`
	MemberCustom filter `wire:"AppDefinedDataFilter_GroupMember"`
	Self         filter `wire:"SelfInfoFilter"`
}

// groupInfos is get_group_info's answer, written by hand because filters
// choose its members.
type groupInfos struct{ list []byte }

func (g *groupInfos) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "GroupInfo"), '[')
	dst = append(dst, g.list...)
	return append(dst, ']')
}

func groupInfo(ctx context.Context, c *api.Call, r *groupInfoQuery) (*groupInfos, error) {
	if n := len(r.IDs); n == 0 || n > maxGroups {
		return nil, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d groups are needed", maxGroups)
	}
	var answer groupInfos
	for i, id := range r.IDs {
		if i > 0 {
			answer.list = append(answer.list, ',')
		}
		var err error
		if answer.list, err = appendGroup(ctx, c, answer.list, id, r.Filter); err != nil {
			return nil, err
		}
		if len(answer.list) > c.Room {
			return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
		}
	}
	return &answer, nil
}

// appendGroup writes one group, or why it cannot be shown. Faults of ours end
// the whole answer.
func appendGroup(ctx context.Context, c *api.Call, dst []byte, id chat.GroupID, f *responseFilter) ([]byte, error) {
	g, err := c.Core.Group.Get(ctx, c.By, id)
	code, info := chat.Outward(err)
	if err != nil && code.Class() == chat.Fault {
		return dst, err
	}
	dst = append(dst, '{')
	dst = wire.PutText(dst, "GroupId", id)
	dst = wire.PutInt(dst, "ErrorCode", int64(code))
	dst = wire.PutText(dst, "ErrorInfo", info)
	if err != nil {
		return append(dst, '}'), nil
	}
	if f == nil || f.Base != nil {
		dst = appendFields(dst, groupFields, f.base(), c, &g)
	}
	if f == nil || f.Custom != nil {
		dst = appendPairs(wire.PutName(dst, "AppDefinedData"), g.Custom, f.custom())
	}
	if dst, err = appendMembersOf(ctx, c, dst, &g, f); err != nil {
		return dst, err
	}
	return append(dst, '}'), nil
}

func (f *responseFilter) base() filter {
	if f == nil {
		return nil
	}
	return f.Base
}

func (f *responseFilter) custom() filter {
	if f == nil {
		return nil
	}
	return f.Custom
}

// appendMembersOf writes MemberList where the type has one (spec/22a §3) and
// the caller may read it.
func appendMembersOf(ctx context.Context, c *api.Call, dst []byte, g *chat.GroupView, f *responseFilter) ([]byte, error) {
	if g.Type == chat.Community || g.Type == chat.AVChatRoom {
		return dst, nil
	}
	form := memberForm{withCustom: true}
	if f != nil {
		if f.Member == nil && f.MemberCustom == nil {
			return dst, nil
		}
		form = memberForm{info: notNil(f.Member), custom: f.MemberCustom, withCustom: f.MemberCustom != nil}
	}
	if c.By.Platform != chat.PlatformREST && f == nil && g.Members > smallGroup {
		return dst, nil
	}
	list, _, _, err := c.Core.Group.Members(ctx, c.By, g.ID, chat.MemberQuery{})
	switch {
	case errors.Is(err, chat.ErrNotAllowed):
		return dst, nil
	case err != nil:
		return dst, err
	}
	return form.appendList(wire.PutName(dst, "MemberList"), c, list), nil
}

// notNil makes an absent filter one that chooses nothing.
func notNil(f filter) filter {
	if f == nil {
		return filter{}
	}
	return f
}
