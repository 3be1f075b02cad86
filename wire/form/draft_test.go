package form

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

var (
	toBob   = chat.ToUser("bob")
	toGroup = chat.ToGroup("g")
)

func TestDecodeSend(t *testing.T) {
	d, err := DecodeSend([]byte(`{"MsgBody":`+hello+`,"MsgRandom":4294967295,"MsgSeq":5,"CloudCustomData":"c",
		"OfflinePushInfo":{"Title":"t"},"OnlineOnlyFlag":1,"MsgLifeTime":60,"MsgPriority":"High",
		"GroupAtInfo":[{"GroupAtAllFlag":1},{"GroupAtAllFlag":0,"GroupAt_Account":"bob"},{"GroupAt_Account":"carol"}],
		"To_Account":["bob","carol"],"IsNeedReadReceipt":1,"SupportMessageExtension":1,
		"SendMsgControl":["NoUnread","WithMuteNotifications","NoMsgCheck"],"Quote":{"MsgSeq":1},"ClientMsgId":"id"}`), "ann", toGroup)
	if err != nil {
		t.Fatal(err)
	}
	if string(d.Body) != hello {
		t.Errorf("body is %s", d.Body)
	}
	d.Body = nil
	random, seq := uint32(4294967295), uint32(5)
	want := chat.Draft{
		To: toGroup, Random: &random, SenderSeq: &seq, Cloud: "c", Push: json.RawMessage(`{"Title":"t"}`),
		Priority: chat.High, At: []chat.UserID{chat.AtAll, "bob", "carol"}, Only: []chat.UserID{"bob", "carol"},
		Control: chat.OnlineOnly | chat.NeedReceipt | chat.Extensible | chat.NoUnread | chat.WithMuteNotification,
		Quote:   json.RawMessage(`{"MsgSeq":1}`), ClientMsgID: "id",
	}
	if asJSON(d) != asJSON(want) {
		t.Errorf("got  %s\nwant %s", asJSON(d), asJSON(want))
	}
}

func TestDecodeSendLastMemberWins(t *testing.T) {
	d, err := DecodeSend([]byte(`{"MsgBody":[],"SendMsgControl":["NoUnread"],"SendMsgControl":["NoLastMsg"],
		"To_Account":["a"],"To_Account":["b"],"OnlineOnlyFlag":1,"OnlineOnlyFlag":0,
		"GroupAtInfo":[{"GroupAtAllFlag":1}],"GroupAtInfo":[]}`), "ann", toGroup)
	if err != nil {
		t.Fatal(err)
	}
	if d.Control != chat.NoLastMsg || len(d.Only) != 1 || d.Only[0] != "b" || len(d.At) != 0 {
		t.Errorf("got %s", asJSON(d))
	}
}

func TestDecodeSendRefusals(t *testing.T) {
	for _, c := range []struct {
		member string
		c2c    chat.Code // in groups it is 10004 for all
	}{
		{`"MsgBody":{}`, 90007},
		{`"MsgBody":"x"`, 90007},
		{`"MsgRandom":"1"`, 90005},
		{`"MsgRandom":-1`, 90005},
		{`"MsgRandom":4294967296`, 90005},
		{`"MsgSeq":"1"`, 90001},
		{`"CloudCustomData":1`, 90001},
		{`"OfflinePushInfo":[]`, 90043},
		{`"MsgLifeTime":"60"`, 90044},
		{`"MsgLifeTime":-1`, 90044},
		{`"MsgPriority":"Highest"`, 90001},
		{`"SendMsgControl":"NoUnread"`, 90001},
		{`"SendMsgControl":[1]`, 90001},
		{`"Quote":1`, 90001},
		{`"OnlineOnlyFlag":"1"`, 90001},
		{`"ClientMsgId":1`, 90001},
		{`"ClientMsgId":"` + strings.Repeat("x", 65) + `"`, 90001},
		{`"From_Account":1`, 90008},
	} {
		body := []byte(`{"MsgBody":[],` + c.member + `}`)
		if _, err := DecodeSend(body, "ann", toBob); chat.CodeOf(err) != c.c2c {
			t.Errorf("%.50s to a user: %v, want %d", c.member, err, c.c2c)
		}
		if _, err := DecodeSend(body, "ann", toGroup); chat.CodeOf(err) != chat.CodeGroupParameter {
			t.Errorf("%.50s to a group: %v, want 10004", c.member, err)
		}
	}
	for _, m := range []string{
		`"To_Account":"bob"`, `"To_Account":[1]`, `"To_Account":[]`, `"GroupAtInfo":{}`, `"GroupAtInfo":[1]`, `"GroupAtInfo":[{}]`,
		`"GroupAtInfo":[{"GroupAt_Account":1}]`, `"GroupAtInfo":[{"GroupAtAllFlag":"1"}]`,
	} {
		if _, err := DecodeSend([]byte(`{`+m+`}`), "ann", toGroup); chat.CodeOf(err) != chat.CodeGroupParameter {
			t.Errorf("%s: %v, want 10004", m, err)
		}
	}
	if _, err := DecodeSend([]byte(`{"MsgBody":[]} x`), "ann", toBob); chat.CodeOf(err) != chat.CodeNotJSON {
		t.Errorf("rubbish at the end: %v", err)
	}
}

