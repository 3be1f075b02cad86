package server

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/mediatest"
)

// fileAddress is an address of a file, as it stands in JSON.
var fileAddress = regexp.MustCompile(`https?://[^"\\]*/media/[^"\\]*`)

// gets fetches all addresses that an answer has; there has to be one at least.
func (s *fileStory) gets(what string, answer []byte, want int) {
	s.Helper()
	list := fileAddress.FindAllString(strings.ReplaceAll(string(answer), `\u0026`, "&"), -1)
	if len(list) == 0 {
		s.Errorf("%s: there is no address in %s", what, answer)
	}
	for _, at := range list {
		if r, body := s.fetch(at, ""); r.StatusCode != want {
			s.Errorf("%s: %s is answered with %s %.200s, want %d", what, at, r.Status, body, want)
		}
	}
}

// sent sends a file, over MQTT or, for "REST", in alice's name by a backend.
func (s *fileStory) sent(by, kind string) (t fileTicket) {
	s.Helper()
	body := fmt.Sprintf(`{"Kind":%q,"Name":"a.png","Size":%d,"Mime":"image/png"`, kind, len(mediatest.Picture))
	if by == "REST" {
		s.read(s.restAnswer("media/upload", body+`,"From_Account":"alice"}`), &t)
	} else {
		t = s.begin(by, body+"}")
	}
	if r := s.put(t.UploadUrl, []byte(mediatest.Picture), ""); r.StatusCode != http.StatusOK {
		s.Fatalf("the upload is answered with %s", r.Status)
	}
	return t
}

// naming is a message that names a file, with an address or without.
func naming(t fileTicket, at string) string {
	return fmt.Sprintf(`"MsgBody":[{"MsgType":"TIMFileElem","MsgContent":{"Url":%q,"UUID":%q,"Download_Flag":2,"FileName":"a.png"}}]`, at, t.UUID)
}

