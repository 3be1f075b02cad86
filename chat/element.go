package chat

import (
	"encoding/json"

	"github.com/teahouse-im/teahouse/wire"
)

// elementField is one row of an element's form (spec/05).
type elementField struct {
	name string
	kind wire.Kind
	need need
}

// need says whether an element has to have a member.
type need uint8

const (
	optional need = iota
	needed
	// unlessOld: needed, but for elements that have no member of this need at all. Old
	// clients send media so, and they are stored as they are (spec/05).
	unlessOld
)

// elementForm is an element's kind, its MsgType, and the members it may have.
type elementForm struct {
	kind   string
	fields []elementField
}

// maxElementFields bounds the fields of a form.
const maxElementFields = 16

// elements is the table of message elements: adding one is adding a row, the
// common ones first. Members not named here pass and are stored as they came.
var elements = []elementForm{
	{"TIMTextElem", []elementField{{"Text", wire.Text, needed}}},
	{"TIMLocationElem", []elementField{{"Desc", wire.Text, optional}, {"Latitude", wire.Number, optional}, {"Longitude", wire.Number, optional}}},
	{"TIMFaceElem", []elementField{{"Index", wire.Number, optional}, {"Data", wire.Text, optional}}},
	{customElem, []elementField{{"Data", wire.Text, optional}, {"Desc", wire.Text, optional}, {"Ext", wire.Text, optional}, {"Sound", wire.Text, optional}}},
	{"TIMSoundElem", []elementField{
		{"Url", wire.Text, unlessOld},
		{"UUID", wire.Text, needed},
		{"Download_Flag", wire.Number, unlessOld},
		{"Size", wire.Number, optional},
		{"Second", wire.Number, optional},
	}},
	{imageElem, []elementField{{"UUID", wire.Text, needed}, {"ImageFormat", wire.Number, optional}, {"ImageInfoArray", wire.List, optional}}},
	{"TIMFileElem", []elementField{
		{"Url", wire.Text, unlessOld},
		{"UUID", wire.Text, needed},
		{"Download_Flag", wire.Number, unlessOld},
		{"FileSize", wire.Number, optional},
		{"FileName", wire.Text, optional},
	}},
	{"TIMVideoFileElem", []elementField{
		{"VideoUrl", wire.Text, unlessOld},
		{"VideoUUID", wire.Text, needed},
		{"VideoDownloadFlag", wire.Number, unlessOld},
		{"VideoSize", wire.Number, optional},
		{"VideoSecond", wire.Number, optional},
		{"VideoFormat", wire.Text, optional},
		{"ThumbUrl", wire.Text, unlessOld},
		{"ThumbUUID", wire.Text, needed},
		{"ThumbDownloadFlag", wire.Number, unlessOld},
		{"ThumbWidth", wire.Number, needed},
		{"ThumbHeight", wire.Number, needed},
		{"ThumbSize", wire.Number, optional},
		{"ThumbFormat", wire.Text, optional},
	}},
	{relayElem, []elementField{
		{"Title", wire.Text, optional},
		{"MsgNum", wire.Number, optional},
		{"CompatibleText", wire.Text, optional},
		{"AbstractList", wire.List, optional},
		{"MsgList", wire.List, optional},
		{"JsonMsgKey", wire.Text, optional},
	}},
}

const (
	customElem = "TIMCustomElem"
	imageElem  = "TIMImageElem"
	relayElem  = "TIMRelayElem"
	msgBody    = "MsgBody"
)

// imageInfo is the form of one entry of ImageInfoArray.
var imageInfo = []elementField{
	{"URL", wire.Text, needed},
	{"Width", wire.Number, needed},
	{"Height", wire.Number, needed},
	{"Type", wire.Number, optional},
	{"Size", wire.Number, optional},
}

// CheckBody checks the form of a MsgBody (spec/05, Validation): 90007 when it
// is no array, 90002 for an empty one or an element that is none, 90010 for a wrong member. The
// required members of media elements are demanded: the choice made there.
func CheckBody(body json.RawMessage) error {
	if wire.KindOf(body) != wire.List || !wire.Valid(body) {
		return Refuse(CodeBodyNotArray, "")
	}
	return checkElements(body)
}

