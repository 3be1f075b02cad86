package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const app chat.AppID = 1400000001

// hello is a body whose blanks, escapes and number forms must survive.
const hello = `[ {"MsgType":"TIMTextElem","MsgContent":{"Text":"hi \u0040bob","X":29.340656774469956} } ]`

func c2cMessage() *chat.Message {
	return &chat.Message{
		Conv: chat.C2COf(app, "alice", "bob"), Seq: 42, From: "bob", Time: 1700000000123,
		Random: 7, SenderSeq: 99, Body: json.RawMessage(hello),
	}
}

func groupMessage1() *chat.Message {
	return &chat.Message{
		Conv: chat.GroupOf(app, "@TGS#1"), Seq: 3, From: "alice", Time: 1700000000999, Random: 8,
		ClientMsgID: "c-1", Body: json.RawMessage(hello), Cloud: `k="v"`, Quote: json.RawMessage(`{"MsgSeq":1}`),
		Priority: chat.High, At: []chat.UserID{chat.AtAll, "bob"}, To: []chat.UserID{"bob", "carol"},
		Control: chat.NoUnread | chat.NoLastMsg | chat.NeedReceipt | chat.Extensible,
		Author:  &chat.Author{Nick: "Ally", FaceURL: "http://x/a", NameCard: "the host"},
	}
}

func TestAppendMessage(t *testing.T) {
	recalled := groupMessage1()
	recalled.Recall = &chat.Recall{By: "carol", Reason: "typo", Time: 1700000001000}
	online := c2cMessage()
	online.Seq, online.Control = 0, chat.OnlineOnly|chat.NoUnread
	name, on, owner := "Tea\n", true, chat.UserID("")
	tip := &chat.Message{
		Conv: chat.GroupOf(app, "g"), Seq: 4, From: chat.SystemUser, Time: 1700000000000,
		Tip: &chat.Tip{
			Kind: chat.TipKicked, Operator: chat.Person{User: "alice", Nick: "Ally", FaceURL: "http://x/a", Role: chat.RoleOwner},
			Members: []chat.Person{{User: "bob", NameCard: "B"}, {User: "空", MuteTime: 60}}, MemberNum: 7,
			Change: &chat.GroupChange{Name: &name, MuteAll: &on, Owner: &owner},
		},
	}
	free, denied := chat.JoinFree, chat.InviteDisabled
	changed := &chat.Message{
		Conv: chat.GroupOf(app, "g"), Seq: 6, From: "alice", Time: 1700000000000,
		Tip: &chat.Tip{Kind: chat.TipGroupInfo, Operator: chat.Person{User: "alice"}, Change: &chat.GroupChange{
			Introduction: &name, Notification: &name, FaceURL: &name, ApplyJoin: &free, InviteJoin: &denied, CustomString: &name,
		}},
	}
	unmuted := &chat.Message{
		Conv: chat.GroupOf(app, "g"), Seq: 5, From: "alice", Time: 1700000000000,
		Tip: &chat.Tip{Kind: chat.TipMemberInfo, Operator: chat.Person{User: "alice"}, Members: []chat.Person{{User: "bob"}}},
	}
	for _, c := range []struct {
		name string
		m    *chat.Message
	}{
		{"message-tip-unmuted", unmuted},
		{"message-tip-changed", changed},
		{"message-c2c", c2cMessage()},
		{"message-group", groupMessage1()},
		{"message-recalled", recalled},
		{"message-online", online},
		{"message-tip", tip},
	} {
		wiretest.Golden(t, c.name, AppendMessage(nil, c.m, c.m.Seq-1))
	}
}

func TestTheNumberBeforeIsToldWhenItIsNotTheNextLower(t *testing.T) {
	for prev, want := range map[chat.Seq]string{41: "", 40: `,"PrevSeq":40,`, 0: `,"PrevSeq":0,`} {
		got := AppendMessage(nil, c2cMessage(), prev)
		if want == "" && bytes.Contains(got, []byte("PrevSeq")) || !bytes.Contains(got, []byte(want)) {
			t.Errorf("before 42 is %d: %s", prev, got)
		}
		ack := AppendAck(nil, "im/send/c2c/bob", 1, chat.Receipt{ID: "x", Seq: 42, Prev: prev})
		if want == "" && bytes.Contains(ack, []byte("PrevSeq")) || !bytes.Contains(ack, []byte(want)) {
			t.Errorf("before 42 is %d: %s", prev, ack)
		}
	}
}

