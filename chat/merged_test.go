package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/wire"
)

func TestMergedKey(t *testing.T) {
	for _, conv := range []Conversation{C2COf(7, "ann", "bob"), C2COf(7, "ann", "ann"), GroupOf(7, "@TGS#1 x"), C2COf(7, "\u00e9", "b")} {
		k := MergedKey{Conv: conv, Message: [16]byte{1, 15: 255}, List: 3}
		got, ok := ParseMergedKey(7, k.String())
		if !ok || got != k {
			t.Errorf("%v: got %v %v", k, got, ok)
		}
	}
	good := MergedKey{Conv: C2COf(7, "ann", "bob")}.String()
	swapped := MergedKey{Conv: Conversation{7, C2C, "bob", "ann"}}.String()
	user := MergedKey{Conv: Conversation{7, userKind, "bob", ""}}.String()
	nameless := MergedKey{Conv: Conversation{7, C2C, "", "bob"}}.String()
	for _, bad := range []string{"", "k", good[:20], good + "A", good + "=", good + "\n", strings.ToUpper(good), swapped, user, nameless} {
		if k, ok := ParseMergedKey(7, bad); ok {
			t.Errorf("%q is %v", bad, k)
		}
	}
}

func FuzzParseMergedKey(f *testing.F) {
	f.Add(MergedKey{Conv: C2COf(7, "ann", "bob")}.String())
	f.Add(MergedKey{Conv: GroupOf(7, "tea"), List: 255}.String())
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, text string) {
		if k, ok := ParseMergedKey(7, text); ok && k.String() != text {
			t.Fatalf("%q is read as %v, which is %q", text, k, k.String())
		}
	})
}

// cutting is a cut at so many bytes, in which one key leads to a list.
func cutting(most int) *Cut {
	return &Cut{
		Most: most, Key: func(n int) string { return fmt.Sprint("key", n) },
		Stored: func(key string, room int) ([]byte, error) {
			switch {
			case key != "known":
				return nil, nil
			case room < len(knownList):
				return nil, Refuse(CodeMessageTooLong, "")
			}
			return []byte(knownList), nil
		},
	}
}

const knownList = `[{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"known"}}]}]`

// What a cut leaves, and what it takes out.
func TestCut(t *testing.T) {
	entry := func(n int) string {
		return `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("x", n) + `"}}]}`
	}
	relay := func(content string) string {
		return `[{"MsgType":"TIMRelayElem","MsgContent":{` + content + `}}]`
	}
	for _, c := range []struct {
		name, body, want string
		lists            []string
		code             Code
	}{
		{name: "a short one", body: relay(`"MsgList":[` + entry(9) + `]`)},
		{
			name: "one too long", body: relay(`"Title" : "t", "MsgList":[` + entry(90) + `,` + entry(90) + `],"Odd":1.0`),
			want:  relay(`"Title" : "t","Odd":1.0,"JsonMsgKey":"key0"`),
			lists: []string{`[` + entry(90) + `,` + entry(90) + `]`},
		},
		{
			name: "names in escapes", body: `[{"Msg\u0054ype":"TIM\u0052elayElem","MsgContent":{"Msg\u004cist":[` + entry(90) + `,` + entry(90) + `]}}]`,
			want:  `[{"Msg\u0054ype":"TIM\u0052elayElem","MsgContent":{"JsonMsgKey":"key0"}}]`,
			lists: []string{`[` + entry(90) + `,` + entry(90) + `]`},
		},
		{
			name:  "one in another, both too long",
			body:  relay(`"MsgList":[` + entry(90) + `,{"MsgBody":` + relay(`"MsgList":[`+entry(90)+`,`+entry(90)+`]`) + `}]`),
			want:  relay(`"JsonMsgKey":"key1"`),
			lists: []string{`[` + entry(90) + `,` + entry(90) + `]`, `[` + entry(90) + `,{"MsgBody":` + relay(`"JsonMsgKey":"key0"`) + `}]`},
		},
		{
			name: "a key that is known", body: relay(`"JsonMsgKey":"known","MsgList":[],"Title":"t"`),
			want: relay(`"Title":"t","JsonMsgKey":"key0"`), lists: []string{knownList},
		},
		{
			name: "a key that is known, deep in a short one", body: relay(`"MsgList":[{"MsgBody":` + relay(`"JsonMsgKey":"known"`) + `}]`),
			want: relay(`"MsgList":[{"MsgBody":` + relay(`"JsonMsgKey":"key0"`) + `}]`), lists: []string{knownList},
		},
		{name: "a key beside a list goes", body: relay(`"JsonMsgKey":"known","MsgList":[` + entry(9) + `]`), want: relay(`"MsgList":[` + entry(9) + `]`)},
		{name: "a key that is not", body: relay(`"JsonMsgKey":"other"`), code: CodeBadElement},
		{name: "a key that is not, deep in it", body: relay(`"MsgList":[{"MsgBody":` + relay(`"JsonMsgKey":"other"`) + `}]`)},
		{name: "an empty key", body: relay(`"JsonMsgKey":"","Title":"t"`)},
		{name: "too long without it", body: relay(`"Title":"` + strings.Repeat("t", 250) + `","MsgList":[` + entry(9) + `]`), code: CodeMessageTooLong},
		{name: "too long and nothing to cut", body: relay(`"Title":"` + strings.Repeat("t", 250) + `"`), code: CodeMessageTooLong},
		{name: "one in it that is too long by itself", body: relay(`"MsgList":[` + entry(250) + `]`), code: CodeMessageTooLong},
		{name: "longer than a packet", body: relay(`"MsgList":[` + strings.Repeat(entry(100)+`,`, 900) + entry(1) + `]`), code: CodeMessageTooLong},
	} {
		cut := cutting(200)
		if err := CheckBody(json.RawMessage(c.body)); err != nil && c.code == 0 {
			t.Errorf("%s: %v", c.name, err)
		}
		got, err := cut.Body(json.RawMessage(c.body), "")
		if c.want == "" {
			c.want = c.body
		}
		if CodeOf(err) != c.code || c.code == 0 && string(got) != c.want {
			t.Errorf("%s: got %s %v, want %s %d", c.name, got, err, c.want, c.code)
			continue
		}
		for i, l := range cut.Lists {
			if c.code == 0 && (i >= len(c.lists) || string(l) != c.lists[i]) {
				t.Errorf("%s: list %d is %s, want %v", c.name, i, l, c.lists)
			}
		}
	}
	cut := cutting(200)
	if _, err := cut.Body([]byte(relay(`"MsgList":[`+entry(9)+`]`)), strings.Repeat("c", 150)); err != nil || len(cut.Lists) != 1 {
		t.Errorf("with CloudCustomData: %d lists, %v", len(cut.Lists), err)
	}
	if _, err := cutting(-1).Body([]byte(relay(`"MsgList":[`+entry(900)+`]`)), ""); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// Keys in one message lead to so many lists, and not beyond the room.
func TestCutReadsSoManyKeys(t *testing.T) {
	one := `{"MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"JsonMsgKey":"%s"}}]}`
	for key, most := range map[string]int{"known": maxCutLists, "other": maxKeysRead} {
		list := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(one, key)+",", 300), ",")
		body := `[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[` + fmt.Sprintf(one, key) + `,{"MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[` + list + `]}}]}]}}]`
		cut := cutting(-1)
		reads, stored := 0, cut.Stored
		cut.Stored = func(key string, room int) ([]byte, error) {
			reads++
			return stored(key, room)
		}
		if _, err := cut.Body([]byte(body), ""); err != nil || reads != most {
			t.Errorf("%s: %d keys were read, want %d, %v", key, reads, most, err)
		}
		if key == "known" && len(cut.Lists) != maxCutLists {
			t.Errorf("%d lists", len(cut.Lists))
		}
	}
}

