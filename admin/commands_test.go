package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const (
	account   = "im_open_login_svc/"
	openim    = "openim/"
	group     = "group_open_http_svc/"
	sns       = "sns/"
	allMember = "all_member_push/"
	timpush   = "timpush/"
	words     = "im_msg_audit_mgr/"
	config    = "openconfigsvr/" // answers without ActionStatus
)

const history = "open_msg_svc/get_history "

const (
	media  = "media/"
	object = "im_cos_msg/"
)

// said is a message body.
func said(text string) string {
	return `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + text + `"}}]`
}

// script is a conversation of a backend with the server: calls in order.
// "wait 3s" moves the clock.
type script struct {
	name  string
	lines []string
}

var scripts = []script{
	{"accounts", []string{
		account + `account_import {"UserID":"u1","Nick":"One","FaceUrl":"http://x/1"}`,
		account + `account_import {"Identifier":"u2","Nick":null}`,
		account + `multiaccount_import {"Accounts":["u3","u4"," bad"]}`,
		account + `multiaccount_import {"AccountList":[{"UserID":"u5","Nick":"Five"}]}`,
		account + `account_check {"CheckItem":[{"UserID":"u1"},{"UserID":"nobody"}]}`,
		account + `account_delete {"DeleteItem":[{"UserID":"u5"},{"UserID":"nobody"}]}`,
		account + `kick {"UserID":"u4"}`,
		account + `kick {"Identifier":"u4"}`,
		account + `kick {"UserID":"nobody"}`,
		openim + `query_online_status {"To_Account":["u1","nobody"],"IsNeedDetail":1}`,
		openim + `querystate {"To_Account":["u1"]}`,
		openim + `query_online_status {"To_Account":["nobody"]}`,
		sns + `black_list_add {"From_Account":"u1","To_Account":["u2","u3","u2","nobody"]}`,
		sns + `black_list_add {"From_Account":"u1","To_Account":["u4"]}`,
		sns + `black_list_get {"From_Account":"u1","StartIndex":0,"MaxLimited":2,"LastSequence":0}`,
		sns + `black_list_get {"From_Account":"u1","StartIndex":2,"MaxLimited":2,"LastSequence":0}`,
		sns + `black_list_check {"From_Account":"u1","To_Account":["u2","u9"],"CheckType":"BlackCheckResult_Type_Both"}`,
		sns + `black_list_check {"From_Account":"u2","To_Account":["u1"],"CheckType":"BlackCheckResult_Type_Both"}`,
		sns + `black_list_check {"From_Account":"u2","To_Account":["u1"],"CheckType":"BlackCheckResult_Type_Single"}`,
		sns + `black_list_delete {"From_Account":"u1","To_Account":["u2","u9"]}`,
		sns + `black_list_get {"From_Account":"u1"}`,
	}},
	{"labels", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		allMember + `im_get_attr_name {}`,
		allMember + `im_set_attr_name {"AttrNames":{"0":"sex","9":"city"}}`,
		timpush + `set_attr_name {"AttrNames":{"0":"size","1":"city"}}`,
		timpush + `get_attr_name {}`,
		allMember + `im_set_attr {"UserAttrs":[{"To_Account":"u1","Attrs":{"sex":"f","city":"Bern"}},{"To_Account":"u2","Attrs":{"sex":"m"}}]}`,
		allMember + `im_get_attr {"To_Account":["u1","u2"]}`,
		allMember + `im_set_attr_name {"AttrNames":{"0":"size"}}`,
		timpush + `get_attr {"To_Account":["u1","u2"]}`,
		timpush + `remove_attr {"UserAttrs":[{"To_Account":"u1","Attrs":["city","size"]}]}`,
		timpush + `get_attr {"To_Account":["u1"]}`,
		allMember + `im_add_tag {"UserTags":[{"To_Account":"u1","Tags":["tea","vip","tea"]},{"To_Account":"u2","Tags":["vip"]}]}`,
		timpush + `add_tag {"UserTags":[{"To_Account":"u2","Tags":["oolong"],"Replace":1}]}`,
		timpush + `get_tag {"To_Account":["u1","u2"]}`,
		allMember + `im_remove_tag {"UserTags":[{"To_Account":"u1","Tags":["vip","none"]}]}`,
		timpush + `remove_all_tags {"To_Account":["u2"]}`,
		timpush + `remove_tag {"UserTags":[{"To_Account":"u1","Tags":["oolong"]}]}`,
		allMember + `im_get_tag {"To_Account":["u1","u2"]}`,
		allMember + `im_get_tag {"To_Account":["u1","nobody"]}`,
		allMember + `im_remove_all_tags {"To_Account":["u1","u2"]}`,
		timpush + `set_attr_name {"AttrNames":{"1":"sex"}}`,
		timpush + `set_attr {"UserAttrs":[{"To_Account":"u2","Attrs":{"size":"1"}}]}`,
		allMember + `im_remove_attr {"UserAttrs":[{"To_Account":"u2","Attrs":["sex","size"]}]}`,
	}},
	{"pushes", []string{
		account + `multiaccount_import {"Accounts":["u1","u2","boss"]}`,
		allMember + `im_push {"From_Account":"boss","MsgRandom":7,"MsgLifeTime":3600,"MsgBody":` + said("sale") + `,"Condition":{"TagsOr":["tea"],"TagsAnd":["vip"]},"OfflinePushInfo":{"Title":"Sale"}}`,
		allMember + `im_push {"From_Account":"boss","MsgRandom":7,"MsgBody":` + said("sale") + `}`,
		allMember + `im_push {"From_Account":"boss","MsgRandom":8,"MsgBody":` + said("sale") + `}`,
		"wait 1s",
		timpush + `push {"From_Account":"boss","MsgRandom":9,"MsgBody":` + said("news") + `,"OnlineOnlyFlag":1,"DataId":"d1","Condition":{"TagsNot":["vip"]}}`,
		"wait 1s",
		timpush + `push {"From_Account":"boss","MsgRandom":10,"OfflinePushInfo":{"Title":"News","Desc":"Read it","Ext":"{}"}}`,
		timpush + `batch {"From_Account":"boss","To_Account":["u1","nobody"],"MsgRandom":7,"OfflinePushInfo":{"Title":"For you"}}`,
		timpush + `batch {"From_Account":"boss","To_Account":["nobody"],"MsgRandom":8,"OfflinePushInfo":{"Title":"For you"}}`,
		timpush + `batch {"From_Account":"boss","To_Account":["u1"],"MsgRandom":"8","OfflinePushInfo":{"Title":"For you"}}`,
		timpush + `add_sched_task {"Sdkappid":1400000001,"Type":"Tag","SchedAt":"2023-11-15 08:00:00","Content":{"From_Account":"boss","Condition":{"TagsOr":["tea"],"TagsAnd":["vip"],"TagsNot":["milk"]},"OfflinePushInfo":{"Title":"Tea time","Desc":"now"}}}`,
		allMember + `im_set_attr_name {"AttrNames":{"0":"sex"}}`,
		timpush + `add_sched_task {"Sdkappid":1400000001,"Type":"Tag","SchedAt":"2023-11-15 10:00:00","Content":{"From_Account":"boss","Condition":{"AttrsOr":{"sex":"f"},"AttrsAnd":{"sex":"f"}},"OfflinePushInfo":{"Title":"Hers"}}}`,
		timpush + `add_sched_task {"Sdkappid":1400000001,"Type":"User","SchedAt":"2023-11-15 07:00:00","Content":{"From_Account":"boss","To_Account":["u1","u2"],"OfflinePushInfo":{"Title":"Milk"}}}`,
		timpush + `add_sched_task {"Sdkappid":1400000001,"Type":"All","SchedAt":"15.11.2023","Content":{"From_Account":"boss","OfflinePushInfo":{"Title":"Tea time"}}}`,
		timpush + `get_sched_task {"Sdkappid":1400000001,"TaskID":1700000002000}`,
		timpush + `modify_sched_task {"Sdkappid":1400000001,"TaskID":1700000002000,"Type":"Tag","SchedAt":"2023-11-15 09:30:00"}`,
		timpush + `modify_sched_task {"Sdkappid":1400000001,"TaskID":1700000002000,"Type":"All"}`,
		timpush + `list_sched_task {"Sdkappid":1400000001,"Offset":0,"Want":10,"OrderBy":"schedat","Asc":true,"BeginTime":"2023-11-15 00:00:00","EndTime":"2023-11-16 00:00:00","Keyword":""}`,
		timpush + `list_sched_task {"Sdkappid":1400000001,"Want":1,"OrderBy":"createat","Keyword":"Tea"}`,
		timpush + `delete_sched_task {"Sdkappid":1400000001,"TaskID":1700000002000,"Type":"Tag"}`,
		timpush + `get_sched_task {"Sdkappid":1400000001,"TaskID":1700000002000}`,
		timpush + `all_member_push_statistics {"StartTime":1700000000,"EndTime":1700003600,"TaskID":["1400000001_7_1700000000"]}`,
		"wait 1s",
		timpush + `all_member_push_statistics {"StartTime":1700000000,"EndTime":1700003600}`,
		timpush + `normal_push_statistics {"StartTime":1700000000,"EndTime":1700003600}`,
		timpush + `normal_push_trace {"PushID":"u1-1"}`,
	}},
	{"silence", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		config + `getnospeaking {"Get_Account":"u1"}`,
		config + `setnospeaking {"Set_Account":"u1","C2CmsgNospeakingTime":4294967295,"GroupmsgNospeakingTime":7200}`,
		"wait 10s",
		config + `getnospeaking {"Get_Account":"u1"}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgSeq":1,"MsgRandom":1,"MsgBody":` + said("in their name") + `}`,
		config + `setnospeaking {"Set_Account":"u1","C2CmsgNospeakingTime":0}`,
		config + `getnospeaking {"Get_Account":"u1"}`,
		config + `setnospeaking {"Set_Account":"u1"}`,
		config + `setnospeaking {"Set_Account":"u1","C2CmsgNospeakingTime":"60"}`,
		config + `setnospeaking {"Set_Account":"nobody","C2CmsgNospeakingTime":60}`,
		config + `setnospeaking {"C2CmsgNospeakingTime":60}`,
		config + `getnospeaking {"Get_Account":"nobody"}`,
		config + `getnospeaking {}`,
	}},
	{"figures", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		config + `getappinfo {"RequestField":["RegistUserNumOneDay","RegistUserNumTotal","APNSMsgNum"]}`,
		config + `getappinfo {"RequestField":"AppId"}`,
		`ConfigSvc/GetIPList {}`,
	}},
	{"words", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		words + `create_cloud_audit_keywords_lib {"SdkAppId":1400000001,"LibName":"Drinks","Describe":"what is not served"}`,
		words + `create_cloud_audit_keywords_lib {"LibName":"Teas","Suggestion":"Replace"}`,
		words + `create_cloud_audit_keywords_lib {"LibName":"Teas","Suggestion":"Review"}`,
		words + `create_cloud_audit_keywords_lib {"SdkAppId":1,"LibName":"Teas"}`,
		words + `get_cloud_audit_keywords_ids {"SdkAppId":1400000001,"Offset":0,"Limit":1}`,
		words + `get_cloud_audit_keywords_ids {"Offset":1}`,
		words + `get_cloud_audit_keywords_ids {"Limit":101}`,
		words + `add_cloud_audit_keywords {"LibID":"1","UserKeywords":[{"Content":"Coffee","Label":"Ad"},{"Content":"cocoa"}]}`,
		words + `add_cloud_audit_keywords {"LibID":"2","UserKeywords":[{"Content":"龙井"}]}`,
		words + `add_cloud_audit_keywords {"LibID":"3","UserKeywords":[{"Content":"x"}]}`,
		words + `add_cloud_audit_keywords {"LibID":"1","UserKeywords":[{"Content":"x","Label":"Tea"}]}`,
		words + `add_cloud_audit_keywords {"LibID":"1","UserKeywords":[]}`,
		words + `get_cloud_audit_keywords {"LibID":"1","Offset":0,"Limit":100}`,
		words + `get_cloud_audit_keywords {"LibID":"1","Limit":0,"Content":"FF"}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgRandom":1,"MsgBody":` + said("a COFFEE") + `}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgRandom":2,"MsgBody":` + said("some 龙井") + `}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":10,"MinTime":0,"MaxTime":1800000000}`,
		group + `create_group {"Type":"Public","Name":"Coffee club"}`,
		words + `modify_cloud_audit_keywords_lib {"LibID":"1","LibName":"Hot drinks","Suggestion":"Replace"}`,
		words + `modify_cloud_audit_keywords_lib {"LibID":"9","LibName":"x"}`,
		words + `delete_cloud_audit_keywords {"LibID":"1","Keywords":["coffee","milk"]}`,
		words + `delete_cloud_audit_keywords_lib {"LibID":"1"}`,
		words + `delete_cloud_audit_keywords_lib {"LibID":"1"}`,
		words + `get_cloud_audit_keywords_ids {}`,
	}},
	{"files", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgSeq":1,"MsgRandom":1,"MsgBody":` + said("hi") + `}`,
		history + `{"ChatType":"C2C","MsgTime":"2023111506"}`,
		"wait 1h46m40s",
		history + `{"ChatType":"C2C","MsgTime":"2023111506"}`,
		history + `{"ChatType":"Group","MsgTime":"2023111506"}`,
		history + `{"ChatType":"All","MsgTime":"2023111506"}`,
		history + `{"ChatType":"C2C","MsgTime":"20231115"}`,
		history + `{"ChatType":"C2C"}`,
		"wait 168h",
		history + `{"ChatType":"C2C","MsgTime":"2023111506"}`,
	}},
	{"media", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		media + `upload {"From_Account":"u1","Kind":"image","Name":"tea.png","Size":25,"Mime":"image/png","Width":1280,"Height":960}`,
		media + `url {"UUID":"zf-aeaaaaacaaaaaayaaaaaiaaaaa"}`,
		media + `upload {"From_Account":"u1","Kind":"avatar","Name":"me.png","Size":25}`,
		media + `upload {"From_Account":"u1","Kind":"image","Size":29360129}`,
		media + `upload {"From_Account":"u1","Kind":"file","Size":0}`,
		media + `upload {"From_Account":"nobody","Kind":"file","Size":1}`,
		media + `upload {"Kind":"film","Size":1}`,
		media + `url {"UUID":"0f343b0931126a20f133d67c2b018a3b"}`,
		object + `get_cos_sig {"RawURLs":[{"ResourceID":1,"RawURL":"https://chat.example.com/media/1400000001/zf-aeaaaaacaaaaaayaaaaaiaaaaa/original?e=1&s=x"},{"ResourceID":2,"RawURL":"https://elsewhere.example.com/x.png"}]}`,
		object + `forbid_illegal_object {"RawURL":"https://chat.example.com/media/1400000001/zf-aeaaaaacaaaaaayaaaaaiaaaaa/original"}`,
		object + `get_cos_sig {"RawURLs":[{"ResourceID":1,"RawURL":"https://chat.example.com/media/1400000001/zf-aeaaaaacaaaaaayaaaaaiaaaaa/original"}]}`,
		media + `url {"UUID":"zf-aeaaaaacaaaaaayaaaaaiaaaaa"}`,
		object + `allow_banned_object {"RawURL":"https://chat.example.com/media/1400000001/zf-aeaaaaacaaaaaayaaaaaiaaaaa/original"}`,
		object + `forbid_illegal_object {"RawURL":"https://elsewhere.example.com/x.png"}`,
		object + `get_cos_sig {"RawURLs":[]}`,
	}},
	{"messages", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		openim + `sendmsg {"SyncOtherMachine":1,"From_Account":"u1","To_Account":"u2","MsgSeq":93847636,"MsgRandom":1287657,"MsgTimeStamp":1557387418,"MsgBody":` + said("hi") + `,"CloudCustomData":"c"}`,
		openim + `sendmsg {"To_Account":"u2","MsgRandom":2,"MsgSeq":2,"MsgBody":` + said("from the administrator") + `}`,
		"wait 2s",
		openim + `sendmsg {"From_Account":"u2","To_Account":"u1","MsgRandom":3,"MsgSeq":3,"SyncOtherMachine":2,"MsgBody":` + said("hidden from u2") + `}`,
		openim + `sendmsg {"From_Account":"u2","To_Account":"u1","MsgRandom":4,"MsgSeq":4,"MsgLifeTime":0,"MsgBody":` + said("passing") + `}`,
		openim + `batchsendmsg {"From_Account":"u1","To_Account":["u2","nobody"],"MsgRandom":5,"MsgSeq":5,"MsgBody":` + said("to many") + `}`,
		openim + `batchsendmsg {"From_Account":"u1","To_Account":["u2"],"MsgRandom":6,"MsgSeq":6,"MsgBody":` + said("to one") + `}`,
		openim + `batchsendmsg {"To_Account":["nobody","noone"],"MsgRandom":7,"MsgSeq":7,"MsgBody":` + said("to none") + `}`,
		openim + `get_c2c_unread_msg_num {"To_Account":"u2"}`,
		openim + `get_c2c_unread_msg_num {"To_Account":"u2","Peer_Account":["u1","nobody"]}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":2,"MinTime":1699999999,"MaxTime":1700009999}`,
		openim + `admin_getroammsg {"From_Account":"u2","To_Account":"u1","MaxCnt":100,"MinTime":1699999999,"MaxTime":1700009999}`,
		openim + `admin_msgwithdraw {"From_Account":"u1","To_Account":"u2","MsgKey":"93847636_1287657_1700000000"}`,
		openim + `admin_msgwithdraw {"From_Account":"u1","To_Account":"u2","MsgKey":"93847636_1287657_1700000000"}`,
		openim + `admin_msgwithdraw {"From_Account":"u1","To_Account":"u2","MsgKey":"1_1_1"}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":100,"MinTime":1699999999,"MaxTime":1700000000}`,
		openim + `admin_set_msg_read {"Report_Account":"u2","Peer_Account":"u1","MsgReadTime":"1700000000"}`,
		openim + `get_c2c_unread_msg_num {"To_Account":"u2","Peer_Account":["u1"]}`,
		openim + `admin_set_msg_read {"Report_Account":"u2","Peer_Account":"u1"}`,
		openim + `get_c2c_unread_msg_num {"To_Account":"u2"}`,
		openim + `delete_c2c_msg_ramble {"Operator_Account":"u2","Peer_Account":"u1","MsgKeyList":["93847636_1287657_1700000000","1_1_1"]}`,
		openim + `admin_getroammsg {"Operator_Account":"u2","Peer_Account":"u1","MaxCnt":100,"MinTime":1699999999,"MaxTime":1700000000}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":1,"MinTime":1699999999,"MaxTime":1700000000}`,
		openim + `delete_c2c_msg_ramble {"Operator_Account":"u2","Peer_Account":"u1","MsgKeyList":["1"]}`,
		openim + `delete_c2c_msg_ramble {"Operator_Account":"u2","Peer_Account":"u1","MsgKeyList":[]}`,
		openim + `delete_c2c_msg_ramble {"Operator_Account":"u2","Peer_Account":"nobody","MsgKeyList":["1_1_1"]}`,
		openim + `delete_c2c_msg_ramble {"Operator_Account":"u2","Peer_Account":"u1"}`,
	}},
	{"imported", []string{
		account + `multiaccount_import {"Accounts":["u1","u2"]}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u1","To_Account":"u2","MsgSeq":1,"MsgRandom":1,"MsgTimeStamp":1600000000,"MsgBody":` + said("long ago") + `,"CloudCustomData":"c"}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u2","To_Account":"u1","MsgSeq":1,"MsgRandom":1,"MsgTimeStamp":1600000000,"MsgBody":` + said("the same once more") + `}`,
		openim + `importmsg {"SyncFromOldSystem":5,"From_Account":"u1","To_Account":"u2","MsgSeq":2,"MsgRandom":2,"MsgTimeStamp":1600000001,"MsgBody":` + said("just now") + `}`,
		openim + `importmsg {"SyncFromOldSystem":1,"From_Account":"u1","To_Account":"u2","MsgSeq":3,"MsgRandom":3,"MsgTimeStamp":1600000002,"MsgBody":` + said("and more") + `}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u1","To_Account":"u2","MsgSeq":4,"MsgRandom":4,"MsgTimeStamp":1500000000,"MsgBody":` + said("too old") + `}`,
		openim + `importmsg {"SyncFromOldSystem":3,"From_Account":"u1","To_Account":"u2","MsgSeq":4,"MsgRandom":4,"MsgTimeStamp":1600000003,"MsgBody":` + said("x") + `}`,
		openim + `importmsg {"From_Account":"u1","To_Account":"u2","MsgTimeStamp":1600000003,"MsgBody":` + said("x") + `}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u1","To_Account":"u2","MsgBody":` + said("x") + `}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u1","To_Account":"nobody","MsgTimeStamp":1600000003,"MsgBody":` + said("x") + `}`,
		openim + `importmsg {"SyncFromOldSystem":2,"From_Account":"u1","To_Account":"u2","MsgTimeStamp":1600000003,"MsgBody":"x"}`,
		openim + `admin_getroammsg {"Operator_Account":"u2","Peer_Account":"u1","MaxCnt":9,"MinTime":1600000000,"MaxTime":1600000009}`,
		openim + `get_c2c_unread_msg_num {"To_Account":"u2"}`,
	}},
	{"receipts", []string{
		account + `multiaccount_import {"Accounts":["u1","u2","u3"]}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgSeq":1,"MsgRandom":1,"IsNeedReadReceipt":1,"MsgBody":` + said("read me") + `}`,
		openim + `sendmsg {"From_Account":"u1","To_Account":"u2","MsgSeq":2,"MsgRandom":2,"MsgBody":` + said("as you like") + `}`,
		openim + `admin_set_msg_read {"Report_Account":"u2","Peer_Account":"u1"}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":2,"MinTime":1699999999,"MaxTime":1700009999}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1","C2CMsgInfo":[{"From_Account":"u1","To_Account":"u2","MsgKey":"1_1_1700000000"},{"From_Account":"u1","To_Account":"u2","MsgKey":"2_2_1700000000"}]}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1","C2CMsgInfo":[{"From_Account":"u1","To_Account":"u2","MsgKey":"2_2_1700000000"}]}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1","C2CMsgInfo":[{"From_Account":"u2","To_Account":"u1","MsgKey":"1_1_1700000000"}]}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1","C2CMsgInfo":[{"From_Account":"u1","To_Account":"u2","MsgKey":"1_1"}]}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1","C2CMsgInfo":[]}`,
		openim + `c2c_msg_read_receipt {"Operator_Account":"u2","Peer_Account":"u1"}`,
		openim + `admin_getroammsg {"Operator_Account":"u1","Peer_Account":"u2","MaxCnt":2,"MinTime":1699999999,"MaxTime":1700009999}`,
		group + `create_group {"Owner_Account":"u1","Type":"Public","GroupId":"r","Name":"r","MemberList":[{"Member_Account":"u2"},{"Member_Account":"u3"}]}`,
		group + `send_group_msg {"GroupId":"r","From_Account":"u1","Random":1,"IsNeedReadReceipt":1,"MsgBody":` + said("read me, all") + `}`,
		group + `send_group_msg {"GroupId":"r","Random":2,"NeedReadReceipt":1,"OnlineOnlyFlag":1,"MsgBody":` + said("passing") + `}`,
		group + `get_group_msg_receipt {"GroupId":"r","MsgSeqList":[{"MsgSeq":1},{"MsgSeq":99}]}`,
		group + `get_group_msg_receipt_detail {"GroupId":"r","MsgSeq":1,"Filter":0,"Cursor":"","Count":10}`,
		group + `get_group_msg_receipt_detail {"GroupId":"r","MsgSeq":1,"Filter":1,"Cursor":"","Count":1}`,
		group + `get_group_msg_receipt_detail {"GroupId":"r","MsgSeq":1,"Filter":1,"Cursor":"u2","Count":1}`,
		group + `get_group_msg_receipt_detail {"GroupId":"r","MsgSeq":99,"Filter":1,"Cursor":"","Count":1}`,
		group + `get_group_msg_receipt_detail {"GroupId":"r","MsgSeq":1,"Filter":2,"Cursor":"","Count":1}`,
		group + `get_group_msg_receipt {"GroupId":"r","MsgSeqList":[]}`,
		group + `create_group {"Owner_Account":"u1","Type":"Community","GroupId":"@TGS#_r","Name":"c"}`,
		group + `send_group_msg {"GroupId":"@TGS#_r","Random":1,"IsNeedReadReceipt":1,"MsgBody":` + said("read me, all") + `}`,
		group + `get_group_msg_receipt {"GroupId":"@TGS#_r","MsgSeqList":[{"MsgSeq":1}]}`,
	}},
	// The samples of spec/22a §20 and spec/22b §15 and what surrounds them.
	{"groups", []string{
		account + `multiaccount_import {"Accounts":["u1","u2","u3","u4","u9"]}`,
		group + `create_group {"Owner_Account":"u1","Type":"Public","GroupId":"room-7","Name":"Team seven","ApplyJoinOption":"FreeAccess","AppDefinedData":[{"Key":"level","Value":"3"}],"MemberList":[{"Member_Account":"u2","Role":"Admin"},{"Member_Account":"u3"}]}`,
		group + `get_group_info {"GroupIdList":["room-7","nope"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name","MuteAllMember"],"MemberInfoFilter":["Role"]}}`,
		group + `get_group_info {"GroupIdList":["room-7"]}`,
		group + `get_group_info {"GroupIdList":["room-7"],"ResponseFilter":{"GroupBaseInfoFilter":["ShutUpAllMember"],"AppDefinedDataFilter_Group":["level","other"]}}`,
		group + `get_group_info {"GroupIdList":["room-7"],"ResponseFilter":{}}`,
		group + `add_group_member {"GroupId":"room-7","Silence":1,"MemberList":[{"Member_Account":"u4"},{"Member_Account":"u2"}]}`,
		group + `get_joined_group_list {"Member_Account":"u2","Limit":20,"Offset":0,"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name"],"SelfInfoFilter":["Role","JoinTime"]}}`,
		group + `get_joined_group_list {"Member_Account":"u2","GroupType":"ChatRoom"}`,
		group + `get_joined_group_list {"Member_Account":"u2","Type":"Public"}`,
		group + `get_group_member_info {"GroupId":"room-7","MemberInfoFilter":["Role","MuteUntil"],"MemberRoleFilter":["Admin","Owner"]}`,
		group + `get_group_member_info {"GroupId":"room-7","Limit":2,"Offset":1}`,
		group + `get_role_in_group {"GroupId":"room-7","User_Account":["u1","u3","u9","nobody"]}`,
		group + `modify_group_base_info {"GroupId":"room-7","Name":"Team 7","ShutUpAllMember":"Off","MaxMemberNum":50,"AppDefinedData":[{"Key":"level","Value":""}]}`,
		group + `modify_group_base_info {"GroupId":"room-7","MuteAllMember":"On"}`,
		group + `modify_group_base_info {"GroupId":"room-7","MuteAllMember":"Off"}`,
		group + `modify_group_member_info {"GroupId":"room-7","Member_Account":"u3","NameCard":"Tea","ShutUpTime":60}`,
		group + `get_group_shutted_uin {"GroupId":"room-7"}`,
		group + `forbid_send_msg {"GroupId":"room-7","Members_Account":["u3","u4"],"MuteTime":120}`,
		group + `get_group_muted_account {"GroupId":"room-7"}`,
		group + `forbid_send_msg {"GroupId":"room-7","Members_Account":["u3","u4"],"ShutUpTime":0}`,
		group + `get_group_muted_account {"GroupId":"room-7"}`,
		"wait 100s",
		group + `send_group_msg {"GroupId":"room-7","From_Account":"u2","Random":771203,"MsgPriority":"Normal","MsgBody":` + said("hi @u3") + `,"GroupAtInfo":[{"GroupAtAllFlag":0,"GroupAt_Account":"u3"}],"CloudCustomData":"k=v"}`,
		group + `send_group_msg {"GroupId":"room-7","Random":2,"MsgPriority":"High","MsgBody":` + said("from the administrator") + `}`,
		group + `send_group_msg {"GroupId":"room-7","Random":3,"OnlineOnlyFlag":1,"MsgBody":` + said("passing") + `}`,
		group + `send_group_msg {"GroupId":"room-7","Random":3,"TopicId":"room-7@TOPIC#_x","MsgBody":` + said("astray") + `}`,
		group + `group_msg_get_simple {"GroupId":"room-7","ReqMsgNumber":2}`,
		group + `group_msg_get_simple {"GroupId":"room-7","ReqMsgNumber":20,"ReqMsgSeq":3}`,
		group + `group_msg_recall {"GroupId":"room-7","MsgSeqList":[{"MsgSeq":5},{"MsgSeq":999}]}`,
		group + `group_msg_get_simple {"GroupId":"room-7","ReqMsgNumber":1,"ReqMsgSeq":5}`,
		group + `group_msg_get_simple {"GroupId":"room-7","ReqMsgNumber":1,"ReqMsgSeq":5,"WithRecalledMsg":1}`,
		group + `change_group_owner {"GroupId":"room-7","NewOwner_Account":"u2"}`,
		group + `delete_group_member {"GroupId":"room-7","Silence":1,"MemberToDel_Account":["u4","nobody"],"Reason":"loud"}`,
		group + `create_group {"Type":"Work","Name":"work","GroupId":"w","MaxMemberCount":5}`,
		group + `create_group {"Type":"Meeting","Name":"meeting","GroupId":"m"}`,
		group + `create_group {"Type":"AVChatRoom","Name":"live","GroupId":"a","Owner_Account":"u1"}`,
		group + `create_group {"Type":"Community","Name":"all","GroupId":"@TGS#_c","Owner_Account":"u1","SupportTopic":1}`,
		group + `get_group_info {"GroupIdList":["w","m","a","@TGS#_c"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","MaxMemberNum","ApplyJoinOption","SupportTopic"]}}`,
		group + `get_group_member_info {"GroupId":"@TGS#_c","Limit":10,"Next":"","MemberInfoFilter":["Role"]}`,
		group + `get_group_member_info {"GroupId":"@TGS#_c","Limit":10,"Next":0,"MemberInfoFilter":["Role"]}`,
		group + `get_appid_group_list {}`,
		group + `get_appid_group_list {"Limit":2,"Next":0}`,
		group + `get_appid_group_list {"Limit":2,"Next":2}`,
		group + `get_appid_group_list {"Limit":2,"Next":4}`,
		group + `get_appid_group_list {"GroupType":"Private"}`,
		group + `get_appid_group_list {"Type":"BChatRoom"}`,
		group + `destroy_group {"GroupId":"room-7"}`,
		group + `destroy_group {"GroupId":"room-7"}`,
	}},
}

func init() { scripts = append(scripts, groupScripts...) }

func TestScripts(t *testing.T) {
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			h := open(t, nil)
			var b strings.Builder
			for _, line := range s.lines {
				fmt.Fprintln(&b, line)
				if wait, ok := strings.CutPrefix(line, "wait "); ok {
					d, err := time.ParseDuration(wait)
					if err != nil {
						t.Fatal(err)
					}
					h.wait(d)
					continue
				}
				command, body, _ := strings.Cut(line, " ")
				fmt.Fprintf(&b, "%s\n\n", h.call(command, body).text)
			}
			wiretest.Transcript(t, s.name+".txt", b.String())
		})
	}
}

func TestNewTypeNames(t *testing.T) {
	h := open(t, nil)
	h.settings(func(a *chat.App) { a.Switches.NewTypeNames = true })
	h.ok(group+"create_group", `{"Type":"Private","Name":"x","GroupId":"w"}`)
	a := h.ok(group+"get_group_info", `{"GroupIdList":["w"],"ResponseFilter":{"GroupBaseInfoFilter":["Type"]}}`)
	if !strings.Contains(string(a.text), `"Type":"Work"`) {
		t.Errorf("got %s", a.text)
	}
}
