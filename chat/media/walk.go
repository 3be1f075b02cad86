package media

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/teahouse-im/teahouse/wire"
)

// slot is a member of an element that holds the address of a file.
type slot struct {
	text    []byte // with its quotes, as it is spelled
	id      ID     // of the file that the element names there
	variant Variant
}

// part is one file of an element: the members with its UUID and its address.
type part struct{ id, address string }

// elements says where elements name files (spec/05).
var elements = map[string][]part{
	"TIMSoundElem":     {{"UUID", "Url"}},
	"TIMFileElem":      {{"UUID", "Url"}},
	"TIMVideoFileElem": {{"VideoUUID", "VideoUrl"}, {"ThumbUUID", "ThumbUrl"}},
}

// Names reports whether a text may name files of ours. Most do not, which is seen without
// reading them.
func Names(text []byte) bool { return bytes.Contains(text, []byte(idPrefix)) }

// eachNamed goes through the files of ours that a checked MsgBody names, those in its merged
// messages too: what stands in their addresses, or nothing where an element has none. It stops
// when use says so.
func eachNamed(body []byte, use func(slot) bool) bool {
	for elem := range wire.Items(body) {
		content := last(elem, "MsgContent")
		if wire.KindOf(content) != wire.Object {
			continue
		}
		kind := wordOf(last(elem, "MsgType"))
		goes := true
		switch kind {
		case "TIMImageElem":
			goes = eachSize(content, use)
		case "TIMRelayElem":
			goes = eachMerged(last(content, "MsgList"), use)
		default:
			for _, p := range elements[kind] {
				goes = goes && eachAddress(content, p.address, idOf(last(content, p.id)), Original, use)
			}
		}
		if !goes {
			return false
		}
	}
	return true
}

// eachMerged goes through the messages of a merged one.
func eachMerged(list []byte, use func(slot) bool) bool {
	for one := range wire.Items(list) {
		if !eachNamed(last(one, "MsgBody"), use) {
			return false
		}
	}
	return true
}

// eachSize goes through the sizes of a picture, whose Type says which they are.
func eachSize(content []byte, use func(slot) bool) bool {
	id, any := idOf(last(content, "UUID")), false
	for info := range wire.Items(last(content, "ImageInfoArray")) {
		v := Original
		switch string(last(info, "Type")) {
		case "2":
			v = Large
		case "3":
			v = Thumb
		}
		any = true
		if !eachAddress(info, "URL", id, v, use) {
			return false
		}
	}
	return any || id == "" || use(slot{id: id, variant: Original})
}

// eachAddress goes through the members of an object with an address; where there is none, the
// file is named all the same. A file that has no UUID of ours beside it may be named by an address
// of ours.
func eachAddress(object []byte, name string, id ID, v Variant, use func(slot) bool) bool {
	any := false
	for member, value := range wire.Members(object) {
		if string(member) != name || wire.KindOf(value) != wire.Text {
			continue
		}
		s := slot{text: value, id: id, variant: v}
		if id == "" {
			if !Names(value) {
				continue
			}
			p, _, ok := parseAddress(string(wire.Unquote(value)))
			if !ok {
				continue
			}
			s.id = p.id
		}
		any = true
		if !use(s) {
			return false
		}
	}
	return any || id == "" || use(slot{id: id, variant: v})
}

// last is the last member of a name, which counts; nil when there is none.
func last(object []byte, name string) (value []byte) {
	for member, v := range wire.Members(object) {
		if string(member) == name {
			value = v
		}
	}
	return value
}

// wordOf is the text of a value, "" of one that is none.
func wordOf(value []byte) string {
	if wire.KindOf(value) != wire.Text {
		return ""
	}
	text, _ := wire.ReadText(value)
	return text
}

func idOf(value []byte) ID {
	id, _ := ParseID(wordOf(value))
	return id
}

// rewritten is a text with other addresses in its slots, as they come; the rest of it is spelled
// as it was. put appends an address.
func rewritten(text []byte, slots []slot, put func(dst []byte, s slot) []byte) []byte {
	slices.SortFunc(slots, func(a, b slot) int {
		return cmp.Compare(wire.Offset(text, a.text), wire.Offset(text, b.text))
	})
	out := make([]byte, 0, len(text)+64*len(slots))
	from := 0
	for _, s := range slots {
		at := wire.Offset(text, s.text)
		out = append(put(append(append(out, text[from:at]...), '"'), s), '"')
		from = at + len(s.text)
	}
	return append(out, text[from:]...)
}
