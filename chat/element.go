package chat

import (
	"bytes"
	"encoding/json"
)

// jsonKind is the JSON type a member of an element must have.
type jsonKind uint8

const (
	jsonText jsonKind = iota + 1
	jsonNumber
	jsonList
)

// elementField is one row of an element's form (spec/05).
type elementField struct {
	name     string
	kind     jsonKind
	required bool
}

// elements is the table of message elements: adding one is adding a row.
// Members not named here pass and are stored as they came.
var elements = map[string][]elementField{
	"TIMTextElem":     {{"Text", jsonText, true}},
	"TIMLocationElem": {{"Desc", jsonText, false}, {"Latitude", jsonNumber, false}, {"Longitude", jsonNumber, false}},
	"TIMFaceElem":     {{"Index", jsonNumber, false}, {"Data", jsonText, false}},
	customElem:        {{"Data", jsonText, false}, {"Desc", jsonText, false}, {"Ext", jsonText, false}, {"Sound", jsonText, false}},
	"TIMSoundElem": {
		{"Url", jsonText, true},
		{"UUID", jsonText, true},
		{"Download_Flag", jsonNumber, true},
		{"Size", jsonNumber, false},
		{"Second", jsonNumber, false},
	},
	imageElem: {{"UUID", jsonText, true}, {"ImageFormat", jsonNumber, false}, {"ImageInfoArray", jsonList, false}},
	"TIMFileElem": {
		{"Url", jsonText, true},
		{"UUID", jsonText, true},
		{"Download_Flag", jsonNumber, true},
		{"FileSize", jsonNumber, false},
		{"FileName", jsonText, false},
	},
	"TIMVideoFileElem": {
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
	},
	"TIMRelayElem": {
		{"Title", jsonText, false},
		{"MsgNum", jsonNumber, false},
		{"CompatibleText", jsonText, false},
		{"AbstractList", jsonList, false},
		{"MsgList", jsonList, false},
		{"JsonMsgKey", jsonText, false},
	},
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
	var elems []json.RawMessage
	if kindOf(body) != jsonList || json.Unmarshal(body, &elems) != nil {
		return Refuse(CodeBodyNotArray, "")
	}
	if len(elems) == 0 {
		return Refuse(CodeBadBody, "MsgBody is empty")
	}
	custom := 0
	for i, raw := range elems {
		var elem map[string]json.RawMessage
		if json.Unmarshal(raw, &elem) != nil || elem == nil {
			return Refuse(CodeBadBody, "MsgBody[%d] is not an object", i)
		}
		var kind string
		if json.Unmarshal(elem["MsgType"], &kind) != nil {
			return Refuse(CodeBadBody, "MsgBody[%d].MsgType is missing", i)
		}
		form, known := elements[kind]
		if !known {
			return Refuse(CodeBadBody, "MsgBody[%d].MsgType is unknown", i)
		}
		if kind == customElem {
			custom++
		}
		if err := checkContent(kind, form, elem["MsgContent"]); err != nil {
			return err
		}
	}
	if custom > 1 {
		return Refuse(CodeBadBody, "more than one TIMCustomElem")
	}
	return nil
}

func checkContent(kind string, form []elementField, raw json.RawMessage) error {
	var content map[string]json.RawMessage
	if json.Unmarshal(raw, &content) != nil || content == nil {
		return Refuse(CodeBadBody, "%s has no MsgContent", kind)
	}
	if err := checkMembers(kind, form, content); err != nil {
		return err
	}
	if kind != imageElem {
		return nil
	}
	var infos []map[string]json.RawMessage
	if a, ok := content["ImageInfoArray"]; ok && json.Unmarshal(a, &infos) != nil {
		return Refuse(CodeBadElement, "%s.ImageInfoArray holds no objects", kind)
	}
	for _, info := range infos {
		if err := checkMembers("ImageInfoArray", imageInfo, info); err != nil {
			return err
		}
	}
	return nil
}

func checkMembers(where string, form []elementField, have map[string]json.RawMessage) error {
	for _, f := range form {
		v, ok := have[f.name]
		if !ok {
			if f.required {
				return Refuse(CodeBadElement, "%s.%s is missing", where, f.name)
			}
			continue
		}
		if kindOf(v) != f.kind {
			return Refuse(CodeBadElement, "%s.%s has the wrong type", where, f.name)
		}
	}
	return nil
}

// kindOf tells the kind of a well-formed JSON value by its first byte; 0 for
// objects, booleans and null.
func kindOf(v json.RawMessage) jsonKind {
	v = bytes.TrimLeft(v, " \t\r\n")
	if len(v) == 0 {
		return 0
	}
	switch c := v[0]; {
	case c == '"':
		return jsonText
	case c == '[':
		return jsonList
	case c == '-' || c >= '0' && c <= '9':
		return jsonNumber
	}
	return 0
}