func BenchmarkHoldsMerged(b *testing.B) {
	body := []byte(`[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{\"a\":\"` + strings.Repeat("x", 200) + `\"}"}}]`)
	b.ReportAllocs()
	for range b.N {
		if HoldsMerged(body) {
			b.Fatal("it holds one")
		}
	}
}

// FuzzCut: what is left of a good body is a good body that is not too long, and what is
// taken out are good lists within their bounds.
func FuzzCut(f *testing.F) {
	for _, s := range []string{
		merged(`{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("x", 100) + `"}}]}`),
		merged(`{"MsgBody":` + merged(`{"MsgBody":[{"MsgType":"TIMFaceElem","MsgContent":{}}],"CloudCustomData":"\u00e9"}`) + `}`),
		`[{"MsgType":"TIMRelayElem","MsgContent":{"JsonMsgKey":"known"}},{"MsgType":"TIM\u0052elayElem","MsgContent":{"MsgList":[],"MsgList":[{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"\/"}}]}]}}]`,
		merged(`{"MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"JsonMsgKey":"other","JsonMsgKey":"known"}}]}`),
		"[{\"MsgType\xff\":1}]", `[ { "MsgType" : "TIMRelayElem" , "MsgContent" : { } } ]`,
	} {
		f.Add([]byte(s), 80)
	}
	f.Fuzz(func(t *testing.T, body []byte, most int) {
		if CheckBody(body) != nil {
			return
		}
		cut := cutting(most)
		got, err := cut.Body(body, "")
		if err != nil {
			return
		}
		if err := CheckBody(got); err != nil {
			t.Fatalf("%s is made of %s: %v", got, body, err)
		}
		if HoldsMerged(body) && most >= 0 && LongerThan(got, most) {
			t.Fatalf("%s is longer than %d", got, most)
		}
		bytes := 0
		for _, l := range cut.Lists {
			bytes += len(l)
			if !wire.Valid(l) || CheckBody([]byte(`[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":`+string(l)+`}}]`)) != nil {
				t.Fatalf("%s comes out of %s", l, body)
			}
		}
		if bytes > MaxCutBytes+len(body)+len(cut.Lists)*64 || len(cut.Lists) > 2*maxCutLists {
			t.Fatalf("%d lists of %d bytes", len(cut.Lists), bytes)
		}
	})
}
