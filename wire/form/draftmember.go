package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// The readers of single members of a draft; each reports whether the value has
// the right form.

func number32(v []byte) (*uint32, bool) {
	n, ok := wire.ReadUint(v, 32)
	if !ok {
		return nil, false
	}
	n32 := uint32(n)
	return &n32, true
}

// flag sets a mark when a number is above zero.
func (r *draftReader) flag(v []byte, mark chat.Control) bool {
	n, ok := wire.ReadInt(v)
	r.d.Control &^= mark
	if n > 0 {
		r.d.Control |= mark
	}
	return ok
}

func (r *draftReader) lifeTime(v []byte) bool {
	n, ok := wire.ReadInt(v)
	if !ok || n < 0 {
		return false
	}
	if r.d.To.Kind == chat.C2C {
		r.d.LifeTime = &n
	} else if n == 0 { // in groups online only is a flag of its own; take both
		r.d.Control |= chat.OnlineOnly
	}
	return true
}

// priority reads MsgPriority; Lowest exists in histories only and counts as
// Low.
func (r *draftReader) priority(v []byte) bool {
	s, ok := wire.ReadText(v)
	switch s {
	case "High":
		r.d.Priority = chat.High
	case "Low", "Lowest":
		r.d.Priority = chat.Low
	case "Normal", "":
		r.d.Priority = chat.Normal
	default:
		return false
	}
	return ok
}

// controls reads SendMsgControl; flags we do not know are passed over.
func (r *draftReader) controls(v []byte) bool {
	for _, k := range controls {
		r.d.Control &^= k.mark
	}
	return wire.ReadTexts(v, func(w string) {
		for _, k := range controls {
			if w == k.name {
				r.d.Control |= k.mark
			}
		}
	})
}

// receivers reads To_Account of a targeted group message: not empty, which would
// be nobody (spec/22b §1). In C2C the topic or Conv has named the receiver already.
func (r *draftReader) receivers(v []byte) bool {
	if r.d.To.Kind == chat.C2C {
		return v[0] == '"' || v[0] == '['
	}
	r.d.Only = nil
	ok := wire.ReadTexts(v, func(u string) { r.d.Only = append(r.d.Only, chat.UserID(u)) })
	return ok && len(r.d.Only) > 0
}

func (r *draftReader) mentions(v []byte) bool {
	if v[0] != '[' {
		return false
	}
	r.d.At = nil
	ok := true
	for one := range wire.Items(v) {
		ok = r.mention(one) && ok
	}
	return ok
}

// mention reads one entry of GroupAtInfo (spec/22b §1).
func (r *draftReader) mention(v []byte) bool {
	var buf [4]wire.Member
	list, err := wire.Split(v, buf[:0])
	if err != nil {
		return false
	}
	var all int64
	var who string
	ok := true
	for _, m := range list {
		switch string(m.Name) {
		case "GroupAtAllFlag":
			all, ok = wire.ReadInt(m.Value)
		case "GroupAt_Account":
			who, ok = wire.ReadText(m.Value)
		}
		if !ok && !m.Null() {
			return false
		}
	}
	switch {
	case all > 0:
		r.d.At = append(r.d.At, chat.AtAll)
	case who != "":
		r.d.At = append(r.d.At, chat.UserID(who))
	}
	return all > 0 || who != ""
}
