package admin

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// What backends and users find by words (spec/41 §8).
func TestSearchTranscript(t *testing.T) {
	h := openIndexed(t)
	h.users("ann", "bob", "cat")
	h.ok("im_open_login_svc/account_import", `{"UserID":"bob","Nick":"Bobby Tea"}`)
	s := stage{h}
	s.asked(
		`ann group.create {"Type":"Public","Name":"Tea club","GroupId":"club","MemberList":[{"Member_Account":"bob"}]}`,
		`ann msg.send {"Conv":"group/club","MsgRandom":5,"MsgBody":`+said("green tea")+`}`,
		`bob msg.send {"Conv":"group/club","MsgRandom":6,"MsgBody":`+said("black tea")+`}`,
		`bob msg.send {"Conv":"c2c/ann","MsgRandom":7,"ClientMsgId":"c","MsgBody":`+said("喝茶, tea")+`}`,
	)
	h.indexed()
	var b strings.Builder
	b.WriteString(s.asked(
		`ann msg.search {"Keywords":["te"]}`,
		`ann msg.search {"Keywords":["tea"],"Conv":"group/club","Count":1}`,
		`ann msg.search {"Keywords":["green","茶"],"Match":"and"}`,
		`ann msg.search {"Senders":["bob"],"MsgTypes":["TIMTextElem"],"Conv":"c2c/bob"}`,
		`cat msg.search {"Keywords":["tea"],"Conv":"group/club"}`,
		`cat msg.search {"Keywords":["tea"],"From_Account":"ann"}`,
		`cat msg.search {"Keywords":["tea"],"Match":"nor"}`,
		`cat msg.search {}`,
		`cat user.search {"Keywords":["tea"]}`,
		`cat user.search {"Keywords":["a","b"],"Count":1}`,
		`cat user.search {"Keywords":[]}`,
	))
	for _, line := range []string{
		`search/messages {"From_Account":"bob","Keywords":["tea"],"Match":"or"}`,
		`search/messages {"Conv":"group/club","Keywords":["black"]}`,
		`search/messages {"Keywords":["tea"]}`,
		`search/users {"Keywords":["bob"],"Gender":"Gender_Type_Unknown"}`,
		`search/groups {"Keywords":["club"],"Count":10}`,
		`search/groups {"Keywords":["none"]}`,
	} {
		command, body, _ := strings.Cut(line, " ")
		b.WriteString(line + "\n" + string(h.call(command, body).text) + "\n\n")
	}
	wiretest.Transcript(t, "search.txt", b.String())
}

// indexed waits until everything is found.
func (h *house) indexed() {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 20*time.Second)
	defer cancel()
	if err := h.svc.Search.Settle(ctx, app); err != nil {
		h.Fatal(err)
	}
}
