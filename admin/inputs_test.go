package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// names is a JSON list of n made-up names.
func names(n int) string { return list(n, `"u%d"`) }

// list is a JSON list of n values.
func list(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestBadInputCodes(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	h.ok(group+"create_group", `{"Owner_Account":"ann","Type":"Public","GroupId":"g","Name":"g"}`)
	h.ok(group+"create_group", `{"Type":"AVChatRoom","GroupId":"live","Name":"live"}`)
	send := func(change string) string {
		return `{"To_Account":"bob","MsgRandom":1,"MsgBody":` + said("x") + "," + change + `}`
	}
	many := func(change string) string {
		return `{"To_Account":["bob"],"MsgRandom":1,"MsgBody":` + said("x") + "," + change + `}`
	}
	say := func(change string) string {
		return `{"GroupId":"g","Random":1,"MsgBody":` + said("x") + "," + change + `}`
	}
	for _, c := range []struct {
		command, body string
		want          chat.Code
	}{
		{account + "account_import", `{}`, 70402},
		{account + "account_import", `{"userid":"x"}`, 70402},
		{account + "account_import", `{"UserID":1}`, 70402},
		{account + "account_import", `{"UserID":null}`, 70402},
		{account + "account_import", `{"UserID":"x","Nick":1}`, 70402},
		{account + "account_import", `{"UserID":"` + strings.Repeat("x", 33) + `"}`, 70402},
		{account + "account_import", `{"UserID":"@TLS#x"}`, 70402},
		{account + "account_import", `{"UserID":"x","Nick":"` + strings.Repeat("x", 501) + `"}`, 40601},
		{account + "multiaccount_import", `{}`, 70206},
		{account + "multiaccount_import", `{"Accounts":[]}`, 70206},
		{account + "multiaccount_import", `{"Accounts":` + names(101) + `}`, 70206},
		{account + "multiaccount_import", `{"Accounts":[1]}`, 70402},
		{account + "multiaccount_import", `{"AccountList":{}}`, 70402},
		{account + "account_delete", `{"DeleteItem":[]}`, 70402},
		{account + "account_delete", `{"DeleteItem":` + list(101, `{"UserID":"u%d"}`) + `}`, 70402},
		{account + "account_check", `{"CheckItem":[{}]}`, 70402},
		{account + "account_check", `{"CheckItem":["x"]}`, 70402},
		{account + "kick", `{}`, 70402},

		{openim + "query_online_status", `{}`, 90003},
		{openim + "query_online_status", `{"To_Account":[]}`, 90001},
		{openim + "query_online_status", `{"To_Account":[1]}`, 90003},
		{openim + "query_online_status", `{"To_Account":` + names(501) + `}`, 90011},

		{openim + "sendmsg", send(`"X":` + strings.Repeat("[", 64) + strings.Repeat("]", 64)), 60003},
		{openim + "sendmsg", send(`"X":1e999`), 60003},
		{openim + "sendmsg", send(`"X":"\ud83d"`), 60003},
		{openim + "sendmsg", send(`"MsgBody":` + said(`\ud83d`)), 60003},
		{openim + "sendmsg", send(`"CloudCustomData":"\ude00"`), 60003},
		{group + "create_group", `{"Type":"Public","Name":"\ud83d"}`, 60003},
		{openim + "sendmsg", `{"MsgRandom":1,"MsgBody":` + said("x") + `}`, 90003},
		{openim + "sendmsg", send(`"To_Account":1`), 90003},
		{openim + "sendmsg", send(`"To_Account":["bob"]`), 90003},
		{openim + "sendmsg", send(`"To_Account":"nobody"`), 90012},
		{openim + "sendmsg", send(`"From_Account":"nobody"`), 90008},
		{openim + "sendmsg", send(`"From_Account":1`), 90008},
		{openim + "sendmsg", send(`"MsgRandom":"1"`), 90005},
		{openim + "sendmsg", send(`"MsgRandom":null`), 90005},
		{openim + "sendmsg", send(`"MsgTimeStamp":"1"`), 90006},
		{openim + "sendmsg", send(`"SyncOtherMachine":"1"`), 90031},
		{openim + "sendmsg", send(`"MsgLifeTime":"1"`), 90044},
		{openim + "sendmsg", send(`"OfflinePushInfo":1`), 90043},
		{openim + "sendmsg", send(`"MsgBody":{}`), 90007},
		{openim + "sendmsg", send(`"MsgBody":null`), 90007},
		{openim + "sendmsg", send(`"MsgBody":[]`), 90002},
		{openim + "sendmsg", send(`"MsgBody":[{"MsgType":"X","MsgContent":{}}]`), 90002},
		{openim + "sendmsg", send(`"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]`), 90010},
		{openim + "sendmsg", `{"To_Account":"bob","MsgRandom":1,"msgbody":` + said("x") + `}`, 90007},
		{openim + "sendmsg", send(`"MsgBody":` + said(strings.Repeat("x", 12288))), 93000},
		{openim + "sendmsg", send(`"CloudCustomData":"` + strings.Repeat("x", 12288) + `"`), 93000},

		{openim + "batchsendmsg", many(`"To_Account":"bob"`), 90028},
		{openim + "batchsendmsg", many(`"To_Account":null`), 90028},
		{openim + "batchsendmsg", many(`"To_Account":[]`), 90029},
		{openim + "batchsendmsg", many(`"To_Account":[1]`), 90003},
		{openim + "batchsendmsg", many(`"To_Account":` + names(501)), 90011},
		{openim + "batchsendmsg", many(`"From_Account":""`), 90008},
		{openim + "batchsendmsg", many(`"MsgRandom":"1"`), 90005},
		{openim + "batchsendmsg", many(`"MsgBody":1`), 90007},
		{openim + "batchsendmsg", many(`"MsgBody":` + said(strings.Repeat("x", 12288))), 90055},

		{openim + "admin_getroammsg", `{"Peer_Account":"bob","MaxCnt":1,"MinTime":1,"MaxTime":2}`, 90008},
		{openim + "admin_getroammsg", `{"Operator_Account":"ann","MaxCnt":1,"MinTime":1,"MaxTime":2}`, 90003},
		{openim + "admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":"1","MinTime":1,"MaxTime":2}`, 90001},
		{openim + "admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":1}`, 90001},
		{openim + "admin_msgwithdraw", `{"To_Account":"bob","MsgKey":"1_2_3"}`, 90008},
		{openim + "admin_msgwithdraw", `{"From_Account":"ann","MsgKey":"1_2_3"}`, 90003},
		{openim + "admin_msgwithdraw", `{"From_Account":"ann","To_Account":"bob"}`, 90054},
		{openim + "admin_msgwithdraw", `{"From_Account":"ann","To_Account":"bob","MsgKey":"1_2"}`, 90054},
		{openim + "admin_set_msg_read", `{"Peer_Account":"bob"}`, 90008},
		{openim + "admin_set_msg_read", `{"Report_Account":"ann"}`, 90003},
		{openim + "admin_set_msg_read", `{"Report_Account":"ann","Peer_Account":"bob","MsgReadTime":"soon"}`, 90001},
		{openim + "c2c_msg_read_receipt", `{"Peer_Account":"bob","C2CMsgInfo":[]}`, 90008},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","C2CMsgInfo":[]}`, 90003},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","Peer_Account":"bob","C2CMsgInfo":{}}`, 90002},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","Peer_Account":"bob","C2CMsgInfo":[{"To_Account":"ann","MsgKey":"1_2_3"}]}`, 90008},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","Peer_Account":"bob","C2CMsgInfo":[{"From_Account":"bob","To_Account":"ann"}]}`, 90054},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","Peer_Account":"bob","C2CMsgInfo":` + list(31, `{"From_Account":"bob","To_Account":"ann","MsgKey":"%d_2_3"}`) + `}`, 90002},
		{openim + "c2c_msg_read_receipt", `{"Operator_Account":"ann","Peer_Account":"nobody","C2CMsgInfo":[{"From_Account":"nobody","To_Account":"ann","MsgKey":"1_2_3"}]}`, 90012},
		{openim + "get_c2c_unread_msg_num", `{}`, 90003},
		{openim + "get_c2c_unread_msg_num", `{"To_Account":"ann","Peer_Account":"bob"}`, 90003},
		{openim + "get_c2c_unread_msg_num", `{"To_Account":"ann","Peer_Account":` + names(11) + `}`, 90011},

		{group + "create_group", `{"Name":"x"}`, 10004},
		{group + "create_group", `{"Type":"Public"}`, 10004},
		{group + "create_group", `{"Type":"public","Name":"x"}`, 10004},
		{group + "create_group", `{"Type":"Public","Name":1}`, 10004},
		{group + "create_group", `{"Type":"Public","Name":"x","MaxMemberCount":"9"}`, 10004},
		{group + "create_group", `{"Type":"Public","Name":"x","MemberList":[{"Role":"Admin"}]}`, 10004},
		{group + "create_group", `{"Type":"Public","Name":"x","MemberList":[{"Member_Account":"bob","Role":"King"}]}`, 10004},
		{group + "create_group", `{"Type":"Public","Name":"x","MemberList":` + list(101, `{"Member_Account":"u%d"}`) + `}`, 10005},
		{group + "create_group", `{"Type":"Public","Name":"x","Owner_Account":"nobody"}`, 10019},
		{group + "create_group", `{"Type":"Public","Name":"x","GroupId":"g"}`, 10021},
		{group + "create_group", `{"Type":"AVChatRoom","Name":"x","MemberList":[{"Member_Account":"bob"}]}`, 10007},
		{group + "get_group_info", `{}`, 10004},
		{group + "get_group_info", `{"GroupIdList":"g"}`, 10004},
		{group + "get_group_info", `{"GroupIdList":[]}`, 10004},
		{group + "get_group_info", `{"GroupIdList":` + names(51) + `}`, 10004},
		{group + "get_group_info", `{"GroupIdList":["g"],"ResponseFilter":[]}`, 10004},
		{group + "get_appid_group_list", `{"Limit":"x"}`, 10004},
		{group + "get_appid_group_list", `{"Next":"x"}`, 10004},
		{group + "get_appid_group_list", `{"Next":-1}`, 10004},
		{group + "get_joined_group_list", `{}`, 10004},
		{group + "get_joined_group_list", `{"Member_Account":7}`, 10004},
		{group + "get_group_member_info", `{}`, 10004},
		{group + "get_group_member_info", `{"GroupId":"none"}`, 10010},
		{group + "get_group_member_info", `{"GroupId":"live"}`, 10007},
		{group + "get_group_member_info", `{"GroupId":"g","MemberRoleFilter":["King"]}`, 10004},
		{group + "add_group_member", `{"GroupId":"g","MemberList":[]}`, 10004},
		{group + "add_group_member", `{"GroupId":"g","MemberList":["bob"]}`, 10004},
		{group + "add_group_member", `{"GroupId":"g","MemberList":` + list(301, `{"Member_Account":"u%d"}`) + `}`, 10005},
		{group + "add_group_member", `{"GroupId":"live","MemberList":[{"Member_Account":"bob"}]}`, 10007},
		{group + "delete_group_member", `{"GroupId":"g"}`, 10004},
		{group + "delete_group_member", `{"GroupId":"g","MemberToDel_Account":` + names(501) + `}`, 10005},
		{group + "delete_group_member", `{"GroupId":"live","MemberToDel_Account":["bob"]}`, 10004},
		{group + "modify_group_member_info", `{"GroupId":"g"}`, 10004},
		{group + "modify_group_member_info", `{"GroupId":"g","Member_Account":"ann","Role":"Owner"}`, 10004},
		{group + "modify_group_member_info", `{"GroupId":"g","Member_Account":"ann","MuteTime":"60"}`, 10004},
		{group + "modify_group_base_info", `{"Name":"x"}`, 10004},
		{group + "modify_group_base_info", `{"GroupId":"g","ShutUpAllMember":"on"}`, 10004},
		{group + "modify_group_base_info", `{"GroupId":"none","Name":"x"}`, 10010},
		{group + "forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"]}`, 10004},
		{group + "forbid_send_msg", `{"GroupId":"g","Members_Account":["bob"],"MuteTime":-1}`, 10004},
		{group + "forbid_send_msg", `{"GroupId":"g","Members_Account":` + names(501) + `,"MuteTime":1}`, 10005},
		{group + "get_group_muted_account", `{"GroupId":"none"}`, 10010},
		{group + "change_group_owner", `{"GroupId":"g"}`, 10004},
		{group + "change_group_owner", `{"GroupId":"g","NewOwner_Account":"bob"}`, 10007},
		{group + "change_group_owner", `{"GroupId":"live","NewOwner_Account":"bob"}`, 10007},
		{group + "destroy_group", `{"GroupId":"none"}`, 10010},
		{group + "destroy_group", `{"GroupId":"tea\u7a7a"}`, 10015},
		{group + "get_role_in_group", `{"GroupId":"g","User_Account":` + names(501) + `}`, 10005},
		{group + "send_group_msg", `{"Random":1,"MsgBody":` + said("x") + `}`, 10004},
		{group + "send_group_msg", say(`"Random":null`), 10004},
		{group + "send_group_msg", say(`"Random":"1"`), 10004},
		{group + "send_group_msg", say(`"MsgBody":[]`), 10004},
		{group + "send_group_msg", say(`"GroupId":"none"`), 10010},
		{group + "send_group_msg", say(`"From_Account":"nobody"`), 10019},
		{group + "send_group_msg", say(`"MsgPriority":"Highest"`), 10004},
		{group + "send_group_msg", say(`"GroupAtInfo":` + list(31, `{"GroupAtAllFlag":0,"GroupAt_Account":"u%d"}`)), 10053},
		{group + "send_group_msg", say(`"MsgBody":` + said(strings.Repeat("x", 12288))), 80002},
		{group + "group_msg_recall", `{"GroupId":"g","MsgSeqList":[]}`, 10004},
		{group + "group_msg_recall", `{"GroupId":"g","MsgSeqList":` + list(11, `{"MsgSeq":%d}`) + `}`, 10004},
		{group + "group_msg_recall", `{"GroupId":"g","MsgSeqList":[{"MsgSeq":"1"}]}`, 10004},
		{group + "group_msg_recall", `{"GroupId":"none","MsgSeqList":[{"MsgSeq":1}]}`, 10010},
		{group + "get_group_msg_receipt", `{"MsgSeqList":[{"MsgSeq":1}]}`, 10004},
		{group + "get_group_msg_receipt", `{"GroupId":"g"}`, 10004},
		{group + "get_group_msg_receipt", `{"GroupId":"g","MsgSeqList":` + list(31, `{"MsgSeq":%d}`) + `}`, 10004},
		{group + "get_group_msg_receipt", `{"GroupId":"none","MsgSeqList":[{"MsgSeq":1}]}`, 10010},
		{group + "get_group_msg_receipt", `{"GroupId":"live","MsgSeqList":[{"MsgSeq":1}]}`, 10007},
		{group + "get_group_msg_receipt_detail", `{"GroupId":"g"}`, 10004},
		{group + "get_group_msg_receipt_detail", `{"GroupId":"g","MsgSeq":1,"Cursor":1}`, 10004},
		{group + "get_group_msg_receipt_detail", `{"GroupId":"g","MsgSeq":0}`, 10062},
		{group + "group_msg_recall", `{"GroupId":"live","MsgSeqList":[{"MsgSeq":1}]}`, 10033},
		{group + "group_msg_get_simple", `{"GroupId":"g"}`, 10004},
		{group + "group_msg_get_simple", `{"GroupId":"g","ReqMsgNumber":"1"}`, 10004},
		{group + "group_msg_get_simple", `{"GroupId":"live","ReqMsgNumber":1}`, 10044},

		{sns + "black_list_add", `{"To_Account":["bob"]}`, 30001},
		{sns + "black_list_add", `{"From_Account":"ann"}`, 30001},
		{sns + "black_list_add", `{"From_Account":"ann","To_Account":[]}`, 30001},
		{sns + "black_list_add", `{"From_Account":"ann","To_Account":"bob"}`, 30001},
		{sns + "black_list_add", `{"From_Account":"ann","To_Account":` + names(1001) + `}`, 30001},
		{sns + "black_list_add", `{"From_Account":"nobody","To_Account":["bob"]}`, 30003},
		{sns + "black_list_delete", `{"From_Account":"nobody","To_Account":["bob"]}`, 30003},
		{sns + "black_list_get", `{"From_Account":1}`, 30001},
		{sns + "black_list_get", `{"From_Account":"ann","StartIndex":"0"}`, 30001},
	} {
		if a := h.call(c.command, c.body); a.ErrorCode != c.want {
			t.Errorf("%s %.120s: %.200s, want %d", c.command, c.body, a.text, c.want)
		}
	}
}

