package push

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// What a push says, in both languages (spec/05, spec/09 A).
func TestTexts(t *testing.T) {
	ann := names{sender: "Ann"}
	room := names{sender: "Ann", group: "Room 7"}
	for _, c := range []struct {
		name, body, push string
		called           names
		english, chinese string
	}{
		{"text", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`, ``, ann, "Ann: hi", "Ann: hi"},
		{"escapes", `[ {"MsgContent": {"Text": "\u4f60\n\"好\""}, "MsgType": "TIMTextElem"} ]`, ``, names{}, "你\n\"好\"", "你\n\"好\""},
		{"location", `[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"x"}}]`, ``, ann, "Ann: [Location]", "Ann: [位置]"},
		{"face", `[{"MsgType":"TIMFaceElem","MsgContent":{}}]`, ``, names{}, "[Face]", "[表情]"},
		{"voice", `[{"MsgType":"TIMSoundElem","MsgContent":{}}]`, ``, room, "Ann (Room 7): [Voice]", "Ann (Room 7): [语音]"},
		{"image", `[{"MsgType":"TIMImageElem","MsgContent":{}}]`, ``, names{group: "Room 7"}, "(Room 7): [Image]", "(Room 7): [图片]"},
		{"file", `[{"MsgType":"TIMFileElem","MsgContent":{"FileName":"f"}}]`, ``, names{}, "[File]", "[文件]"},
		{"video", `[{"MsgType":"TIMVideoFileElem","MsgContent":{}}]`, ``, names{}, "[Video]", "[视频]"},
		{"merged", `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t"}}]`, ``, names{}, "[Chat history]", "[聊天记录]"},
		{"custom", `[{"MsgType":"TIMCustomElem","MsgContent":{"Desc":"ring"}}]`, ``, ann, "Ann: ring", "Ann: ring"},
		{"custom, silent", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"x"}}]`, ``, ann, "", ""},
		{"custom beside an info", `[{"MsgType":"TIMCustomElem","MsgContent":{"Desc":"ring"}}]`, `{"Ext":"e"}`, ann, "", ""},
		{"several", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"look"}},{"MsgType":"TIMFaceElem","MsgContent":{}},{"MsgType":"TIMCustomElem","MsgContent":{}}]`, ``, ann, "Ann: look[Face]", "Ann: look[表情]"},
		{"Desc", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`, `{"Desc":"a call"}`, ann, "a call", "a call"},
		{"no Desc", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`, `{"Desc":"","Title":"t"}`, ann, "Ann: hi", "Ann: hi"},
		{"an element to come", `[{"MsgType":"TIMLaterElem","MsgContent":{}}]`, ``, ann, "", ""},
		{"empty", `[]`, ``, ann, "", ""},
	} {
		m := &chat.Message{Conv: chat.C2COf(1, "ann", "bob"), From: "ann", Body: json.RawMessage(c.body), Push: json.RawMessage(c.push)}
		for in, want := range map[string]string{"en-GB": c.english, "": c.english, "zh": c.chinese, "zh-Hant-TW": c.chinese, "ZH_cn": c.chinese, "zhx": c.english} {
			if got := noticeOf(m, c.called, languageOf(in), FCM).Text; got != want {
				t.Errorf("%s in %q: %q, want %q", c.name, in, got, want)
			}
		}
	}
}

// The members of OfflinePushInfo reach the device, and beside it those of a custom element do
// not.
func TestNotice(t *testing.T) {
	m := &chat.Message{
		Conv: chat.GroupOf(1, "g"), From: "ann", Seq: 7, Time: 1_700_000_000_123, ClientMsgID: "m1", PushLife: 60,
		Body: json.RawMessage(`[{"MsgType":"TIMCustomElem","MsgContent":{"Desc":"d","Ext":"custom","Sound":"c.wav"}}]`),
	}
	n := noticeOf(m, names{}, english, APNs)
	if n.Ext != "custom" || n.Sound != "c.wav" || n.PushID != "ann-m1" || n.Expires != 1_700_000_060 || n.Title != "" || len(n.Collapse) != 32 {
		t.Errorf("of a custom element: %+v", n)
	}
	if other := noticeOf(&chat.Message{Conv: chat.C2COf(1, "g", "ann")}, names{}, english, APNs); other.Collapse == n.Collapse {
		t.Error("two conversations have one Collapse")
	}
	m.Push = json.RawMessage(`{"Title":"T","Desc":"D","Ext":"{\"a\":1}","AndroidInfo":{"Sound":"a.mp3","HuaWeiChannelID":"h","VIVOClassification":0},
		"ApnsInfo":{"Sound":"i.caf","BadgeMode":1,"Title":"A","SubTitle":"S","Image":"https://x/i.png","MutableContent":1}}`)
	n = noticeOf(m, names{}, english, APNs)
	if n.Title != "A" || n.SubTitle != "S" || n.Text != "D" || n.Ext != `{"a":1}` || n.Sound != "i.caf" || !n.NoBadge || n.Image != "https://x/i.png" || !n.MutableContent {
		t.Errorf("for iOS: %+v", n)
	}
	n = noticeOf(m, names{}, english, HMS)
	if n.Title != "T" || n.Android.Sound != "a.mp3" || n.Android.HuaWeiChannelID != "h" || n.Android.VIVOClassification == nil || *n.Android.VIVOClassification != 0 {
		t.Errorf("for Android: %+v", n)
	}
}

// What is too long is cut between two characters.
func TestTextsAreCut(t *testing.T) {
	for pad := range 4 {
		body, err := json.Marshal([]map[string]any{{"MsgType": "TIMTextElem", "MsgContent": map[string]string{"Text": strings.Repeat("a", pad) + strings.Repeat("茶", 4000)}}})
		if err != nil {
			t.Fatal(err)
		}
		got := noticeOf(&chat.Message{Body: body}, names{sender: "Ann"}, english, FCM).Text
		if len(got) > maxText || len(got) < maxText-8 || !utf8.ValidString(got) || !strings.HasPrefix(got, "Ann: ") || !strings.HasSuffix(got, "茶…") {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}

// Whatever a message holds, its text is text within its bound.
func FuzzTextOf(f *testing.F) {
	f.Add(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`, `{"Desc":"d"}`)
	f.Add(`[{"MsgType":7,"MsgContent":null}]`, `{"Desc":1,"ApnsInfo":[]}`)
	f.Fuzz(func(t *testing.T, body, info string) {
		if !json.Valid([]byte(body)) || !json.Valid([]byte(info)) {
			return
		}
		n := noticeOf(&chat.Message{Body: json.RawMessage(body), Push: json.RawMessage(info)}, names{"s", "g"}, chinese, APNs)
		if len(n.Text) > maxText || len(n.Title) > maxTitle || !utf8.ValidString(n.Text) {
			t.Errorf("%q", n.Text)
		}
	})
}
