package chat

import "encoding/json"

// elementField is one row of an element's form (spec/05).
type elementField struct {
	name     string
	kind     jsonKind
	required bool
}

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
	{"TIMTextElem", []elementField{{"Text", jsonText, true}}},
	{"TIMLocationElem", []elementField{{"Desc", jsonText, false}, {"Latitude", jsonNumber, false}, {"Longitude", jsonNumber, false}}},
	{"TIMFaceElem", []elementField{{"Index", jsonNumber, false}, {"Data", jsonText, false}}},
	{customElem, []elementField{{"Data", jsonText, false}, {"Desc", jsonText, false}, {"Ext", jsonText, false}, {"Sound", jsonText, false}}},
	{"TIMSoundElem", []elementField{
		{"Url", jsonText, true},
		{"UUID", jsonText, true},
		{"Download_Flag", jsonNumber, true},
		{"Size", jsonNumber, false},
		{"Second", jsonNumber, false},
	}},
	{imageElem, []elementField{{"UUID", jsonText, true}, {"ImageFormat", jsonNumber, false}, {"ImageInfoArray", jsonList, false}}},
	{"TIMFileElem", []elementField{
		{"Url", jsonText, true},
		{"UUID", jsonText, true},
		{"Download_Flag", jsonNumber, true},
		{"FileSize", jsonNumber, false},
		{"FileName", jsonText, false},
	}},
	{"TIMVideoFileElem", []elementField{
		{"VideoUrl", jsonText, true},
		{"VideoUUID", jsonText, true},
		{"VideoDownloadFlag", jsonNumber, true},
		{"VideoSize", jsonNumber, false},
		{"VideoSecond", jsonNumber, false},
		{"VideoFormat", jsonText, false},
		{"ThumbUrl", jsonText, true},
		{"ThumbUUID", jsonText, true},
		{"ThumbDownloadFlag", jsonNumber, true},
		{"ThumbWidth", jsonNumber, true},
		{"ThumbHeight", jsonNumber, true},
		{"ThumbSize", jsonNumber, false},
		{"ThumbFormat", jsonText, false},
	}},
	{"TIMRelayElem", []elementField{
		{"Title", jsonText, false},
		{"MsgNum", jsonNumber, false},
		{"CompatibleText", jsonText, false},
		{"AbstractList", jsonList, false},
		{"MsgList", jsonList, false},
		{"JsonMsgKey", jsonText, false},
	}},
}

const (
	customElem = "TIMCustomElem"
	imageElem  = "TIMImageElem"
)

// imageInfo is the form of one entry of ImageInfoArray.
var imageInfo = []elementField{
	{"URL", jsonText, true},
	{"Width", jsonNumber, true},
	{"Height", jsonNumber, true},
	{"Type", jsonNumber, false},
	{"Size", jsonNumber, false},
}

// CheckBody checks the form of a MsgBody (spec/05, Validation): 90007 when it
// is no array, 90002 for an empty one or an element that is none, 90010 for a wrong member. The
// required members of media elements are demanded: the choice made there.
func CheckBody(body json.RawMessage) error {
	if kindOf(body) != jsonList || !json.Valid(body) {
		return Refuse(CodeBodyNotArray, "")
	}
	custom, n := 0, 0
	for elem := range jsonItems(body) {
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

// checkElement checks element n of a body and tells its kind.
func checkElement(n int, elem []byte) (kind string, err error) {
	if elem[0] != '{' {
		return "", Refuse(CodeBadBody, "MsgBody[%d] is not an object", n)
	}
	var msgType, content []byte
	for name, v := range jsonMembers(elem) {
		switch string(name) {
		case "MsgType":
			msgType = v
		case "MsgContent":
			content = v
		}
	}
	if kindOf(msgType) != jsonText {
		return "", Refuse(CodeBadBody, "MsgBody[%d].MsgType is missing", n)
	}
	form := formOf(jsonPlain(msgType))
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
	if f.kind != imageElem {
		return nil
	}
	var images []byte
	for name, v := range jsonMembers(content) {
		if string(name) == "ImageInfoArray" {
			images = v
		}
	}
	for info := range jsonItems(images) {
		if info[0] != '{' {
			return Refuse(CodeBadElement, "%s.ImageInfoArray holds no objects", imageElem)
		}
		if err := checkMembers("ImageInfoArray", imageInfo, info); err != nil {
			return err
		}
	}
	return nil
}

// checkMembers checks the members of an object; of one that is there twice the
// last counts, as it does for whoever reads the message.
func checkMembers(where string, form []elementField, object []byte) error {
	var have [maxElementFields][]byte
	for name, v := range jsonMembers(object) {
		for i := range form {
			if string(name) == form[i].name {
				have[i] = v
			}
		}
	}
	for i, f := range form {
		switch {
		case have[i] == nil && f.required:
			return Refuse(CodeBadElement, "%s.%s is missing", where, f.name)
		case have[i] != nil && kindOf(have[i]) != f.kind:
			return Refuse(CodeBadElement, "%s.%s has the wrong type", where, f.name)
		}
	}
	return nil
}
