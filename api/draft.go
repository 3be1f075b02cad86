package api

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// maxClientMsgID bounds ClientMsgId in bytes (spec/00 §3).
const maxClientMsgID = 64

// DecodeSend reads the payload of im/send and msg.send (spec/00 §3). The form
// of the elements in MsgBody is the core's to check. The draft's bytes are its own, not
// the payload's.
func DecodeSend(payload []byte, target chat.Target) (chat.Draft, error) {
	var buf [24]member
	list, err := split(payload, buf[:0])
	if err != nil {
		return chat.Draft{}, err
	}
	return draftOf(list, target)
}

// draftOf builds a draft from members; unknown ones are ignored, the last of a
// duplicate wins.
func draftOf(list []member, target chat.Target) (chat.Draft, error) {
	d := chat.Draft{To: target}
	r := draftReader{d: &d}
	for i := range list {
		if err := r.member(string(list[i].name), list[i]); err != nil {
			return d, err
		}
	}
	return d, nil
}

// draftReader reads the members that describe a message, in the spelling of
// the commands of either service.
type draftReader struct {
	d *chat.Draft
	// admin allows the members only an administrator's send has.
	admin bool
	// own is the code of a bad member that has none to itself; 0 takes that of the
	// target's service.
	own chat.Code
}

// bad refuses a member: in C2C by its own code (spec/04 §3), in groups by
// 10004, which serves for all (spec/22a).
func (r *draftReader) bad(name string, c2c chat.Code) error {
	switch {
	case r.d.To.Kind == chat.InGroup:
		c2c = chat.CodeGroupParameter
	case r.own != 0:
		c2c = r.own
	}
	return chat.Refuse(c2c, "%s is malformed", name)
}

func (r *draftReader) member(name string, m member) error {
	if m.null() {
		r.absent(name)
		return nil
	}
	d, v, ok := r.d, m.value, true
	code := chat.CodeBadJSON
	switch name {
	case "MsgBody":
		d.Body, ok, code = bytes.Clone(v), v[0] == '[', chat.CodeBodyNotArray
	case "MsgRandom":
		d.Random, ok = number32(v)
		code = chat.CodeBadRandom
	case "Random": // the group service's name for it
		if d.To.Kind == chat.InGroup {
			d.Random, ok = number32(v)
		}
	case "MsgSeq":
		d.SenderSeq, ok = number32(v)
	case "CloudCustomData":
		d.Cloud, ok = text(v)
	case "ClientMsgId":
		d.ClientMsgID, ok = text(v)
		ok = ok && len(d.ClientMsgID) <= maxClientMsgID
	case "OfflinePushInfo":
		d.Push, ok, code = bytes.Clone(v), v[0] == '{', chat.CodeBadPushInfo
	case "Quote":
		d.Quote, ok = bytes.Clone(v), v[0] == '{'
	case "OnlineOnlyFlag", "MsgOnlineOnlyFlag":
		ok = r.flag(v, chat.OnlineOnly)
	case "IsNeedReadReceipt", "NeedReadReceipt":
		ok = r.flag(v, chat.NeedReceipt)
	case "SupportMessageExtension":
		ok = r.flag(v, chat.Extensible)
	case "MsgLifeTime":
		ok, code = r.lifeTime(v), chat.CodeLifeTimeType
	case "MsgPriority":
		ok = r.priority(v)
	case "SendMsgControl":
		ok = r.controls(v)
	case "GroupAtInfo":
		ok = d.To.Kind != chat.InGroup || r.mentions(v)
	case "To_Account":
		ok, code = r.receivers(v), chat.CodeBadTo
	case "From_Account":
		var from string
		from, ok = text(v)
		d.From, code = chat.UserID(from), chat.CodeBadFrom
	default:
		if r.admin {
			return r.adminMember(name, v)
		}
	}
	if !ok {
		return r.bad(name, code)
	}
	return nil
}

