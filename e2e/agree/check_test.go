//go:build e2e

package agree

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// agree brings all devices up to date and compares.
func (w *world) agree() {
	w.Helper()
	for _, d := range w.devices {
		w.settle(d)
	}
	for _, d := range w.devices { // what the others did while they settled
		w.settle(d)
		d.drain()
	}
	count := map[string]int{}
	for i, d := range w.devices {
		view := w.viewOf(d)
		view.compare(d)
		if i != 0 { // ann is counted once
			view.count(count)
		}
	}
	w.everythingOnce(count)
	for _, d := range w.devices {
		atRest(d)
	}
}

// settle connects a device and waits until all that it has published is acknowledged.
func (w *world) settle(d *device) {
	d.Helper()
	for {
		d.connect()
		d.until("acknowledgements", func() bool { return len(d.open) == 0 })
		if _, alive := d.request("me", object{}); alive && len(d.open) == 0 {
			d.take(1 << 20)
			return
		}
	}
}

// drain waits until all that was caused before has reached the device. To a session that
// is kept everything comes by itself, but for messages that its user does not want; other
// devices ask.
func (d *device) drain() {
	d.Helper()
	d.behind = !d.keep
	for _, c := range d.convs {
		d.behind = d.behind || !c.wanted()
	}
	d.catchUp()
	newest := d.ask("me", object{}).number("EventSeq")
	var items []object
	for cursor := ""; ; {
		page := d.ask("conv.list", object{"Cursor": cursor})
		items = append(items, page.list("Convs")...)
		if cursor = page.text("Cursor"); cursor == "" {
			break
		}
	}
	lacks := ""
	late := time.NewTimer(patience / 3)
	defer late.Stop()
	d.until("what was caused", func() bool {
		select {
		case <-late.C:
			d.Errorf("%s %s; a sync tells it: %v", d, lacks, d.ask("sync", d.known()))
			return true
		default:
		}
		if d.behind {
			d.catchUp()
		}
		lacks = ""
		for _, item := range items {
			c := d.conv(item.text("Conv"))
			if c.seq < uint64(item.number("MaxSeq")) || c.rev < uint64(item.number("Rev")) {
				lacks = fmt.Sprintf("lacks something of %s: it has %d, Rev %d, wants %v, Rev %v; %+v", c.name, c.seq, c.rev, item["MaxSeq"], item["Rev"], c.set)
				return false
			}
		}
		if d.eventSeq < uint64(newest) {
			lacks = fmt.Sprintf("lacks events of its user: it has %d of %v", d.eventSeq, newest)
		}
		return lacks == ""
	})
}

// view is what the server says to a user.
type view struct {
	d     *device
	convs map[string]map[uint64]*message
	items []object // of conv.list
}

func (w *world) viewOf(d *device) *view {
	w.Helper()
	v := &view{d: d, convs: map[string]map[uint64]*message{}}
	for cursor := ""; ; {
		page := d.ask("conv.list", object{"Cursor": cursor, "Count": 2})
		v.items = append(v.items, page.list("Convs")...)
		if cursor = page.text("Cursor"); cursor == "" {
			break
		}
	}
	for _, item := range v.items {
		v.readHistory(item.text("Conv"))
	}
	return v
}

func (v *view) readHistory(name string) {
	v.d.Helper()
	all := map[uint64]*message{}
	v.convs[name] = all
	for after := uint64(0); ; {
		page := v.d.ask("msg.history", object{"Conv": name, "After": after, "Limit": 100})
		for _, o := range page.list("MsgList") {
			m := read(o)
			all[m.MsgSeq] = m
			after = m.MsgSeq
		}
		if page.number("IsFinished") == 1 {
			break
		}
	}
	seqs := slices.Sorted(maps.Keys(all))
	for part := range slices.Chunk(seqs[max(0, len(seqs)-90):], 30) {
		answer := v.d.ask("msg.reactions", object{"Conv": name, "MsgSeqs": part})
		for _, l := range answer.list("List") {
			m := all[uint64(l.number("MsgSeq"))]
			for _, r := range l.list("ReactionList") {
				if m.reactions == nil {
					m.reactions = map[string]int{}
				}
				m.reactions[r.text("ReactionId")] = int(r.number("TotalUserCount"))
			}
		}
	}
}

// compare holds what the device knows against what the server says.
func (v *view) compare(d *device) {
	d.Helper()
	total := 0
	for _, item := range v.items {
		name := item.text("Conv")
		c := d.conv(name)
		v.compareMessages(c)
		brute := conv{readSeq: uint64(item.number("ReadSeq")), all: v.convs[name], set: setOf(item)}
		if c.set != brute.set {
			d.Errorf("%s: %s is set %+v, the server says %+v", d, name, c.set, brute.set)
		}
		unread := int(item.number("UnreadNum"))
		total += unread
		if want := brute.unread(d.user); unread != want {
			d.Errorf("%s: the server says %d unread in %s, its history has %d after %d:\n%s", d, unread, name, want, brute.readSeq, brute.beyond(brute.readSeq))
		}
		if got := c.unread(d.user); unread != got {
			d.Errorf("%s: %d unread in %s, the server says %d", d, got, name, unread)
		}
		for what, pair := range map[string][2]uint64{
			"read up to": {c.readSeq, uint64(item.number("ReadSeq"))}, "peer has read up to": {c.peerRead, uint64(item.number("PeerReadSeq"))},
			"has up to": {c.newest(), uint64(item.number("MaxSeq"))}, "Rev": {c.rev, uint64(item.number("Rev"))},
		} {
			if pair[0] != pair[1] {
				d.Errorf("%s: %s: %s %d, the server says %d", d, name, what, pair[0], pair[1])
			}
		}
	}
	for name, c := range d.convs {
		if _, ok := v.convs[name]; !ok && len(c.all) > 0 && c.latest != nil && !c.hidden {
			d.Errorf("%s has %s, which is not in the server's list", d, name)
		}
	}
	if page := d.ask("conv.list", object{"Count": 1}); int(page.number("UnreadTotal")) != total {
		d.Errorf("%s: UnreadTotal is %v, the items add up to %d", d, page["UnreadTotal"], total)
	}
	v.compareOrder(d)
}

