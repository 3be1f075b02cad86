package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const million = "million_group_open_http_svc/"

func TestTopicCommands(t *testing.T) {
	h := open(t, nil)
	for i := range 3 {
		h.ok(account+"account_import", fmt.Sprintf(`{"UserID":"u%d","Nick":"No. %d"}`, i, i))
	}
	h.ok(group+"create_group", `{"Type":"Community","Name":"c","GroupId":"@TGS#_c","Owner_Account":"u0","SupportTopic":1,"MemberList":[{"Member_Account":"u1"}]}`)
	h.ok(group+"create_group", `{"Type":"Public","Name":"p","GroupId":"p","Owner_Account":"u0"}`)
	h.ok(group+"create_group", `{"Type":"Community","Name":"d","GroupId":"@TGS#_d","Owner_Account":"u0"}`)
	var b strings.Builder
	for _, line := range []string{
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"Green","TopicId":"@TGS#_c@TOPIC#_green","From_Account":"u0","CustomString":"s","FaceUrl":"f","Notification":"n","Introduction":"i"}`,
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"Green","TopicId":"@TGS#_c@TOPIC#_green"}`,
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"Red","TopicId":"@TGS#_d@TOPIC#_red"}`,
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"a name of more than thirty bytes"}`,
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"Red","From_Account":"nobody"}`,
		million + `create_topic {"GroupId":"@TGS#_c","TopicName":"Red","From_Account":7}`,
		million + `create_topic {"GroupId":"@TGS#_d","TopicName":"Red"}`,
		group + `import_topic {"GroupId":"@TGS#_c","TopicName":"Black","TopicId":"@TGS#_c@TOPIC#_black","Type":"Community","CreateTime":1600000000}`,
		group + `import_topic {"GroupId":"@TGS#_c","TopicName":"Black","Type":"Public"}`,
		group + `import_topic {"GroupId":"@TGS#_c","TopicName":"Black","CreateTime":4000000000}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u1"}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","From_Account":"u0","Random":1,"MsgBody":` + said("green") + `}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_d@TOPIC#_green","From_Account":"u0","Random":1,"MsgBody":` + said("green") + `}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_red","From_Account":"u0","Random":1,"MsgBody":` + said("red") + `}`,
		group + `forbid_send_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","Members_Account":["u1"],"MuteTime":60}`,
		group + `get_group_muted_account {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green"}`,
		group + `get_group_shutted_uin {"GroupId":"@TGS#_c"}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","From_Account":"u1","Random":2,"MsgBody":` + said("muted") + `}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","From_Account":"u1","Random":3,"MsgBody":` + said("to all") + `}`,
		million + `modify_topic {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","TopicName":"Blue","MuteAllMember":"On"}`,
		million + `modify_topic {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_red","TopicName":"Blue"}`,
		million + `modify_topic {"GroupId":"@TGS#_d","TopicId":"@TGS#_c@TOPIC#_black","TopicName":"Blue"}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u1","TopicIdList":["@TGS#_c@TOPIC#_green","@TGS#_c@TOPIC#_black","@TGS#_c@TOPIC#_red","@TGS#_d@TOPIC#_red"]}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u2","TopicIdList":["@TGS#_c@TOPIC#_green"],"ResponseFilter":["TopicName","NextMsgSeq","MsgSeq"]}`,
		million + `get_topic {"GroupId":"@TGS#_c"}`,
		group + `group_msg_get_simple {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","ReqMsgNumber":20}`,
		group + `group_msg_recall {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","MsgSeqList":[{"MsgSeq":1},{"MsgSeq":9}]}`,
		group + `get_group_msg_receipt {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","MsgSeqList":[{"MsgSeq":1}]}`,
		group + `import_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","MsgList":[{"From_Account":"u1","SendTime":1700000025,"MsgBody":` + said("imported") + `}]}`,
		"openim/" + `modify_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","MsgSeq":2,"MsgBody":` + said("modified") + `}`,
		group + `delete_group_msg_by_sender {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","Sender_Account":"u1"}`,
		group + `group_msg_get_simple {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","ReqMsgNumber":1,"WithRecalledMsg":1}`,
		group + `send_group_system_notification {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","Content":"c"}`,
		group + `send_group_system_notification {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_red","Content":"c"}`,
		group + `modify_group_attr {"GroupId":"@TGS#_c@TOPIC#_green","GroupAttr":[{"key":"a","value":"b"}]}`,
		group + `get_group_info {"GroupIdList":["@TGS#_c@TOPIC#_green"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name","Owner_Account","MemberNum","NextMsgSeq"]}}`,
		group + `get_joined_group_list {"Member_Account":"u1","ResponseFilter":{"GroupBaseInfoFilter":["Type","SupportTopic","GrossTopicNextMsgSeq"],"SelfInfoFilter":["Role","GrossTopicReadSeq"]}}`,
		group + `get_joined_group_list {"Member_Account":"u0","SupportTopic":1}`,
		group + `get_joined_group_list {"Member_Account":"u0","SupportTopic":0}`,
		group + `modify_group_base_info {"GroupId":"@TGS#_c@TOPIC#_green","Name":"n"}`,
		group + `send_group_msg {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","From_Account":"u0","Random":4,"SupportMessageExtension":1,"MsgBody":` + said("votes") + `}`,
		extension + `group_set_key_values {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","MsgSeq":3,"OperateType":1,"ExtensionList":[{"Key":"a","Value":"1"}]}`,
		extension + `group_get_key_values {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_black","MsgSeq":3,"StartSeq":0}`,
		extension + `group_get_key_values {"GroupId":"@TGS#_c","MsgSeq":3,"StartSeq":0}`,
		extension + `group_get_key_values {"GroupId":"@TGS#_c","TopicId":"@TGS#_d@TOPIC#_black","MsgSeq":3,"StartSeq":0}`,
		group + `modify_group_member_info {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","Member_Account":"u1","MsgFlag":"Discard"}`,
		group + `modify_group_member_info {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_green","Member_Account":"u1","MsgFlag":"Discard","NameCard":"c"}`,
		group + `modify_group_member_info {"GroupId":"@TGS#_c","TopicId":"@TGS#_d@TOPIC#_green","Member_Account":"u1","MsgFlag":"Discard"}`,
		group + `modify_group_member_info {"GroupId":"@TGS#_c","TopicId":"@TGS#_c@TOPIC#_red","Member_Account":"u1","MsgFlag":"Discard"}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u1","ResponseFilter":["MsgFlag"]}`,
		million + `destroy_topic {"GroupId":"@TGS#_c","TopicIdList":["@TGS#_c@TOPIC#_green","@TGS#_c@TOPIC#_red","g"]}`,
		million + `destroy_topic {"GroupId":"@TGS#_c","TopicIdList":[]}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u1"}`,
		group + `destroy_group {"GroupId":"@TGS#_c"}`,
		million + `get_topic {"GroupId":"@TGS#_c","From_Account":"u1"}`,
		million + `no_such_command {}`,
	} {
		command, body, _ := strings.Cut(line, " ")
		fmt.Fprintf(&b, "%s\n%s\n\n", line, h.call(command, body).text)
		h.wait(time.Second)
	}
	wiretest.Transcript(t, "topics.txt", b.String())
}
