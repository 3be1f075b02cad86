package chat

import "testing"

// A refusal of an element's member says what would have been read.
func TestElementSaysWhatIsWanted(t *testing.T) {
	for content, want := range map[string]string{
		`[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]`:                        "TIMTextElem.Text has to be text",
		`[{"MsgType":"TIMFaceElem","MsgContent":{"Index":"1"}}]`:                     "TIMFaceElem.Index has to be a number",
		`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageInfoArray":{}}}]`: "TIMImageElem.ImageInfoArray has to be a list",
	} {
		if _, text := Outward(CheckBody([]byte(content))); text != want {
			t.Errorf("%s: %q, want %q", content, text, want)
		}
	}
}
