package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// What users are told when they ask for what is not theirs (spec/00 §5).
func TestUsersMayNotActForOthers(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob", "cat")
	s := stage{h}
	h.ok(group+"create_group", `{"Owner_Account":"ann","Type":"Public","GroupId":"g","Name":"g"}`)
	text := said("x")
	for _, c := range []struct {
		method, body string
		want         chat.Code
	}{
		{"group.create", `{"Type":"Public","Name":"x","Owner_Account":"bob"}`, 10007},
		{"group.create", `{"Type":"Public","Name":"x","Owner_Account":"ann"}`, 0},
		{"group.joined", `{"Member_Account":"bob"}`, 10007},
		{"group.joined", `{}`, 0},
		{"black.add", `{"From_Account":"bob","To_Account":["cat"]}`, 30004},
		{"black.add", `{"To_Account":["bob"]}`, 0},
		{"black.get", `{}`, 0},
		{"black.delete", `{"To_Account":["bob"]}`, 0},
		{"msg.send", `{"Conv":"c2c/bob","MsgBody":` + text + `,"From_Account":"cat"}`, 90008},
		{"msg.send", `{"Conv":"group/g","MsgBody":` + text + `,"From_Account":"cat"}`, 10019},
		{"msg.send", `{"Conv":"c2c/bob","MsgBody":` + text + `,"From_Account":"ann","ClientMsgId":"1"}`, 0},
		{"msg.send", `{"MsgBody":` + text + `}`, 50002},
		{"msg.send", `{"Conv":"bob","MsgBody":` + text + `}`, 50002},
		{"msg.read", `{"Conv":"c2c/bob"}`, 0},
		{"msg.read", `{}`, 50002},
		{"msg.recall", `{"Conv":"c2c/bob"}`, 90001},
		{"msg.recall", `{"Conv":"c2c/bob","MsgId":"ann-1"}`, 0},
		{"msg.history", `{"Conv":"c2c/bob","Limit":1000}`, 0},
		{"msg.history", `{"Conv":"c2c/bob","Before":"x"}`, 90001},
		{"msg.history", `{}`, 50002},
		{"msg.receipt.send", `{"Conv":"c2c/bob","MsgSeqs":[1]}`, 20022},
		{"msg.receipt.send", `{"Conv":"c2c/bob","MsgSeqs":[]}`, 90002},
		{"msg.receipt.send", `{"Conv":"c2c/bob"}`, 90001},
		{"msg.receipt.send", `{"MsgSeqs":[1]}`, 50002},
		{"msg.receipts", `{"Conv":"c2c/bob","MsgSeqs":[1]}`, 0},
		{"msg.receipts", `{"Conv":"group/g","MsgSeqs":["1"]}`, 90001},
		{"msg.readers", `{"Conv":"c2c/bob","MsgSeq":1}`, 20022},
		{"msg.readers", `{"Conv":"c2c/bob","MsgSeq":1,"Filter":2}`, 90001},
		{"msg.readers", `{"Conv":"c2c/bob"}`, 90001},
		{"conv.list", `{}`, 0},
		{"conv.get", `{"Conv":"c2c/bob"}`, 0},
		{"sync", `{"EventSeq":0,"Convs":{"c2c/bob":1,"group/g":{"MsgSeq":0,"Rev":0}}}`, 0},
		{"sync", `{"Convs":{"bob":1}}`, 90001},
		{"sync", `{"Convs":{"c2c/bob":"1"}}`, 90001},
		{"status.get", `{"To_Account":["bob"]}`, 0},
		{"me", `{}`, 0},
		{"help", `{}`, 0},
		{"help", `x`, 60003},
		{"group.muteall", `{"GroupId":"g","ShutUpAllMember":"On"}`, 0},
		{"group.muteall", `{"GroupId":"g"}`, 10004},
		{"group.role", `{"GroupId":"g","Member_Account":"bob"}`, 10004},
		{"group.join", `{}`, 10004},
	} {
		if a := s.request("ann", c.method, c.body); a.ErrorCode != c.want {
			t.Errorf("%s %s: %s, want %d", c.method, c.body, a.text, c.want)
		}
	}
	for command, want := range map[string]chat.Code{
		account + "kick": 70403, openim + "sendmsg": 90009, group + "get_role_in_group": 10007,
	} {
		service, name, _ := strings.Cut(command, "/")
		c, ok := h.table.REST(service, name)
		if !ok {
			t.Fatalf("no command %s", command)
		}
		if _, err := c.Run(t.Context(), chat.Actor{App: app, User: "ann"}, []byte("{}"), api.MostMQTT); chat.CodeOf(err) != want {
			t.Errorf("a user asks for %s: %v, want %d", command, err, want)
		}
	}
}

