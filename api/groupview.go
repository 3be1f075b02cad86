package api

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
)

// maxAnswer bounds an answer of the group service: 10018 above (spec/22a).
const maxAnswer = 1 << 20

// smallGroup is how many members a group may have for its member list to come
// with its profile over MQTT, where answers are small (spec/00 §5).
const smallGroup = 200

// fieldOf is one member of a profile that a filter may choose, under its
// names: the older one first. Without a filter all names are written (spec/22a §0).
type fieldOf[T any] struct {
	names []string
	write func(dst []byte, name string, c *Call, v *T) []byte
}

// groupFields are the members of a group's profile (spec/20 §5).
var groupFields = []fieldOf[chat.GroupView]{
	{[]string{"Type"}, func(d []byte, n string, c *Call, v *chat.GroupView) []byte {
		return textMember(d, n, c.typeOf(v.Group))
	}},
	{[]string{"Name"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte { return textMember(d, n, v.Name) }},
	{[]string{"Appid"}, func(d []byte, n string, c *Call, _ *chat.GroupView) []byte {
		return uintMember(d, n, uint64(c.App.ID))
	}},
	{[]string{"Introduction"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, v.Introduction)
	}},
	{[]string{"Notification"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, v.Notification)
	}},
	{[]string{"FaceUrl"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte { return textMember(d, n, v.FaceURL) }},
	{[]string{"Owner_Account"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, v.Owner)
	}},
	{[]string{"CreateTime"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte { return intMember(d, n, v.Created) }},
	{[]string{"InfoSeq"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte { return uintMember(d, n, v.InfoSeq) }},
	{[]string{"LastInfoTime"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte { return intMember(d, n, v.InfoTime) }},
	{[]string{"LastMsgTime"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return intMember(d, n, v.Head.Time/1000)
	}},
	{[]string{"NextMsgSeq"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return uintMember(d, n, uint64(v.Head.Seq)+1)
	}},
	{[]string{"MemberNum"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return intMember(d, n, int64(v.Members))
	}},
	{[]string{"MaxMemberCount", "MaxMemberNum"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return intMember(d, n, int64(max(0, v.MaxMembers)))
	}},
	{[]string{"ApplyJoinOption"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, v.ApplyJoin)
	}},
	{[]string{"InviteJoinOption"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, v.InviteJoin)
	}},
	{[]string{"ShutUpAllMember", "MuteAllMember"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return textMember(d, n, onOff(v.MuteAll))
	}},
	{[]string{"SupportTopic"}, func(d []byte, n string, _ *Call, v *chat.GroupView) []byte {
		return intMember(d, n, int64(number(v.SupportTopic)))
	}},
}

