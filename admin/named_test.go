package admin

import (
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// asked runs requests of users, one a line, and returns them with their answers.
func (s stage) asked(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		user, rest, _ := strings.Cut(line, " ")
		method, body, _ := strings.Cut(rest, " ")
		b.WriteString(line + "\n" + string(s.request(chat.UserID(user), method, body).text) + "\n\n")
	}
	return b.String()
}

// How people are named in groups, and what those outside see (spec/00 §5).
func TestGroupsOfUsersTranscript(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob", "cat", "dan")
	h.ok("im_open_login_svc/account_import", `{"UserID":"ann","Nick":"Ann","FaceUrl":"http://x/a"}`)
	h.ok("im_open_login_svc/account_import", `{"UserID":"bob","Nick":"Bobby"}`)
	got := stage{h}.asked(
		`ann group.create {"Type":"Public","Name":"Club","GroupId":"club","Introduction":"tea","Notification":"members only","ApplyJoinOption":"NeedPermission","MemberList":[{"Member_Account":"bob"}]}`,
		`ann group.create {"Type":"Work","Name":"Work","GroupId":"work"}`,
		`bob group.member {"GroupId":"club","NameCard":"B."}`,
		`bob group.get {"GroupIdList":["club"]}`,
		`bob group.get {"GroupIdList":["club"],"ResponseFilter":{"GroupBaseInfoFilter":["Name"],"SelfInfoFilter":["Role","NameCard"]}}`,
		`dan group.get {"GroupIdList":["club","work"]}`,
		`dan group.get {"GroupIdList":["club"],"ResponseFilter":{"GroupBaseInfoFilter":["Name","Notification"]}}`,
		`ann group.members {"GroupId":"club"}`,
		`ann group.members {"GroupId":"club","Accounts":["bob","cat","ann"],"MemberInfoFilter":["NameCard"]}`,
		`ann group.members {"GroupId":"club","Accounts":["bob","cat","ann"],"MemberRoleFilter":["Owner"],"MemberInfoFilter":["Role"]}`,
		`ann group.members {"GroupId":"club","Accounts":["`+strings.Repeat(`bob","`, 50)+`bob"]}`,
		`bob group.joined {}`,
		`bob group.joined {"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`,
		`bob conv.get {"Conv":"group/club"}`,
		`cat group.join {"GroupId":"club","ApplyMsg":"please"}`,
		`ann group.requests {"GroupId":"club"}`,
		`ann group.approve {"GroupId":"club","Applicant_Account":"cat","Action":"Approve","Msg":"come in"}`,
		`cat sync {"EventSeq":0}`,
		`bob msg.send {"Conv":"group/club","MsgRandom":5,"MsgBody":`+said("hi")+`}`,
		`cat msg.history {"Conv":"group/club"}`,
		`cat group.search {"Keywords":["clu"]}`,
		`dan group.search {"Keywords":["club"]}`,
		`dan group.search {"Keywords":["clu"],"Match":"nor"}`,
		`cat group.member.search {"Keywords":["B"],"Match":"and","Count":1}`,
		`cat group.member.search {"Keywords":["nobody"],"GroupIds":["club"]}`,
		`dan group.member.search {"Keywords":["B"],"GroupIds":["club"]}`,
	)
	wiretest.Transcript(t, "named.txt", got)
}
