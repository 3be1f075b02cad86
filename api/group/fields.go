package group

import (
	"maps"
	"math"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// fieldOf is one member of a profile that a filter may choose, under its
// names: the older one first. Without a filter all names are written (spec/22a §0).
type fieldOf[T any] struct {
	names []string
	write func(dst []byte, name string, c *api.Call, v *T) []byte
}

// groupFields are the members of a group's profile (spec/20 §5).
var groupFields = []fieldOf[chat.GroupView]{
	{[]string{"Type"}, func(d []byte, n string, c *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, typeOf(c, v.Group))
	}},
	{[]string{"Name"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte { return wire.PutText(d, n, v.Name) }},
	{[]string{"Appid"}, func(d []byte, n string, c *api.Call, _ *chat.GroupView) []byte {
		return wire.PutUint(d, n, uint64(c.App.ID))
	}},
	{[]string{"Introduction"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, v.Introduction)
	}},
	{[]string{"Notification"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, v.Notification)
	}},
	{[]string{"FaceUrl"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte { return wire.PutText(d, n, v.FaceURL) }},
	{[]string{"Owner_Account"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, v.Owner)
	}},
	{[]string{"CreateTime"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte { return wire.PutInt(d, n, v.Created) }},
	{[]string{"InfoSeq"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte { return wire.PutUint(d, n, v.InfoSeq) }},
	{[]string{"LastInfoTime"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte { return wire.PutInt(d, n, v.InfoTime) }},
	{[]string{"LastMsgTime"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutInt(d, n, v.Head.Time/1000)
	}},
	{[]string{"NextMsgSeq"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutUint(d, n, uint64(v.Head.Seq)+1)
	}},
	{[]string{"MemberNum"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutInt(d, n, int64(v.Members))
	}},
	{[]string{"MaxMemberCount", "MaxMemberNum"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutInt(d, n, int64(max(0, v.MaxMembers)))
	}},
	{[]string{"ApplyJoinOption"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, v.ApplyJoin)
	}},
	{[]string{"InviteJoinOption"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, v.InviteJoin)
	}},
	{[]string{"ShutUpAllMember", "MuteAllMember"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutText(d, n, form.OnOff(v.MuteAll))
	}},
	{[]string{"SupportTopic"}, func(d []byte, n string, _ *api.Call, v *chat.GroupView) []byte {
		return wire.PutBit(d, n, v.SupportTopic)
	}},
}

// memberFields are the members of a member's profile (spec/20 §6).
var memberFields = []fieldOf[chat.MemberView]{
	{[]string{"Role"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte {
		return wire.PutText(d, n, v.Role.String())
	}},
	{[]string{"JoinTime"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte { return wire.PutInt(d, n, v.Joined) }},
	{[]string{"MsgSeq"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte {
		return wire.PutUint(d, n, uint64(v.ReadSeq))
	}},
	{[]string{"MsgFlag"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte { return wire.PutText(d, n, v.Flag) }},
	{[]string{"LastSendMsgTime"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte {
		return wire.PutInt(d, n, v.LastSend)
	}},
	{[]string{"ShutUpUntil", "MuteUntil"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte {
		return wire.PutInt(d, n, v.MuteUntil)
	}},
	{[]string{"NameCard"}, func(d []byte, n string, _ *api.Call, v *chat.MemberView) []byte {
		return wire.PutText(d, n, v.NameCard)
	}},
}

// filter chooses members by name; nil chooses all.
type filter []string

func (f filter) has(name string) bool { return f == nil || slices.Contains(f, name) }

// appendFields writes the chosen fields in the table's order.
func appendFields[T any](dst []byte, fields []fieldOf[T], f filter, c *api.Call, v *T) []byte {
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
		dst = wire.PutText(dst, "Key", k)
		dst = wire.PutText(dst, "Value", custom[k])
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// memberForm says what of a member is shown.
type memberForm struct {
	info, custom filter
	withCustom   bool
	named        bool
}

func (f memberForm) append(dst []byte, c *api.Call, m *chat.MemberView) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "Member_Account", m.User)
	if f.named {
		dst = wire.PutTextIf(dst, "Nick", m.Nick)
		dst = wire.PutTextIf(dst, "FaceUrl", m.FaceURL)
	}
	dst = appendFields(dst, memberFields, f.info, c, m)
	if f.withCustom && (f.custom != nil || len(m.Custom) > 0) {
		dst = appendPairs(wire.PutName(dst, "AppMemberDefinedData"), m.Custom, f.custom)
	}
	return append(dst, '}')
}

func (f memberForm) appendList(dst []byte, c *api.Call, list []chat.MemberView) []byte {
	dst, _ = f.appendSome(dst, c, list, math.MaxInt)
	return dst
}

// appendSome is appendList of as many from the beginning as fit into room bytes.
func (f memberForm) appendSome(dst []byte, c *api.Call, list []chat.MemberView, room int) ([]byte, int) {
	dst = append(dst, '[')
	start := len(dst)
	for i := range list {
		before := len(dst)
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = f.append(dst, c, &list[i]); len(dst)-start > room {
			return append(dst[:before], ']'), i
		}
	}
	return append(dst, ']'), len(list)
}
