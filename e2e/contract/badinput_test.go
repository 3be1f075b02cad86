//go:build e2e

package contract

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// What strangers may write into a payload: the documented code, no panic, and
// the connection lives on (spec/04 §3, spec/05, spec/40).
func TestBadPayloads(t *testing.T) {
	t.Parallel()
	s := shared(t)
	bob := s.user("bob")
	bobs := openRaw(t, bob, rawOptions{version: 4})
	bobs.subscribe(t, "im/in/#")
	body := func(members string) string {
		return `{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]` + members + `}`
	}
	element := func(content string) string { return `{"MsgBody":[` + content + `]}` }
	text := `{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}`
	custom := `{"MsgType":"TIMCustomElem","MsgContent":{"Data":"x"}}`
	nested := strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000)
	for _, c := range []struct {
		what, payload string
		codes         []int // none: it is sent
	}{
		{"nothing", ``, []int{60003}},
		{"a word", `hello`, []int{60003}},
		{"an open object", `{"MsgBody":[`, []int{60003}},
		{"rubbish after the object", body("") + `x`, []int{60003}},
		{"an array", `[]`, []int{60003, 90001, 90002, 90007}},
		{"a number", `7`, []int{60003, 90001, 90002, 90007}},
		{"null", `null`, []int{60003, 90001, 90002, 90007}},
		{"a broken escape", `{"MsgBody":"\x"}`, []int{60003}},
		{"invalid UTF-8", "{\"MsgBody\":[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\xff\xfe\"}}]}", []int{60003}},
		{"deep nesting", `{"MsgBody":` + nested + `}`, []int{60003, 90002, 80002, 93000}},
		{"deep nesting in an element", element(`{"MsgType":"TIMCustomElem","MsgContent":{"Data":"x","y":` + nested + `}}`), []int{60003, 90010, 90002, 80002, 93000}},
		{"65 levels", body(`,"X":` + strings.Repeat(`[`, 64) + strings.Repeat(`]`, 64)), []int{60003}},
		{"a number no reader can hold", element(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"x","Size":1e999}}`), []int{60003}},
		{"half a face", element(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"\ud83d"}}`), []int{60003}},
		{"the other half", body(`,"CloudCustomData":"\ude00"`), []int{60003}},
		{"no MsgBody", `{}`, []int{90007, 90002}},
		{"MsgBody as an object", `{"MsgBody":{}}`, []int{90007, 90002}},
		{"MsgBody as a string", `{"MsgBody":"hi"}`, []int{90007, 90002}},
		{"MsgBody as null", `{"MsgBody":null}`, []int{90007, 90002}},
		{"no elements", `{"MsgBody":[]}`, []int{90002}},
		{"an element that is none", element(`7`), []int{90002}},
		{"an element without a type", element(`{"MsgContent":{}}`), []int{90002}},
		{"an element without content", element(`{"MsgType":"TIMTextElem"}`), []int{90002}},
		{"an unknown element", element(`{"MsgType":"TIMSongElem","MsgContent":{}}`), []int{90002}},
		{"a tip made at home", element(`{"MsgType":"TIMGroupTipElem","MsgContent":{}}`), []int{90002}},
		{"two custom elements", element(custom + `,` + custom), []int{90002}},
		{"a text that is a number", element(`{"MsgType":"TIMTextElem","MsgContent":{"Text":7}}`), []int{90010}},
		{"a picture without a name", element(`{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[]}}`), []int{90010}},
		{"MsgRandom as a string", body(`,"MsgRandom":"7"`), []int{90005}},
		{"MsgRandom below zero", body(`,"MsgRandom":-1`), []int{90005}},
		{"MsgRandom beyond 32 bits", body(`,"MsgRandom":4294967296`), []int{90005}},
		{"MsgLifeTime as a string", body(`,"MsgLifeTime":"x"`), []int{90044}},
		{"OfflinePushInfo as a string", body(`,"OfflinePushInfo":"x"`), []int{90043}},
		{"CloudCustomData as a number", body(`,"CloudCustomData":7`), []int{90001, 90002, 90010}},
		{"a ClientMsgId of 65 bytes", body(`,"ClientMsgId":"` + strings.Repeat("x", 65) + `"`), []int{90001, 90002, 90010}},
		{"12 KB and a byte", element(textOf(12289 - textNames)), []int{80002}},
		{"CloudCustomData over the size", body(`,"CloudCustomData":"` + strings.Repeat("x", 12288) + `"`), []int{80002}},

		{"64 levels", body(`,"X":` + strings.Repeat(`[`, 63) + strings.Repeat(`]`, 63)), nil},
		{"a face in escapes", element(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"\ud83d\ude00"}}`), nil},
		{"12 KB", element(textOf(12288 - textNames)), nil},
		{"unknown members", body(`,"Colour":"blue","Nested":{"a":[1,2]}`), nil},
		{"unknown members of an element", element(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Size":29.340656774469956}}`), nil},
		{"old voices without an address", element(`{"MsgType":"TIMSoundElem","MsgContent":{"UUID":"u","Size":1,"Second":1}}`), nil},
		{"several elements", element(text + `,` + custom), nil},
		{"blanks and line ends", "\n {\t\"MsgBody\" : [ " + text + " ] }\r\n", nil},
		{"escapes in names", `{"Msg\u0042ody":[` + text + `]}`, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, version := range []byte{4, 5} {
				d := openRaw(t, s.user("ann"), rawOptions{version: version})
				d.subscribe(t, "im/ack", "im/err")
				topic := "im/send/c2c/" + bob.id
				want := "im/err"
				if c.codes == nil {
					want = "im/ack"
				}
				answer, _ := d.send(t, topic, []byte(c.payload), 1, want)
				if want == "im/err" {
					wantCode(t, answer, c.codes...)
				}
				if want == "im/ack" {
					bobs.in().body(t, "im/in/c2c/"+d.user().id, nil)
				}
				mustSend(t, d, "im/text/c2c/"+bob.id, "still here", 1)
				d.bye(t)
			}
		})
	}
}

