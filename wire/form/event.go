package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// AppendConvEvent writes a durable event about a conversation (spec/00 §4) as
// viewer sees it: in C2C the conversation is named by the other party. Kind is added to
// the contract's members, so that an event reads the same in a sync. EventTime is in
// milliseconds, ReadTime in seconds: a choice.
func AppendConvEvent(dst []byte, e *chat.ConvEvent, viewer chat.UserID) []byte {
	dst = append(dst, '{')
	if e.Kind == chat.EventNotice {
		dst = wire.PutInt(dst, "EventTime", e.Time)
		dst = wire.PutText(dst, "Kind", e.Kind)
		return append(putNotice(dst, e.Detail.Notice), '}')
	}
	dst = wire.PutText(dst, "Conv", e.Conv.For(viewer).String())
	if e.Kind != chat.EventLast { // transient
		dst = wire.PutUint(dst, "Rev", e.Rev)
	}
	dst = wire.PutInt(dst, "EventTime", e.Time)
	dst = wire.PutText(dst, "Kind", e.Kind)
	return append(putConvEvent(dst, e), '}')
}

// putConvEvent writes what an event about a conversation carries by its kind.
func putConvEvent(dst []byte, e *chat.ConvEvent) []byte {
	switch e.Kind {
	case chat.EventRead:
		dst = putRead(dst, e.By, e.Seq, e.Time)
	case chat.EventRecall:
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Seq))
		dst = wire.PutTextIf(dst, "MsgId", e.MsgID)
		dst = wire.PutText(dst, "Operator_Account", e.By)
		if e.Detail != nil && e.Detail.Operator != nil {
			dst = wire.PutTextIf(dst, "Nick", e.Detail.Operator.Nick)
			dst = wire.PutTextIf(dst, "FaceUrl", e.Detail.Operator.FaceURL)
		}
		dst = wire.PutTextIf(dst, "Reason", e.Reason)
	case chat.EventModify:
		dst = AppendMessage(wire.PutName(dst, "Message"), e.Message, e.Seq-1)
	case chat.EventLast:
		dst = AppendMessage(wire.PutName(dst, "LastMsg"), e.Message, e.Seq-1)
	case chat.EventExtend:
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Seq))
		dst = wire.PutText(dst, "MsgId", e.MsgID)
		dst = PutExtensions(dst, "Set", e.Detail.Extension.Set)
		dst = PutTexts(dst, "Deleted", e.Detail.Extension.Deleted)
	case chat.EventPin:
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Seq))
		dst = wire.PutTextIf(dst, "MsgId", e.MsgID)
		dst = wire.PutBit(dst, "Pinned", e.Detail.Pin.Pinned)
		dst = appendPerson(wire.PutName(dst, "Operator"), e.Detail.Pin.Operator)
	case chat.EventReaction:
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Seq))
		dst = wire.PutText(dst, "MsgId", e.MsgID)
		dst = PutReactionList(dst, e.Detail.Reactions, false)
	case chat.EventAttrs:
		dst = putAttrs(dst, e.Detail.Attrs)
	case chat.EventCounters:
		dst = PutCounters(dst, e.Detail.Counters.Set)
		dst = PutTexts(dst, "Deleted", e.Detail.Counters.Deleted)
	case chat.EventReceipt:
		dst = PutReceiptList(dst, e.Conv.Kind, e.Detail.Receipts)
		dst = wire.PutText(dst, "By", e.By)
	}
	return dst
}

// PutReactionList writes reactions, of an event or of an answer to somebody who
// learns which are their own.
func PutReactionList(dst []byte, list []chat.ReactionCount, withMine bool) []byte {
	dst = append(wire.PutName(dst, "ReactionList"), '[')
	for i := range list {
		r := &list[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "ReactionId", r.ID)
		dst = wire.PutUint(dst, "TotalUserCount", uint64(r.Count))
		if withMine {
			dst = wire.PutBit(dst, "ReactedByMyself", r.Mine)
		}
		dst = append(PutPersons(dst, "Users", r.Users), '}')
	}
	return append(dst, ']')
}

// PutPersons writes a list of people.
func PutPersons(dst []byte, name string, list []chat.Person) []byte {
	dst = append(wire.PutName(dst, name), '[')
	for i, p := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPerson(dst, p)
	}
	return append(dst, ']')
}

// AppendUserEvent writes a durable event about a user (spec/00 §4).
func AppendUserEvent(dst []byte, e *chat.UserEvent) []byte {
	dst = append(dst, '{')
	if e.Seq != 0 { // what is transient has none
		dst = wire.PutUint(dst, "EventSeq", e.Seq)
	}
	dst = wire.PutInt(dst, "EventTime", e.Time)
	dst = wire.PutText(dst, "Kind", e.Kind)
	switch {
	case e.Kind == chat.UserRead:
		dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
		dst = putRead(dst, e.User, e.Read, e.Time)
	case e.Kind == chat.UserClear:
		dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
		dst = wire.PutUint(dst, "MsgSeq", uint64(e.Read))
	case e.Kind == chat.UserDelete:
		dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
		dst = PutNumbers(dst, "MsgSeqs", e.Detail.Deleted)
	case e.Told != nil:
		dst = wire.PutText(dst, "Conv", e.Conv.For(e.User).String())
		dst = putConvEvent(dst, e.Told)
	case e.Notice != nil:
		dst = putNotice(dst, e.Notice)
	case e.Detail != nil:
		dst = putDetail(dst, e)
	}
	dst = putExtra(dst, e.Extra)
	return append(dst, '}')
}