// conversation of two users by method, as a transcript.
func TestRequestsTranscript(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	h.ok(account+"account_import", `{"UserID":"bob","Nick":"Bob","FaceUrl":"http://x/b"}`)
	s := stage{h}
	var b strings.Builder
	for _, line := range []string{
		`ann msg.send {"Conv":"c2c/bob","ClientMsgId":"c1","MsgRandom":9,"MsgBody":` + said("hi") + `}`,
		`ann msg.send {"Conv":"c2c/bob","ClientMsgId":"c1","MsgRandom":9,"MsgBody":` + said("hi") + `}`,
		`bob msg.send {"Conv":"c2c/ann","OnlineOnlyFlag":1,"MsgRandom":10,"MsgBody":` + said("passing") + `}`,
		`bob conv.list {}`,
		`bob conv.get {"Conv":"c2c/ann"}`,
		`bob msg.read {"Conv":"c2c/ann","MsgSeq":1}`,
		`ann conv.get {"Conv":"c2c/bob"}`,
		`bob sync {"EventSeq":0,"Convs":{"c2c/ann":1}}`,
		`ann sync {}`,
		`ann msg.recall {"Conv":"c2c/bob","MsgId":"ann-c1","Reason":"typo"}`,
		`bob msg.history {"Conv":"c2c/ann","Around":1}`,
		`ann group.create {"Type":"Meeting","Name":"tea","GroupId":"tea"}`,
		`bob group.join {"GroupId":"tea"}`,
		`bob msg.send {"Conv":"group/tea","MsgRandom":11,"MsgBody":` + said("hello") + `}`,
		`ann msg.send {"Conv":"group/tea","MsgRandom":12,"IsNeedReadReceipt":1,"ClientMsgId":"c2","MsgBody":` + said("read me") + `}`,
		`bob msg.receipt.send {"Conv":"group/tea","MsgSeqs":[1,2]}`,
		`bob msg.receipt.send {"Conv":"group/tea","MsgSeqs":[1]}`,
		`ann msg.receipts {"Conv":"group/tea","MsgSeqs":[1,2]}`,
		`ann msg.readers {"Conv":"group/tea","MsgSeq":2,"Filter":0,"Count":1}`,
		`ann msg.readers {"Conv":"group/tea","MsgSeq":2,"Filter":1}`,
		`bob msg.readers {"Conv":"group/tea","MsgSeq":2,"Filter":0}`,
		`ann msg.history {"Conv":"group/tea","Limit":1}`,
		`ann msg.send {"Conv":"c2c/bob","MsgRandom":13,"IsNeedReadReceipt":1,"ClientMsgId":"c3","MsgBody":` + said("you too") + `}`,
		`ann msg.receipts {"Conv":"c2c/bob","MsgSeqs":[2]}`,
		`bob msg.receipt.send {"Conv":"c2c/ann","MsgSeqs":[2]}`,
		`ann sync {"EventSeq":0,"Convs":{"c2c/bob":{"MsgSeq":1,"Rev":1},"group/tea":2}}`,
		`ann msg.history {"Conv":"c2c/bob","Limit":1}`,
		`ann conv.list {"Count":1}`,
		`bob group.members {"GroupId":"tea","Limit":1,"MemberInfoFilter":["Role"]}`,
		`bob group.get {"GroupIdList":["tea"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
		`ann group.create {"Type":"Public","Name":"club","GroupId":"club"}`,
		`bob group.join {"GroupId":"club","ApplyMsg":"let me in"}`,
		`bob group.requests {"GroupId":"club"}`,
		`ann group.requests {}`,
		`ann group.approve {"GroupId":"club","Applicant_Account":"bob","Action":"Approve","Msg":"welcome"}`,
		`ann group.approve {"GroupId":"club","Applicant_Account":"bob","Action":"Refuse"}`,
		`bob sync {"EventSeq":0,"Convs":{"c2c/ann":1,"group/tea":1,"group/club":1}}`,
		`bob msg.react {"Conv":"group/tea","MsgSeq":2,"ReactionId":"cup"}`,
		`ann msg.react {"Conv":"group/tea","MsgSeq":2,"ReactionId":"cup"}`,
		`ann msg.reactions {"Conv":"group/tea","MsgSeqs":[1,2],"MaxUsers":1}`,
		`ann msg.reaction.users {"Conv":"group/tea","MsgSeq":2,"ReactionId":"cup","Count":1}`,
		`bob msg.unreact {"Conv":"group/tea","MsgSeq":2,"ReactionId":"cup"}`,
		`ann msg.modify {"Conv":"group/tea","MsgId":"ann-c2","CloudCustomData":"done","MsgVersion":0}`,
		`ann msg.modify {"Conv":"group/tea","MsgSeq":2,"CloudCustomData":"again","MsgVersion":0}`,
		`bob msg.modify {"Conv":"group/tea","MsgSeq":2,"CloudCustomData":"again"}`,
		`ann msg.pin {"Conv":"group/tea","MsgSeq":2}`,
		`bob msg.pin {"Conv":"group/tea","MsgSeq":1}`,
		`bob msg.pins {"Conv":"group/tea"}`,
		`bob msg.history {"Conv":"group/tea","Before":3,"Limit":1}`,
		`ann msg.send {"Conv":"group/tea","MsgRandom":14,"ClientMsgId":"c4","SupportMessageExtension":1,"MsgBody":` + said("poll") + `}`,
		`bob msg.ext.set {"Conv":"group/tea","MsgSeq":3,"ExtensionList":[{"Key":"yes","Value":"bob","Seq":0}]}`,
		`ann msg.ext.set {"Conv":"group/tea","MsgSeq":3,"ExtensionList":[{"Key":"yes","Value":"ann","Seq":0}]}`,
		`ann msg.ext.get {"Conv":"group/tea","MsgSeq":3}`,
		`ann msg.ext.delete {"Conv":"group/tea","MsgSeq":3,"Keys":["yes"]}`,
		`bob msg.ext.delete {"Conv":"group/tea","MsgSeq":3}`,
		`ann msg.unpin {"Conv":"group/tea","MsgSeq":2}`,
		`bob sync {"EventSeq":2,"Convs":{"c2c/ann":{"MsgSeq":9,"Rev":9},"group/tea":{"MsgSeq":3,"Rev":5},"group/club":1}}`,
		`bob sync {"EventSeq":2,"Convs":{"c2c/ann":{"MsgSeq":9,"Rev":9},"group/tea":{"MsgSeq":2,"Rev":1},"group/club":1}}`,
		`bob msg.react {"Conv":"group/tea","MsgSeq":9,"ReactionId":"cup"}`,
		`ann msg.send {"Conv":"c2c/bob","MsgRandom":15,"ClientMsgId":"c5","MsgBody":` + said("gone soon") + `}`,
		`bob msg.get {"Conv":"c2c/ann","MsgIds":["ann-c5","ann-c1","ann-none"]}`,
		`bob msg.delete {"Conv":"c2c/ann","MsgSeqs":[3,3,99]}`,
		`bob msg.get {"Conv":"c2c/ann","MsgIds":["ann-c5"]}`,
		`bob conv.get {"Conv":"c2c/ann"}`,
		`ann msg.history {"Conv":"c2c/bob","Limit":1}`,
		`bob msg.clear {"Conv":"c2c/ann"}`,
		`bob msg.history {"Conv":"c2c/ann"}`,
		`bob conv.get {"Conv":"c2c/ann"}`,
		`ann msg.send {"Conv":"c2c/bob","MsgRandom":16,"ClientMsgId":"c6","MsgBody":` + said("again") + `}`,
		`bob msg.history {"Conv":"c2c/ann"}`,
		`bob sync {"EventSeq":3,"Convs":{"c2c/ann":9,"group/tea":9,"group/club":9}}`,
		`bob conv.pin {"Conv":"c2c/ann","TopFlag":1}`,
		`bob conv.draft {"Conv":"c2c/ann","Draft":"almost"}`,
		`bob conv.mark {"Conv":"c2c/ann","SetMark":[1,3],"CustomMark":"later"}`,
		`bob conv.mute {"Conv":"group/tea","RecvOpt":"NotReceiveMsgExceptAt"}`,
		`bob convgroup.create {"GroupName":"work","Convs":["c2c/ann","group/none"]}`,
		`bob convgroup.get {}`,
		`bob conv.get {"Conv":"c2c/ann"}`,
		`bob conv.list {"Count":1,"Filter":{"Type":"c2c","Group":"work","Mark":3,"Unread":1}}`,
		`bob sync {"EventSeq":8,"Convs":{"group/tea":9,"group/club":9}}`,
		`bob convgroup.rename {"OldName":"work","NewName":"office"}`,
		`bob convgroup.add {"GroupName":"office","Convs":["group/tea"]}`,
		`bob convgroup.remove {"GroupName":"office","Convs":["c2c/ann"]}`,
		`bob conv.readall {"Filter":"all"}`,
		`bob convgroup.delete {"GroupName":"office"}`,
		`bob conv.delete {"Conv":"c2c/ann","ClearRamble":1}`,
		`bob msg.history {"Conv":"c2c/ann"}`,
		`bob conv.list {"Filter":{"Type":"c2c"}}`,
		`bob msg.delete {"Conv":"c2c/ann","MsgSeqs":[]}`,
		`bob msg.clear {"Conv":"group/none"}`,
		`ann me {}`,
		`ann help {}`,
	} {
		user, rest, _ := strings.Cut(line, " ")
		method, body, _ := strings.Cut(rest, " ")
		b.WriteString(line + "\n" + string(s.request(chat.UserID(user), method, body).text) + "\n\n")
	}
	wiretest.Transcript(t, "requests.txt", b.String())
}

// A list whose last messages are long comes in pages that a client can take
// (spec/00 §5), and nothing gets lost between them.
func TestLargeMessageListsArePaged(t *testing.T) {
	h := open(t, nil)
	h.users("ann")
	s := stage{h}
	const groups = 12
	for i := range groups {
		id := fmt.Sprintf("g%02d", i)
		h.ok(group+"create_group", `{"Owner_Account":"ann","Type":"Public","GroupId":"`+id+`","Name":"g"}`)
		h.ok(group+"send_group_msg", `{"GroupId":"`+id+`","Random":1,"MsgBody":`+said(strings.Repeat("x", 12000))+`}`)
	}
	seen := map[string]bool{}
	cursor := ""
	for range groups {
		a := s.request("ann", "conv.list", s.text(m{"Cursor": cursor}))
		if len(a.text) > 64<<10 {
			t.Errorf("a page of %d bytes", len(a.text))
		}
		var page struct {
			Convs  []struct{ Conv string }
			Cursor string
		}
		h.into(a, &page)
		for _, c := range page.Convs {
			if seen[c.Conv] {
				t.Errorf("%s twice", c.Conv)
			}
			seen[c.Conv] = true
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if len(seen) != groups {
		t.Errorf("%d conversations listed, want %d", len(seen), groups)
	}
}

func TestEmptyRequestBody(t *testing.T) {
	s := stage{open(t, nil)}
	s.users("ann")
	if a := s.request("ann", "me", ""); a.ErrorCode != 0 {
		t.Errorf("got %s", a.text)
	}
}
