package api

import "github.com/teahouse-im/teahouse/chat"

// AppendConvEvent writes a durable event about a conversation (spec/00 §4) as
// viewer sees it: in C2C the conversation is named by the other party. Kind is added to
// the contract's members, so that an event reads the same in a sync. EventTime is in
// milliseconds, ReadTime in seconds: a choice.
func AppendConvEvent(dst []byte, e *chat.ConvEvent, viewer chat.UserID) []byte {
	dst = append(dst, '{')
	dst = textMember(dst, "Conv", e.Conv.For(viewer).String())
	dst = uintMember(dst, "Rev", e.Rev)
	dst = intMember(dst, "EventTime", e.Time)
	dst = textMember(dst, "Kind", e.Kind)
	switch e.Kind {
	case chat.EventRead:
		dst = appendRead(dst, e.By, e.Seq, e.Time)
	case chat.EventRecall:
		dst = uintMember(dst, "MsgSeq", uint64(e.Seq))
		dst = textIf(dst, "MsgId", e.MsgID)
		dst = textMember(dst, "Operator_Account", e.By)
		dst = textIf(dst, "Reason", e.Reason)
	case chat.EventReceipt:
		dst = appendReceipts(dst, e.Conv.Kind, e.Receipts)
		dst = textMember(dst, "By", e.By)
	}
	return append(dst, '}')
}

// AppendUserEvent writes a durable event about a user (spec/00 §4).
func AppendUserEvent(dst []byte, e *chat.UserEvent) []byte {
	dst = append(dst, '{')
	dst = uintMember(dst, "EventSeq", e.Seq)
	dst = intMember(dst, "EventTime", e.Time)
	dst = textMember(dst, "Kind", e.Kind)
	switch {
	case e.Kind == chat.UserRead:
		dst = textMember(dst, "Conv", e.Conv.For(e.User).String())
		dst = appendRead(dst, e.User, e.Read, e.Time)
	case e.Notice != nil:
		dst = appendNotice(dst, e.Notice)
	}
	dst = appendExtra(dst, e.Extra)
	return append(dst, '}')
}

func appendRead(dst []byte, by chat.UserID, upTo chat.Seq, ms int64) []byte {
	dst = textMember(dst, "By", by)
	dst = uintMember(dst, "ReadSeq", uint64(upTo))
	return intMember(dst, "ReadTime", ms/1000)
}

// appendNotice writes a group system notification (spec/23 §3).
func appendNotice(dst []byte, n *chat.Notice) []byte {
	dst = uintMember(dst, "OpType", uint64(n.Kind))
	dst = textMember(dst, "GroupId", n.Group)
	dst = append(nameOf(dst, "Group"), '{')
	dst = textMember(dst, "Name", n.Name)
	dst = textMember(dst, "Type", n.Type)
	dst = textMember(dst, "FaceUrl", n.FaceURL)
	dst = append(dst, '}')
	if n.Operator != "" {
		dst = appendPerson(nameOf(dst, "Operator"), chat.Person{User: n.Operator})
	}
	dst = textIf(dst, "Reason", n.Reason)
	dst = textIf(dst, "RequestMsg", n.Request)
	dst = textIf(dst, "ApplicationId", n.Application)
	if n.Kind == chat.NoticeMuted {
		dst = uintMember(dst, "MuteTime", uint64(n.MuteTime))
	}
	return dst
}

// appendExtra copies the members of a JSON object into the one under way.
func appendExtra(dst, extra []byte) []byte {
	var buf [8]member
	list, err := split(extra, buf[:0])
	if err != nil {
		return dst
	}
	for _, m := range list {
		dst = append(dst, ',')
		dst = appendText(dst, string(m.name))
		dst = append(dst, ':')
		dst = append(dst, m.value...)
	}
	return dst
}

// KickEvent writes what a client is told on im/event/kick before the server
// closes its connection (spec/00 §4).
func KickEvent(dst []byte, why chat.KickReason, by chat.UserID) []byte {
	dst = append(dst, '{')
	dst = textMember(dst, "Reason", why)
	dst = textMember(dst, "By", by)
	return append(dst, '}')
}