// textNames is what a text element says beside its text (spec/04 §12): its names.
const textNames = len("MsgType" + "TIMTextElem" + "MsgContent" + "Text")

// textOf is a text element with n bytes of text.
func textOf(n int) string {
	return `{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("x", n) + `"}}`
}

// What an element says beyond what the server knows comes through unchanged
// (spec/05).
func TestElementsAreUnchanged(t *testing.T) {
	t.Parallel()
	s := shared(t)
	ann, bob := s.user("ann"), s.user("bob")
	bobs := openRaw(t, bob, rawOptions{version: 4})
	bobs.subscribe(t, "im/#")
	phone := openRaw(t, ann, rawOptions{version: 4})
	phone.subscribe(t, "im/ack", "im/err")
	elements := `[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"\u7a7a / 空","Latitude":29.340656774469956,"Longitude":116.77497920478824,"Z":1e-7,"More":{"k":[1,2.50,null]}}}]`
	mustSend(t, phone, "im/send/c2c/"+bob.id, `{"MsgBody":`+elements+`}`, 1)
	got := bobs.in().take(t, "im/in/c2c/"+ann.id, nil)
	if !bytes.Contains(got.payload, []byte(elements)) {
		t.Errorf("delivered:\n%s\nwant in it:\n%s", got.payload, elements)
	}
	history := bobs.ask(t, "msg.history", object{"Conv": "c2c/" + ann.id})
	if want := parse(t, []byte(`{"a":`+elements+`}`))["a"]; jsonText(history.list("MsgList")[0]["MsgBody"]) != jsonText(want) {
		t.Errorf("history: %s", history)
	}
}

// Topics with bad escapes and shapes.
func TestBadTopics(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		d := openRaw(t, s.user("ann"), rawOptions{version: version})
		d.subscribe(t, "im/#")
		for topic, codes := range map[string][]int{
			"im/text/c2c/%":            {60002},
			"im/text/c2c/%4":           {60002},
			"im/text/c2c/%GG":          {60002},
			"im/text/c2c/%e7%a9%":      {60002},
			"im/text/c2c/":             {60002, 60009},
			"im/text/group/":           {60002, 60009},
			"im/text/c2c":              {60002, 60009},
			"im/text/room/x":           {60002, 60009},
			"im/text/c2c/a/b":          {60002, 60009},
			"im/text/c2c/%00":          {60002, 90003, 90012},
			"im/text/c2c/%ff%fe":       {60002, 90003, 90012},
			"im/req/":                  {60002, 60009},
			"im/req":                   {60002, 60009},
			"im/req/me/a/b":            {60002, 60009},
			"im":                       {60002, 60009},
			"/":                        {60002, 60009},
			"im//text/c2c/a":           {60002, 60009},
			"im/typing/group/x":        {60002, 60009},
			strings.Repeat("x/", 511):  {60002, 60009},
			strings.Repeat("x", 1025):  {60002, 60009},
			strings.Repeat("/", 30000): {60002, 60009},
		} {
			refusal, _ := d.send(t, topic, []byte("1"), 1, "im/err")
			wantCode(t, refusal, codes...)
		}
		d.ask(t, "me", object{})
	}
}

