package core_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/message"
)

// mergedBody is a merged message of n messages of 1,000 bytes.
func mergedBody(title string, n int) []byte {
	return fmt.Appendf(nil, `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":%q,"MsgNum":%d,"Odd":1.50e1,"MsgList":%s}}]`, title, n, mergedListOf(n))
}

// mergedListOf is its list, spelled in a way of its own.
func mergedListOf(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"From_Account":"cat", "MsgSeq":%d,"MsgBody":%s,"Odd":"\u00e9\/"}`, i+1, text(strings.Repeat("x", 1000))))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// sendBody sends a body and returns the message as it is stored.
func (h *house) sendBody(from chat.UserID, to chat.Target, body []byte) *chat.Message {
	h.Helper()
	r, err := h.Message.SendWait(h.ctx, as(from), chat.Draft{To: to, Body: body})
	if err != nil {
		h.Fatalf("%s to %s: %v", from, to, err)
	}
	return h.kept(to.Of(app, from), r.Seq)
}

func (h *house) kept(conv chat.Conversation, seq chat.Seq) *chat.Message {
	h.Helper()
	m, err := h.store.Message(h.ctx, conv, seq)
	if err != nil || m == nil {
		h.Fatalf("message %d: %v %v", seq, m, err)
	}
	return m
}

// keyIn is the JsonMsgKey of the first element of a body, "" when it has its list.
func (h *house) keyIn(body []byte) string {
	h.Helper()
	var list []struct {
		MsgContent struct {
			JSONMsgKey string `json:"JsonMsgKey"`
		}
	}
	if err := json.Unmarshal(body, &list); err != nil {
		h.Fatalf("%s: %v", body, err)
	}
	return list[0].MsgContent.JSONMsgKey
}

func (h *house) opens(u chat.UserID, key, want string) {
	h.Helper()
	got, err := h.Message.Merged(h.ctx, as(u), key)
	if err != nil || string(got) != want {
		h.Errorf("%s opens %s: %.80s %v, want %.80s", u, key, got, err, want)
	}
}

func (h *house) refuses(u chat.UserID, key string, want chat.Code) {
	h.Helper()
	_, err := h.Message.Merged(h.ctx, as(u), key)
	h.wants(err, want)
}

// A merged message above 12 KB is stored with a key in place of its list, which is the
// same, byte for byte, for both parties and for nobody else.
func TestMergedMessageIsCut(t *testing.T) {
	h := open(t, nil)
	small := h.sendBody("ann", chat.ToUser("bob"), mergedBody("small", 3))
	if string(small.Body) != string(mergedBody("small", 3)) {
		t.Errorf("a small one was changed: %s", small.Body)
	}
	m := h.sendBody("ann", chat.ToUser("bob"), mergedBody("large", 90))
	key := h.keyIn(m.Body)
	want := `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"large","MsgNum":90,"Odd":1.50e1,"JsonMsgKey":"` + key + `"}}]`
	if string(m.Body) != want {
		t.Errorf("stored %s, want %s", m.Body, want)
	}
	h.opens("ann", key, mergedListOf(90))
	h.opens("bob", key, mergedListOf(90))
	h.refuses("cat", key, chat.CodeNoMessage)
	h.refuses("bob", key+"!", chat.CodeBadMsgKey)
	h.refuses("bob", "k", chat.CodeBadMsgKey)
	if _, err := h.Message.Merged(h.ctx, admin(), key); err != nil {
		t.Errorf("an administrator: %v", err)
	}
	if _, err := h.Message.Merged(h.ctx, chat.Actor{App: 1400000002, User: "bob"}, key); err == nil {
		t.Error("another app has opened it")
	}
}

// What was cut out goes with its message: by a recall, a change, and with the history.
func TestMergedListGoesWithItsMessage(t *testing.T) {
	h := open(t, func(*core.Options) {})
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Retention: time.Hour})
	conv := chat.ToUser("bob").Of(app, "ann")
	recalled := h.sendBody("ann", chat.ToUser("bob"), mergedBody("one", 20))
	changed := h.sendBody("ann", chat.ToUser("bob"), mergedBody("two", 20))
	old := h.sendBody("ann", chat.ToUser("bob"), mergedBody("three", 20))
	rows := func() (n int) {
		t.Helper()
		for _, kind := range []chat.RowKind{57, 58} {
			list, err := h.store.Rows(h.ctx, conv.Shard(), kind, "", "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			n += len(list)
		}
		return n
	}
	one := rows() / 3
	if one < 2 {
		t.Fatalf("%d rows a list", one)
	}
	if _, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: recalled.Seq}, ""); err != nil {
		t.Fatal(err)
	}
	h.refuses("bob", h.keyIn(recalled.Body), chat.CodeNoMessage)
	if got := rows(); got != 2*one {
		t.Errorf("%d rows after the recall, want %d", got, 2*one)
	}
	_, err := h.Message.Modify(h.ctx, as("ann"), message.Modification{
		Target: chat.ToUser("bob"), Ref: chat.MessageRef{Seq: changed.Seq}, Body: mergedBody("other", 30),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.refuses("bob", h.keyIn(changed.Body), chat.CodeNoMessage)
	now := h.kept(conv, changed.Seq)
	h.opens("bob", h.keyIn(now.Body), mergedListOf(30))
	_, err = h.Message.Modify(h.ctx, as("ann"), message.Modification{
		Target: chat.ToUser("bob"), Ref: chat.MessageRef{Seq: changed.Seq}, Body: now.Body, Cloud: ptr("c"),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.opens("bob", h.keyIn(h.kept(conv, changed.Seq).Body), mergedListOf(30))
	_, err = h.Message.Modify(h.ctx, as("ann"), message.Modification{
		Target: chat.ToUser("bob"), Ref: chat.MessageRef{Seq: changed.Seq}, Body: text("words"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(); got != one {
		t.Errorf("%d rows after the change, want %d", got, one)
	}
	h.opens("bob", h.keyIn(old.Body), mergedListOf(20))
	h.wait(2 * time.Hour)
	h.refuses("bob", h.keyIn(old.Body), chat.CodeNoMessage)
}

// A list is forwarded by its key alone, with a copy under a key of the new message; who
// may not read the first has no way to it.
func TestMergedListIsForwarded(t *testing.T) {
	h := open(t, nil)
	first := h.sendBody("ann", chat.ToUser("bob"), mergedBody("large", 60))
	byKey := first.Body
	second := h.sendBody("bob", chat.ToUser("cat"), byKey)
	if h.keyIn(second.Body) == h.keyIn(first.Body) {
		t.Error("it has the same key")
	}
	h.refuses("cat", h.keyIn(first.Body), chat.CodeNoMessage)
	h.opens("cat", h.keyIn(second.Body), mergedListOf(60))
	if _, err := h.Message.Recall(h.ctx, as("ann"), "", chat.ToUser("bob"), chat.MessageRef{Seq: first.Seq}, ""); err != nil {
		t.Fatal(err)
	}
	h.opens("cat", h.keyIn(second.Body), mergedListOf(60))
	for _, u := range []chat.UserID{"bob", "ann"} { // recalled, and never theirs
		body := byKey
		if u == "ann" {
			body = second.Body
		}
		_, err := h.Message.SendWait(h.ctx, as(u), chat.Draft{To: chat.ToUser("cat"), Body: body})
		h.wants(err, chat.CodeBadElement)
	}
	// In a list of another it is carried along too.
	nested := fmt.Appendf(nil, `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"outer","MsgList":[{"MsgBody":%s}]}}]`, second.Body)
	third := h.sendBody("cat", chat.ToUser("ann"), nested)
	inner := third.Body[strings.Index(string(third.Body), `[{"MsgBody":`)+len(`[{"MsgBody":`):]
	key := h.keyIn([]byte(strings.TrimSuffix(string(inner), `}]}}]`)))
	h.opens("ann", key, mergedListOf(60))
	h.refuses("bob", key, chat.CodeNoMessage)
	// A key that leads nowhere stays, deep in a list.
	lost := strings.Replace(string(nested), h.keyIn(second.Body), "lost", 1)
	if m := h.sendBody("cat", chat.ToUser("ann"), []byte(lost)); string(m.Body) != lost {
		t.Errorf("stored %s, want %s", m.Body, lost)
	}
}

// Members of a group read a list as long as they read its message.
func TestMergedListInAGroup(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	before := h.sendBody("ann", chat.ToGroup(g), mergedBody("large", 20))
	h.opens("bob", h.keyIn(before.Body), mergedListOf(20))
	h.refuses("cat", h.keyIn(before.Body), chat.CodeGroupNotAllowed)
	if _, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"cat"}, true); err != nil {
		t.Fatal(err)
	}
	h.refuses("cat", h.keyIn(before.Body), chat.CodeGroupNoMessage)
	r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: mergedBody("large", 20), Only: []chat.UserID{"bob"}})
	if err != nil {
		t.Fatal(err)
	}
	key := h.keyIn(h.kept(chat.GroupOf(app, g), r.Seq).Body)
	h.opens("bob", key, mergedListOf(20))
	h.refuses("cat", key, chat.CodeGroupNoMessage)
	if err := h.Group.Quit(h.ctx, as("cat"), g); err != nil {
		t.Fatal(err)
	}
	h.refuses("cat", key, chat.CodeGroupNotAllowed)
	if err := h.Message.DeleteBySender(h.ctx, admin(), g, "ann"); err != nil {
		t.Fatal(err)
	}
	h.refuses("bob", key, chat.CodeGroupNoMessage)
}

// Where nothing is kept, and of one of many copies, a list that has to be cut out makes the
// message too long; so do more lists than a packet holds, and what is too long without them.
func TestMergedMessageIsTooLong(t *testing.T) {
	h := open(t, nil)
	live := h.group("ann", chat.AVChatRoom)
	large := mergedBody("large", 20)
	kept := h.sendBody("ann", chat.ToUser("bob"), large)
	send := func(d chat.Draft) error {
		_, err := h.Message.SendWait(h.ctx, as("ann"), d)
		return err
	}
	for _, body := range [][]byte{large, kept.Body} {
		h.wants(send(chat.Draft{To: chat.ToGroup(live), Body: body}), chat.CodeMessageTooLong)
		h.wants(send(chat.Draft{To: chat.ToUser("bob"), Body: body, Control: chat.OnlineOnly}), chat.CodeMessageTooLong)
		_, _, err := h.Message.SendMany(h.ctx, admin(), chat.Draft{Body: body}, []chat.UserID{"bob", "cat"})
		h.wants(err, chat.CodeMessageTooLong)
	}
	h.wants(send(chat.Draft{To: chat.ToUser("bob"), Body: mergedBody("large", 130)}), chat.CodeMessageTooLong)
	h.wants(send(chat.Draft{To: chat.ToUser("bob"), Body: mergedBody(strings.Repeat("t", 13000), 20)}), chat.CodeMessageTooLong)
	one := strings.Replace(string(large), strings.Repeat("x", 1000), strings.Repeat("x", 13000), 1)
	h.wants(send(chat.Draft{To: chat.ToUser("bob"), Body: []byte(one)}), chat.CodeMessageTooLong)
}

// A user copies so many lists a second, and a repeated send is known again.
func TestMergedListsAreCopiedAtARate(t *testing.T) {
	h := open(t, nil)
	first := h.sendBody("ann", chat.ToUser("bob"), mergedBody("large", 20))
	r, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("cat"), Body: first.Body, ClientMsgID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("cat"), Body: first.Body, ClientMsgID: "1"})
	if err != nil || again.Seq != r.Seq || !again.Duplicate {
		t.Errorf("again: %+v %v", again, err)
	}
	rows, err := h.store.Rows(h.ctx, chat.ToUser("cat").Of(app, "ann").Shard(), 57, "", "", 10)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d lists after a repeated send, %v", len(rows), err)
	}
	for range 14 {
		h.sendBody("ann", chat.ToUser("cat"), first.Body)
	}
	_, err = h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("cat"), Body: first.Body})
	h.wants(err, chat.CodeCommandRate)
	h.wait(time.Second)
	h.sendBody("ann", chat.ToUser("cat"), first.Body)
}

// The app is asked with the whole message, what it makes of that is cut too, and
// afterwards it is told of what is stored.
func TestMergedMessageAndTheApp(t *testing.T) {
	h, gate := gated(t)
	send := func(v chat.Verdict) *chat.Message {
		t.Helper()
		answered := make(chan chat.Receipt, 1)
		h.Message.Send(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: mergedBody("large", 20)}, func(r chat.Receipt, err error) {
			h.wants(err, 0)
			answered <- r
		})
		q := <-gate.asked
		if string(q.Message.Body) != string(mergedBody("large", 20)) {
			t.Errorf("the app is asked about %.80s", q.Message.Body)
		}
		q.answer(v, nil)
		return h.kept(chat.C2COf(app, "ann", "bob"), (<-answered).Seq)
	}
	m := send(chat.Verdict{})
	h.opens("bob", h.keyIn(m.Body), mergedListOf(20))
	if told, _ := h.bodies("", chat.AfterC2C); len(told) != 1 || !strings.Contains(told[0], h.keyIn(m.Body)) || len(told[0]) > 2000 {
		t.Errorf("the app is told %v", told)
	}
	h.opens("bob", h.keyIn(send(chat.Verdict{Body: mergedBody("other", 30)}).Body), mergedListOf(30))
	if m := send(chat.Verdict{Body: text("words")}); string(m.Body) != string(text("words")) {
		t.Errorf("stored %.80s", m.Body)
	}
	dropped := h.keyIn(send(chat.Verdict{Drop: true}).Body)
	h.opens("ann", dropped, mergedListOf(20))
	h.refuses("bob", dropped, chat.CodeNoMessage)
	list, err := h.store.Rows(h.ctx, chat.C2COf(app, "ann", "bob").Shard(), 57, "", "", 10)
	if err != nil || len(list) != 3 {
		t.Errorf("%d lists are kept, want 3, %v", len(list), err)
	}
}

// Who registers under a name later opens nothing of the one before.
func TestMergedListIsNotInherited(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	lists := []string{
		h.keyIn(h.sendBody("ann", chat.ToUser("bob"), mergedBody("large", 20)).Body),
		h.keyIn(h.sendBody("ann", chat.ToGroup(g), mergedBody("large", 20)).Body),
	}
	for _, key := range lists {
		h.opens("bob", key, mergedListOf(20))
	}
	bob := h.renew("bob")
	if _, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, true); err != nil {
		t.Fatal(err)
	}
	for i, want := range []chat.Code{chat.CodeNoMessage, chat.CodeGroupNoMessage} {
		_, err := h.Message.Merged(h.ctx, bob, lists[i])
		h.wants(err, want)
		h.opens("ann", lists[i], mergedListOf(20))
	}
}

// Merged messages lie in each other a hundred deep by their keys; as many as there is room
// for come along with each, and the others are where they were.
func TestMergedMessagesLieInEachOther(t *testing.T) {
	h := open(t, nil)
	const levels = 30
	body := mergedBody("level 0", 13)
	for i := 1; i <= levels; i++ {
		h.wait(time.Second)
		m := h.sendBody("ann", chat.ToUser("bob"), body)
		if n := len(m.Body); n > 1000 {
			t.Fatalf("level %d has %d bytes", i, n)
		}
		plain := strings.ReplaceAll(mergedListOf(13), `\u00e9`, "e")
		list := strings.TrimSuffix(plain, "]") + `,{"MsgBody":` + string(m.Body) + `}]`
		body = fmt.Appendf(nil, `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"level %d","MsgList":%s}}]`, i, list)
	}
	m := h.sendBody("ann", chat.ToUser("bob"), body)
	key, depth := h.keyIn(m.Body), 0
	for ; key != ""; depth++ {
		list, err := h.Message.Merged(h.ctx, as("bob"), key)
		if err != nil {
			t.Fatalf("level %d: %v", depth, err)
		}
		_, inner, found := strings.Cut(string(list), `,{"MsgBody":[{"MsgType":"TIMRelayElem"`)
		if key = ""; found {
			key = h.keyIn([]byte(`[{"MsgType":"TIMRelayElem"` + strings.TrimSuffix(inner, `}]`)))
		}
	}
	if depth != levels+1 {
		t.Errorf("%d levels are opened, want %d", depth, levels+1)
	}
	parts, err := h.store.Rows(h.ctx, m.Conv.Shard(), 58, "", "", 1<<20)
	if err != nil || len(parts) > (levels+1)*(chat.MaxCutBytes/4000+32) {
		t.Errorf("%d rows, %v", len(parts), err)
	}
}

// An imported merged message is cut like one that is sent; a key of the system it comes
// from stays.
func TestMergedMessageIsImported(t *testing.T) {
	h := open(t, nil)
	foreign := []byte(`[{"MsgType":"TIMRelayElem","MsgContent":{"JsonMsgKey":"theirs"}}]`)
	one, two := uint32(1), uint32(2)
	for _, m := range []message.ImportedC2C{
		{Random: &one, Body: mergedBody("large", 20)},
		{Random: &one, Body: mergedBody("large", 20)},
		{Random: &two, Body: foreign},
	} {
		m.Mode, m.From, m.To, m.Time, m.Seq = message.ImportLive, "ann", "bob", 1_600_000_000, m.Random
		if err := h.Message.ImportC2C(h.ctx, admin(), m); err != nil {
			t.Fatal(err)
		}
	}
	conv := chat.C2COf(app, "ann", "bob")
	h.opens("bob", h.keyIn(h.kept(conv, 1).Body), mergedListOf(20))
	if m := h.kept(conv, 2); string(m.Body) != string(foreign) {
		t.Errorf("stored %s", m.Body)
	}
	if _, err := h.Message.Recall(h.ctx, admin(), "ann", chat.ToUser("bob"), chat.MessageRef{Seq: 2}, ""); err != nil {
		t.Errorf("recall: %v", err)
	}
	list, err := h.store.Rows(h.ctx, conv.Shard(), 57, "", "", 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%d lists, want 1, %v", len(list), err)
	}
}