func TestPlainTextBecomesATextElement(t *testing.T) {
	const said = "say \"tea\"\n\\ 空 \U0001F375"
	d, err := TextDraft([]byte(said), toBob)
	if err != nil {
		t.Fatal(err)
	}
	var body []struct {
		MsgType    string
		MsgContent struct{ Text string }
	}
	if err := json.Unmarshal(d.Body, &body); err != nil || len(body) != 1 || body[0].MsgType != "TIMTextElem" || body[0].MsgContent.Text != said {
		t.Errorf("got %s (%v)", d.Body, err)
	}
	if err := chat.CheckBody(d.Body); err != nil {
		t.Errorf("the core would refuse it: %v", err)
	}
	for what, payload := range map[string]string{"no UTF-8": "\xff", "empty": ""} {
		if _, err := TextDraft([]byte(payload), toBob); chat.CodeOf(err) != chat.CodeBadBody {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := TextDraft([]byte(payload), toGroup); chat.CodeOf(err) != chat.CodeGroupParameter {
			t.Errorf("%s to a group: %v", what, err)
		}
	}
}

func TestDecodeRead(t *testing.T) {
	for _, c := range []struct {
		payload string
		want    chat.Seq
		code    chat.Code
	}{
		{"", chat.Newest, 0},
		{" \n", chat.Newest, 0},
		{"{}", chat.Newest, 0},
		{`{"MsgSeq":null}`, chat.Newest, 0},
		{`{"MsgSeq":42}`, 42, 0},
		{`{"MsgId":"42~1700000000000-7"}`, 42, 0},
		{`{"MsgId":"bob-x"}`, 0, 90001},
		{`{"MsgSeq":0}`, 0, 0},
		{`{"MsgSeq":"42"}`, 0, 90001},
		{`42`, 0, 60003},
	} {
		got, err := DecodeRead([]byte(c.payload), "ann", toBob)
		if got != c.want || chat.CodeOf(err) != c.code {
			t.Errorf("%q: %d, %v, want %d, code %d", c.payload, got, err, c.want, c.code)
		}
	}
}

func TestDecodeRecall(t *testing.T) {
	for _, c := range []struct {
		payload string
		want    chat.MessageRef
		reason  string
		code    chat.Code
	}{
		{`{"MsgSeq":42,"Reason":"typo"}`, chat.MessageRef{Seq: 42}, "typo", 0},
		{`{"MsgKey":"1_2_3"}`, chat.MessageRef{Key: "1_2_3"}, "", 0},
		{`{"MsgId":"bob-x"}`, chat.MessageRef{ID: "bob-x"}, "", 0},
		{`{}`, chat.MessageRef{}, "", 10004},
		{`{"MsgSeq":"1"}`, chat.MessageRef{}, "", 10004},
		{``, chat.MessageRef{}, "", 60003},
	} {
		got, reason, err := DecodeRecall([]byte(c.payload), "ann", toGroup)
		if chat.CodeOf(err) != c.code || err == nil && (got != c.want || reason != c.reason) {
			t.Errorf("%q: %+v %q %v", c.payload, got, reason, err)
		}
	}
}

// FuzzDecodeSend: no payload panics, and a draft that comes out holds JSON.
func FuzzDecodeSend(f *testing.F) {
	f.Add([]byte(`{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"GroupAtInfo":[{"GroupAtAllFlag":1}]}`), true)
	f.Add([]byte(`{"MsgLifeTime":0,"To_Account":["x"],"SendMsgControl":["NoUnread"]}`), false)
	f.Fuzz(func(t *testing.T, payload []byte, group bool) {
		target := toBob
		if group {
			target = toGroup
		}
		d, err := DecodeSend(payload, "ann", target)
		if err != nil {
			return
		}
		for _, raw := range [][]byte{d.Body, d.Push, d.Quote} {
			if raw != nil && !json.Valid(raw) {
				t.Errorf("%q gives %q", payload, raw)
			}
		}
	})
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestDraftMembersAreThoseThatAreRead(t *testing.T) {
	for _, name := range append(slices.Clone(draftMembers), adminMembers...) {
		body := []byte(`{"MsgRandom":1,"` + name + `":true}`)
		list, err := Split(body, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := AdminDraftOf(list, toGroup); err == nil || !IsAdminDraftMember(name) {
			t.Errorf("%s is not read", name)
		}
	}
}
