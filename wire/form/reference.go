package form

import (
	"bytes"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// DecodeRead reads the payload of im/read by a user: how far, chat.Newest for
// everything.
func DecodeRead(payload []byte, by chat.UserID, target chat.Target) (chat.Seq, error) {
	if len(bytes.TrimSpace(payload)) == 0 {
		return chat.Newest, nil
	}
	var buf [8]wire.Member
	list, err := Split(payload, buf[:0])
	if err != nil {
		return 0, err
	}
	if name := Foreign(list, by, nil); name != "" {
		return 0, RefuseForeign(name, target.Kind)
	}
	return ReadOf(list, target)
}

// ReadOf takes out of members how far a conversation is read: the number of a
// message; chat.Newest, for everything, when none is named.
func ReadOf(list []wire.Member, target chat.Target) (chat.Seq, error) {
	ref, _, err := refOf(list, target)
	switch {
	case err != nil:
		return 0, err
	case ref.Seq != 0 || wire.Last(list, "MsgSeq") != nil:
		return ref.Seq, nil
	case ref == (chat.MessageRef{}):
		return chat.Newest, nil
	}
	if seq := seqOf(ref.ID); seq != 0 {
		return seq, nil
	}
	return 0, refuseRef(target, "the message is not named by its number, give MsgSeq")
}

// seqOf reads the number back from a MsgId of ours (chat.Message.ID).
func seqOf(id string) chat.Seq {
	digits, _, ok := strings.Cut(id, "~")
	n, is := wire.ReadUint([]byte(digits), 64)
	if !ok || !is {
		return 0
	}
	return chat.Seq(n)
}

// DecodeRecall reads the payload of im/recall by a user: which message, and why.
func DecodeRecall(payload []byte, by chat.UserID, target chat.Target) (chat.MessageRef, string, error) {
	var buf [8]wire.Member
	list, err := Split(payload, buf[:0])
	if err != nil {
		return chat.MessageRef{}, "", err
	}
	if name := Foreign(list, by, nil); name != "" {
		return chat.MessageRef{}, "", RefuseForeign(name, target.Kind)
	}
	return RecallOf(list, target)
}

// RecallOf takes out of members which message to recall, and why.
func RecallOf(list []wire.Member, target chat.Target) (chat.MessageRef, string, error) {
	ref, reason, err := refOf(list, target)
	switch {
	case err != nil:
	case ref.Seq == 0 && wire.Last(list, "MsgSeq") != nil: // a number, and no message has it
		ref = chat.MessageRef{Seq: chat.Newest}
	case ref == (chat.MessageRef{}):
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

// refOf reads the members that name a message, and Reason.
func refOf(list []wire.Member, target chat.Target) (ref chat.MessageRef, reason string, err error) {
	for _, m := range list {
		if m.Null() {
			continue
		}
		ok := true
		switch string(m.Name) {
		case "MsgSeq":
			var n uint64
			n, ok = wire.ReadUint(m.Value, 64)
			ref.Seq = chat.Seq(n)
		case "MsgKey":
			ref.Key, ok = wire.ReadText(m.Value)
		case "MsgId":
			ref.ID, ok = wire.ReadText(m.Value)
		case "Reason":
			reason, ok = wire.ReadText(m.Value)
		}
		if !ok {
			is := " has to be text"
			if string(m.Name) == "MsgSeq" {
				is = " has to be a whole number, not below 0"
			}
			return ref, "", refuseRef(target, string(m.Name)+is)
		}
	}
	return ref, reason, nil
}

// IsRefMember reports whether ReadOf or RecallOf reads a member.
func IsRefMember(name string) bool {
	return name == "MsgSeq" || name == "MsgKey" || name == "MsgId" || name == "Reason"
}