// putDetail writes what an event about a user carries by its kind.
func putDetail(dst []byte, e *chat.UserEvent) []byte {
	d := e.Detail
	if d.Changed != nil {
		dst = putChanged(dst, e)
	}
	if p := d.Profile; p != nil {
		dst = PutProfile(wire.PutText(dst, "UserID", p.User), p.Items)
	}
	switch {
	case d.Friend != nil:
		dst = putFriend(dst, d.Friend)
	case d.FriendGroup != nil:
		dst = putFriendGroup(dst, d.FriendGroup)
	case d.Black != nil:
		dst = putBlack(dst, d.Black)
	case d.Push != nil:
		dst = putPush(dst, d.Push)
	}
	return dst
}

// putPush writes what a push to many says (spec/09 C).
func putPush(dst []byte, p *chat.PushShown) []byte {
	dst = wire.PutText(dst, "PushId", p.ID)
	dst = wire.PutText(dst, "From_Account", p.From)
	dst = wire.PutText(dst, "Title", p.Title)
	dst = wire.PutText(dst, "Desc", p.Text)
	return wire.PutText(dst, "Ext", p.Ext)
}

func putRead(dst []byte, by chat.UserID, upTo chat.Seq, ms int64) []byte {
	dst = wire.PutText(dst, "By", by)
	dst = wire.PutUint(dst, "ReadSeq", uint64(upTo))
	return wire.PutInt(dst, "ReadTime", ms/1000)
}

// putNotice writes a group system notification (spec/23 §3).
func putNotice(dst []byte, n *chat.Notice) []byte {
	dst = wire.PutUint(dst, "OpType", uint64(n.Kind))
	dst = wire.PutText(dst, "GroupId", n.Group)
	dst = wire.PutTextIf(dst, "TopicId", n.Topic)
	dst = append(wire.PutName(dst, "Group"), '{')
	dst = wire.PutText(dst, "Name", n.Name)
	dst = wire.PutText(dst, "Type", n.Type)
	dst = wire.PutText(dst, "FaceUrl", n.FaceURL)
	dst = append(dst, '}')
	if n.Operator.User != "" {
		dst = appendPerson(wire.PutName(dst, "Operator"), n.Operator)
		if n.Kind == chat.NoticeJoinRequest || n.Kind == chat.NoticeInviteWaits {
			dst = appendPerson(wire.PutName(dst, "Applicant"), n.Operator) // who asks is who caused it
		}
	}
	if n.Kind.Answers() {
		dst = wire.PutTextIf(dst, "HandleMsg", n.Reason)
	} else {
		dst = wire.PutTextIf(dst, "Reason", n.Reason)
	}
	dst = wire.PutTextIf(dst, "RequestMsg", n.Request)
	dst = wire.PutTextIf(dst, "ApplicationId", n.JoinRequest)
	dst = wire.PutTextIf(dst, "Content", n.Content)
	if n.Kind == chat.NoticeMuted {
		dst = wire.PutUint(dst, "MuteTime", uint64(n.MuteTime))
	}
	return dst
}

// putExtra copies the members of a JSON object into the one under way.
func putExtra(dst, extra []byte) []byte {
	var buf [8]wire.Member
	list, err := wire.Split(extra, buf[:0])
	if err != nil {
		return dst
	}
	for _, m := range list {
		dst = append(dst, ',')
		dst = wire.AppendText(dst, string(m.Name))
		dst = append(dst, ':')
		dst = append(dst, m.Value...)
	}
	return dst
}

// AppendKick writes what a client is told on im/event/kick before the server
// closes its connection (spec/00 §4).
func AppendKick(dst []byte, why chat.KickReason, by chat.KickedBy) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "Reason", why)
	if by != (chat.KickedBy{}) {
		dst = append(wire.PutName(dst, "By"), '{')
		if by.User != "" {
			dst = wire.PutText(dst, "UserID", by.User)
		} else {
			dst = wire.PutText(dst, "Platform", by.Platform)
			dst = wire.PutText(dst, "ClientId", by.Client)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// AppendPresence writes the state of a user for those who watch them (spec/00 §4).
func AppendPresence(dst []byte, p *chat.Presence) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "State", p.State)
	dst = wire.PutText(dst, "CustomStatus", p.Status)
	dst = append(wire.PutName(dst, "Devices"), '[')
	for i, one := range p.Platforms {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = wire.PutText(dst, "Platform", one.Platform)
		dst = wire.PutText(dst, "Status", one.State)
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}