// Whatever is refused must leave every command answerable: nothing panics,
// no code is unknown to the table.
func TestOddBodiesDoNotPanic(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	bodies := []string{
		`{}`, `{"GroupId":null}`, `{"To_Account":null,"From_Account":null}`, `{"GroupId":"","UserID":"","Conv":""}`,
		`{"GroupId":{},"To_Account":{},"UserID":{},"Member_Account":[[]]}`,
		`{"GroupIdList":[null],"To_Account":[null],"MemberList":[null],"MsgSeqList":[null],"CheckItem":[null]}`,
		`{"GroupId":"g","MemberList":[{"Member_Account":null}],"MemberToDel_Account":[null],"MsgBody":[null],"Random":1,"MsgRandom":1}`,
		`{"To_Account":"ann","MsgRandom":1,"MsgBody":[[]],"GroupAtInfo":[null],"SendMsgControl":[null]}`,
	}
	for _, c := range h.table.Rows() {
		for _, body := range bodies {
			if c.Name == "" {
				continue
			}
			a := h.call(c.Service+"/"+c.Name, body)
			if a.ErrorCode.Class() == chat.Fault && a.ErrorCode != 0 {
				t.Errorf("%s/%s %s: %s", c.Service, c.Name, body, a.text)
			}
		}
	}
}
