package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// putAttrs writes what an event tells of a group's attributes.
func putAttrs(dst []byte, c *chat.AttrsChange) []byte {
	dst = PutAttrs(dst, "GroupAttr", c.All)
	dst = wire.PutUint(dst, "Version", c.Version)
	dst = PutTexts(dst, "Set", c.Set)
	return PutTexts(dst, "Deleted", c.Deleted)
}

// PutAttrs writes attributes; their names are in lower case (spec/22b §10).
func PutAttrs(dst []byte, name string, list []chat.Attr) []byte {
	dst = append(wire.PutName(dst, name), '[')
	for i, a := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "key", a.Key)
		dst = append(wire.PutText(dst, "value", a.Value), '}')
	}
	return append(dst, ']')
}

// PutCounters writes counters of a group.
func PutCounters(dst []byte, list []chat.Counter) []byte {
	dst = append(wire.PutName(dst, "GroupCounter"), '[')
	for i, c := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "Key", c.Key)
		dst = append(wire.PutInt(dst, "Value", c.Value), '}')
	}
	return append(dst, ']')
}

// PutExtensions writes extensions of a message.
func PutExtensions(dst []byte, name string, list []chat.Extension) []byte {
	dst = append(wire.PutName(dst, name), '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendExtension(dst, e)
	}
	return append(dst, ']')
}

// AppendExtension writes one extension.
func AppendExtension(dst []byte, e chat.Extension) []byte {
	dst = wire.PutText(append(dst, '{'), "Key", e.Key)
	dst = wire.PutText(dst, "Value", e.Value)
	return append(wire.PutUint(dst, "Seq", e.Seq), '}')
}