// absent takes back what an earlier member of the same name has said.
func (r *draftReader) absent(name string) {
	d := r.d
	switch name {
	case "MsgBody":
		d.Body = nil
	case "MsgRandom", "Random":
		d.Random = nil
	case "MsgSeq":
		d.SenderSeq = nil
	case "CloudCustomData":
		d.Cloud = ""
	case "ClientMsgId":
		d.ClientMsgID = ""
	case "OfflinePushInfo":
		d.Push = nil
	case "Quote":
		d.Quote = nil
	case "MsgLifeTime":
		d.LifeTime = nil
	case "GroupAtInfo":
		d.At = nil
	case "To_Account":
		d.Only = nil
	case "From_Account":
		d.From = ""
	}
}

// adminMember reads what only REST senders may ask for (spec/04 §3).
func (r *draftReader) adminMember(name string, v []byte) error {
	switch name {
	case "SyncOtherMachine":
		n, ok := natural(v, 32)
		if !ok {
			return r.bad(name, chat.CodeBadSync)
		}
		r.d.NoSenderCopy = n == 2
	case "MsgTimeStamp":
		if _, ok := integer(v); !ok { // checked, not used: spec/04 §2
			return r.bad(name, chat.CodeBadTimestamp)
		}
	case "ForbidCallbackControl":
		ok := words(v, func(w string) {
			r.d.SkipBefore = r.d.SkipBefore || w == "ForbidBeforeSendMsgCallback"
			r.d.SkipAfter = r.d.SkipAfter || w == "ForbidAfterSendMsgCallback"
		})
		if !ok {
			return r.bad(name, chat.CodeBadJSON)
		}
	}
	return nil
}

func number32(v []byte) (*uint32, bool) {
	n, ok := natural(v, 32)
	if !ok {
		return nil, false
	}
	n32 := uint32(n)
	return &n32, true
}

// flag sets a mark when a number is above zero.
func (r *draftReader) flag(v []byte, mark chat.Control) bool {
	n, ok := integer(v)
	r.d.Control &^= mark
	if n > 0 {
		r.d.Control |= mark
	}
	return ok
}

func (r *draftReader) lifeTime(v []byte) bool {
	n, ok := integer(v)
	if !ok || n < 0 {
		return false
	}
	if r.d.To.Kind == chat.C2C {
		r.d.LifeTime = &n
	} else if n == 0 { // in groups online only is a flag of its own; take both
		r.d.Control |= chat.OnlineOnly
	}
	return true
}

// priority reads MsgPriority; Lowest exists in histories only and counts as
// Low.
func (r *draftReader) priority(v []byte) bool {
	s, ok := text(v)
	switch s {
	case "High":
		r.d.Priority = chat.High
	case "Low", "Lowest":
		r.d.Priority = chat.Low
	case "Normal", "":
		r.d.Priority = chat.Normal
	default:
		return false
	}
	return ok
}

// controls reads SendMsgControl; flags we do not know are passed over.
func (r *draftReader) controls(v []byte) bool {
	for _, k := range controls {
		r.d.Control &^= k.mark
	}
	return words(v, func(w string) {
		for _, k := range controls {
			if w == k.name {
				r.d.Control |= k.mark
			}
		}
	})
}

// words reads an array of strings.
func words(v []byte, each func(string)) bool {
	if v[0] != '[' {
		return false
	}
	ok := true
	err := elements(v, func(e []byte) error {
		w, is := text(e)
		if ok = ok && is; ok {
			each(w)
		}
		return nil
	})
	return ok && err == nil
}

// receivers reads To_Account of a targeted group message. In C2C the topic or
// Conv has named the receiver already.
func (r *draftReader) receivers(v []byte) bool {
	if r.d.To.Kind == chat.C2C {
		return v[0] == '"' || v[0] == '['
	}
	r.d.Only = nil
	return words(v, func(u string) { r.d.Only = append(r.d.Only, chat.UserID(u)) })
}

func (r *draftReader) mentions(v []byte) bool {
	if v[0] != '[' {
		return false
	}
	r.d.At = nil
	ok := true
	err := elements(v, func(e []byte) error {
		ok = r.mention(e) && ok
		return nil
	})
	return ok && err == nil
}

