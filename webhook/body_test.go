package webhook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// The samples have all that a body can hold.
var (
	sampleC2C = &chat.Message{
		Conv: chat.C2COf(1400000001, "bob", "ann"), Seq: 42, From: "bob", Time: 1700000100123, Random: 771203, SenderSeq: 9,
		ClientMsgID: "m-1", Cloud: "k=<v>&", Control: chat.Extensible | chat.OnlineOnly,
		Body: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a < b & \u00fc 你好"}}]`),
	}
	sampleGroupMessage = &chat.Message{
		Conv: chat.GroupOf(1400000001, "room-7"), Seq: 17, From: "u2", Time: 1700000100123, Random: 771203, Cloud: "k=v",
		Body: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`),
	}
	sampleGroup = &chat.Group{
		App: 1400000001, ID: "room-7", Type: chat.Work, Name: "Room <7>", Owner: "u1",
		Custom: map[string]string{"topic": "tea", "city": "Хлынов"},
	}
)

// sample is an event of a kind with everything set that the core sets.
func sample(kind chat.EventKind) *chat.Event {
	e := &chat.Event{ID: "7", App: 1400000001, Kind: kind, Time: 1700000100123, By: "admin"}
	switch {
	case strings.HasPrefix(string(kind), "C2C."):
		e.Message, e.Unread, e.Users = sampleC2C, 3, []chat.UserID{"ann", "bob"}
	case kind == chat.StateChange:
		e.By, e.Users, e.Action, e.Reason = "u2", []chat.UserID{"u2"}, "Login", "Register"
		e.Kicked = []chat.Platform{chat.PlatformWindows, chat.PlatformIOS, chat.PlatformIoT}
	case kind == chat.AllMemberPush:
		e.Pushes = []chat.PushTold{
			{Task: "1400000001_7_1700000000", TaskTime: 1700000000, Time: 1700000100, To: "u2", Platform: 1, Stage: 4, Code: 410, Info: "Unregistered", Data: "<d>"},
			{Task: "1400000001_7_1700000000", TaskTime: 1700000000, Time: 1700000100, Online: true, To: "u5", Stage: 1},
		}
	case kind == chat.AfterProfile:
		e.Users = []chat.UserID{"u2"}
		e.Profile = []chat.ProfileItem{{Tag: chat.TagNick, Text: "Ann <2>"}, {Tag: chat.TagBirthDay, Number: 20190419, Numeric: true}}
	case strings.HasPrefix(string(kind), "Sns."), strings.HasPrefix(string(kind), "Follow."):
		e.Relation = &chat.RelationChange{
			Pairs: []chat.RelationPair{{From: "u2", To: "u5", Initiator: "u2"}, {From: "u5", To: "u2", Initiator: "u2"}},
			Cmd:   "friend_add", Admin: "admin", Force: true,
		}
		if kind != chat.AfterFriend {
			e.Relation.Pairs = []chat.RelationPair{{From: "u2", To: "u5"}, {From: "u2", To: "u6"}}
		}
		if kind == chat.BeforeFriend || kind == chat.BeforeAnswer {
			e.Relation.Pairs, e.Relation.Owner, e.Relation.Answer = nil, "u2", chat.AgreeAndAdd
			e.Relation.Items = []chat.NewFriend{{User: "u5", Remark: "<5>", Groups: []string{"work"}, Source: "AddSource_Type_Web", Wording: "hello"}, {User: "u6"}}
		}
	default:
		e.Group, e.Users, e.Way = sampleGroup, []chat.UserID{"u8", "u9"}, "Invited"
		e.Message = sampleGroupMessage
		e.Attrs = []chat.Attr{{Key: "pot", Value: "<green>"}, {Key: "cups"}}
	}
	name, role, card := "Tea", chat.RoleAdmin, "Bob, admin"
	switch kind {
	case chat.AfterMemberExit:
		e.Way = "Kicked"
	case chat.AfterAttrs:
		e.Way = "modify"
	case chat.AfterGroupInfo:
		e.Change = &chat.GroupChange{Name: &name, Introduction: new(string)}
	case chat.AfterMemberField:
		e.Member = &chat.MemberChange{Role: &role, NameCard: &card}
	case chat.AfterReceipt:
		e.Receipts = []chat.ReceiptTold{{Seq: 17, Read: 2, Unread: 7, By: []chat.UserID{"u8"}}}
	case chat.BeforeTopic, chat.AfterTopic, chat.AfterTopicGone, chat.AfterTopicInfo:
		topic := *sampleGroup
		topic.ID, topic.Type, e.Group = "@TGS#_room@TOPIC#_seven", chat.Community, &topic
		if kind == chat.AfterTopicInfo {
			e.Change = &chat.GroupChange{Name: &name, FaceURL: new(string)}
		}
	case chat.ViewerState:
		e.Action, e.Reason = "Offline", "HeartbeatInterrupt"
	case chat.GroupQuota:
		e.Used, e.Quota = 7001, 10_000
	case chat.OfflinePush:
		e.Pushes = []chat.PushTold{
			{From: "ann", To: "bob", Key: "42_771203_1700000100", Seq: 42, Random: 771203, MsgTime: 1700000100, PushID: "ann-m1", Platform: 1, Stage: 1, Time: 1700000105},
			{From: "u2", To: "u8", Group: "room-7", Seq: 17, Random: 7, MsgTime: 1700000100, PushID: "u2-m2", Platform: 2, Stage: 4, Code: 404, Info: "UNREGISTERED <1>", Time: 1700000105},
		}
	case chat.SendException:
		e.Code, e.Info = chat.CodeMuted, "muted"
	}
	return e
}

func TestBodies(t *testing.T) {
	for kind := range bodies {
		t.Run(string(kind), func(t *testing.T) {
			got, err := body(&fact{Event: sample(kind), app: &chat.App{ID: 1400000001}, made: 4})
			if err != nil {
				t.Fatal(err)
			}
			wiretest.Golden(t, string(kind), got)
		})
	}
}

func TestEveryBodyNameHasAMember(t *testing.T) {
	for kind, row := range bodies {
		for name := range strings.FieldsSeq(row) {
			if members[strings.TrimSuffix(name, "?")] == nil {
				t.Errorf("%s: nothing stands behind %s", kind, name)
			}
		}
	}
	for _, kind := range chat.EventKinds {
		if bodies[kind] == "" {
			t.Errorf("%s has no row", kind)
		}
	}
}

func TestBodySwitches(t *testing.T) {
	for _, c := range []struct {
		name string
		app  chat.App
		edit func(e *chat.Event)
		kind chat.EventKind
		want string
		not  string
	}{
		{"old type name", chat.App{}, nil, chat.AfterMemberJoin, `"Type":"Private"`, ""},
		{"new type name", chat.App{Switches: chat.Switches{NewTypeNames: true}}, nil, chat.AfterMemberJoin, `"Type":"Work"`, ""},
		{"text time in groups", chat.App{Webhook: chat.Webhook{TextEventTime: true}}, nil, chat.AfterGroup, `"EventTime":"1700000100123"`, ""},
		{"number elsewhere", chat.App{Webhook: chat.Webhook{TextEventTime: true}}, nil, chat.StateChange, `"EventTime":1700000100123`, ""},
		{"a custom status", chat.App{}, func(e *chat.Event) {
			e.Action, e.Reason, e.Info, e.Kicked = chat.StatusChange, "", "on <tour>", nil
		}, chat.StateChange, `"Info":{"Action":"CustomStatusChange","To_Account":"u2","Reason":"","CustomStatus":"on <tour>"}`, "KickedDevice"},
		{"nobody pushed out", chat.App{}, func(e *chat.Event) { e.Kicked = nil }, chat.StateChange, `"Info"`, "KickedDevice"},
		{"no members to tell", chat.App{}, func(e *chat.Event) { e.Users = nil }, chat.AfterDestroy, `"Name"`, "MemberList"},
		{"in a topic", chat.App{}, func(e *chat.Event) {
			g := *e.Group
			g.ID, e.Group = "@TGS#_c@TOPIC#_t", &g
		}, chat.AfterGroup, `"GroupId":"@TGS#_c"`, ""},
		{"in a topic, which is named", chat.App{}, func(e *chat.Event) {
			g := *e.Group
			g.ID, e.Group = "@TGS#_c@TOPIC#_t", &g
		}, chat.AfterGroupRecall, `"TopicId":"@TGS#_c@TOPIC#_t"`, ""},
		{"in no topic", chat.App{}, nil, chat.AfterGroup, `"GroupId":"room-7"`, "TopicId"},
		{"created empty", chat.App{}, func(e *chat.Event) { e.Users = nil }, chat.AfterCreateGroup, `"MemberList":[]`, ""},
		{"no own fields", chat.App{}, func(e *chat.Event) { g := *e.Group; g.Custom = nil; e.Group = &g }, chat.AfterCreateGroup, `"UserDefinedDataList":[]`, ""},
		{"no lasting id yet", chat.App{}, func(e *chat.Event) { m := *e.Message; m.ClientMsgID = ""; e.Message = &m }, chat.BeforeC2C, `"MsgKey"`, "MsgId"},
		{"an id at last", chat.App{}, func(e *chat.Event) { m := *e.Message; m.ClientMsgID = ""; e.Message = &m }, chat.AfterC2C, `"MsgId":"42~1700000100123-771203"`, ""},
	} {
		e := sample(c.kind)
		if c.edit != nil {
			c.edit(e)
		}
		got, err := body(&fact{Event: e, app: &c.app})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), c.want) || c.not != "" && strings.Contains(string(got), c.not) {
			t.Errorf("%s: %s, want %s and not %q", c.name, got, c.want, c.not)
		}
	}
}

func TestBodyRefusesIncompleteEvents(t *testing.T) {
	for name, e := range map[string]*chat.Event{
		"unknown kind":    {Kind: "Group.Unknown"},
		"no message":      {Kind: chat.AfterC2C},
		"no group":        {Kind: chat.AfterGroup, Message: sampleGroupMessage},
		"nobody":          {Kind: chat.StateChange},
		"broken message":  {Kind: chat.AfterC2C, Message: &chat.Message{Body: json.RawMessage(`{`)}},
		"no group at all": {Kind: chat.AfterDestroy},
	} {
		if b, err := body(&fact{Event: e, app: &chat.App{}}); err == nil {
			t.Errorf("%s: %s", name, b)
		}
	}
}

func BenchmarkBody(b *testing.B) {
	f := &fact{Event: sample(chat.AfterGroup), app: &chat.App{}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := body(f); err != nil {
			b.Fatal(err)
		}
	}
}