// Requests with bad bodies answer where the caller waits.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		d := openRaw(t, s.user("ann"), rawOptions{version: version})
		d.subscribe(t, "im/#")
		for _, c := range []struct {
			method, body string
			codes        []int
		}{
			{"msg.history", `{`, []int{60003}},
			{"msg.history", "{\"Conv\":\"\xff\"}", []int{60003}},
			{"msg.history", `{"Conv":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`, []int{60003, 90001, 90002, 50002}},
			{"msg.history", `{"Conv":7}`, []int{60015, 90001, 90002, 50002}},
			{"msg.history", `{"Conv":"bob"}`, []int{90001, 90002, 50002}},
			{"msg.history", `{}`, []int{90001, 90002, 50002}},
			{"group.create", `{}`, []int{10004}},
			{"group.create", `{"Type":"Club","Name":"x"}`, []int{10004}},
			{"group.create", `{"Type":7,"Name":"x"}`, []int{10004}},
			{"group.create", `{"Type":"Public","Name":"` + strings.Repeat("x", 101) + `"}`, []int{10004}},
			{"group.create", `{"Type":"Public","Name":"x","GroupId":"@TGS#mine"}`, []int{10015, 10004}},
			{"group.create", `{"Type":"Community","Name":"x","GroupId":"mine"}`, []int{10015, 10004}},
			{"group.join", `{"GroupId":"no-such"}`, []int{10010}},
			{"group.join", `{"GroupId":7}`, []int{10004, 60015}},
			{"group.requests", `{"GroupId":"no-such"}`, []int{10010}},
			{"group.requests", `{"Next":"no-such"}`, []int{10004}},
			{"group.requests", `{"Limit":-1}`, []int{10004}},
			{"group.approve", `{}`, []int{10004}},
			{"group.approve", `{"Action":"Approve"}`, []int{10004}},
			{"group.approve", `{"ApplicationId":"no-such","Action":"Approve"}`, []int{10004}},
			{"group.approve", `{"GroupId":"no-such","Applicant_Account":"x","Action":"Approve"}`, []int{10010}},
			{"group.approve", `{"GroupId":"no-such","Applicant_Account":"x","Action":"Maybe"}`, []int{10004}},
			{"group.mute", `{"GroupId":"no-such","Members_Account":"x","MuteTime":1}`, []int{10004, 60015}},
		} {
			t.Run(fmt.Sprintf("%s %.40s", c.method, c.body), func(t *testing.T) {
				wantCode(t, d.ask(t, c.method, []byte(c.body)), c.codes...)
			})
		}
		// A user does not get an administrator's command by knowing its name.
		for _, method := range []string{"sendmsg", "openim/sendmsg", "account_delete", "kick"} {
			refusal, _ := d.send(t, "im/req/"+strings.ReplaceAll(method, "/", "."), []byte(`{"UserID":"x"}`), 1, "im/err")
			wantCode(t, refusal, 60009)
		}
	}
}

// Bytes that are no MQTT cost the connection, nothing else.
func TestNonMQTTBytes(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for what, first := range map[string][]byte{
		"HTTP":                        []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"zeros":                       make([]byte, 64),
		"a PUBLISH before CONNECT":    {0x30, 0x05, 0, 1, 'a', 'h', 'i'},
		"a length that never ends":    {0x10, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a CONNECT of 200 MB":         {0x10, 0xff, 0xff, 0xff, 0x5f},
		"a CONNECT of version 9":      {0x10, 0x0d, 0, 4, 'M', 'Q', 'T', 'T', 9, 2, 0, 60, 0, 1, 'x'},
		"a CONNECT cut in the middle": {0x10, 0x03, 0, 4, 'M'},
	} {
		t.Run(what, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.MQTT)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(first); err != nil {
				t.Fatal(err)
			}
			conn.(*net.TCPConn).CloseWrite()
			conn.SetReadDeadline(time.Now().Add(patience))
			var buf [512]byte
			for {
				if _, err = conn.Read(buf[:]); err != nil {
					break
				}
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection stays open")
			}
		})
	}
	// Packets of a connected client that break the protocol.
	for what, packet := range map[string][]byte{
		"QoS 3":                   {0x36, 0x07, 0, 1, 'a', 0, 1, 'h', 'i'},
		"SUBSCRIBE without flags": {0x80, 0x06, 0, 1, 0, 1, 'a', 0},
		"a second CONNECT":        {0x10, 0x0d, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'x'},
		"a topic with a wildcard": {0x32, 0x07, 0, 1, '#', 0, 1, 'h', 'i'},
		"a PUBLISH over the size": append([]byte{0x30, 0x81, 0x80, 0x0c}, make([]byte, 1<<10)...),
	} {
		t.Run(what, func(t *testing.T) {
			d := openRaw(t, s.user("ann"), rawOptions{version: 4})
			if err := d.bytes(packet); err != nil {
				t.Fatal(err)
			}
			if what == "a topic with a wildcard" {
				return // may be refused like any bad topic
			}
			d.in().ended(t)
		})
	}
	d := openRaw(t, s.user("ann"), rawOptions{version: 4})
	d.subscribe(t, "im/#")
	d.ask(t, "me", object{})
}
