package broker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
)

// A client that cannot take an event hears that there was one, live and in a sync: its
// numbers have no hole, and a sync comes to its end.
func TestEventsThatAreTooLongAreToldBriefly(t *testing.T) {
	h := open(t, nil)
	h.known("ann", "bob")
	ctx := context.Background()
	h.group("lobby", "bob", "ann")
	h.say("bob", chat.ToUser("ann"), "hi")
	const most = 700
	small := hello{user: "ann", client: "small", change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = most }}
	d, large := h.enter(small), h.enter(hello{user: "ann", client: "large"})
	d.subscribe(0, "im/res/#")
	before := d.ask("sync", `{}`)["EventSeq"].(float64)
	d.subscribe(1, "im/event/+")
	large.subscribe(0, "im/res/#")

	long := strings.Repeat("x", 400)
	large.ask("user.set", fmt.Sprintf(`{"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":%q},{"Tag":"Tag_Profile_IM_SelfSignature","Value":%q}]}`, long, long))
	var convs []string
	for i := range 60 {
		name := fmt.Sprint("friend-with-a-long-name-", i)
		h.known(chat.UserID(name))
		convs = append(convs, fmt.Sprintf("%q", "c2c/"+name))
	}
	large.ask("convgroup.create", `{"GroupName":"work","Convs":[`+strings.Join(convs, ",")+`]}`)
	large.ask("conv.draft", fmt.Sprintf(`{"Conv":"c2c/bob","Draft":%q}`, long+long))
	body := fmt.Appendf(nil, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, long+long)
	if _, err := h.svc.Message.Modify(ctx, chat.Actor{App: app, User: "bob"}, coremessage.Modification{Target: chat.ToUser("ann"), Ref: chat.MessageRef{Seq: 1}, Body: body}); err != nil {
		t.Fatal(err)
	}
	brief := map[string]string{}
	for len(brief) < 4 {
		pk := d.want(packets.Publish)
		var e map[string]any
		if err := json.Unmarshal(pk.Payload, &e); err != nil {
			t.Fatal(err)
		}
		kind := e["Kind"].(string)
		if e["Cut"] != 1.0 {
			if kind != "conversation" { // each conversation that came into the group
				t.Errorf("whole: %s", pk.Payload)
			}
			continue
		}
		delete(e, "EventTime")
		delete(e, "EventSeq")
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		brief[kind] = string(text)
	}
	for kind, want := range map[string]string{
		"profile":      `{"Cut":1,"Kind":"profile","UserID":"ann"}`,
		"convgroup":    `{"Cut":1,"GroupName":"work","Kind":"convgroup"}`,
		"conversation": `{"Conv":"c2c/bob","Cut":1,"Kind":"conversation"}`,
		"modify":       `{"Conv":"c2c/bob","Cut":1,"Kind":"modify","MsgId":"` + "%", // made by the server
	} {
		if prefix, cut := strings.CutSuffix(want, "%"); brief[kind] != want && !(cut && strings.HasPrefix(brief[kind], prefix)) {
			t.Errorf("%s: got %s, want %s", kind, brief[kind], want)
		}
	}
	cuts, seq, rev := 0, before, 0.0
	for page := 0; ; page++ {
		a := d.ask("sync", fmt.Sprintf(`{"EventSeq":%v,"Convs":{"c2c/bob":{"MsgSeq":1,"Rev":%v},"group/lobby":100}}`, seq, rev))
		for _, e := range a["Events"].([]any) {
			if e.(map[string]any)["Cut"] == 1.0 {
				cuts++
			}
		}
		for _, c := range a["Convs"].([]any) {
			item := c.(map[string]any)
			rev = item["Rev"].(float64)
			for _, e := range item["Events"].([]any) {
				if e.(map[string]any)["Cut"] == 1.0 {
					cuts++
				}
			}
		}
		if seq = a["EventSeq"].(float64); a["IsFinished"] == 1.0 {
			break
		}
		if page > 200 {
			t.Fatal("sync does not end")
		}
	}
	if cuts != 4 {
		t.Errorf("%d events of the sync are cut, want 4", cuts)
	}
}
