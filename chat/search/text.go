package search

import (
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxText is how many bytes of a message are searched, of all its texts; a choice.
const maxText = 64 << 10

// said says which members of an element are searched. Of a merged message it is the title and
// the digest: its list may have been cut out of it (spec/05). Data and Ext of a custom element
// are for programs.
var said = map[string][]string{
	"TIMTextElem":     {"Text"},
	"TIMFileElem":     {"FileName"},
	"TIMLocationElem": {"Desc"},
	"TIMCustomElem":   {"Desc"},
	"TIMRelayElem":    {"Title", "AbstractList"},
}

// content is what of a message can be searched.
type content struct {
	texts []Words
	types []string // MsgType of its elements, each once
}

// searchable reports whether a message can be found at all: tips are said by nobody, and of a
// recalled message nothing is left.
func searchable(m *chat.Message) bool { return m.Tip == nil && m.Recall == nil }

// contentOf reads the body of a message.
func contentOf(m *chat.Message) (c content) {
	left := maxText
	read := func(text string) {
		if len(text) > left {
			text = strings.ToValidUTF8(text[:left], "")
		}
		left -= len(text)
		if w := Read(text); len(w) > 0 {
			c.texts = append(c.texts, w)
		}
	}
	for elem := range wire.Items(m.Body) {
		kind, body := elementOf(elem)
		if kind == "" {
			continue
		}
		if !slices.Contains(c.types, kind) {
			c.types = append(c.types, kind)
		}
		for _, name := range said[kind] {
			eachText(member(body, name), read)
		}
	}
	return c
}

func elementOf(elem []byte) (kind string, body []byte) {
	if wire.KindOf(elem) != wire.Object {
		return "", nil
	}
	eachText(member(elem, "MsgType"), func(text string) { kind = text })
	if body = member(elem, "MsgContent"); wire.KindOf(body) != wire.Object {
		body = nil
	}
	return kind, body
}

// member is the value of a member of an object, nil when there is none; the last counts.
func member(object []byte, name string) (value []byte) {
	for n, v := range wire.Members(object) {
		if string(n) == name {
			value = v
		}
	}
	return value
}

// eachText hands on a text, or the texts of a list.
func eachText(value []byte, read func(string)) {
	switch wire.KindOf(value) {
	case wire.Text:
		if text, ok := wire.ReadText(value); ok {
			read(text)
		}
	case wire.List:
		for item := range wire.Items(value) {
			if text, ok := wire.ReadText(item); ok {
				read(text)
			}
		}
	}
}
