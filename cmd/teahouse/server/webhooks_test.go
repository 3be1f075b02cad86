package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const hookToken = "xxxxyyyy"

func signOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// told is a step of the story, and the webhooks that it causes.
type told struct {
	by, do, body string
	kinds        []chat.EventKind
	code         int
}

// hi is what everybody says.
const hi = `"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a < b & 你好"}}]`

const (
	hall   = "@TGS#_hall"
	topic  = hall + "@TOPIC#_green"
	member = `"Member_Account"`
)

// silentChannel takes every push, and nothing comes of it.
type silentChannel struct{}

func (silentChannel) Check(context.Context) error { return nil }

func (silentChannel) Send(context.Context, *push.Device, *push.Notice) push.Result {
	return push.Result{Outcome: push.Sent}
}

func kinds(list ...chat.EventKind) []chat.EventKind { return list }

// hookStory causes every webhook, by MQTT users and by a backend. By "REST" it is a
// command; "on", "off" and "lost" are connections of users.
var hookStory = []told{
	{"ann?platform=iOS", "on", "", kinds(chat.StateChange), 0},
	{"bob?platform=Web", "on", "", kinds(chat.StateChange), 0},
	{"cat?platform=Windows", "on", "", kinds(chat.StateChange), 0},
	{"cat?platform=Mac", "on", "", kinds(chat.StateChange), 0}, // one device is let in at a time
	{"cat?platform=Mac", "off", "", kinds(chat.StateChange), 0},

	{"ann", "msg.send", `{"Conv":"c2c/bob","MsgRandom":7,"ClientMsgId":"m1","SupportMessageExtension":1,"CloudCustomData":"k=v",` + hi + `}`, kinds(chat.BeforeC2C, chat.AfterC2C), 0},
	{"ann", "msg.send", `{"Conv":"c2c/bob","MsgRandom":8,"OnlineOnlyFlag":1,"ClientMsgId":"m2",` + hi + `}`, kinds(chat.BeforeC2C, chat.AfterC2C), 0},
	{"REST", "openim/sendmsg", `{"From_Account":"bob","To_Account":"ann","MsgSeq":5,"MsgRandom":9,` + hi + `}`, kinds(chat.BeforeC2C, chat.AfterC2C), 0},
	{"ann", "msg.recall", `{"Conv":"c2c/bob","MsgId":"ann-m1"}`, kinds(chat.AfterC2CRecall), 0},

	{"ann", "user.set", `{"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Ann <3"},{"Tag":"Tag_Profile_IM_BirthDay","Value":20190419}]}`, kinds(chat.AfterProfile), 0},
	{"REST", "profile/portrait_set", `{"From_Account":"ann","ProfileItem":[{"Tag":"Tag_Profile_IM_AdminForbidType","Value":"AdminForbid_Type_SendOut"}]}`, kinds(chat.AfterProfile), 0},
	{"REST", "im_open_login_svc/account_import", `{"UserID":"ann","Nick":""}`, kinds(chat.AfterProfile), 0},
	{"bob", "msg.read", `{"Conv":"c2c/ann"}`, kinds(chat.AfterC2CRead), 0},
	{"bob", "msg.read", `{"Conv":"c2c/ann"}`, nil, 0}, // there is no more
	{"REST", "openim/admin_set_msg_read", `{"Report_Account":"ann","Peer_Account":"bob"}`, kinds(chat.AfterC2CRead), 0},

	{"ann", "group.create", `{"GroupId":"club","Type":"Public","Name":"Club","ApplyJoinOption":"FreeAccess"}`, kinds(chat.BeforeCreate, chat.AfterCreateGroup), 0},
	{"REST", "group_open_http_svc/create_group", `{"GroupId":"work","Type":"Private","Name":"Work","Owner_Account":"ann","MaxMemberCount":3,"MemberList":[{"Member_Account":"bob"}],"AppDefinedData":[{"Key":"level","Value":"7"}]}`, kinds(chat.BeforeCreate, chat.AfterCreateGroup), 0},
	{"bob", "group.join", `{"GroupId":"club"}`, kinds(chat.BeforeApply, chat.AfterMemberJoin), 0},
	{"bob", "group.invite", `{"GroupId":"work","MemberList":[{"Member_Account":"cat"}]}`, kinds(chat.BeforeInvite, chat.AfterMemberJoin, chat.AfterGroupFull), 0},
	{"REST", "group_open_http_svc/add_group_member", `{"GroupId":"club","MemberList":[{"Member_Account":"cat"}]}`, kinds(chat.BeforeInvite, chat.AfterMemberJoin), 0},

	{"ann", "msg.send", `{"Conv":"group/club","MsgRandom":10,"ClientMsgId":"g1","CloudCustomData":"k=v",` + hi + `}`, kinds(chat.BeforeGroup, chat.AfterGroup), 0},
	{"ann", "msg.send", `{"Conv":"group/club","MsgRandom":11,"ClientMsgId":"g2","IsNeedReadReceipt":1,` + hi + `}`, kinds(chat.BeforeGroup, chat.AfterGroup, chat.AfterReceipt), 0},
	{"REST", "group_open_http_svc/send_group_msg", `{"GroupId":"club","From_Account":"bob","Random":12,"OnlineOnlyFlag":1,` + hi + `}`, kinds(chat.BeforeGroup, chat.AfterGroup), 0},
	{"bob", "msg.receipt.send", `{"Conv":"group/club","MsgSeqs":[4]}`, kinds(chat.AfterReceipt), 0},
	{"ann", "msg.recall", `{"Conv":"group/club","MsgId":"ann-g1"}`, kinds(chat.AfterGroupRecall), 0},
	{"ann", "group.mute", `{"GroupId":"club","Members_Account":["bob"],"MuteTime":600}`, nil, 0},
	{"bob", "msg.send", `{"Conv":"group/club","MsgRandom":13,` + hi + `}`, kinds(chat.SendException), int(chat.CodeMuted)},

	{"ann", "group.update", `{"GroupId":"club","Name":"Tea club","FaceUrl":"http://f/1","Introduction":"i","Notification":"n"}`, kinds(chat.AfterGroupInfo), 0},
	{"REST", "group_open_http_svc/modify_group_base_info", `{"GroupId":"club","Notification":"m"}`, kinds(chat.AfterGroupInfo), 0},
	{"bob", "group.member", `{"GroupId":"club","NameCard":"Bob, 2"}`, kinds(chat.AfterMemberField), 0},
	{"ann", "group.role", `{"GroupId":"club","Member_Account":"bob","Role":"Admin"}`, kinds(chat.AfterMemberField), 0},
	{"ann", "group.attrs.set", `{"GroupId":"club","GroupAttr":[{"key":"pot","value":"green"},{"key":"cup","value":"5"}]}`, kinds(chat.AfterAttrs), 0},
	{"REST", "group_open_http_svc/modify_group_attr", `{"GroupId":"club","GroupAttr":[{"key":"cup","value":"6"}]}`, kinds(chat.AfterAttrs), 0},
	{"ann", "group.attrs.delete", `{"GroupId":"club","GroupAttr":[{"key":"cup"}]}`, kinds(chat.AfterAttrs), 0},
	{"ann", "group.attrs.clear", `{"GroupId":"club"}`, kinds(chat.AfterAttrs), 0},
	{"ann", "group.transfer", `{"GroupId":"club","NewOwner_Account":"bob"}`, kinds(chat.AfterGroupOwner), 0},
	{"ann", "group.quit", `{"GroupId":"club"}`, kinds(chat.AfterMemberExit), 0},
	{"REST", "group_open_http_svc/delete_group_member", `{"GroupId":"club","MemberToDel_Account":["cat"]}`, kinds(chat.AfterMemberExit), 0},
	{"bob", "group.destroy", `{"GroupId":"club"}`, kinds(chat.AfterDestroy), 0},

	{"ann", "group.create", `{"GroupId":"` + hall + `","Type":"Community","Name":"Hall","SupportTopic":1}`, kinds(chat.BeforeCreate, chat.AfterCreateGroup), 0},
	{"ann", "group.topics.create", `{"GroupId":"` + hall + `","TopicId":"` + topic + `","TopicName":"Green"}`, kinds(chat.BeforeTopic, chat.AfterTopic), 0},
	{"ann", "msg.send", `{"Conv":"group/` + topic + `","MsgRandom":14,"ClientMsgId":"t1",` + hi + `}`, kinds(chat.BeforeGroup, chat.AfterGroup), 0},
	{"ann", "msg.recall", `{"Conv":"group/` + topic + `","MsgId":"ann-t1"}`, kinds(chat.AfterGroupRecall), 0},
	{"ann", "group.topics.update", `{"GroupId":"` + hall + `","TopicId":"` + topic + `","TopicName":"Black","Introduction":"i"}`, kinds(chat.AfterTopicInfo), 0},
	{"ann", "group.topics.delete", `{"GroupId":"` + hall + `","TopicIdList":["` + topic + `"]}`, kinds(chat.AfterTopicGone), 0},
	{"ann", "group.destroy", `{"GroupId":"` + hall + `"}`, kinds(chat.AfterDestroy), 0},

	{"REST", "group_open_http_svc/create_group", `{"GroupId":"live","Type":"AVChatRoom","Name":"Live","Owner_Account":"ann"}`, kinds(chat.BeforeCreate, chat.AfterCreateGroup), 0},
	{"bob", "group.join", `{"GroupId":"live"}`, kinds(chat.BeforeApply, chat.AfterMemberJoin, chat.ViewerState), 0},
	{"ann", "msg.send", `{"Conv":"group/live","MsgRandom":15,"ClientMsgId":"l1","OnlineOnlyFlag":1,` + hi + `}`, kinds(chat.BeforeGroup, chat.AfterGroup), 0},
	{"bob", "lost", "", kinds(chat.StateChange, chat.ViewerState), 0},
	{"bob?platform=Web", "on", "", kinds(chat.StateChange), 0},
	{"bob", "group.join", `{"GroupId":"live"}`, kinds(chat.BeforeApply, chat.AfterMemberJoin, chat.ViewerState), 0},
	{"bob", "group.quit", `{"GroupId":"live"}`, kinds(chat.AfterMemberExit, chat.ViewerState), 0},

	{"ann", "group.create", `{"GroupId":"more","Type":"Meeting","Name":"More"}`, kinds(chat.BeforeCreate, chat.AfterCreateGroup, chat.GroupQuota), 0},
	{"REST", "profile/portrait_set", `{"From_Account":"ann","ProfileItem":[{"Tag":"Tag_Profile_IM_AdminForbidType","Value":"AdminForbid_Type_None"}]}`, kinds(chat.AfterProfile), 0},
	{"bob", "user.set", `{"ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_NeedConfirm"}]}`, kinds(chat.AfterProfile), 0},
	{"ann", "friend.add", `{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","AddWording":"It is me","Remark":"Bobby","GroupName":"family"}]}`, kinds(chat.BeforeFriend), 0},
	{"bob", "friend.accept", `{"To_Account":"ann","Remark":"Annie"}`, kinds(chat.BeforeAnswer, chat.AfterFriend), 0},
	{"REST", "sns/friend_add", `{"From_Account":"ann","AddFriendItem":[{"To_Account":"cat","AddSource":"AddSource_Type_Web"}],"ForceAddFlags":1}`, kinds(chat.AfterFriend), 0},
	{"ann", "friend.delete", `{"To_Account":["cat"]}`, kinds(chat.AfterFriendGone), 0},
	{"ann", "follow.add", `{"FollowItem":[{"To_Account":"bob"}]}`, kinds(chat.AfterFollow), 0},
	{"ann", "follow.delete", `{"To_Account":["bob"]}`, kinds(chat.AfterUnfollow), 0},
	{"ann", "black.add", `{"To_Account":["bob"]}`, kinds(chat.AfterBlock, chat.AfterFriendGone, chat.AfterFriendGone), 0},
	{"ann", "black.delete", `{"To_Account":["bob"]}`, kinds(chat.AfterUnblock), 0},

	{"REST", "timpush/push", `{"From_Account":"cat","MsgRandom":31,"OnlineOnlyFlag":1,"DataId":"d7",` + hi + `}`, kinds(chat.AllMemberPush), 0},
	{"REST", "timpush/batch", `{"From_Account":"cat","To_Account":["ann"],"MsgRandom":32,"OfflinePushInfo":{"Title":"Tea"}}`, kinds(chat.AllMemberPush), 0},

	{"bob", "status.set", `{"CustomStatus":"on tour"}`, kinds(chat.StateChange), 0},
	{"bob", "status.set", `{"CustomStatus":"on tour"}`, nil, 0},
	{"bob", "push.register", `{"Channel":"fcm","Token":"t"}`, nil, 0},
	{"bob", "lost", "", kinds(chat.StateChange), 0},
	{"ann", "msg.send", `{"Conv":"c2c/bob","MsgSeq":6,"MsgRandom":16,"ClientMsgId":"p1",` + hi + `}`, kinds(chat.BeforeC2C, chat.AfterC2C, chat.OfflinePush), 0},
	{"bob?platform=Web", "on", "", kinds(chat.StateChange), 0},
	{"bob", "push.clicked", `{"PushId":"ann-p1"}`, kinds(chat.OfflinePush), 0},
	{"bob", "push.clicked", `{"PushId":"ann-p1"}`, nil, 0},
	{"bob", "off", "", kinds(chat.StateChange), 0},
	{"ann", "off", "", kinds(chat.StateChange), 0},
}

