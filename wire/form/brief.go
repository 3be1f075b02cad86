package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// A client that cannot take an event gets it without what makes it long: it says what it is
// about, and Cut is 1 (spec/00 §4). So its numbers have no hole, and no sync stops at it.

// AppendBriefConvEvent is AppendConvEvent for a client that cannot take all of the event.
func AppendBriefConvEvent(dst []byte, e *chat.ConvEvent, viewer chat.UserID) []byte {
	dst = append(dst, '{')
	if e.Kind == chat.EventNotice {
		dst = wire.PutInt(dst, "EventTime", e.Time)
		dst = wire.PutText(dst, "Kind", e.Kind)
		return cut(putBriefNotice(dst, e.Detail.Notice))
	}
	dst = wire.PutText(dst, "Conv", e.Conv.For(viewer).String())
	if e.Rev != 0 {
		dst = wire.PutUint(dst, "Rev", e.Rev)
	}
	dst = wire.PutInt(dst, "EventTime", e.Time)
	dst = wire.PutText(dst, "Kind", e.Kind)
	return cut(putAbout(dst, e))
}

// AppendBriefUserEvent is AppendUserEvent for a client that cannot take all of the event.
func AppendBriefUserEvent(dst []byte, e *chat.UserEvent) []byte {
	dst = append(dst, '{')
	if e.Seq != 0 {
		dst = wire.PutUint(dst, "EventSeq", e.Seq)
	}
	dst = wire.PutInt(dst, "EventTime", e.Time)
	dst = wire.PutText(dst, "Kind", e.Kind)
	if e.Conv != (chat.Conversation{}) {
		dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
	}
	switch {
	case e.Kind == chat.UserRead:
		dst = putRead(dst, e.User, e.Read, e.Time)
	case e.Kind == chat.UserClear:
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Read))
	case e.Told != nil:
		dst = putAbout(dst, e.Told)
	case e.Notice != nil:
		dst = putBriefNotice(dst, e.Notice)
	case e.Detail != nil:
		dst = putBriefDetail(dst, e.Detail)
	}
	return cut(dst)
}

func cut(dst []byte) []byte { return append(wire.PutBit(dst, "Cut", true), '}') }

// putAbout names the message that an event is about.
func putAbout(dst []byte, e *chat.ConvEvent) []byte {
	if e.Seq == 0 {
		return dst
	}
	dst = wire.PutUint(dst, "MsgSeq", uint64(e.Seq))
	return wire.PutTextIf(dst, "MsgId", e.MsgID)
}

func putBriefNotice(dst []byte, n *chat.Notice) []byte {
	dst = wire.PutUint(dst, "OpType", uint64(n.Kind))
	dst = wire.PutText(dst, "GroupId", n.Group)
	return wire.PutTextIf(dst, "TopicId", n.Topic)
}

// putBriefDetail names who or what has changed.
func putBriefDetail(dst []byte, d *chat.UserDetail) []byte {
	switch {
	case d.Profile != nil:
		dst = wire.PutText(dst, "UserID", d.Profile.User)
	case d.Friend != nil:
		dst = wire.PutText(dst, "What", d.Friend.What)
		if f := d.Friend.Friend; f != nil {
			dst = wire.PutText(append(wire.PutName(dst, "Friend"), '{'), "To_Account", f.User)
			dst = append(dst, '}')
		}
	case d.FriendGroup != nil:
		dst = wire.PutText(dst, "GroupName", d.FriendGroup.Name)
		dst = wire.PutTextIf(dst, "OldName", d.FriendGroup.Old)
	case d.Changed != nil && d.Changed.Group != nil:
		dst = wire.PutText(dst, "GroupName", d.Changed.Group.Name)
		dst = wire.PutTextIf(dst, "OldName", d.Changed.Group.OldName)
	}
	return dst
}