func TestMessageBodyIsCopiedVerbatim(t *testing.T) {
	if got := AppendMessage(nil, c2cMessage(), 41); !bytes.Contains(got, []byte(`"MsgBody":`+hello)) {
		t.Errorf("body changed: %s", got)
	}
}

func TestAppendEvents(t *testing.T) {
	group := chat.GroupOf(app, "g")
	for _, c := range []struct {
		name string
		e    *chat.ConvEvent
	}{
		{"event-read", &chat.ConvEvent{Conv: chat.C2COf(app, "alice", "bob"), Rev: 3, Time: 1700000000123, Kind: chat.EventRead, By: "bob", Seq: 9}},
		{"event-recall", &chat.ConvEvent{Conv: group, Rev: 1, Time: 1700000000123, Kind: chat.EventRecall, By: "bob", Seq: 9, MsgID: "bob-x", Reason: "typo", Detail: &chat.EventDetail{Operator: &chat.Person{User: "bob", Nick: "Bobby", FaceURL: "http://x/b"}}}},
		{"event-conversation-last", &chat.ConvEvent{Conv: group, Time: 1700000000123, Kind: chat.EventLast, Seq: groupMessage1().Seq, Message: groupMessage1()}},
		{"event-reaction", &chat.ConvEvent{
			Conv: group, Rev: 4, Time: 1700000000123, Kind: chat.EventReaction, By: "bob", Seq: 9, MsgID: "alice-x",
			Detail: &chat.EventDetail{Reactions: []chat.ReactionCount{{ID: "tea", Count: 2, Users: []chat.Person{{User: "bob", Nick: "B"}, {User: "cid"}}}, {ID: "cup"}}},
		}},
		{"event-attrs", &chat.ConvEvent{
			Conv: group, Rev: 5, Time: 1700000000123, Kind: chat.EventAttrs, By: "bob",
			Detail: &chat.EventDetail{Attrs: &chat.AttrsChange{All: []chat.Attr{{Key: "a", Value: "<1>"}, {Key: "b"}}, Version: 7, Set: []string{"b"}, Deleted: []string{"c"}}},
		}},
		{"event-counters", &chat.ConvEvent{
			Conv: group, Rev: 6, Time: 1700000000123, Kind: chat.EventCounters, By: "bob",
			Detail: &chat.EventDetail{Counters: &chat.CountersChange{Set: []chat.Counter{{Key: "likes", Value: -3}}}},
		}},
		{"event-modify", &chat.ConvEvent{
			Conv: group, Rev: 7, Time: 1700000000123, Kind: chat.EventModify, By: "bob", Seq: 9,
			Message: &chat.Message{Conv: group, Seq: 9, From: "bob", Time: 1700000000000, Random: 8, Body: json.RawMessage(hello), Version: 2},
		}},
		{"event-extension", &chat.ConvEvent{
			Conv: group, Rev: 8, Time: 1700000000123, Kind: chat.EventExtend, By: "bob", Seq: 9, MsgID: "alice-x",
			Detail: &chat.EventDetail{Extension: &chat.ExtensionChange{Set: []chat.Extension{{Key: "a", Value: "<1>", Seq: 3}}, Deleted: []string{"b"}}},
		}},
		{"event-pin", &chat.ConvEvent{
			Conv: group, Rev: 9, Time: 1700000000123, Kind: chat.EventPin, By: "bob", Seq: 9, MsgID: "alice-x",
			Detail: &chat.EventDetail{Pin: &chat.PinChange{Pinned: true, Operator: chat.Person{User: "bob", Nick: "B", Role: chat.RoleAdmin}}},
		}},
		{"event-notice", &chat.ConvEvent{
			Conv: group, Time: 1700000000123, Kind: chat.EventNotice, By: "bob",
			Detail: &chat.EventDetail{Notice: &chat.Notice{Kind: chat.NoticeCustom, Group: "g", Type: chat.Public, Name: "Tea", Operator: chat.Person{User: "bob"}, Content: "closing"}},
		}},
		{"event-receipt", &chat.ConvEvent{
			Conv: group, Rev: 2, Time: 1700000000123, Kind: chat.EventReceipt, By: "bob",
			Detail: &chat.EventDetail{Receipts: []chat.ReceiptCount{{Seq: 9, ID: "alice-x", Of: 5, Read: 2}, {Seq: 10, ID: "10~1-2", Of: 5, Read: 5}}},
		}},
		{"event-receipt-c2c", &chat.ConvEvent{
			Conv: chat.C2COf(app, "alice", "bob"), Rev: 2, Time: 1700000000123, Kind: chat.EventReceipt, By: "bob",
			Detail: &chat.EventDetail{Receipts: []chat.ReceiptCount{{Seq: 9, ID: "alice-x", Of: 1, Read: 1}}},
		}},
	} {
		wiretest.Golden(t, c.name, AppendConvEvent(nil, c.e, "alice"))
	}
	unread := 1
	for _, c := range []struct {
		name string
		e    *chat.UserEvent
	}{
		{"event-own-read", &chat.UserEvent{App: app, User: "alice", Seq: 5, Time: 1700000000123, Kind: chat.UserRead, Conv: group, Read: 9}},
		{"event-muted", &chat.UserEvent{
			App: app, User: "alice", Seq: 6, Time: 1700000000123, Kind: chat.UserGroup,
			Notice: &chat.Notice{Kind: chat.NoticeMuted, Group: "g", Type: chat.Work, Name: "Tea", Operator: chat.Person{User: "bob", Nick: "Bobby", NameCard: "B.", Role: chat.RoleAdmin}, Reason: "loud", MuteTime: 60},
		}},
		{"event-application", &chat.UserEvent{
			App: app, User: "alice", Seq: 8, Time: 1700000000123, Kind: chat.UserGroup,
			Notice: &chat.Notice{Kind: chat.NoticeJoinRequest, Group: "g", Type: chat.Public, Name: "Tea", Operator: chat.Person{User: "bob", Nick: "Bobby", FaceURL: "http://x/b"}, JoinRequest: "AAB", Request: "let me in"},
		}},
		{"event-accepted", &chat.UserEvent{
			App: app, User: "bob", Seq: 2, Time: 1700000000123, Kind: chat.UserGroup,
			Notice: &chat.Notice{Kind: chat.NoticeAccepted, Group: "g", Type: chat.Public, Name: "Tea", Operator: chat.Person{User: "alice", Role: chat.RoleOwner}, JoinRequest: "AAB", Reason: "welcome"},
		}},
		{"event-topic", &chat.UserEvent{
			App: app, User: "alice", Seq: 8, Time: 1700000000123, Kind: chat.UserGroup,
			Notice: &chat.Notice{Kind: chat.NoticeTopicCreated, Group: "@TGS#_c", Topic: "@TGS#_c@TOPIC#_t", Type: chat.Community, Name: "Green", Operator: chat.Person{User: "bob"}},
		}},
		{"event-modify-told", &chat.UserEvent{
			App: app, User: "alice", Seq: 10, Time: 1700000000123, Kind: chat.UserModify, Conv: group,
			Told: &chat.ConvEvent{Time: 1700000000123, Kind: chat.EventModify, By: "bob", Seq: 3, Message: groupMessage1()},
		}},
		{"event-recall-told", &chat.UserEvent{
			App: app, User: "alice", Seq: 9, Time: 1700000000123, Kind: chat.UserRecall, Conv: group,
			Told: &chat.ConvEvent{Time: 1700000000123, Kind: chat.EventRecall, By: "bob", Seq: 9, MsgID: "bob-x", Reason: "typo"},
		}},
		{"event-conversation", &chat.UserEvent{
			App: app, User: "alice", Seq: 11, Time: 1700000000123, Kind: chat.UserChanged, Conv: chat.C2COf(app, "alice", "bob"),
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{
				Top: new(true), Option: new(chat.Discard), Marks: new(chat.Marks(5)), Custom: new("<later>"), Groups: &[]string{"work"}, Draft: new("almost"),
			}},
		}},
		{"event-conversation-deleted", &chat.UserEvent{
			App: app, User: "alice", Seq: 12, Time: 1700000000123, Kind: chat.UserChanged, Conv: group,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Deleted: true, Read: 9}},
		}},
		{"event-conversation-item", &chat.UserEvent{
			App: app, User: "alice", Time: 1700000000123, Kind: chat.UserChanged, Conv: group,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Item: &chat.ConvItem{Last: groupMessage1(), Prev: groupMessage1().Seq - 1, Unread: 3}}},
		}},
		{"event-conversation-empty", &chat.UserEvent{
			App: app, User: "alice", Time: 1700000000123, Kind: chat.UserChanged, Conv: group,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Item: &chat.ConvItem{}}},
		}},
		{"event-convgroup", &chat.UserEvent{
			App: app, User: "alice", Seq: 13, Time: 1700000000123, Kind: chat.UserConvGroup,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Group: &chat.ConvGroup{ID: 1, Name: "work", Convs: []chat.Target{chat.ToUser("bob"), chat.ToGroup("g")}}}},
		}},
		{"event-convgroup-large", &chat.UserEvent{
			App: app, User: "alice", Seq: 14, Time: 1700000000123, Kind: chat.UserConvGroup,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Group: &chat.ConvGroup{ID: 1, Name: "work", Untold: true}}},
		}},
		{"event-convgroup-renamed", &chat.UserEvent{
			App: app, User: "alice", Seq: 15, Time: 1700000000123, Kind: chat.UserConvGroup,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Group: &chat.ConvGroup{ID: 1, Name: "office", OldName: "work"}}},
		}},
		{"event-convgroup-deleted", &chat.UserEvent{
			App: app, User: "alice", Seq: 16, Time: 1700000000123, Kind: chat.UserConvGroup,
			Detail: &chat.UserDetail{Changed: &chat.ConvChange{Group: &chat.ConvGroup{ID: 1, Name: "office", Deleted: true}}},
		}},
		{"event-friend", &chat.UserEvent{App: app, User: "alice", Seq: 8, Time: 1700000000123, Kind: chat.UserFriend, Detail: &chat.UserDetail{
			Friend: &chat.FriendChange{What: chat.FriendAdded, Friend: &chat.Friend{
				User: "bob", Added: 1700000000, Remark: "Bobby", RemarkTime: 1700000000, Source: "AddSource_Type_Web", Wording: "It is me",
				Groups: []string{"family", "tea"}, Custom: map[string]string{"star": "5"}, Profile: []chat.ProfileItem{{Tag: chat.TagNick, Text: "Bob"}},
			}},
		}}},
		{"event-friend-gone", &chat.UserEvent{App: app, User: "alice", Seq: 9, Time: 1700000000123, Kind: chat.UserFriend, Detail: &chat.UserDetail{
			Friend: &chat.FriendChange{What: chat.FriendDeleted, Friend: &chat.Friend{User: "bob"}},
		}}},
		{"event-friend-request", &chat.UserEvent{App: app, User: "alice", Seq: 10, Time: 1700000000123, Kind: chat.UserFriend, Detail: &chat.UserDetail{
			Friend: &chat.FriendChange{What: chat.FriendRequested, Unread: &unread, Request: &chat.FriendRequest{
				Peer: chat.Person{User: "bob", Nick: "Bob"}, In: true, Source: "AddSource_Type_Web", Wording: "It is me", Time: 1700000000,
			}},
		}}},
		{"event-friendgroup", &chat.UserEvent{App: app, User: "alice", Seq: 11, Time: 1700000000123, Kind: chat.UserFriendGroup, Detail: &chat.UserDetail{
			FriendGroup: &chat.FriendGroupChange{Name: "relatives", Old: "family", Whole: true, Members: []chat.UserID{"bob", "carol"}},
		}}},
		{"event-friendgroup-gone", &chat.UserEvent{App: app, User: "alice", Seq: 12, Time: 1700000000123, Kind: chat.UserFriendGroup, Detail: &chat.UserDetail{
			FriendGroup: &chat.FriendGroupChange{Name: "relatives", Deleted: true},
		}}},
		{"event-push", &chat.UserEvent{App: app, User: "alice", Time: 1700000000123, Kind: chat.UserPush, Detail: &chat.UserDetail{
			Push: &chat.PushShown{ID: "1400000001_7_1700000000", From: "boss", Title: "Tea", Text: "is <ready>", Ext: `{"shop":7}`},
		}}},
		{"event-black", &chat.UserEvent{App: app, User: "alice", Seq: 13, Time: 1700000000123, Kind: chat.UserBlack, Detail: &chat.UserDetail{
			Black: &chat.BlockChange{Add: []chat.UserID{"mallory"}},
		}}},
		{"event-other", &chat.UserEvent{App: app, User: "alice", Seq: 7, Time: 1, Kind: "later", Extra: json.RawMessage(`{"To_Account":"bob"}`)}},
	} {
		wiretest.Golden(t, c.name, AppendUserEvent(nil, c.e))
	}
	wiretest.Golden(t, "event-gap", AppendGap(nil, chat.C2COf(app, "alice", "bob"), "alice"))
}

