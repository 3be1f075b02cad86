package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// ProfileItemShape is a field of a profile: PutProfile.
type ProfileItemShape struct {
	Tag   string       `json:"Tag"`
	Value ProfileValue `json:"Value"`
}

// ProfileValue is the value of a field of a profile: a number, or else a text.
type ProfileValue struct {
	Text    string
	Number  uint32
	Numeric bool
}

// ReadWire reads the value.
func (v *ProfileValue) ReadWire(value []byte) bool {
	text, ok := wire.ReadText(value)
	if ok {
		v.Text = text
		return true
	}
	n, ok := wire.ReadUint(value, 32)
	v.Number, v.Numeric = uint32(n), true
	return ok
}

// Wanted says what is read, for who has sent something else.
func (*ProfileValue) Wanted() string { return "text or a whole number from 0 to 4294967295" }

// Either implements the Either of package api.
func (*ProfileValue) Either() []any { return []any{"", uint32(0)} }

// PutProfile writes the fields of a profile (spec/07 A1).
func PutProfile(dst []byte, items []chat.ProfileItem) []byte {
	dst = append(wire.PutName(dst, "ProfileItem"), '[')
	for i := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendProfileItem(dst, &items[i])
	}
	return append(dst, ']')
}

// AppendProfileItem writes one field of a profile, with its tag.
func AppendProfileItem(dst []byte, item *chat.ProfileItem) []byte {
	dst = wire.PutText(append(dst, '{'), "Tag", item.Tag)
	if item.Numeric {
		dst = wire.PutUint(dst, "Value", uint64(item.Number))
	} else {
		dst = wire.PutText(dst, "Value", item.Text)
	}
	return append(dst, '}')
}
