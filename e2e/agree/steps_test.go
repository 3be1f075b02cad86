//go:build e2e

package agree

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// step lets one thing happen.
func (w *world) step() {
	w.Helper()
	all := []struct {
		weight int
		do     func()
	}{
		{30, w.write},
		{8, w.burst},
		{12, w.backendWrites},
		{10, w.markRead},
		{6, w.recall},
		{4, w.modify},
		{6, w.react},
		{5, w.receipt},
		{6, w.drop},
		{4, w.dropInTheMiddle},
		{10, w.takeSome},
		{2, w.jump},
		{1, w.kill},
		{2, w.backendReads},
		{2, w.backendRecalls},
		{2, w.targeted},
		{3, w.deleteSome},
		{1, w.clear},
		{6, w.set},
		{2, w.group},
		{1, w.leaveList},
		{1, w.readAll},
	}
	total := 0
	for _, a := range all {
		total += a.weight
	}
	n := w.chance.IntN(total)
	for _, a := range all {
		if n -= a.weight; n < 0 {
			a.do()
			return
		}
	}
}

// write publishes a message, and does not wait.
func (w *world) write() { w.writeFrom(w.connected()) }

func (w *world) writeFrom(d *device) {
	name := w.somewhere(d)
	p := publish{topic: "im/send/" + name, text: w.words(d.String())}
	o := object{"MsgBody": json.RawMessage(body(p.text))}
	if !d.keep || w.oneIn(2) { // a session that is not kept can only repeat by its own id
		o["ClientMsgId"] = strings.ReplaceAll(p.text, "/", "-")
	}
	if w.oneIn(8) {
		o["SendMsgControl"] = []string{[]string{"NoUnread", "NoLastMsg"}[w.chance.IntN(2)]}
	}
	if w.oneIn(4) {
		o["IsNeedReadReceipt"] = 1
	}
	if w.oneIn(6) {
		o["CloudCustomData"] = "cloud"
	}
	p.plain = !(o.has("SendMsgControl") || o.has("IsNeedReadReceipt") || o.has("CloudCustomData"))
	text, err := json.Marshal(o)
	if err != nil {
		w.Fatal(err)
	}
	p.payload = string(text)
	d.publish(p)
}

// burst writes some, and sometimes loses the connection, or the server, before the
// answers have come.
func (w *world) burst() {
	d := w.connected()
	for range 2 + w.chance.IntN(12) {
		w.writeFrom(d)
	}
	switch w.chance.IntN(6) {
	case 0:
		w.drops++
		d.drop()
	case 1:
		w.kill()
	}
}

// held is a message that a device has, by chance; nil when it has none there.
func (w *world) held(d *device, name string, only func(*message) bool) *message {
	c := d.convs[name]
	if c == nil {
		return nil
	}
	seqs := slices.Sorted(maps.Keys(c.all))
	seqs = seqs[max(0, len(seqs)-20):]
	w.chance.Shuffle(len(seqs), func(i, k int) { seqs[i], seqs[k] = seqs[k], seqs[i] })
	for _, seq := range seqs {
		if only(c.all[seq]) {
			return c.all[seq]
		}
	}
	return nil
}

func anyMessage(*message) bool { return true }

func (w *world) markRead() {
	d := w.connected()
	name := w.somewhere(d)
	if m := w.held(d, name, anyMessage); m != nil {
		d.publish(publish{topic: "im/read/" + name, payload: fmt.Sprintf(`{"MsgSeq":%d}`, m.MsgSeq)})
	}
}

func (w *world) recall() {
	d := w.connected()
	name := w.somewhere(d)
	if m := w.held(d, name, func(m *message) bool { return m.From_Account == d.user && m.IsPlaceMsg == 0 }); m != nil {
		d.publish(publish{topic: "im/recall/" + name, payload: fmt.Sprintf(`{"MsgSeq":%d}`, m.MsgSeq)})
	}
}

func (w *world) modify() {
	d := w.connected()
	name := w.somewhere(d)
	m := w.held(d, name, func(m *message) bool { return m.From_Account == d.user && m.IsPlaceMsg == 0 && m.IsSystemMsg == 0 })
	if m == nil {
		return
	}
	text := w.words(d.String())
	w.texts = w.texts[:len(w.texts)-1] // it is no message of its own
	o := object{"Conv": name, "MsgId": m.MsgId, "MsgBody": json.RawMessage(body(text))}
	if w.oneIn(2) {
		o["MsgVersion"] = m.MsgVersion
	}
	d.ask("msg.modify", o, 20027, 20022, 20023, 10030, 10032, 10031)
}

// react leaves out targeted messages: no event tells of reactions to them.
func (w *world) react() {
	d := w.connected()
	name := w.somewhere(d)
	if m := w.held(d, name, func(m *message) bool {
		return m.IsPlaceMsg == 0 && m.IsSystemMsg == 0 && len(m.To_AccountList) == 0
	}); m != nil {
		method := []string{"msg.react", "msg.react", "msg.unreact"}[w.chance.IntN(3)]
		d.ask(method, object{"Conv": name, "MsgSeq": m.MsgSeq, "ReactionId": []string{"tea", "cup"}[w.chance.IntN(2)]},
			20022, 20023, 10030, 10032, 10013, 10025, 20001, 10004)
	}
}