// mention reads one entry of GroupAtInfo (spec/22b §1).
func (r *draftReader) mention(v []byte) bool {
	var buf [4]member
	list, err := split(v, buf[:0])
	if err != nil {
		return false
	}
	var all int64
	var who string
	ok := true
	for _, m := range list {
		switch string(m.name) {
		case "GroupAtAllFlag":
			all, ok = integer(m.value)
		case "GroupAt_Account":
			who, ok = text(m.value)
		}
		if !ok && !m.null() {
			return false
		}
	}
	switch {
	case all > 0:
		r.d.At = append(r.d.At, chat.AtAll)
	case who != "":
		r.d.At = append(r.d.At, chat.UserID(who))
	}
	return all > 0 || who != ""
}

// TextDraft turns the payload of im/text into a text message (spec/00 §3).
func TextDraft(payload []byte, target chat.Target) (chat.Draft, error) {
	d := chat.Draft{To: target, Checked: true}
	if !utf8.Valid(payload) {
		r := draftReader{d: &d}
		return d, r.bad("text", chat.CodeBadBody)
	}
	const head, tail = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":`, `}}]`
	d.Body = make([]byte, 0, len(head)+len(payload)+len(payload)/16+len(tail)+2)
	d.Body = append(d.Body, head...)
	d.Body = appendText(d.Body, string(payload))
	d.Body = append(d.Body, tail...)
	return d, nil
}

// DecodeRead reads the payload of im/read: how far, 0 for everything.
func DecodeRead(payload []byte, target chat.Target) (chat.Seq, error) {
	if blankPayload(payload) {
		return 0, nil
	}
	ref, _, err := decodeRef(payload, target)
	if err != nil {
		return 0, err
	}
	return readUpTo(ref, target)
}

// readUpTo is the number a reference stands for; 0, for everything, when it
// names nothing.
func readUpTo(ref chat.MessageRef, target chat.Target) (chat.Seq, error) {
	if ref.Seq != 0 || ref == (chat.MessageRef{}) {
		return ref.Seq, nil
	}
	if seq := seqOf(ref.ID); seq != 0 {
		return seq, nil
	}
	return 0, refuseRef(target, "the message is not named by its number, give MsgSeq")
}

// seqOf reads the number back from a MsgId of ours (chat.Message.ID).
func seqOf(id string) chat.Seq {
	digits, _, ok := strings.Cut(id, "~")
	n, is := natural([]byte(digits), 64)
	if !ok || !is {
		return 0
	}
	return chat.Seq(n)
}

// DecodeRecall reads the payload of im/recall: which message, and why.
func DecodeRecall(payload []byte, target chat.Target) (chat.MessageRef, string, error) {
	ref, reason, err := decodeRef(payload, target)
	if err == nil && ref == (chat.MessageRef{}) {
		err = refuseRef(target, "MsgSeq, MsgKey or MsgId is needed")
	}
	return ref, reason, err
}

func refuseRef(target chat.Target, why string) error {
	if target.Kind == chat.InGroup {
		return chat.Refuse(chat.CodeGroupParameter, "%s", why)
	}
	return chat.Refuse(chat.CodeBadJSON, "%s", why)
}

// decodeRef reads the members that name a message, and Reason.
func decodeRef(payload []byte, target chat.Target) (ref chat.MessageRef, reason string, err error) {
	var buf [8]member
	list, err := split(payload, buf[:0])
	if err != nil {
		return ref, "", err
	}
	return refOf(list, target)
}

func refOf(list []member, target chat.Target) (ref chat.MessageRef, reason string, err error) {
	for _, m := range list {
		if m.null() {
			continue
		}
		ok := true
		switch string(m.name) {
		case "MsgSeq":
			var n uint64
			n, ok = natural(m.value, 64)
			ref.Seq, ok = chat.Seq(n), ok && n > 0
		case "MsgKey":
			ref.Key, ok = text(m.value)
		case "MsgId":
			ref.ID, ok = text(m.value)
		case "Reason":
			reason, ok = text(m.value)
		}
		if !ok {
			return ref, "", refuseRef(target, string(m.name)+" is malformed")
		}
	}
	return ref, reason, nil
}