// Every webhook is caused as it is in life and compared with what it is to look like
// (spec/30): query, headers and body.
func TestEveryWebhookAsReceived(t *testing.T) {
	o := devOptions(t)
	o.Dev = nil
	app := NewApp(FirstDevApp, "hooked")
	app.Switches.LiveMemberList = true
	app.Limits = chat.Limits{DevicesPerUser: 1, GroupGrowthPerDay: 4}
	o.Apps = []chat.App{app}
	o.Push = push.Options{Channels: func(chat.AppID, push.ChannelName) push.Channel { return silentChannel{} }, Hold: -1}
	p := &play{T: t, a: start(t, o), app: &app, lines: map[string]*playLine{}}
	r := newHookReceiver(t, make(chan hookCall, 64))
	app.Webhook = chat.Webhook{URL: r.url + "/im/hook?from=teahouse", Token: hookToken, All: true}
	if err := p.a.Reload([]chat.App{app}); err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"ann", "bob", "cat"} {
		p.rest("im_open_login_svc/account_import", `{"UserID":"`+u+`"}`, 0)
	}
	seen, called := map[chat.EventKind][]byte{}, 0
	for _, s := range hookStory {
		p.do(s)
		calls := r.await(t, s.by+" "+s.do, len(s.kinds))
		slices.Sort(s.kinds)
		if got := kindsOf(calls); !slices.Equal(got, s.kinds) {
			t.Fatalf("%s %s %s: the app is called about %v, want %v", s.by, s.do, s.body, got, s.kinds)
		}
		called += len(calls)
		for i := range calls {
			calls[i].well(t, r.url)
			k := calls[i].kind()
			seen[k] = append(append(seen[k], ",\n"...), calls[i].golden(t)...)
		}
	}
	figures := p.restAnswer("openconfigsvr/getappinfo", `{"RequestField":["CallBackReq","CallBackRsp"]}`)
	today := figures[bytes.LastIndexByte(figures, '{'):]
	answered := func(n int) bool {
		return bytes.Contains(today, fmt.Appendf(nil, `"CallBackReq":"%d","CallBackRsp":"%d"`, called, n))
	}
	if !answered(called) && !answered(called-1) { // the last answer may be on its way
		t.Errorf("the app was called %d times, and the figures are %s", called, today)
	}
	stop(t, p.a)
	for _, c := range r.rest() {
		t.Errorf("the app is called about %s: %s", c.kind(), c.body)
	}
	for _, k := range chat.EventKinds {
		if seen[k] == nil {
			t.Errorf("nothing in the story causes %s", k)
			continue
		}
		wiretest.Golden(t, "webhooks/"+string(k), slices.Concat([]byte("[\n"), bytes.TrimPrefix(seen[k], []byte(",\n")), []byte("\n]")))
	}
	noOtherGoldens(t)
}

// well checks what no golden shows.
func (c *hookCall) well(t *testing.T, at string) {
	t.Helper()
	q, err := url.ParseQuery(c.query)
	if err != nil || c.method != http.MethodPost || c.path != "/im/hook" || q.Get("CallbackCommand") != string(c.kind()) {
		t.Errorf("%s to %s?%s about %s: %v", c.method, c.path, c.query, c.kind(), err)
	}
	if id := c.header.Get("X-Teahouse-Event-Id"); (id == "") != c.kind().Asks() {
		t.Errorf("%s has the event id %q", c.kind(), id)
	}
}

func noOtherGoldens(t *testing.T) {
	t.Helper()
	files, err := os.ReadDir("testdata/webhooks")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if k, ok := strings.CutSuffix(f.Name(), ".json"); !ok || !slices.Contains(chat.EventKinds, chat.EventKind(k)) {
			t.Errorf("testdata/webhooks/%s is of no webhook", f.Name())
		}
	}
}