// checkElements checks the elements of a MsgBody that is an array.
func checkElements(body []byte) error {
	custom, n := 0, 0
	for elem := range wire.Items(body) {
		kind, err := checkElement(n, elem)
		if err != nil {
			return err
		}
		if kind == customElem {
			custom++
		}
		n++
	}
	switch {
	case n == 0:
		return Refuse(CodeBadBody, "MsgBody is empty")
	case custom > 1:
		return Refuse(CodeBadBody, "more than one TIMCustomElem")
	}
	return nil
}

// maxSpelling is how many times its content a JSON text may take (see CheckSize):
// six when every character is an escape, and something for signs and blanks.
const maxSpelling = 8

// CheckSize bounds MsgBody and CloudCustomData together: 80002. What counts of a
// body is its content, see wire.Content (spec/04 §12).
func CheckSize(limits *Limits, body json.RawMessage, cloud string) error {
	if limits.MessageBytes >= 0 && LongerThan(body, limits.MessageBytes-len(cloud)) {
		return tooLong(limits.MessageBytes)
	}
	return nil
}

// tooLong refuses a message that is longer than an app allows.
func tooLong(most int) error {
	return Refuse(CodeMessageTooLong, "message longer than %d bytes, MsgBody and CloudCustomData together", most)
}

// LongerThan reports whether JSON says more than so many bytes, or takes far more
// than these to say it. It looks at no byte of one that is short anyway.
func LongerThan(text json.RawMessage, most int) bool {
	if len(text) <= most {
		return false
	}
	return len(text) > maxSpelling*most || wire.Content(text) > most
}

// checkElement checks element n of a body and tells its kind.
func checkElement(n int, elem []byte) (kind string, err error) {
	if elem[0] != '{' {
		return "", Refuse(CodeBadBody, "MsgBody[%d] is not an object", n)
	}
	var msgType, content []byte
	for name, v := range wire.Members(elem) {
		switch string(name) {
		case "MsgType":
			msgType = v
		case "MsgContent":
			content = v
		}
	}
	if wire.KindOf(msgType) != wire.Text {
		return "", Refuse(CodeBadBody, "MsgBody[%d].MsgType is missing", n)
	}
	form := formOf(wire.Unquote(msgType))
	if form == nil {
		return "", Refuse(CodeBadBody, "MsgBody[%d].MsgType is unknown", n)
	}
	return form.kind, form.check(content)
}

// formOf finds the row of a MsgType; nil when there is none.
func formOf(kind []byte) *elementForm {
	for i := range elements {
		if elements[i].kind == string(kind) {
			return &elements[i]
		}
	}
	return nil
}

// check checks the MsgContent of an element; nil when it has none.
func (f *elementForm) check(content []byte) error {
	if len(content) == 0 || content[0] != '{' {
		return Refuse(CodeBadBody, "%s has no MsgContent", f.kind)
	}
	if err := checkMembers(f.kind, f.fields, content); err != nil {
		return err
	}
	switch f.kind {
	case imageElem:
		return checkImages(content)
	case relayElem:
		return checkRelay(content)
	}
	return nil
}

// checkImages checks the sizes of an image.
func checkImages(content []byte) error {
	for info := range wire.Items(lastMember(content, "ImageInfoArray")) {
		if info[0] != '{' {
			return Refuse(CodeBadElement, "%s.ImageInfoArray holds no objects", imageElem)
		}
		if err := checkMembers("ImageInfoArray", imageInfo, info); err != nil {
			return err
		}
	}
	return nil
}

var kindNames = [...]string{wire.Text: "text", wire.Number: "a number", wire.List: "a list", wire.Object: "an object"}

// checkMembers checks the members of an object; of one that is there twice the
// last counts, as it does for the reader of the message.
func checkMembers(where string, form []elementField, object []byte) error {
	var have [maxElementFields][]byte
	for name, v := range wire.Members(object) {
		for i := range form {
			if string(name) == form[i].name {
				have[i] = v
			}
		}
	}
	old := true
	for i, f := range form {
		old = old && (f.need != unlessOld || have[i] == nil)
	}
	for i, f := range form {
		switch {
		case have[i] == nil && (f.need == needed || f.need == unlessOld && !old):
			return Refuse(CodeBadElement, "%s.%s is missing", where, f.name)
		case have[i] != nil && wire.KindOf(have[i]) != f.kind:
			return Refuse(CodeBadElement, "%s.%s has to be %s", where, f.name, kindNames[f.kind])
		}
	}
	return nil
}
