package core_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// What each option of a send does (spec/04 §3, spec/22b §1), by the way a message takes:
// what is other than without the option, or the code of the refusal. "same" is nothing.
//
//	unread  bob counts it as unread
//	list    it is the last message of bob's conversation
//	bob     bob's history has it
//	ann     the history of ann, its sender, has it
//	heard   bob's devices get it
//	asked   the app is asked before
//	told    the app is told afterwards
//
// "+" says that bob gets what follows with the message.
var sendOptions = []struct {
	option                           string
	restC2C, restGroup, c2c, inGroup string
}{
	{`"CloudCustomData":"c"`, "same", "same", "same", "same"},
	{`"SendMsgControl":["NoUnread"]`, "-unread +NoUnread", "-unread +NoUnread", "-unread +NoUnread", "-unread +NoUnread"},
	{`"SendMsgControl":["NoLastMsg"]`, "-list +NoLastMsg", "-list +NoLastMsg", "-list +NoLastMsg", "-list +NoLastMsg"},
	{`"SendMsgControl":["WithMuteNotifications"]`, "+WithMuteNotifications", "+WithMuteNotifications", "+WithMuteNotifications", "+WithMuteNotifications"},
	{`"SendMsgControl":["NoMsgCheck","Later"]`, "same", "same", "same", "same"},
	{`"SendMsgControl":"NoUnread"`, "90001", "10004", "90001", "10004"},
	{`"ForbidCallbackControl":["ForbidBeforeSendMsgCallback"]`, "-asked", "-asked", "same", "same"},
	{`"ForbidCallbackControl":["ForbidAfterSendMsgCallback"]`, "-told", "-told", "same", "same"},
	{`"ForbidCallbackControl":["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"]`, "-asked -told", "-asked -told", "same", "same"},
	{`"SyncOtherMachine":1`, "same", "same", "same", "same"},
	{`"SyncOtherMachine":2`, "-ann", "same", "same", "same"},
	{`"SyncOtherMachine":"2"`, "90031", "10004", "same", "same"},
	{`"MsgLifeTime":0`, "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread"},
	{`"MsgLifeTime":60`, "same", "same", "same", "same"},
	{`"MsgLifeTime":604801`, "same", "same", "same", "same"},
	{`"MsgLifeTime":"60"`, "90044", "10004", "90044", "10004"},
	{`"OnlineOnlyFlag":1`, "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread"},
	{`"MsgOnlineOnlyFlag":1`, "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread", "-unread -list -bob -ann +NoUnread"},
	{`"OnlineOnlyFlag":0`, "same", "same", "same", "same"},
	{`"MsgTimeStamp":1600000000`, "same", "same", "same", "same"},
	{`"MsgTimeStamp":"now"`, "90006", "10004", "same", "same"},
	{`"IsNeedReadReceipt":1`, "+receipt", "+receipt", "+receipt", "+receipt"},
	{`"NeedReadReceipt":1`, "+receipt", "+receipt", "+receipt", "+receipt"},
	{`"SupportMessageExtension":1`, "+extension", "+extension", "+extension", "+extension"},
	{`"OfflinePushInfo":{"PushFlag":1,"Title":"t"}`, "+push", "+push", "+push", "+push"},
	{`"OfflinePushInfo":{"Title":7}`, "90043", "10004", "90043", "10004"},
	{`"OfflinePushInfo":"t"`, "90043", "10004", "90043", "10004"},
	{`"To_Account":["cat"]`, "same", "-unread -bob -heard", "same", "-unread -bob -heard"},
}

// Each option does the same by every way that has it.
func TestSendOptions(t *testing.T) {
	for _, o := range sendOptions {
		for i, want := range []string{o.restC2C, o.restGroup, o.c2c, o.inGroup} {
			way := sendWays[i]
			t.Run(way.name+" "+o.option, func(t *testing.T) {
				if got := optionEffect(t, way, o.option); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
	}
}

type sendWay struct {
	name        string
	group, rest bool
}

var sendWays = []sendWay{{"REST to a user", false, true}, {"REST to a group", true, true}, {"MQTT to a user", false, false}, {"MQTT to a group", true, false}}

// draft reads a send by ann as its door does.
func (w sendWay) draft(to chat.Target, option string) (chat.Draft, error) {
	body := []byte(`{"MsgBody":` + string(text("hi")) + `,"From_Account":"ann","MsgRandom":1,` + option + `}`)
	if !w.rest {
		return form.DecodeSend(body, "ann", to)
	}
	list, err := wire.Split(body, nil)
	if err != nil {
		return chat.Draft{}, err
	}
	return form.AdminDraftOf(list, to)
}

// optionEffect sends one message with an option, and says what is other than usual.
func optionEffect(t *testing.T, w sendWay, option string) string {
	h, gate := gated(t)
	to, back := chat.ToUser("bob"), chat.ToUser("ann")
	by := as("ann")
	if w.rest {
		by = admin()
	}
	if w.group {
		to = chat.ToGroup(h.group("ann", chat.Public, "bob", "cat"))
		back = to
	}
	before := h.after()
	d, err := w.draft(to, option)
	if err != nil {
		return fmt.Sprint(int(chat.CodeOf(err)))
	}
	answered := make(chan error, 1)
	h.Message.Send(h.ctx, by, d, func(_ chat.Receipt, err error) { answered <- err })
	asked := false
	select {
	case q := <-gate.asked:
		asked = true
		q.answer(chat.Verdict{}, nil)
		err = <-answered
	case err = <-answered:
	}
	if err != nil {
		return fmt.Sprint(int(chat.CodeOf(err)))
	}
	h.told()
	usual := []string{}
	lack := func(has bool, what string) {
		if !has {
			usual = append(usual, "-"+what)
		}
	}
	conv := h.conv("bob", back)
	bob, ann := h.page("bob", back).Messages, h.page("ann", to).Messages
	said := func(list []*chat.Message) bool {
		return slices.ContainsFunc(list, func(m *chat.Message) bool { return m.From == "ann" && m.Tip == nil })
	}
	lack(conv.Unread == 1, "unread")
	lack(conv.Last != nil && said([]*chat.Message{conv.Last}) || len(d.Only) > 0, "list")
	lack(said(bob), "bob")
	lack(said(ann), "ann")
	heard := h.heard()
	at := slices.IndexFunc(heard, func(m *chat.Message) bool { return m.From == "ann" && m.Tip == nil })
	lack(at >= 0 && heard[at].VisibleTo("bob"), "heard")
	lack(asked, "asked")
	lack(h.after() == before+1, "told")
	if at >= 0 {
		usual = append(usual, marksOf(heard[at])...)
	}
	if len(usual) == 0 {
		return "same"
	}
	return strings.Join(usual, " ")
}

// marksOf is what goes with a message.
func marksOf(m *chat.Message) (list []string) {
	for _, k := range []struct {
		mark chat.Control
		name string
	}{
		{chat.NoUnread, "+NoUnread"},
		{chat.NoLastMsg, "+NoLastMsg"},
		{chat.WithMuteNotification, "+WithMuteNotifications"},
		{chat.NeedReceipt, "+receipt"},
		{chat.Extensible, "+extension"},
	} {
		if m.Control.Has(k.mark) {
			list = append(list, k.name)
		}
	}
	if len(m.Push) > 0 {
		list = append(list, "+push")
	}
	return list
}
