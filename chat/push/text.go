package push

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// Bounds of what a notice says, in bytes: choices. A channel may cut further.
const (
	maxTitle = 256
	maxText  = 1024
	maxExt   = 4096
)

// language is in which words elements without text are told.
type language uint8

const (
	english language = iota
	chinese
)

// languageOf is that of a device: Chinese for zh and what begins with it, else English.
func languageOf(tag string) language {
	if len(tag) >= 2 && strings.EqualFold(tag[:2], "zh") && (len(tag) == 2 || tag[2] == '-' || tag[2] == '_') {
		return chinese
	}
	return english
}

// words are the texts of elements that have none of their own (spec/05).
var words = map[string][2]string{
	"TIMLocationElem":  {"[Location]", "[位置]"},
	"TIMFaceElem":      {"[Face]", "[表情]"},
	"TIMSoundElem":     {"[Voice]", "[语音]"},
	"TIMImageElem":     {"[Image]", "[图片]"},
	"TIMFileElem":      {"[File]", "[文件]"},
	"TIMVideoFileElem": {"[Video]", "[视频]"},
	"TIMRelayElem":     {"[Chat history]", "[聊天记录]"},
}

// textOf is what the push of a message says, "" when it is not pushed: the texts of its
// elements without separator, or Desc (spec/05). informed says that it has an OfflinePushInfo, beside
// which the push members of a custom element do not count.
func textOf(body json.RawMessage, info *chat.PushInfo, informed bool, in language) string {
	if info.Desc != "" {
		return cutText(info.Desc, maxText)
	}
	var b strings.Builder
	for kind, content := range elements(body) {
		switch kind {
		case "TIMTextElem":
			b.WriteString(member(content, "Text"))
		case "TIMCustomElem":
			if !informed {
				b.WriteString(member(content, "Desc"))
			}
		default:
			b.WriteString(words[kind][in])
		}
		if b.Len() > maxText {
			break
		}
	}
	return cutText(b.String(), maxText)
}

// elements are the types and contents of the elements of a message.
func elements(body json.RawMessage) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		if len(body) == 0 || wire.KindOf(body) != wire.List {
			return
		}
		for item := range wire.Items(body) {
			if len(item) == 0 || item[0] != '{' {
				continue
			}
			content := raw(item, "MsgContent")
			if len(content) == 0 || content[0] != '{' {
				content = []byte("{}")
			}
			if !yield(member(item, "MsgType"), content) {
				return
			}
		}
	}
}

// raw is a member of an object; of one that is there twice the last.
func raw(object []byte, name string) (value []byte) {
	for n, v := range wire.Members(object) {
		if string(n) == name {
			value = v
		}
	}
	return value
}

// member is a member that is a text, else "".
func member(object []byte, name string) string {
	v := raw(object, name)
	if len(v) == 0 {
		return ""
	}
	text, _ := wire.ReadText(v)
	return text
}

// cutText cuts a text to so many bytes, between two characters, and ends what is cut with an
// ellipsis.
func cutText(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	const more = "…"
	cut := most - len(more)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + more
}

// names are how the sender and the group of a message are called, "" where they have no
// name.
type names struct{ sender, group string }

// put puts names before a text (spec/05).
func (n names) put(text string) string {
	switch {
	case n.sender != "" && n.group != "":
		text = n.sender + " (" + n.group + "): " + text
	case n.sender != "":
		text = n.sender + ": " + text
	case n.group != "":
		text = "(" + n.group + "): " + text
	}
	return cutText(text, maxText)
}

// noticeOf is what a device shows of a message, without the badge. With a Desc it shows that as it
// is, without names: a choice.
func noticeOf(m *chat.Message, called names, in language, channel ChannelName) *Notice {
	info := chat.ReadPush(m.Push)
	n := &Notice{
		PushID: m.ID(), Collapse: collapseOf(m.Conv), Title: cutText(info.Title, maxTitle),
		Ext: info.Ext, Sound: info.Apns.Sound, Image: info.Apns.Image, MutableContent: info.Apns.MutableContent == 1,
		SubTitle: cutText(info.Apns.SubTitle, maxTitle), Android: info.Android,
		Conv: m.Conv, From: m.From, Seq: m.Seq, Time: m.Seconds(), Expires: m.PushedUntil(),
		NoBadge: info.Apns.BadgeMode == 1,
	}
	n.Text = textOf(m.Body, &info, len(m.Push) > 0, in)
	if info.Desc == "" && n.Text != "" {
		n.Text = called.put(n.Text)
	}
	if len(m.Push) == 0 {
		for kind, content := range elements(m.Body) {
			if kind == "TIMCustomElem" {
				n.Ext, n.Sound = member(content, "Ext"), member(content, "Sound")
			}
		}
	}
	if info.Apns.Title != "" && channel == APNs {
		n.Title = cutText(info.Apns.Title, maxTitle)
	}
	if len(n.Ext) > maxExt {
		n.Ext = "" // half of it would be nothing
	}
	return n
}

// collapseOf is the Collapse of a conversation.
func collapseOf(c chat.Conversation) string {
	return hex(hash(string([]byte{byte(c.Kind)}), c.A, c.B))
}

func hex(b string) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for i := range len(b) {
		out = append(out, digits[b[i]>>4], digits[b[i]&15])
	}
	return string(out)
}