// memberFields are the members of a member's profile (spec/20 §6).
var memberFields = []fieldOf[chat.MemberView]{
	{[]string{"Role"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte {
		return textMember(d, n, v.Role.String())
	}},
	{[]string{"JoinTime"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte { return intMember(d, n, v.Joined) }},
	{[]string{"MsgSeq"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte {
		return uintMember(d, n, uint64(v.ReadSeq))
	}},
	{[]string{"MsgFlag"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte { return textMember(d, n, v.Flag) }},
	{[]string{"LastSendMsgTime"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte {
		return intMember(d, n, v.LastSend)
	}},
	{[]string{"ShutUpUntil", "MuteUntil"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte {
		return intMember(d, n, v.MuteUntil)
	}},
	{[]string{"NameCard"}, func(d []byte, n string, _ *Call, v *chat.MemberView) []byte { return textMember(d, n, v.NameCard) }},
}

// filter chooses members by name; nil chooses all.
type filter []string

func (f filter) has(name string) bool { return f == nil || slices.Contains(f, name) }

// appendFields writes the chosen fields in the table's order.
func appendFields[T any](dst []byte, fields []fieldOf[T], f filter, c *Call, v *T) []byte {
	for _, one := range fields {
		for _, name := range one.names {
			if f.has(name) {
				dst = one.write(dst, name, c, v)
			}
		}
	}
	return dst
}

// appendPairs writes custom fields as [{Key, Value}], by key.
func appendPairs(dst []byte, custom map[string]string, f filter) []byte {
	dst = append(dst, '[')
	first := true
	for _, k := range slices.Sorted(maps.Keys(custom)) {
		if !f.has(k) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '{')
		dst = textMember(dst, "Key", k)
		dst = textMember(dst, "Value", custom[k])
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// memberForm says what of a member is shown.
type memberForm struct {
	info, custom filter
	withCustom   bool
}

func (f memberForm) append(dst []byte, c *Call, m *chat.MemberView) []byte {
	dst = append(dst, '{')
	dst = textMember(dst, "Member_Account", m.User)
	dst = appendFields(dst, memberFields, f.info, c, m)
	if f.withCustom && (f.custom != nil || len(m.Custom) > 0) {
		dst = appendPairs(nameOf(dst, "AppMemberDefinedData"), m.Custom, f.custom)
	}
	return append(dst, '}')
}

func (f memberForm) appendList(dst []byte, c *Call, list []chat.MemberView) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = f.append(dst, c, &list[i])
	}
	return append(dst, ']')
}

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

func (g *groupInfos) appendMembers(dst []byte) []byte {
	dst = append(nameOf(dst, "GroupInfo"), '[')
	dst = append(dst, g.list...)
	return append(dst, ']')
}

func groupInfo(ctx context.Context, c *Call, r *groupInfoQuery) (*groupInfos, error) {
	if n := len(r.IDs); n == 0 || n > maxGroups {
		return nil, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d groups are needed", maxGroups)
	}
	var answer groupInfos
	for i, id := range r.IDs {
		if i > 0 {
			answer.list = append(answer.list, ',')
		}
		var err error
		if answer.list, err = c.appendGroup(ctx, answer.list, id, r.Filter); err != nil {
			return nil, err
		}
		if len(answer.list) > maxAnswer {
			return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
		}
	}
	return &answer, nil
}

// appendGroup writes one group, or why it cannot be shown. Faults of ours end
// the whole answer.
func (c *Call) appendGroup(ctx context.Context, dst []byte, id chat.GroupID, f *responseFilter) ([]byte, error) {
	g, err := c.svc.Group(ctx, c.By, id)
	code, info := chat.Outward(err)
	if err != nil && code.Class() == chat.Fault {
		return dst, err
	}
	dst = append(dst, '{')
	dst = textMember(dst, "GroupId", id)
	dst = intMember(dst, "ErrorCode", int64(code))
	dst = textMember(dst, "ErrorInfo", info)
	if err != nil {
		return append(dst, '}'), nil
	}
	if f == nil || f.Base != nil {
		dst = appendFields(dst, groupFields, f.base(), c, &g)
	}
	if f == nil || f.Custom != nil {
		dst = appendPairs(nameOf(dst, "AppDefinedData"), g.Custom, f.custom())
	}
	if dst, err = c.appendMembersOf(ctx, dst, &g, f); err != nil {
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
func (c *Call) appendMembersOf(ctx context.Context, dst []byte, g *chat.GroupView, f *responseFilter) ([]byte, error) {
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
	list, _, _, err := c.svc.Members(ctx, c.By, g.ID, chat.MemberQuery{})
	switch {
	case errors.Is(err, chat.ErrNotAllowed):
		return dst, nil
	case err != nil:
		return dst, err
	}
	return form.appendList(nameOf(dst, "MemberList"), c, list), nil
}

// notNil makes an absent filter one that chooses nothing.
func notNil(f filter) filter {
	if f == nil {
		return filter{}
	}
	return f
}

// groupIDs is get_appid_group_list's answer.
type groupIDs struct {
	Total int        `json:"TotalCount"`
	List  []groupRef `json:"GroupIdList"`
	Next  int        `json:"Next"`
}

// groupList pages the groups of the app. Next is a position: the wire wants a
// number, and ids are none. A group made or disbanded between two pages shifts what follows.
func groupList(ctx context.Context, c *Call, r *groupListQuery) (*groupIDs, error) {
	limit := maxListed
	if r.Limit != nil && *r.Limit > 0 {
		limit = min(maxListed, int(*r.Limit))
	}
	start := 0
	if r.Next != "" {
		n, err := strconv.Atoi(string(r.Next))
		if err != nil || n < 0 {
			return nil, chat.Refuse(chat.CodeGroupParameter, "Next is not one of ours")
		}
		start = n
	}
	after, err := c.groupAt(ctx, chat.GroupType(r.Type), start)
	if err != nil {
		return nil, err
	}
	ids, total, err := c.svc.ListGroups(ctx, c.By, chat.GroupType(r.Type), after, limit)
	if err != nil {
		return nil, err
	}
	answer := groupIDs{Total: total, List: make([]groupRef, len(ids))}
	for i, id := range ids {
		answer.List[i].ID = id
	}
	if end := start + len(ids); len(ids) > 0 && end < total {
		answer.Next = end
	}
	return &answer, nil
}

// groupAt is the id before a position in the list of groups, "" for the
// first.
func (c *Call) groupAt(ctx context.Context, t chat.GroupType, position int) (chat.GroupID, error) {
	after := chat.GroupID("")
	for position > 0 {
		ids, _, err := c.svc.ListGroups(ctx, c.By, t, after, min(position, maxListed))
		if err != nil || len(ids) == 0 {
			return after, err
		}
		after = ids[len(ids)-1]
		position -= len(ids)
	}
	return after, nil
}
