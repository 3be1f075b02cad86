package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// Members of answers that are rarely there.
func TestRareMembersTranscript(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob", "cat")
	h.settings(func(a *chat.App) { a.Limits.GroupRate = 40; a.Retention = 24 * time.Hour })
	s := stage{h}
	var b strings.Builder
	b.WriteString(s.asked(
		`ann me {}`,
		`ann help {"Method":"msg.recall"}`,
		`ann black.add {"To_Account":["nobody"]}`,
		`ann group.create {"Type":"Work","Name":"Tea","GroupId":"tea","InviteJoinOption":"NeedPermission","MemberList":[{"Member_Account":"bob"}]}`,
		`bob group.invite {"GroupId":"tea","MemberList":[{"Member_Account":"cat"}]}`,
		`ann group.requests {"GroupId":"tea"}`,
		`ann group.member {"GroupId":"tea","AppMemberDefinedData":[{"Key":"seat","Value":"7"}]}`,
		`bob group.members {"GroupId":"tea"}`,
		`ann group.approve {"GroupId":"tea","Applicant_Account":"bob","Action":"Approve"}`,
		`ann msg.send {"Conv":"group/tea","MsgRandom":1,"To_Account":["cat"],"MsgBody":`+said("for one")+`}`,
		`bob msg.send {"Conv":"group/tea","MsgRandom":2,"MsgBody":`+said("for all")+`,"GroupAtInfo":[{"GroupAt_Account":"ann"}]}`,
		`bob msg.history {"Conv":"group/tea","Limit":1}`,
		`ann conv.get {"Conv":"group/tea"}`,
		`ann conv.list {}`,
		`ann sync {}`,
		`ann group.joined {"ResponseFilter":{"SelfInfoFilter":["LastSendMsgTime","ShutUpUntil"]}}`,
		`ann friend.add {"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","Remark":"Bobby"}]}`,
		`ann conv.get {"Conv":"c2c/bob"}`,
	))
	for range 40 {
		s.request("bob", "msg.send", `{"Conv":"group/tea","MsgBody":`+said("again")+`}`)
	}
	b.WriteString(s.asked(`bob msg.send {"Conv":"group/tea","MsgRandom":3,"MsgBody":` + said("too many") + `}`))
	for _, line := range []string{
		group + `send_group_msg {"GroupId":"tea","From_Account":"bob","Random":4,"MsgBody":` + said("too many") + `}`,
		group + `import_group {"Type":"Community","Name":"All","GroupId":"@TGS#_all","SupportTopic":1}`,
	} {
		command, body, _ := strings.Cut(line, " ")
		b.WriteString(line + "\n" + string(h.call(command, body).text) + "\n\n")
	}
	online := open(t, nil)
	online.svc.Attach(onePhone{})
	online.users("ann")
	b.WriteString(stage{online}.asked(`ann status.get {"To_Account":["ann"],"IsNeedDetail":1}`))
	wiretest.Transcript(t, "rare.txt", b.String())
}

// onePhone is everybody's only device; nothing else of it is asked.
type onePhone struct{ chat.Deliverer }

func (onePhone) StateMoved(chat.AppID, chat.UserID) {}

func (onePhone) Online(chat.AppID) int64 { return 0 }

func (onePhone) Stayed(chat.AppID, int64) int64 { return 0 }

func (onePhone) Down(chat.AppID) (c2c, group int64) { return 0, 0 }

func (onePhone) Watched(chat.AppID) bool { return false }

func (onePhone) Devices(chat.AppID, chat.UserID) []chat.Device {
	return []chat.Device{{Client: "phone", Platform: chat.PlatformIOS}}
}