func TestConversationIsNamedByPeer(t *testing.T) {
	e := &chat.ConvEvent{Conv: chat.C2COf(app, "alice", "bob"), Kind: chat.EventRead, By: "bob"}
	for viewer, want := range map[chat.UserID]string{"alice": "c2c/bob", "bob": "c2c/alice"} {
		var got struct{ Conv string }
		if err := json.Unmarshal(AppendConvEvent(nil, e, viewer), &got); err != nil || got.Conv != want {
			t.Errorf("%s sees %q (%v), want %q", viewer, got.Conv, err, want)
		}
	}
}

func TestAcksAndRefusals(t *testing.T) {
	wiretest.Golden(t, "ack", AppendAck(nil, "im/send/c2c/bob", 12, chat.Receipt{
		Seq: 42, Prev: 41, ID: "alice-c", Key: "1_2_3", Time: 1700000000123, ClientMsgID: "c", DropReason: chat.DroppedByRate,
	}))
	wiretest.Golden(t, "ack-prev", AppendAck(nil, "im/send/c2c/bob", 12, chat.Receipt{Seq: 42, Prev: 40, ID: "alice-c", Key: "1_2_3", Time: 1700000000123}))
	wiretest.Golden(t, "ack-read", AppendAck(nil, "im/read/c2c/bob", 0, chat.Receipt{}))
	wiretest.Golden(t, "ack-brief", AppendBriefAck(nil, "im/send/c2c/bob", "c", 12, chat.Receipt{
		Seq: 42, Prev: 41, ID: "alice-c", Key: "1_2_3", Time: 1700000000123, ClientMsgID: "c", DropReason: chat.DroppedByRate,
	}))
	wiretest.Golden(t, "ack-brief-read", AppendBriefAck(nil, "im/read/c2c/bob", "", 0, chat.Receipt{}))
	wiretest.Golden(t, "err-brief", AppendBriefErr(nil, "im/send/group/g", "c", 13, chat.Refuse(chat.CodeMuted, "")))
	wiretest.Golden(t, "err", AppendErr(nil, "im/send/group/g", "c", "alice-c", 13, chat.Refuse(chat.CodeMuted, "")))
	wiretest.Golden(t, "err-inner", AppendErr(nil, `im/"`, "", "", 0, errors.New("disk on fire")))
	wiretest.Golden(t, "kick", AppendKick(nil, chat.KickMultiLogin, chat.KickedBy{Platform: chat.PlatformIPad, Client: "tablet"}))
	wiretest.Golden(t, "kick-admin", AppendKick(nil, chat.KickAdmin, chat.KickedBy{User: "administrator"}))
	wiretest.Golden(t, "kick-server", AppendKick(nil, chat.KickServer, chat.KickedBy{}))
}

func TestPresences(t *testing.T) {
	p := chat.Presence{User: "bob", State: chat.Online, Status: "on \"tour\""}
	p.Note(chat.PlatformWeb, chat.Online)
	p.Note(chat.PlatformIOS, chat.PushOnline)
	p.Note(chat.PlatformWeb, chat.PushOnline)
	wiretest.Golden(t, "presence", AppendPresence(nil, &p))
	wiretest.Golden(t, "presence-unknown", AppendPresence(nil, &chat.Presence{State: chat.Unknown}))
}

func BenchmarkAppendMessage(b *testing.B) {
	m := c2cMessage()
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendMessage(dst[:0], m, m.Seq-1)
	}
}

func BenchmarkDecodeSend(b *testing.B) {
	payload := []byte(`{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello over there"}}],"MsgRandom":123,"ClientMsgId":"abc-1"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeSend(payload, "ann", chat.ToUser("bob")); err != nil {
			b.Fatal(err)
		}
	}
}
