package chat

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/wire"
)

func TestCheckBody(t *testing.T) {
	image := `{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageFormat":1,"ImageInfoArray":[{"Type":1,"Size":9,"Width":1,"Height":2,"URL":"http://x/y"}]}}`
	for name, c := range map[string]struct {
		body string
		want Code
	}{
		"a text passes":                       {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`, 0},
		"several elements pass":               {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}},` + image + `]`, 0},
		"unknown members pass":                {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Mood":{"a":[1]}},"Extra":1}]`, 0},
		"numbers of any form pass":            {`[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"","Latitude":29.340656774469956,"Longitude":-1e2}}]`, 0},
		"an empty custom element passes":      {`[{"MsgType":"TIMCustomElem","MsgContent":{}}]`, 0},
		"blanks around the array pass":        {" \n[ {\"MsgType\":\"TIMFaceElem\",\"MsgContent\":{\"Index\": 1}} ]\t", 0},
		"nothing at all":                      {``, CodeBodyNotArray},
		"an object":                           {`{"MsgType":"TIMTextElem"}`, CodeBodyNotArray},
		"a string":                            {`"hi"`, CodeBodyNotArray},
		"broken JSON":                         {`[{"MsgType":`, CodeBodyNotArray},
		"an empty array":                      {`[]`, CodeBadBody},
		"an element that is a string":         {`["TIMTextElem"]`, CodeBadBody},
		"an element that is null":             {`[null]`, CodeBadBody},
		"an unknown type":                     {`[{"MsgType":"TIMFooElem","MsgContent":{}}]`, CodeBadBody},
		"a type in other case":                {`[{"MsgType":"timtextelem","MsgContent":{"Text":"x"}}]`, CodeBadBody},
		"a type that is a number":             {`[{"MsgType":1,"MsgContent":{}}]`, CodeBadBody},
		"no content":                          {`[{"MsgType":"TIMTextElem"}]`, CodeBadBody},
		"content that is an array":            {`[{"MsgType":"TIMTextElem","MsgContent":[]}]`, CodeBadBody},
		"two custom elements":                 {`[{"MsgType":"TIMCustomElem","MsgContent":{}},{"MsgType":"TIMCustomElem","MsgContent":{}}]`, CodeBadBody},
		"a text without Text":                 {`[{"MsgType":"TIMTextElem","MsgContent":{}}]`, CodeBadElement},
		"a Text that is a number":             {`[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]`, CodeBadElement},
		"a Text in other case":                {`[{"MsgType":"TIMTextElem","MsgContent":{"text":"x"}}]`, CodeBadElement},
		"a latitude that is a string":         {`[{"MsgType":"TIMLocationElem","MsgContent":{"Latitude":"1"}}]`, CodeBadElement},
		"an image size without URL":           {`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":[{"Width":1,"Height":1}]}}]`, CodeBadElement},
		"an image array of numbers":           {`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":[1]}}]`, CodeBadElement},
		"a group tip, which only we may send": {`[{"MsgType":"TIMGroupTipElem","MsgContent":{}}]`, CodeBadBody},
	} {
		if got := CodeOf(CheckBody(json.RawMessage(c.body))); got != c.want {
			t.Errorf("%s: got code %d, want %d", name, got, c.want)
		}
	}
}

// FuzzCheckBody: CheckBody says what decoding member by member says, and
// nothing makes it panic.
func FuzzCheckBody(f *testing.F) {
	for _, s := range []string{
		`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`,
		`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":[{}]}}]`,
		`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":[{"URL":"","Width":1,"Height":1,"Height":-2e3}, null]}} ]`,
		`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":1,"ImageInfoArray":[]}}]`,
		`[ { "Msg\u0054ype" : "TIM\u0054extElem" , "MsgContent" : { "T\u0065xt" : "\"}]" } } ]`,
		`[{"MsgContent":{"Text":"a","Text":1},"MsgType":"TIMTextElem"},{"MsgType":null}]`,
		`[{"MsgType":"TIMCustomElem","MsgContent":{}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":[{"a":[true,null,{}]}]}}]`,
		`[[[[[[`, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"\ud800"}}]`, "[\xff]", `[null]`, `[{}]`, `[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1e999}}]`, `[1 ,2]`, `[]]`,
		"[{\"MsgType\xff\":1,\"MsgType\":\"TIMFaceElem\",\"MsgContent\":{\"Index\":0}}]",
		strings.Repeat("[", 3000),
		merged(`{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]},null`), merged(`{"MsgBody":[]}`),
		`[{"MsgType":"TIMRelayElem","MsgContent":{"AbstractList":["a",1],"MsgList":1,"MsgList":[{}]}}]`,
		merged(`{"MsgBody":` + merged(`{"MsgBody":[null]}`) + `,"MsgSeq":1}`),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, want := CodeOf(CheckBody(body)), decodedCode(body); got != want {
			t.Fatalf("%q: got %d, want %d", body, got, want)
		}
	})
}

// decodedCode is what CheckBody must say, found by the standard decoder: slow
// and plain. What wire.Valid refuses besides is package wire's to test.
func decodedCode(body []byte) Code {
	var elems []any
	all := json.NewDecoder(bytes.NewReader(body))
	all.UseNumber() // of any size
	if !wire.Valid(body) || all.Decode(&elems) != nil || elems == nil {
		return CodeBodyNotArray
	}
	return decodedElements(elems)
}

func decodedElements(elems []any) Code {
	if len(elems) == 0 {
		return CodeBadBody
	}
	custom := 0
	for _, e := range elems {
		elem, _ := e.(map[string]any)
		kind, _ := elem["MsgType"].(string)
		form := formOf([]byte(kind))
		content, isObject := elem["MsgContent"].(map[string]any)
		if form == nil || !isObject {
			return CodeBadBody
		}
		if kind == customElem {
			custom++
		}
		if !decodedMembers(form.fields, content) {
			return CodeBadElement
		}
		switch kind {
		case imageElem:
			images, _ := content["ImageInfoArray"].([]any)
			for _, i := range images {
				if info, ok := i.(map[string]any); !ok || !decodedMembers(imageInfo, info) {
					return CodeBadElement
				}
			}
		case relayElem:
			if code := decodedRelay(content); code != 0 {
				return code
			}
		}
	}
	if custom > 1 {
		return CodeBadBody
	}
	return 0
}

func decodedRelay(content map[string]any) Code {
	lines, _ := content["AbstractList"].([]any)
	for _, l := range lines {
		if _, ok := l.(string); !ok {
			return CodeBadElement
		}
	}
	list, _ := content["MsgList"].([]any)
	for i, one := range list {
		m, ok := one.(map[string]any)
		if !ok || i == maxMerged || !decodedMembers(relayMessage, m) {
			return CodeBadElement
		}
		if code := decodedElements(m["MsgBody"].([]any)); code != 0 {
			return code
		}
	}
	return 0
}

func decodedMembers(form []elementField, have map[string]any) bool {
	old := !slices.ContainsFunc(form, func(f elementField) bool { return f.need == unlessOld && have[f.name] != nil })
	for _, f := range form {
		v, ok := have[f.name]
		var kind wire.Kind
		switch v.(type) {
		case string:
			kind = wire.Text
		case json.Number:
			kind = wire.Number
		case []any:
			kind = wire.List
		}
		if ok && kind != f.kind || !ok && (f.need == needed || f.need == unlessOld && !old) {
			return false
		}
	}
	return true
}

func TestElementFormsFitCheckBody(t *testing.T) {
	for _, f := range append(elements, elementForm{"ImageInfoArray", imageInfo}, elementForm{"MsgList", relayMessage}, elementForm{"Quote", quoteForm}) {
		if len(f.fields) > maxElementFields {
			t.Errorf("%s has %d fields, CheckBody looks at %d", f.kind, len(f.fields), maxElementFields)
		}
	}
}

func BenchmarkCheckBody(b *testing.B) {
	body := json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu cmf"}}]`)
	b.ReportAllocs()
	for range b.N {
		if err := CheckBody(body); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMsgKey(t *testing.T) {
	key := MsgKey{Seq: 549396494, Random: 2578554, Time: 1584669680}
	if got, want := key.String(), "549396494_2578554_1584669680"; got != want {
		t.Errorf("String: got %s, want %s", got, want)
	}
	if got, err := ParseMsgKey(key.String()); err != nil || got != key {
		t.Errorf("ParseMsgKey: got %v %v, want %v", got, err, key)
	}
	for _, bad := range []string{"", "1_2", "1_2_3_4", "a_2_3", "1_4294967296_3", "1_2_-3", "1_2_" + strings.Repeat("9", 50)} {
		if _, err := ParseMsgKey(bad); CodeOf(err) != CodeBadMsgKey {
			t.Errorf("ParseMsgKey(%q): got %v, want 90054", bad, err)
		}
	}
}

func TestMessageID(t *testing.T) {
	for want, m := range map[string]*Message{
		"ann-x1":        {From: "ann", ClientMsgID: "x1", Seq: 3, Time: 5000, Random: 7},
		"3~5000-7":      {From: "ann", Seq: 3, Time: 5000, Random: 7},
		"~5000-7":       {From: "ann", Time: 5000, Random: 7},
		"\u00e9-\u4f60": {From: "\u00e9", ClientMsgID: "\u4f60"},
	} {
		if got := m.ID(); got != want {
			t.Errorf("ID: got %s, want %s", got, want)
		}
		if got := string(m.AppendID([]byte("x"))); got != "x"+want {
			t.Errorf("AppendID: got %s, want x%s", got, want)
		}
		if r := ReceiptOf(m); r.ID != want || r.Key != m.Key() {
			t.Errorf("receipt: got %s and %s, want %s and %s", r.ID, r.Key, want, m.Key())
		}
	}
}
