package broker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// ask makes a request and returns the members of its answer.
func (d *device) ask(method, body string) map[string]any {
	d.Helper()
	d.publish(0, "im/req/"+method+"/r", body)
	for {
		pk := d.want(packets.Publish)
		if pk.TopicName != "im/res/r" {
			continue
		}
		if len(pk.Payload) > 64<<10 {
			d.Errorf("%s %s: an answer of %d bytes", method, body, len(pk.Payload))
		}
		var answer map[string]any
		if err := json.Unmarshal(pk.Payload, &answer); err != nil {
			d.Fatal(err)
		}
		if answer["ErrorCode"] != 0.0 {
			d.Fatalf("%s %s: %s", method, body, pk.Payload)
		}
		return answer
	}
}

// paged is a method that answers a long list: how to ask for what comes after an
// answer, "" at the end, and where its entries are.
type paged struct {
	method, first string
	list          string
	next          func(answer map[string]any, got int) string
	want          int
}

// Answers that are too long for 64 KiB, or for the client, come in pages (spec/00
// §5), and no entry is lost.
func TestLongAnswersArePaged(t *testing.T) {
	h := open(t, nil)
	h.limits(func(l *chat.Limits) { *l = l.NoRates() })
	ctx := context.Background()
	admin := chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
	const people = 120
	var names []chat.UserID
	var profiles []chat.Profile
	nick := strings.Repeat("n", 480)
	for n := range people {
		u := chat.UserID(fmt.Sprintf("user-with-a-long-name-%03d", n))
		names = append(names, u)
		profiles = append(profiles, chat.Profile{User: u, Nick: &nick})
	}
	for n := 0; n < people; n += 60 {
		if _, err := h.svc.People.Import(ctx, admin, profiles[n:n+60]); err != nil {
			t.Fatal(err)
		}
	}
	h.group("crowd", "ann", names[:90]...)
	text := strings.Repeat("x", 600)
	for n := range 120 {
		h.say("bob", chat.ToUser("ann"), fmt.Sprint(n, text))
	}
	for _, u := range names {
		h.say(u, chat.ToUser("ann"), text)
	}
	asked, err := h.svc.Message.SendWait(ctx, chat.Actor{App: app, User: "ann"}, chat.Draft{
		To: chat.ToGroup("crowd"), Control: chat.NeedReceipt, Body: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"?"}}]`),
	})
	if err != nil {
		t.Fatal(err)
	}
	seq := asked.Seq
	for _, u := range names[:80] {
		by := chat.Actor{App: app, User: u}
		if err := h.svc.Message.SendReceipts(ctx, by, "", chat.ToGroup("crowd"), []chat.MessageRef{{Seq: seq}}); err != nil {
			t.Fatal(err)
		}
		if err := h.svc.Message.React(ctx, by, chat.ToGroup("crowd"), seq, "tea", true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.svc.People.BlockUsers(ctx, chat.Actor{App: app, User: "ann"}, "ann", names[60:]); err != nil {
		t.Fatal(err)
	}
	for n := range 30 {
		h.group(chat.GroupID(fmt.Sprintf("group-with-a-long-name-%02d", n)), "ann")
	}

	var friends []chat.NewFriend
	for i, u := range names[:60] {
		friends = append(friends, chat.NewFriend{User: u, Groups: []string{[]string{"tea", "work", "play"}[i%3]}, Source: "AddSource_Type_Web"})
	}
	if _, err := h.svc.People.ImportFriends(ctx, admin, "ann", friends); err != nil {
		t.Fatal(err)
	}

	text2 := func(a map[string]any, name string) string { s, _ := a[name].(string); return s }
	last := func(a map[string]any, list, member string) any {
		l := a[list].([]any)
		return l[len(l)-1].(map[string]any)[member]
	}
	cursor := func(body string) func(map[string]any, int) string {
		return func(a map[string]any, _ int) string {
			if c := text2(a, "Cursor"); c != "" {
				return fmt.Sprintf(body, fmt.Sprintf(`"Cursor":%q`, c))
			}
			return ""
		}
	}
	up := func(a map[string]any, _ int) string {
		if a["IsFinished"] == 1.0 {
			return ""
		}
		return fmt.Sprintf(`{"Conv":"c2c/bob","Limit":100,"After":%v}`, last(a, "MsgList", "MsgSeq"))
	}
	down := func(a map[string]any, _ int) string {
		if a["IsFinished"] == 1.0 {
			return ""
		}
		return fmt.Sprintf(`{"Conv":"c2c/bob","Limit":100,"Before":%v}`, a["MsgList"].([]any)[0].(map[string]any)["MsgSeq"])
	}
	ref := fmt.Sprintf(`{"Conv":"group/crowd","MsgSeq":%d,`, seq)
	methods := []paged{
		{"msg.history", `{"Conv":"c2c/bob","Limit":100,"After":0}`, "MsgList", up, 120},
		{"msg.history", `{"Conv":"c2c/bob","Limit":100}`, "MsgList", down, 120},
		{"conv.list", `{}`, "Convs", cursor(`{%s}`), people + 1 + 31},
		{"group.members", `{"GroupId":"crowd","Limit":500}`, "MemberList", func(a map[string]any, _ int) string {
			if next := text2(a, "Next"); next != "" {
				return fmt.Sprintf(`{"GroupId":"crowd","Limit":500,"Next":%q}`, next)
			}
			return ""
		}, 91},
		{"group.joined", `{"Limit":100,"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name"]}}`, "GroupIdList", func(a map[string]any, got int) string {
			if a["TotalCount"] == float64(got) {
				return ""
			}
			return fmt.Sprintf(`{"Limit":100,"Offset":%d,"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name"]}}`, got)
		}, 31},
		{"msg.readers", ref + `"Filter":0}`, "ReadList", cursor(ref + `"Filter":0,%s}`), 80},
		{"msg.readers", ref + `"Filter":1}`, "UnreadList", cursor(ref + `"Filter":1,%s}`), 10},
		{"msg.reaction.users", ref + `"ReactionId":"tea"}`, "Users", cursor(ref + `"ReactionId":"tea",%s}`), 80},
		{"black.get", `{"MaxLimited":1000}`, "BlackListItem", func(a map[string]any, _ int) string {
			if a["StartIndex"] == 0.0 {
				return ""
			}
			return fmt.Sprintf(`{"MaxLimited":1000,"StartIndex":%v}`, a["StartIndex"])
		}, 60},
	}
	{ // friend groups go on within a group
		d := h.enter(hello{user: "ann", client: "small", version: 5, change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = 900 }})
		d.subscribe(0, "im/res/#")
		inGroups := map[string]int{}
		pages := 0
		for body := "{}"; body != ""; pages++ {
			a := d.ask("friendgroup.get", body)
			for _, g := range a["Groups"].([]any) {
				group := g.(map[string]any)
				inGroups[group["GroupName"].(string)] += len(group["To_Account"].([]any))
			}
			body = cursor(`{%s}`)(a, 0)
		}
		if pages < 2 || fmt.Sprint(inGroups) != "map[play:20 tea:20 work:20]" {
			t.Errorf("friend groups in %d pages: %v", pages, inGroups)
		}
	}
	for _, most := range []int{0, 2000} {
		d := h.enter(hello{user: "ann", client: fmt.Sprint("phone", most), version: 5, change: func(pk *packets.Packet) { pk.Properties.MaximumPacketSize = uint32(most) }})
		d.subscribe(0, "im/res/#")
		for _, m := range methods {
			got, pages := 0, 0
			for body := m.first; body != ""; pages++ {
				a := d.ask(m.method, body)
				list := a[m.list].([]any)
				if len(list) == 0 || pages > 200 {
					t.Errorf("%s, at most %d bytes: page %d has nothing", m.method, most, pages)
					break
				}
				got += len(list)
				body = m.next(a, got)
			}
			if got != m.want {
				t.Errorf("%s, at most %d bytes: %d entries in %d pages, want %d", m.method, most, got, pages, m.want)
			}
			if most > 0 && pages < 2 && m.want > 10 {
				t.Errorf("%s, at most %d bytes: all in one page", m.method, most)
			}
		}
		d.ask("msg.reactions", fmt.Sprintf(`{"Conv":"group/crowd","MsgSeqs":[%d]}`, seq)) // names fewer users
		h.syncs(d, most)
	}
}

// syncs asks for everything that d lacks, until it is finished.
func (h *house) syncs(d *device, most int) {
	h.Helper()
	eventSeq, convs := 0.0, map[string]any{}
	seen := map[string]bool{}
	for page := 0; ; page++ {
		body, err := json.Marshal(map[string]any{"EventSeq": eventSeq, "Convs": convs})
		if err != nil {
			h.Fatal(err)
		}
		a := d.ask("sync", string(body))
		eventSeq = a["EventSeq"].(float64)
		for _, c := range a["Convs"].([]any) {
			item := c.(map[string]any)
			name := item["Conv"].(string)
			seen[name] = true
			convs[name] = map[string]any{"MsgSeq": item["MaxSeq"], "Rev": item["Rev"]}
		}
		if a["IsFinished"] == 1.0 {
			break
		}
		if page > 400 {
			h.Fatalf("at most %d bytes: sync does not end", most)
		}
	}
	if len(seen) != 122 { // 121 people and the crowd; the others have no message
		h.Errorf("at most %d bytes: sync tells of %d conversations, want 122", most, len(seen))
	}
}
