package moderation

import (
	"encoding/json"
	"slices"

	"github.com/teahouse-im/teahouse/wire"
)

// shown are, by MsgType, the members of MsgContent that people are shown as words: texts, or
// lists of them.
var shown = map[string][]string{
	"TIMTextElem":     {"Text"},
	"TIMLocationElem": {"Desc"},
	"TIMFileElem":     {"FileName"},
	"TIMCustomElem":   {"Desc"},
	"TIMRelayElem":    {"Title", "AbstractList", "CompatibleText"},
}

// reading goes through a MsgBody and rewrites what is to be replaced.
type reading struct {
	words   *matcher
	body    []byte
	out     []byte // the body up to from, when something was replaced
	from    int
	refused bool
}

// body holds a MsgBody, whose form is right, against the words. changed is the body with the
// words replaced, nil when there are none.
func (m *matcher) body(body json.RawMessage) (changed json.RawMessage, refused bool) {
	r := reading{words: m, body: body}
	r.elements(body)
	if r.refused || r.out == nil {
		return nil, r.refused
	}
	return append(r.out, body[r.from:]...), false
}

func (r *reading) elements(list []byte) {
	for elem := range wire.Items(list) {
		var kind, content []byte
		for name, v := range wire.Members(elem) {
			switch string(name) {
			case "MsgType":
				kind = v
			case "MsgContent":
				content = v
			}
		}
		if wire.KindOf(kind) == wire.Text && wire.KindOf(content) == wire.Object {
			r.content(shown[string(wire.Unquote(kind))], content)
		}
	}
}

// content looks at the members that are shown, and into merged messages.
func (r *reading) content(members []string, content []byte) {
	if members == nil {
		return
	}
	for name, v := range wire.Members(content) {
		switch {
		case slices.Contains(members, string(name)) && wire.KindOf(v) == wire.List:
			for item := range wire.Items(v) {
				r.text(item)
			}
		case slices.Contains(members, string(name)):
			r.text(v)
		case string(name) == "MsgList" && wire.KindOf(v) == wire.List:
			r.merged(v)
		}
	}
}

// merged looks into the messages that a merged one holds.
func (r *reading) merged(list []byte) {
	for one := range wire.Items(list) {
		if wire.KindOf(one) != wire.Object {
			continue
		}
		for name, v := range wire.Members(one) {
			if string(name) == "MsgBody" && wire.KindOf(v) == wire.List {
				r.elements(v)
			}
		}
	}
}

func (r *reading) text(quoted []byte) {
	if r.refused || len(quoted) == 0 || quoted[0] != '"' {
		return
	}
	masked, refused := r.words.look(wire.Unquote(quoted))
	if r.refused = refused; masked == nil {
		return
	}
	at := cap(r.body) - cap(quoted) // what is read of the body is a part of it
	r.out = append(r.out, r.body[r.from:at]...)
	r.out = wire.AppendText(r.out, masked)
	r.from = at + len(quoted)
}
