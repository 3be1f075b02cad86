package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// Recalled is the IsPlaceMsg of a recalled message (spec/22b §5).
const Recalled = 2

// AppendMessage writes a message as clients see it, delivered or in history
// (spec/00 §6). prev is the highest lower number that the reader may see, which is
// written when it is not the number before. Members that are absent have their default.
// The body is copied as it came; that of a recalled message is not shown. What is
// delivered does not say who has read it; histories do.
func AppendMessage(dst []byte, m *chat.Message, prev chat.Seq) []byte {
	return AppendEntry(dst, m, prev, Around{})
}

// Around is what histories tell of a message besides.
type Around struct {
	Receipt *chat.ReceiptCount // how many have read it; nil when it asked for none
	Pinned  bool
}

// AppendEntry writes a message of a history: AppendMessage with what is around it.
func AppendEntry(dst []byte, m *chat.Message, prev chat.Seq, a Around) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "From_Account", m.From)
	if m.Conv.Kind == chat.InGroup {
		dst = wire.PutText(dst, "GroupId", m.Conv.A)
	} else {
		dst = wire.PutText(dst, "To_Account", m.Peer())
	}
	var id [128]byte // more than any id has
	dst = wire.AppendText(wire.PutName(dst, "MsgId"), m.AppendID(id[:0]))
	if m.Seq > 0 {
		dst = wire.PutUint(dst, "MsgSeq", uint64(m.Seq))
		dst = putPrev(dst, m.Seq, prev)
	}
	dst = wire.PutUint(dst, "MsgRandom", uint64(m.Random))
	dst = wire.PutInt(dst, "MsgTime", m.Seconds())
	dst = wire.PutInt(dst, "MsgTimeMs", m.Time)
	dst = appendKey(wire.PutName(dst, "MsgKey"), m.MsgKey())
	dst = append(dst, `,"MsgBody":`...)
	dst = appendBody(dst, m)
	dst = putExtras(dst, m)
	if a.Receipt != nil {
		dst = putReceiptNumbers(dst, m.Conv.Kind, a.Receipt)
	}
	if a.Pinned {
		dst = wire.PutUint(dst, "IsPinned", 1)
	}
	return append(dst, '}')
}

// putPrev writes PrevSeq, which is absent when it is the number before.
func putPrev(dst []byte, seq, prev chat.Seq) []byte {
	if prev+1 == seq {
		return dst
	}
	return wire.PutUint(dst, "PrevSeq", uint64(prev))
}

func appendBody(dst []byte, m *chat.Message) []byte {
	switch {
	case m.Recall != nil:
		return append(dst, "[]"...)
	case m.Tip != nil:
		return AppendTip(dst, m.Tip)
	case len(m.Body) == 0:
		return append(dst, "[]"...)
	}
	return append(dst, m.Body...)
}

// putExtras writes the members that apply to few messages.
func putExtras(dst []byte, m *chat.Message) []byte {
	if m.Recall == nil {
		dst = wire.PutTextIf(dst, "CloudCustomData", m.Cloud)
		if len(m.Quote) > 0 {
			dst = append(wire.PutName(dst, "Quote"), m.Quote...)
		}
	}
	dst = wire.PutTextIf(dst, "ClientMsgId", m.ClientMsgID)
	if a := m.Author; a != nil {
		dst = wire.PutTextIf(dst, "From_Nick", a.Nick)
		dst = wire.PutTextIf(dst, "From_FaceUrl", a.FaceURL)
		dst = wire.PutTextIf(dst, "From_NameCard", a.NameCard)
	}
	if len(m.At) > 0 {
		dst = appendMentions(wire.PutName(dst, "GroupAtInfo"), m.At)
	}
	if len(m.To) > 0 {
		dst = appendUsers(wire.PutName(dst, "To_AccountList"), m.To)
	}
	dst = wire.PutTextIf(dst, "MsgPriority", priorityText(m.Priority))
	if m.Tip != nil {
		dst = wire.PutUint(dst, "IsSystemMsg", 1)
	}
	if m.Version != 0 && m.Recall == nil {
		dst = wire.PutUint(dst, "MsgVersion", uint64(m.Version))
		dst = wire.PutUint(dst, "IsModified", 1)
	}
	if m.Control != 0 {
		dst = putControl(dst, m.Control)
	}
	if r := m.Recall; r != nil {
		dst = wire.PutUint(dst, "IsPlaceMsg", Recalled)
		dst = wire.PutText(dst, "Revoker_Account", r.By)
		dst = wire.PutTextIf(dst, "RevokeReason", r.Reason)
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

func putControl(dst []byte, c chat.Control) []byte {
	if c.Has(chat.NeedReceipt) {
		dst = wire.PutUint(dst, "IsNeedReadReceipt", 1)
	}
	if c.Has(chat.Extensible) {
		dst = wire.PutUint(dst, "SupportMessageExtension", 1)
	}
	if c.Has(chat.OnlineOnly) {
		dst = wire.PutUint(dst, "OnlineOnlyFlag", 1)
	}
	names := controlNames(c)
	if len(names) == 0 {
		return dst
	}
	dst = append(wire.PutName(dst, "SendMsgControl"), '[')
	for i, n := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendText(dst, n)
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
		dst = append(wire.AppendText(dst, u), '}')
	}
	return append(dst, ']')
}

func appendUsers(dst []byte, list []chat.UserID) []byte {
	dst = append(dst, '[')
	for i, u := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendText(dst, u)
	}
	return append(dst, ']')
}
