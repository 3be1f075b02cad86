package form

import (
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// putChanged writes what a user has changed of a conversation, or of a group of them.
func putChanged(dst []byte, e *chat.UserEvent) []byte {
	c := e.Detail.Changed
	if c.Group != nil {
		return putConvGroup(dst, c.Group)
	}
	dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
	if c.Item != nil {
		return putItem(dst, c.Item)
	}
	if c.Top != nil {
		dst = wire.PutBit(dst, "TopFlag", *c.Top)
	}
	dst = wire.PutTextAt(dst, "RecvOpt", c.Option)
	if c.Marks != nil {
		dst = PutNumbers(dst, "Marks", c.Marks.Numbers())
	}
	dst = wire.PutTextAt(dst, "CustomMark", c.Custom)
	if c.Groups != nil {
		dst = PutTexts(dst, "ContactGroups", *c.Groups)
	}
	dst = wire.PutTextAt(dst, "Draft", c.Draft)
	if c.Deleted {
		dst = wire.PutBit(dst, "Deleted", true)
		dst = wire.PutUint(dst, "ReadSeq", uint64(c.Read))
	}
	return dst
}

// putItem writes what a list shows of the messages of a conversation.
func putItem(dst []byte, i *chat.ConvItem) []byte {
	dst = wire.PutName(dst, "LastMsg")
	if i.Last == nil {
		dst = append(dst, "null"...)
	} else {
		dst = AppendMessage(dst, i.Last, i.Prev)
	}
	return wire.PutUint(dst, "UnreadNum", i.Unread)
}

// AppendGap writes that more was missed of a conversation than is delivered (spec/00 §6).
func AppendGap(dst []byte, c chat.Conversation, viewer chat.UserID) []byte {
	dst = wire.PutText(append(dst, '{'), "Conv", c.For(viewer).String())
	return append(append(wire.PutName(dst, "Gap"), "true"...), '}')
}

func putConvGroup(dst []byte, g *chat.ConvGroup) []byte {
	dst = wire.PutText(dst, "GroupName", g.Name)
	dst = wire.PutTextIf(dst, "OldName", g.OldName)
	switch {
	case g.Deleted:
		dst = wire.PutBit(dst, "Deleted", true)
	case g.OldName == "" && !g.Untold:
		dst = PutTargets(dst, "Convs", g.Convs)
	}
	return dst
}

// PutTargets writes a list of conversations.
func PutTargets(dst []byte, name string, list []chat.Target) []byte {
	return wire.PutList(dst, name, list, func(dst []byte, t chat.Target) []byte { return wire.AppendText(dst, t.String()) })
}

// PutTexts writes a list of texts.
func PutTexts(dst []byte, name string, list []string) []byte {
	return wire.PutList(dst, name, list, wire.AppendText[string])
}

// PutNumbers writes a list of numbers.
func PutNumbers[T ~int | ~uint64](dst []byte, name string, list []T) []byte {
	return wire.PutList(dst, name, list, func(dst []byte, n T) []byte { return strconv.AppendUint(dst, uint64(n), 10) })
}
