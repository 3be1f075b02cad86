package group

import (
	"context"
	"errors"
	"math"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxGroups bounds get_group_info (spec/22a §3).
const maxGroups = 50

// maxShown is how many members come with a group's profile over MQTT, where answers
// are small (spec/00 §5); fewer, when they would take more than the group's share of it.
const maxShown = 200

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

// Shape implements api.Shaped.
func (*groupInfos) Shape() any {
	return struct {
		List []groupShape `json:"GroupInfo"`
	}{}
}

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
	share := c.Room / len(r.IDs)
	for i, id := range r.IDs {
		if i > 0 {
			answer.list = append(answer.list, ',')
		}
		var err error
		if answer.list, err = appendGroup(ctx, c, answer.list, id, r.Filter, share); err != nil {
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
func appendGroup(ctx context.Context, c *api.Call, dst []byte, id chat.GroupID, f *responseFilter, share int) ([]byte, error) {
	start := len(dst)
	g, err := c.Core.Group.Get(ctx, c.By, id)
	code, info := chat.Outward(err)
	if err != nil && code.Class() == chat.Fault {
		return dst, err
	}
	dst = putGroup(dst, id, code, info)
	switch {
	case err != nil:
		return append(dst, '}'), nil
	case g.Outside:
		return append(appendOutside(dst, c, &g, f), '}'), nil
	}
	if f == nil || f.Base != nil {
		dst = appendFields(dst, groupFields, f.base(), c, &g)
	}
	if f == nil || f.Custom != nil {
		dst = appendPairs(wire.PutName(dst, "AppDefinedData"), g.Custom, f.custom())
	}
	if dst, err = appendSelfOf(ctx, c, dst, &g, f); err != nil {
		return dst, err
	}
	if dst, err = appendMembersOf(ctx, c, dst, &g, f, share-(len(dst)-start)); err != nil {
		return dst, err
	}
	return append(dst, '}'), nil
}

// putGroup begins an entry about a group.
func putGroup(dst []byte, id chat.GroupID, code chat.Code, info string) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "GroupId", id)
	dst = wire.PutInt(dst, "ErrorCode", int64(code))
	return wire.PutText(dst, "ErrorInfo", info)
}

// outsideFields are what somebody outside sees of a group (spec/00 §5).
var outsideFields = filter{"Type", "Name", "FaceUrl", "Introduction", "MemberNum", "ApplyJoinOption", "Owner_Account"}

// appendOutside writes a group for somebody who is not in it.
func appendOutside(dst []byte, c *api.Call, g *chat.GroupView, f *responseFilter) []byte {
	for _, name := range outsideFields {
		if f == nil || f.Base.has(name) && f.Base != nil {
			dst = appendFields(dst, groupFields, filter{name}, c, g)
		}
	}
	if len(g.Custom) > 0 && (f == nil || f.Custom != nil) {
		dst = appendPairs(wire.PutName(dst, "AppDefinedData"), g.Custom, f.custom())
	}
	return wire.PutUint(dst, "Outside", 1)
}

// appendSelfOf writes SelfInfo, to users.
func appendSelfOf(ctx context.Context, c *api.Call, dst []byte, g *chat.GroupView, f *responseFilter) ([]byte, error) {
	if c.By.Platform == chat.PlatformREST || f != nil && f.Self == nil {
		return dst, nil
	}
	m, err := c.Core.Group.Self(ctx, c.By, g.Group)
	if err != nil || m == nil {
		return dst, err
	}
	return appendSelf(dst, c, m, f), nil
}

// ownFields are the members of SelfInfo without a filter (spec/00 §5).
var ownFields = filter{"Role", "JoinTime", "MsgFlag", "MsgSeq", "NameCard", "MuteUntil"}

func appendSelf(dst []byte, c *api.Call, m *chat.MemberView, f *responseFilter) []byte {
	chosen := ownFields
	if f != nil {
		chosen = f.Self
	}
	dst = append(wire.PutName(dst, "SelfInfo"), '{')
	return append(appendFields(dst, memberFields, chosen, c, m), '}')
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
func appendMembersOf(ctx context.Context, c *api.Call, dst []byte, g *chat.GroupView, f *responseFilter, room int) ([]byte, error) {
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
	var q chat.MemberQuery
	if c.By.Platform != chat.PlatformREST {
		form.named, q.Named, q.Limit = true, true, maxShown
	} else {
		room = math.MaxInt
	}
	list, _, _, err := c.Core.Group.Members(ctx, c.By, g.ID, q)
	switch {
	case errors.Is(err, chat.ErrNotAllowed):
		return dst, nil
	case err != nil:
		return dst, err
	}
	dst, _ = form.appendSome(wire.PutName(dst, "MemberList"), c, list, room)
	return dst, nil
}

// notNil makes an absent filter one that chooses nothing.
func notNil(f filter) filter {
	if f == nil {
		return filter{}
	}
	return f
}
