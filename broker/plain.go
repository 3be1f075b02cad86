package broker

import (
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
)

// plainText is the text of a message for devices that read no JSON (spec/00 §7).
type plainText struct {
	bytes []byte
	ok    bool // the message consists of text elements alone
}

// plainOf joins the text elements of a message. Tips, recalled messages and
// messages with other elements have no plain form.
func plainOf(m *chat.Message) *plainText {
	if m.Tip != nil || m.Recall != nil {
		return &plainText{}
	}
	var elements []struct {
		MsgType    string
		MsgContent struct{ Text string }
	}
	if json.Unmarshal(m.Body, &elements) != nil || len(elements) == 0 {
		return &plainText{}
	}
	t := &plainText{ok: true}
	for _, e := range elements {
		if e.MsgType != "TIMTextElem" {
			return &plainText{}
		}
		t.bytes = append(t.bytes, e.MsgContent.Text...)
	}
	return t
}