func (v *view) compareMessages(c *conv) {
	d := v.d
	d.Helper()
	has := v.convs[c.name]
	for _, seq := range slices.Sorted(maps.Keys(has)) {
		m := c.all[seq]
		if m == nil {
			d.Errorf("%s lacks %s %d: %s", d, c.name, seq, has[seq].says())
			continue
		}
		if m.says() != has[seq].says() {
			d.Errorf("%s %s %d:\n%s, the server says\n%s", d, c.name, seq, m.says(), has[seq].says())
		}
	}
	newest := slices.Sorted(maps.Keys(has))
	for _, seq := range newest[max(0, len(newest)-90):] {
		if m := c.all[seq]; m != nil && m.IsPlaceMsg == 0 && !maps.Equal(m.reactions, has[seq].reactions) {
			d.Errorf("%s %s %d: reactions %v, the server says %v", d, c.name, seq, m.reactions, has[seq].reactions)
		}
	}
	for seq, m := range c.all {
		if has[seq] == nil {
			d.Errorf("%s has %s %d, which the server does not show: %s", d, c.name, seq, m.says())
		}
	}
}

// compareOrder holds the order of the list against the times that the device knows. A
// device knows its own messages to the second.
func (v *view) compareOrder(d *device) {
	d.Helper()
	latest := func(name string) int64 {
		switch m := d.conv(name).placing(); {
		case m == nil:
			return math.MaxInt64
		case m.MsgTimeMs == 0:
			return m.MsgTime*1000 + 999
		default:
			return m.MsgTimeMs
		}
	}
	earliest := func(name string) int64 {
		switch m := d.conv(name).placing(); {
		case m == nil:
			return 0
		case m.MsgTimeMs == 0:
			return m.MsgTime * 1000
		default:
			return m.MsgTimeMs
		}
	}
	var names []string
	for i, item := range v.items {
		names = append(names, item.text("Conv"))
		if i == 0 {
			continue
		}
		switch before := v.items[i-1].number("TopFlag"); {
		case before < item.number("TopFlag"):
			d.Errorf("%s: the server lists %s before %s, which is pinned", d, names[i-1], names[i])
		case before == item.number("TopFlag") && earliest(names[i]) > latest(names[i-1]):
			d.Errorf("%s: the server lists %s before %s, whose last message is younger", d, names[i-1], names[i])
		}
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		d.Errorf("%s: a conversation is listed twice: %v", d, names)
	}
}

// count counts the texts of what one user sees.
func (v *view) count(count map[string]int) {
	for name, all := range v.convs {
		for _, m := range all {
			count[fmt.Sprint(v.d.user, " ", name, " ", m.MsgId)]++
		}
	}
}

// everythingOnce checks that nothing is there twice, and that all that was acknowledged
// is there.
func (w *world) everythingOnce(count map[string]int) {
	w.Helper()
	for what, n := range count {
		if n != 1 {
			w.Errorf("%s is there %d times", what, n)
		}
	}
	for _, d := range w.devices {
		for text, at := range d.acked {
			c := d.conv(at.conv)
			if c.gone[at.seq] || at.seq <= c.cleared {
				continue
			}
			m := c.all[at.seq]
			if m == nil || m.From_Account != d.user || m.IsPlaceMsg == 0 && m.MsgVersion == 0 && !strings.Contains(string(m.MsgBody), `"`+text+`"`) {
				w.Errorf("%s: %q was acknowledged as %d of %s and is not there", d, text, at.seq, at.conv)
			}
		}
	}
	w.noTextTwice()
}

// noTextTwice checks that no repetition became a message of its own.
func (w *world) noTextTwice() {
	w.Helper()
	seen := map[string]string{}
	for _, d := range []*device{w.devices[0], w.devices[2]} {
		for name, c := range d.convs {
			for seq, m := range c.all {
				if m.From_Account != d.user || m.IsPlaceMsg != 0 || m.MsgVersion > 0 || m.IsSystemMsg != 0 {
					continue
				}
				at := fmt.Sprint(name, " ", seq)
				if other, twice := seen[text(m.MsgBody)]; twice {
					w.Errorf("%s is there twice: as %s and as %s", m.MsgBody, other, at)
				}
				seen[text(m.MsgBody)] = at
			}
		}
	}
}

// atRest checks that a sync that names all has nothing to say.
func atRest(d *device) {
	d.Helper()
	answer := d.ask("sync", d.known())
	if len(answer.list("Convs"))+len(answer.list("Events")) > 0 || answer.number("IsFinished") != 1 || uint64(answer.number("EventSeq")) != d.eventSeq {
		d.Errorf("%s: asked again, sync answers %v", d, answer)
	}
}