func (w *world) receipt() {
	d := w.connected()
	name := w.somewhere(d)
	if m := w.held(d, name, func(m *message) bool { return m.From_Account != d.user && m.IsNeedReadReceipt == 1 }); m != nil {
		d.ask("msg.receipt.send", object{"Conv": name, "MsgSeqs": []uint64{m.MsgSeq}}, 10062, 10061, 20022, 10030)
	}
}

func (w *world) drop() {
	d := w.any()
	if d.line != nil {
		w.drops++
		d.drop()
	}
}

// dropInTheMiddle loses what has come and was not taken yet, and the acknowledgements
// of what was.
func (w *world) dropInTheMiddle() {
	d := w.connected()
	w.writeFrom(d)
	d.take(w.chance.IntN(3))
	if d.line != nil {
		w.drops++
		d.drop()
	}
	if w.oneIn(2) {
		d.connect()
	}
}

func (w *world) takeSome() { w.any().take(1 + w.chance.IntN(40)) }

func (w *world) jump() {
	w.jumps++
	w.h.setClock(int64(w.chance.IntN(7200)) - 1800)
}

func (w *world) kill() {
	w.kills++
	w.h.kill()
}

// backendWrites sends as cat.
func (w *world) backendWrites() {
	text := w.words("backend")
	o := object{"From_Account": cat, "MsgBody": json.RawMessage(body(text)), "MsgRandom": w.said, "Random": w.said}
	if w.oneIn(5) {
		o["SendMsgControl"] = []string{"NoUnread"}
	}
	if w.oneIn(2) {
		o["GroupId"] = []string{club, team}[w.chance.IntN(2)]
		w.h.call("group_open_http_svc/send_group_msg", o)
		return
	}
	o["To_Account"] = []string{ann, bob}[w.chance.IntN(2)]
	w.h.call("openim/sendmsg", o)
}

// targeted sends what only one member sees.
func (w *world) targeted() {
	text := w.words("backend")
	w.h.call("group_open_http_svc/send_group_msg", object{
		"GroupId": club, "From_Account": cat, "MsgBody": json.RawMessage(body(text)), "Random": w.said, "To_Account": []string{[]string{ann, bob}[w.chance.IntN(2)]},
	})
}

func (w *world) backendReads() {
	w.h.call("openim/admin_set_msg_read", object{"Report_Account": ann, "Peer_Account": []string{bob, cat}[w.chance.IntN(2)]})
}

func (w *world) backendRecalls() {
	d := w.any()
	if m := w.held(d, "group/"+club, func(m *message) bool { return m.IsPlaceMsg == 0 && m.IsSystemMsg == 0 }); m != nil {
		w.h.call("group_open_http_svc/group_msg_recall", object{"GroupId": club, "MsgSeqList": []object{{"MsgSeq": m.MsgSeq}}})
	}
}

// deleteSome deletes messages from a user's own view.
func (w *world) deleteSome() {
	d := w.connected()
	name := w.somewhere(d)
	var seqs []uint64
	for range 1 + w.chance.IntN(4) {
		if m := w.held(d, name, anyMessage); m != nil && !slices.Contains(seqs, m.MsgSeq) {
			seqs = append(seqs, m.MsgSeq)
		}
	}
	if len(seqs) > 0 {
		d.ask("msg.delete", object{"Conv": name, "MsgSeqs": seqs})
	}
}

// clear clears a user's own view.
func (w *world) clear() {
	d := w.connected()
	d.ask("msg.clear", object{"Conv": w.somewhere(d)}, 20022)
}

// set sets something of a conversation.
func (w *world) set() {
	d := w.connected()
	name := w.somewhere(d)
	switch w.chance.IntN(4) {
	case 0:
		d.ask("conv.pin", object{"Conv": name, "TopFlag": w.chance.IntN(2)})
	case 1:
		d.ask("conv.mark", object{"Conv": name, "SetMark": []int{1 + w.chance.IntN(64)}, "ClearMark": []int{1 + w.chance.IntN(64)}, "CustomMark": []string{"", "m"}[w.chance.IntN(2)]}, 50002)
	case 2:
		d.ask("conv.draft", object{"Conv": name, "Draft": []string{"", "not yet"}[w.chance.IntN(2)]})
	case 3:
		opts := []string{"AcceptAndNotify", "AcceptAndNotify", "AcceptNotNotify", "Discard", "AcceptNotNotifyExceptAt", "NotReceiveMsgExceptAt"}
		d.ask("conv.mute", object{"Conv": name, "RecvOpt": opts[w.chance.IntN(len(opts))]})
	}
}

// group changes the groups of conversations.
func (w *world) group() {
	d := w.connected()
	name, other := []string{"work", "home"}[w.chance.IntN(2)], []string{"work", "home", "spare"}[w.chance.IntN(3)]
	some := object{"GroupName": name, "Convs": []string{w.somewhere(d)}}
	switch w.chance.IntN(5) {
	case 0, 1:
		d.ask("convgroup.create", some)
	case 2:
		d.ask("convgroup.remove", some, 51009)
	case 3:
		d.ask("convgroup.delete", object{"GroupName": name}, 51009)
	case 4:
		d.ask("convgroup.rename", object{"OldName": name, "NewName": other}, 51009, 50002)
	}
}

// leaveList deletes a conversation from the list.
func (w *world) leaveList() {
	d := w.connected()
	d.ask("conv.delete", object{"Conv": w.somewhere(d), "ClearRamble": w.chance.IntN(2)})
}

func (w *world) readAll() {
	w.connected().ask("conv.readall", object{"Filter": []string{"c2c", "group", "all"}[w.chance.IntN(3)]})
}
