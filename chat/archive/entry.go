package archive

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

func holeOf(err error) *chat.Hole {
	hole, _ := errors.AsType[*chat.Hole](err)
	return hole
}

// shown reports whether files have a message: what users and backends have sent to others,
// and not taken back (our choice). Tips are no messages of anybody, imported ones were sent
// elsewhere, and what its sender alone has was never sent.
func shown(m *chat.Message) bool {
	return m.Tip == nil && m.Recall == nil && !m.Control.Has(chat.SenderOnly) && !m.Control.Has(chat.Imported)
}

// head begins the file: it is the first line, without its end.
func head(app chat.AppID, h hour) []byte {
	b := wire.PutUint([]byte{'{'}, "SdkAppId", uint64(app))
	b = wire.PutText(b, "ChatType", kinds[h.kind])
	b = wire.PutText(b, "MsgTime", h.text)
	return append(wire.PutName(b, "MsgList"), '[')
}

// tail is the last line.
const tail = "]}\n"

// appendEntry appends a message as one line, without its end.
func appendEntry(dst []byte, m *chat.Message) ([]byte, error) {
	dst = wire.PutText(append(dst, '{'), "From_Account", m.From)
	if m.Conv.Kind == chat.InGroup {
		dst = wire.PutText(dst, "GroupId", m.Conv.Group())
	} else {
		dst = wire.PutText(dst, "To_Account", m.Peer())
	}
	dst = wire.PutInt(dst, "MsgTimestamp", m.Seconds())
	if m.Conv.Kind == chat.InGroup {
		dst = wire.PutUint(dst, "MsgSeq", uint64(m.Seq))
	} else {
		dst = wire.PutUint(dst, "MsgSeq", uint64(m.SenderSeq))
		dst = wire.PutUint(dst, "MsgRandom", uint64(m.Random))
	}
	dst, err := appendLine(wire.PutName(dst, "MsgBody"), m.Body)
	return append(dst, '}'), err
}

// appendLine appends a body, which may have come with breaks, in one line.
func appendLine(dst []byte, body json.RawMessage) ([]byte, error) {
	if len(body) == 0 {
		return append(dst, "[]"...), nil
	}
	if bytes.IndexByte(body, '\n') < 0 && bytes.IndexByte(body, '\r') < 0 {
		return append(dst, body...), nil
	}
	b := bytes.NewBuffer(dst)
	err := json.Compact(b, body)
	return b.Bytes(), err
}
