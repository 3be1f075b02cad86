package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A merged message of 100 KB goes in over REST and is opened over MQTT, in pages below
// 64 KiB, until it is taken back; histories show its key (spec/05).
func TestMergedMessageThroughBothDoors(t *testing.T) {
	o := devOptions(t)
	o.Dev = nil
	app := NewApp(FirstDevApp, "merged")
	o.Apps = []chat.App{app}
	p := &play{T: t, a: start(t, o), app: &app, lines: map[string]*playLine{}}
	p.rest("im_open_login_svc/multiaccount_import", `{"Accounts":["ann","bob","cat"]}`, 0)
	p.lines["bob"], p.lines["cat"] = p.on("bob"), p.on("cat")

	var entries []string
	for i := range 90 {
		entries = append(entries, fmt.Sprintf(`{"From_Account":"cat","MsgSeq":%d,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]}`, i, strings.Repeat("x", 1000)))
	}
	list := "[" + strings.Join(entries, ",") + "]"
	sent := p.restAnswer("openim/sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":1,"MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":`+list+`}}]}`)
	var receipt struct{ MsgKey string }
	p.read(sent, &receipt)

	var history struct {
		MsgList []struct {
			MsgBody []struct{ MsgContent map[string]any }
		}
	}
	p.read(p.restAnswer("openim/admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":10,"MinTime":0,"MaxTime":4000000000}`), &history)
	content := history.MsgList[0].MsgBody[0].MsgContent
	key, _ := content["JsonMsgKey"].(string)
	if key == "" || content["MsgList"] != nil || content["Title"] != "t" {
		t.Fatalf("history: %v", history)
	}

	got, pages, cursor := []json.RawMessage{}, 0, ""
	for {
		var page struct {
			MsgList []json.RawMessage
			Cursor  string
		}
		answer := p.answer(p.lines["bob"], "msg.merged", fmt.Sprintf(`{"JsonMsgKey":%q,"Cursor":%q}`, key, cursor))
		if len(answer) > 64<<10 {
			t.Errorf("a page of %d bytes", len(answer))
		}
		p.read(answer, &page)
		got = append(got, page.MsgList...)
		if pages++; page.Cursor == "" || pages > 5 {
			break
		}
		cursor = page.Cursor
	}
	if pages != 2 || len(got) != len(entries) || string(got[89]) != entries[89] {
		t.Errorf("%d entries on %d pages", len(got), pages)
	}
	for user, want := range map[string]int{"bob": 0, "cat": 20022} {
		p.request(p.lines[user], told{by: user, do: "msg.merged", body: fmt.Sprintf(`{"JsonMsgKey":%q}`, key), code: want})
	}
	p.request(p.lines["bob"], told{by: "bob", do: "msg.merged", body: `{"JsonMsgKey":"k"}`, code: 90054})
	p.request(p.lines["bob"], told{by: "bob", do: "msg.merged", body: fmt.Sprintf(`{"JsonMsgKey":%q,"Cursor":"x"}`, key), code: 90001})
	p.rest("openim/admin_msgwithdraw", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, receipt.MsgKey), 0)
	p.request(p.lines["bob"], told{by: "bob", do: "msg.merged", body: fmt.Sprintf(`{"JsonMsgKey":%q}`, key), code: 20022})
}

// read reads an answer that has to be good.
func (p *play) read(answer []byte, into any) {
	p.Helper()
	if err := json.Unmarshal(answer, into); err != nil || !answers(string(answer), "0") {
		p.Fatalf("%.300s: %v", answer, err)
	}
}
