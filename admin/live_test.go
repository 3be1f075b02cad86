package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const live = "group_open_avchatroom_http_svc/"

// Who watches is in memory alone, so that the script lets people in by itself.
func TestLiveRoomCommands(t *testing.T) {
	h := open(t, nil)
	for i := range 4 {
		h.ok(account+"account_import", fmt.Sprintf(`{"UserID":"u%d","Nick":"No. %d"}`, i, i))
	}
	h.ok(group+"create_group", `{"Type":"AVChatRoom","Name":"a","GroupId":"a","Owner_Account":"u0"}`)
	h.ok(group+"create_group", `{"Type":"AVChatRoom","Name":"b","GroupId":"b","Owner_Account":"u0"}`)
	h.ok(group+"create_group", `{"Type":"Public","Name":"p","GroupId":"p","Owner_Account":"u0"}`)
	var b strings.Builder
	say := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			command, body, _ := strings.Cut(line, " ")
			fmt.Fprintf(&b, "%s\n%s\n\n", line, h.call(command, body).text)
		}
	}
	join := func(u chat.UserID, id chat.GroupID) {
		t.Helper()
		if _, err := h.svc.Group.Join(t.Context(), chat.Actor{App: app, User: u}, id, ""); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s joins %s\n", u, id)
		h.wait(time.Second)
	}
	say(live+`modify_user_info {"GroupId":"a","CommandType":1,"MemberList":[{"Member_Account":"u1","Marks":[1000]}]}`,
		group+`send_broadcast_msg {"Random":1,"MsgBody":`+said("off")+`}`)
	for i := range 4 {
		join(chat.UserID(fmt.Sprintf("u%d", i)), "a")
	}
	join("u1", "b")
	h.settings(func(a *chat.App) { a.Switches.LiveBroadcast = true })
	say(group+`get_online_member_num {"GroupId":"a"}`,
		group+`get_online_member_num {"GroupId":"p"}`,
		group+`get_online_member_num {"GroupId":"none"}`,
		live+`modify_user_info {"GroupId":"a","CommandType":1,"MemberList":[{"Member_Account":"u1","Marks":[1000,500]},{"Member_Account":"u2","Marks":[600]},{"Member_Account":"absent","Marks":[1000]}]}`,
		live+`modify_user_info {"GroupId":"a","CommandType":1,"MemberList":[{"Member_Account":"u1","Marks":[700]}]}`,
		live+`modify_user_info {"GroupId":"a","CommandType":3,"MemberList":[]}`,
		live+`modify_user_info {"GroupId":"a","CommandType":1,"MemberList":[{"Member_Account":"absent","Marks":[1000]}]}`,
		live+`get_members {"GroupId":"a","Timestamp":0}`,
		live+`get_members {"GroupId":"a","Timestamp":0,"Mark":1000}`,
		live+`get_members {"GroupId":"a","Timestamp":0,"Mark":600}`,
		live+`get_members {"GroupId":"a","Timestamp":1700000002000000}`,
		live+`get_members {"GroupId":"p","Timestamp":0}`,
		live+`modify_user_info {"GroupId":"a","CommandType":2,"MemberList":[{"Member_Account":"u1","Marks":[1000]}]}`,
		live+`get_members {"GroupId":"a","Timestamp":0,"Mark":1000}`,
		group+`send_broadcast_msg {"Random":1,"MsgBody":`+said("to all rooms")+`}`,
		group+`send_broadcast_msg {"Random":1,"MsgBody":`+said("to all rooms")+`}`,
		group+`send_broadcast_msg {"Random":2,"MsgBody":`+said("too soon")+`}`,
		group+`send_broadcast_msg {"MsgBody":`+said("without Random")+`}`,
		live+`no_such_command {}`)
	wiretest.Transcript(t, "live.txt", b.String())
}
