package chat

import "github.com/teahouse-im/teahouse/wire"

// maxMerged bounds the messages of a merged one: the limit of the original's clients
// (spec/05). How deep merged messages lie in each other is bounded by the depth of JSON
// (spec/41 §7).
const maxMerged = 300

// relayMessage is the form of one entry of MsgList (spec/05).
var relayMessage = []elementField{
	{"From_Account", wire.Text, optional},
	{"To_Account", wire.Text, optional},
	{"GroupId", wire.Text, optional},
	{"MsgSeq", wire.Number, optional},
	{"MsgRandom", wire.Number, optional},
	{"MsgTimeStamp", wire.Number, optional},
	{msgBody, wire.List, needed},
	{"CloudCustomData", wire.Text, optional},
}

// checkRelay checks what a merged message holds: the lines of its digest are texts, and
// the messages in it are such as could be sent by themselves.
func checkRelay(content []byte) error {
	for line := range wire.Items(lastMember(content, "AbstractList")) {
		if wire.KindOf(line) != wire.Text {
			return Refuse(CodeBadElement, "%s.AbstractList holds no texts", relayElem)
		}
	}
	n := 0
	for m := range wire.Items(lastMember(content, "MsgList")) {
		if n++; n > maxMerged {
			return Refuse(CodeBadElement, "%s.MsgList has more than %d messages", relayElem, maxMerged)
		}
		if m[0] != '{' {
			return Refuse(CodeBadElement, "%s.MsgList holds no objects", relayElem)
		}
		if err := checkMembers("MsgList", relayMessage, m); err != nil {
			return err
		}
		if err := checkElements(lastMember(m, msgBody)); err != nil {
			return err
		}
	}
	return nil
}

// lastMember is the value of a member of an object, nil when it has none; of one that is
// there twice the last.
func lastMember(object []byte, member string) (value []byte) {
	for name, v := range wire.Members(object) {
		if string(name) == member {
			value = v
		}
	}
	return value
}
