package form

import (
	"bytes"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// DecodeSend reads the payload of im/send by a user (spec/00 §3). The form of the
// elements in MsgBody is the core's to check. The draft's bytes are its own, not the
// payload's.
func DecodeSend(payload []byte, by chat.UserID, target chat.Target) (chat.Draft, error) {
	var buf [24]wire.Member
	list, err := Split(payload, buf[:0])
	if err != nil {
		return chat.Draft{}, err
	}
	if name := Foreign(list, by, IsDraftMember); name != "" {
		return chat.Draft{}, RefuseForeign(name, target.Kind)
	}
	return DraftOf(list, target)
}

// draftMembers are the members that describe a message, adminMembers those that only
// an administrator's send has.
var (
	draftMembers = []string{
		"MsgBody", "MsgRandom", "Random", "MsgSeq", "CloudCustomData", "ClientMsgId", "OfflinePushInfo", "Quote",
		"OnlineOnlyFlag", "MsgOnlineOnlyFlag", "IsNeedReadReceipt", "NeedReadReceipt", "SupportMessageExtension",
		"MsgLifeTime", "MsgPriority", "SendMsgControl", "GroupAtInfo", "To_Account", "From_Account",
	}
	adminMembers = []string{"SyncOtherMachine", "MsgTimeStamp", "ForbidCallbackControl"}
)

// IsDraftMember reports whether DraftOf reads a member.
func IsDraftMember(name string) bool { return slices.Contains(draftMembers, name) }

// IsAdminDraftMember reports whether AdminDraftOf reads a member.
func IsAdminDraftMember(name string) bool {
	return IsDraftMember(name) || slices.Contains(adminMembers, name)
}

// Split is wire.Split with the code for what is no JSON object.
func Split(body []byte, list []wire.Member) ([]wire.Member, error) {
	list, err := wire.Split(body, list)
	switch {
	case errors.Is(err, wire.ErrUTF8):
		return nil, &chat.Error{Code: chat.CodeNotJSON, Msg: "body is not UTF-8"}
	case errors.Is(err, wire.ErrSyntax):
		return nil, &chat.Error{Code: chat.CodeNotJSON, Msg: "body is not a JSON object"}
	case err != nil:
		return nil, &chat.Error{Code: chat.CodeNotJSON, Msg: "body: " + err.Error()}
	}
	return list, nil
}

// DraftOf builds a draft from the members of a user's send; unknown ones are
// ignored, the last of a duplicate wins.
func DraftOf(list []wire.Member, target chat.Target) (chat.Draft, error) {
	d := chat.Draft{To: target}
	r := draftReader{d: &d}
	err := r.members(list)
	return d, err
}

// AdminDraftOf builds a draft from the members of an administrator's send,
// which has some more and must have a random number: both services demand it.
func AdminDraftOf(list []wire.Member, target chat.Target) (chat.Draft, error) {
	d := chat.Draft{To: target}
	r := draftReader{d: &d, admin: true}
	if err := r.members(list); err != nil {
		return d, err
	}
	if d.Random == nil {
		return d, r.noRandom()
	}
	return d, nil
}

// TextDraft turns the payload of im/text, which is not empty, into a text message
// (spec/00 §3).
func TextDraft(payload []byte, target chat.Target) (chat.Draft, error) {
	d := chat.Draft{To: target, Checked: true}
	if len(payload) == 0 || !utf8.Valid(payload) {
		r := draftReader{d: &d}
		return d, chat.Refuse(r.code(chat.CodeBadBody), "text is empty or not UTF-8")
	}
	const head, tail = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":`, `}}]`
	d.Body = make([]byte, 0, len(head)+len(payload)+len(payload)/16+len(tail)+2)
	d.Body = append(d.Body, head...)
	d.Body = wire.AppendText(d.Body, string(payload))
	d.Body = append(d.Body, tail...)
	return d, nil
}

// draftReader reads the members that describe a message, in the spelling of
// the commands of either service.
type draftReader struct {
	d *chat.Draft
	// admin allows the members only an administrator's send has.
	admin bool
}

// code is that of a refused member: in C2C its own (spec/04 §3), in groups 10004,
// which serves for all (spec/22a).
func (r *draftReader) code(c2c chat.Code) chat.Code {
	if r.d.To.Kind == chat.InGroup {
		return chat.CodeGroupParameter
	}
	return c2c
}

func (r *draftReader) bad(name string, c2c chat.Code) error {
	return chat.Refuse(r.code(c2c), "%s has to be %s", name, wanted[name])
}

func (r *draftReader) noRandom() error {
	name := "MsgRandom"
	if r.d.To.Kind == chat.InGroup {
		name = "Random"
	}
	return chat.Refuse(r.code(chat.CodeBadRandom), "%s is missing", name)
}

func (r *draftReader) members(list []wire.Member) error {
	for i := range list {
		if err := r.member(string(list[i].Name), list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *draftReader) member(name string, m wire.Member) error {
	if m.Null() {
		r.absent(name)
		return nil
	}
	d, v, ok := r.d, m.Value, true
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
		d.Cloud, ok = wire.ReadText(v)
	case "ClientMsgId":
		d.ClientMsgID, ok = wire.ReadText(v)
		ok = ok && len(d.ClientMsgID) <= chat.MaxClientMsgID
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
		from, ok = wire.ReadText(v)
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
		n, ok := wire.ReadUint(v, 32)
		if !ok {
			return r.bad(name, chat.CodeBadSync)
		}
		r.d.NoSenderCopy = n == 2
	case "MsgTimeStamp":
		if _, ok := wire.ReadInt(v); !ok { // checked, not used: spec/04 §2
			return r.bad(name, chat.CodeBadTimestamp)
		}
	case "ForbidCallbackControl":
		ok := wire.ReadTexts(v, func(w string) {
			r.d.SkipBefore = r.d.SkipBefore || w == "ForbidBeforeSendMsgCallback"
			r.d.SkipAfter = r.d.SkipAfter || w == "ForbidAfterSendMsgCallback"
		})
		if !ok {
			return r.bad(name, chat.CodeBadJSON)
		}
	}
	return nil
}