// Who may name a file, who may have its addresses, and when they open nothing any more: through
// MQTT, through the commands of backends, and over HTTP.
func TestFilesThroughBothDoors(t *testing.T) {
	for _, by := range []string{"alice", "REST"} {
		t.Run(by, func(t *testing.T) {
			s := newFileStory(t, nil, func() {})
			for _, u := range []string{"alice", "bob", "carol"} {
				s.lines[u] = s.on(u)
			}
			s.rest("group_open_http_svc/create_group", `{"GroupId":"room","Type":"Public","Name":"room","Owner_Account":"alice","MemberList":[{"Member_Account":"bob"}]}`, 0)
			f := s.sent(by, "file")
			bare := naming(f, "x")
			steps := func(list ...told) {
				t.Helper()
				for _, one := range list {
					s.do(one)
				}
			}
			mint := fmt.Sprintf(`{"UUID":%q}`, f.UUID)
			steps(
				told{by: "bob", do: "media.url", body: mint, code: 20022},
				told{by: "bob", do: "msg.send", body: `{"Conv":"c2c/carol",` + bare + `}`, code: 90010},
				told{by: "bob", do: "msg.send", body: `{"Conv":"group/room",` + bare + `}`, code: 10004},
				told{by: "alice", do: "msg.send", body: `{"Conv":"group/room",` + bare + `}`},
				told{by: "bob", do: "media.url", body: mint},
				told{by: "carol", do: "media.url", body: mint, code: 20022},
				told{by: "REST", do: "media/url", body: mint},
				told{by: "bob", do: "group.quit", body: `{"GroupId":"room"}`},
				told{by: "bob", do: "media.url", body: mint, code: 20022},
				told{by: "bob", do: "msg.send", body: `{"Conv":"c2c/carol",` + bare + `}`, code: 90010},
				told{by: "bob", do: "msg.send", body: `{"Conv":"c2c/carol",` + naming(f, f.Url) + `}`},
				told{by: "carol", do: "media.url", body: mint},
				told{by: "REST", do: "openim/sendmsg", body: `{"From_Account":"carol","To_Account":"alice","MsgRandom":1,"MsgSeq":1,` + bare + `}`},
			)
			s.gets("media.url", s.answer(s.lines["carol"], "media.url", mint), http.StatusOK)
			s.gets("media/url", s.restAnswer("media/url", mint), http.StatusOK)
			s.gets("msg.history", s.answer(s.lines["carol"], "msg.history", `{"Conv":"c2c/bob"}`), http.StatusOK)
			s.gets("msg.history of what a backend has sent", s.answer(s.lines["carol"], "msg.history", `{"Conv":"c2c/alice"}`), http.StatusOK)
			s.gets("conv.list", s.answer(s.lines["carol"], "conv.list", `{}`), http.StatusOK)
			s.gets("sync", s.answer(s.lines["carol"], "sync", `{}`), http.StatusOK)
			s.gets("admin_getroammsg", s.restAnswer("openim/admin_getroammsg", `{"Operator_Account":"bob","Peer_Account":"carol","MaxCnt":9,"MinTime":0,"MaxTime":4000000000}`), http.StatusOK)
			s.gets("group_msg_get_simple", s.restAnswer("group_open_http_svc/group_msg_get_simple", `{"GroupId":"room","ReqMsgNumber":9}`), http.StatusOK)

			signed := fmt.Sprintf(`{"RawURLs":[{"ResourceID":1,"RawURL":%q}]}`, f.Url)
			s.gets("get_cos_sig", s.restAnswer("im_cos_msg/get_cos_sig", signed), http.StatusOK)
			s.rest("im_cos_msg/forbid_illegal_object", fmt.Sprintf(`{"RawURL":%q}`, f.Url), 0)
			s.gets("a banned file", []byte(f.Url), http.StatusNotFound)
			s.gets("msg.history of a banned file", s.answer(s.lines["carol"], "msg.history", `{"Conv":"c2c/bob"}`), http.StatusNotFound)
			steps(
				told{by: "alice", do: "media.url", body: mint, code: 20022},
				told{by: "alice", do: "msg.send", body: `{"Conv":"c2c/bob",` + bare + `}`, code: 90010},
				told{by: "REST", do: "im_cos_msg/allow_banned_object", body: fmt.Sprintf(`{"RawURL":%q}`, f.Url)},
			)
			s.gets("an allowed file", []byte(f.Url), http.StatusOK)

			steps(
				told{by: "alice", do: "msg.recall", body: `{"Conv":"group/room","MsgSeq":1}`},
				told{by: "bob", do: "msg.recall", body: `{"Conv":"c2c/carol","MsgSeq":1}`},
			)
			s.gets("one message names it yet", []byte(f.Url), http.StatusOK)
			s.rest("openim/admin_msgwithdraw", `{"From_Account":"carol","To_Account":"alice","MsgKey":"`+s.keyOf(`{"Operator_Account":"carol","Peer_Account":"alice","MaxCnt":1,"MinTime":0,"MaxTime":4000000000}`)+`"}`, 0)
			s.gets("all are recalled", []byte(f.Url), http.StatusNotFound)

			avatar := s.sent(by, "avatar")
			steps(told{by: "carol", do: "media.url", body: fmt.Sprintf(`{"UUID":%q}`, avatar.UUID)})
			s.gets("an avatar", []byte(avatar.Url), http.StatusOK)
			s.rest("im_open_login_svc/account_delete", `{"DeleteItem":[{"UserID":"alice"}]}`, 0)
			s.gets("the avatar of nobody", []byte(avatar.Url), http.StatusNotFound)
		})
	}
}

// keyOf is the MsgKey of the newest message of a history.
func (s *fileStory) keyOf(query string) string {
	s.Helper()
	var a struct{ MsgList []struct{ MsgKey string } }
	s.read(s.restAnswer("openim/admin_getroammsg", query), &a)
	if len(a.MsgList) == 0 {
		s.Fatal("there is no message")
	}
	return a.MsgList[len(a.MsgList)-1].MsgKey
}

// The app's server is asked about, and told of, messages with addresses that open their files.
func TestWebhooksHaveAddressesOfFiles(t *testing.T) {
	s := newFileStory(t, nil, func() {})
	hook := newHookReceiver(t, make(chan hookCall, 64))
	app := *s.app
	app.Webhook.URL = hook.url
	listen(&app, chat.BeforeC2C, chat.AfterC2C)
	if err := s.a.Reload([]chat.App{app}); err != nil {
		t.Fatal(err)
	}
	s.lines["alice"] = s.on("alice")
	f := s.sent("alice", "image")
	s.do(told{by: "alice", do: "msg.send", body: `{"Conv":"c2c/bob",` + naming(f, "https://elsewhere.example.com/x") + `}`})
	for _, call := range hook.await(t, "a message", 2) {
		s.gets(call.query, call.body, http.StatusOK)
	}
}
