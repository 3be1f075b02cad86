package api

import "github.com/teahouse-im/teahouse/chat"

// appendTip writes a group tip as the body of a message (spec/00 §6).
func appendTip(dst []byte, t *chat.Tip) []byte {
	dst = append(dst, `[{"MsgType":"TIMGroupTipElem","MsgContent":{`...)
	dst = uintMember(dst, "OpType", uint64(t.Kind))
	if t.Operator.User != "" {
		dst = appendPerson(nameOf(dst, "Operator"), t.Operator)
	}
	dst = append(nameOf(dst, "MemberList"), '[')
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
		dst = uintMember(dst, "MemberNum", uint64(t.MemberNum))
	}
	if t.Change != nil {
		dst = appendChange(nameOf(dst, "NewGroupInfo"), t.Change)
	}
	return append(dst, "}}]"...)
}

// appendPerson writes somebody as tips and notices show him; what is unknown
// is left out.
func appendPerson(dst []byte, p chat.Person) []byte {
	dst = append(dst, '{')
	dst = textMember(dst, "UserID", p.User)
	dst = textIf(dst, "Nick", p.Nick)
	dst = textIf(dst, "FaceUrl", p.FaceURL)
	dst = textIf(dst, "NameCard", p.NameCard)
	if p.Role != chat.NotMember {
		dst = textMember(dst, "Role", p.Role.String())
	}
	if p.MuteTime > 0 {
		dst = uintMember(dst, "MuteTime", uint64(p.MuteTime))
	}
	return append(dst, '}')
}

func appendChange(dst []byte, c *chat.GroupChange) []byte {
	dst = append(dst, '{')
	dst = textGiven(dst, "Name", c.Name)
	dst = textGiven(dst, "FaceUrl", c.FaceURL)
	dst = textGiven(dst, "Notification", c.Notification)
	dst = textGiven(dst, "Introduction", c.Introduction)
	dst = textGiven(dst, "Owner_Account", c.Owner)
	if c.MuteAll != nil {
		dst = textMember(dst, "ShutUpAllMember", onOff(*c.MuteAll))
	}
	dst = textGiven(dst, "ApplyJoinOption", c.ApplyJoin)
	dst = textGiven(dst, "InviteJoinOption", c.InviteJoin)
	return append(dst, '}')
}

// textGiven writes a member that was set, were it to "".
func textGiven[T ~string](dst []byte, name string, v *T) []byte {
	if v == nil {
		return dst
	}
	return textMember(dst, name, *v)
}

// onOff is the spelling of mute-all (spec/22a §5).
func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}
