package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// AppendTip writes a group tip as the body of a message (spec/00 §6).
func AppendTip(dst []byte, t *chat.Tip) []byte {
	dst = append(dst, `[{"MsgType":"TIMGroupTipElem","MsgContent":{`...)
	dst = wire.PutUint(dst, "OpType", uint64(t.Kind))
	if t.Operator.User != "" {
		dst = appendPerson(wire.PutName(dst, "Operator"), t.Operator)
	}
	dst = append(wire.PutName(dst, "MemberList"), '[')
	for i, p := range t.Members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPerson(dst, p)
		if t.Kind == chat.TipMemberInfo && p.MuteTime == 0 { // a mute lifted is news
			dst = append(dst[:len(dst)-1], `,"MuteTime":0}`...)
		}
	}
	dst = append(dst, ']')
	if t.MemberNum > 0 {
		dst = wire.PutUint(dst, "MemberNum", uint64(t.MemberNum))
	}
	if t.Change != nil {
		dst = appendChange(wire.PutName(dst, "NewGroupInfo"), t.Change)
	}
	return append(dst, "}}]"...)
}

// appendPerson writes somebody as tips and notices show them; what is unknown
// is left out.
func appendPerson(dst []byte, p chat.Person) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "UserID", p.User)
	dst = wire.PutTextIf(dst, "Nick", p.Nick)
	dst = wire.PutTextIf(dst, "FaceUrl", p.FaceURL)
	dst = wire.PutTextIf(dst, "NameCard", p.NameCard)
	if p.Role != chat.NotMember {
		dst = wire.PutText(dst, "Role", p.Role.String())
	}
	if p.MuteTime > 0 {
		dst = wire.PutUint(dst, "MuteTime", uint64(p.MuteTime))
	}
	return append(dst, '}')
}

func appendChange(dst []byte, c *chat.GroupChange) []byte {
	dst = append(dst, '{')
	dst = wire.PutTextAt(dst, "Name", c.Name)
	dst = wire.PutTextAt(dst, "FaceUrl", c.FaceURL)
	dst = wire.PutTextAt(dst, "Notification", c.Notification)
	dst = wire.PutTextAt(dst, "Introduction", c.Introduction)
	dst = wire.PutTextAt(dst, "Owner_Account", c.Owner)
	if c.MuteAll != nil {
		dst = wire.PutText(dst, "ShutUpAllMember", OnOff(*c.MuteAll))
	}
	dst = wire.PutTextAt(dst, "ApplyJoinOption", c.ApplyJoin)
	dst = wire.PutTextAt(dst, "InviteJoinOption", c.InviteJoin)
	dst = wire.PutTextAt(dst, "CustomString", c.CustomString)
	return append(dst, '}')
}

// OnOff is the spelling of mute-all (spec/22a §5).
func OnOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}
