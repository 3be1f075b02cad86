package api

import "github.com/teahouse-im/teahouse/chat"

// recalled is the IsPlaceMsg of a recalled message (spec/22b §5).
const recalled = 2

// AppendMessage writes a message as clients see it, delivered or in history
// (spec/00 §6). Members that are absent have their default. The body is copied
// as it came; that of a recalled message is not shown. What is delivered does not say
// who has read it; histories do.
func AppendMessage(dst []byte, m *chat.Message) []byte {
	return appendMessage(dst, m, nil)
}

// appendMessage is AppendMessage with how many have read the message, nil when
// nobody is asked.
func appendMessage(dst []byte, m *chat.Message, r *chat.ReceiptCount) []byte {
	dst = append(dst, '{')
	dst = textMember(dst, "From_Account", m.From)
	if m.Conv.Kind == chat.InGroup {
		dst = textMember(dst, "GroupId", m.Conv.A)
	} else {
		dst = textMember(dst, "To_Account", m.Peer())
	}
	var id [128]byte // more than any id has
	dst = appendText(nameOf(dst, "MsgId"), m.AppendID(id[:0]))
	if m.Seq > 0 {
		dst = uintMember(dst, "MsgSeq", uint64(m.Seq))
	}
	dst = uintMember(dst, "MsgRandom", uint64(m.Random))
	dst = intMember(dst, "MsgTime", m.Seconds())
	dst = intMember(dst, "MsgTimeMs", m.Time)
	dst = appendKey(nameOf(dst, "MsgKey"), m.MsgKey())
	dst = append(dst, `,"MsgBody":`...)
	dst = appendBody(dst, m)
	dst = appendExtras(dst, m)
	if r != nil {
		dst = appendReceiptNumbers(dst, m.Conv.Kind, r)
	}
	return append(dst, '}')
}

func appendBody(dst []byte, m *chat.Message) []byte {
	switch {
	case m.Recall != nil:
		return append(dst, "[]"...)
	case m.Tip != nil:
		return appendTip(dst, m.Tip)
	case len(m.Body) == 0:
		return append(dst, "[]"...)
	}
	return append(dst, m.Body...)
}

// appendExtras writes the members that apply to few messages.
func appendExtras(dst []byte, m *chat.Message) []byte {
	if m.Recall == nil {
		dst = textIf(dst, "CloudCustomData", m.Cloud)
		if len(m.Quote) > 0 {
			dst = append(nameOf(dst, "Quote"), m.Quote...)
		}
	}
	dst = textIf(dst, "ClientMsgId", m.ClientMsgID)
	if len(m.At) > 0 {
		dst = appendMentions(nameOf(dst, "GroupAtInfo"), m.At)
	}
	if len(m.To) > 0 {
		dst = appendUsers(nameOf(dst, "To_AccountList"), m.To)
	}
	dst = textIf(dst, "MsgPriority", priorityText(m.Priority))
	if m.Tip != nil {
		dst = uintMember(dst, "IsSystemMsg", 1)
	}
	if m.Control != 0 {
		dst = appendControl(dst, m.Control)
	}
	if r := m.Recall; r != nil {
		dst = uintMember(dst, "IsPlaceMsg", recalled)
		dst = textMember(dst, "Revoker_Account", r.By)
		dst = textIf(dst, "RevokeReason", r.Reason)
	}
	return dst
}

// priorityText is the spelling of a priority; "" for the default.
func priorityText(p chat.Priority) string {
	switch p {
	case chat.High:
		return "High"
	case chat.Low:
		return "Low"
	}
	return ""
}

func appendControl(dst []byte, c chat.Control) []byte {
	if c.Has(chat.NeedReceipt) {
		dst = uintMember(dst, "IsNeedReadReceipt", 1)
	}
	if c.Has(chat.Extensible) {
		dst = uintMember(dst, "SupportMessageExtension", 1)
	}
	if c.Has(chat.OnlineOnly) {
		dst = uintMember(dst, "OnlineOnlyFlag", 1)
	}
	names := controlNames(c)
	if len(names) == 0 {
		return dst
	}
	dst = append(nameOf(dst, "SendMsgControl"), '[')
	for i, n := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, n)
	}
	return append(dst, ']')
}

// controls are the flags of SendMsgControl (spec/04 §3).
var controls = []struct {
	name string
	mark chat.Control
}{
	{"NoUnread", chat.NoUnread},
	{"NoLastMsg", chat.NoLastMsg},
	{"WithMuteNotifications", chat.WithMuteNotification},
}

func controlNames(c chat.Control) []string {
	var names []string
	for _, k := range controls {
		if c.Has(k.mark) {
			names = append(names, k.name)
		}
	}
	return names
}

func appendKey(dst []byte, k chat.MsgKey) []byte {
	return append(k.Append(append(dst, '"')), '"')
}

// appendMentions writes GroupAtInfo (spec/22b §1).
func appendMentions(dst []byte, list []chat.UserID) []byte {
	dst = append(dst, '[')
	for i, u := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if u == chat.AtAll {
			dst = append(dst, `{"GroupAtAllFlag":1}`...)
			continue
		}
		dst = append(dst, `{"GroupAtAllFlag":0,"GroupAt_Account":`...)
		dst = append(appendText(dst, u), '}')
	}
	return append(dst, ']')
}

func appendUsers(dst []byte, list []chat.UserID) []byte {
	dst = append(dst, '[')
	for i, u := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, u)
	}
	return append(dst, ']')
}
