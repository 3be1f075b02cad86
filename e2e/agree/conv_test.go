//go:build e2e

package agree

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// message is what a device knows of one.
type message struct {
	From_Account string
	MsgId        string
	MsgSeq       uint64
	MsgTime      int64
	MsgTimeMs    int64 // 0: an answer to a send, which does not tell
	PrevSeq      *uint64
	MsgBody      json.RawMessage
	MsgVersion   int

	CloudCustomData   string
	IsPlaceMsg        int
	SendMsgControl    []string
	To_AccountList    []string
	IsNeedReadReceipt int
	ReadNum           int
	UnreadNum         int
	IsPeerRead        int
	IsSystemMsg       int
	IsPinned          int

	reactions map[string]int // how many have each
}

// says is what has to be the same for everybody who sees the message.
func (m *message) says() string {
	if m.IsPlaceMsg != 0 { // nothing else is shown of a recalled one
		return fmt.Sprintf("%s %s placeholder %d", m.From_Account, m.MsgId, m.IsPlaceMsg)
	}
	return fmt.Sprintf("%s %s version %d cloud %q read by %d, by the peer %d: %s",
		m.From_Account, m.MsgId, m.MsgVersion, m.CloudCustomData, m.ReadNum, m.IsPeerRead, text(m.MsgBody))
}

// text is a body with its members in one order.
func text(body json.RawMessage) string {
	var v any
	if len(body) == 0 {
		return ""
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return string(body)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(body)
	}
	return string(b)
}

// without reports whether a control takes the message out of something.
func (m *message) without(control string) bool { return slices.Contains(m.SendMsgControl, control) }

// conv is what a device knows of a conversation.
type conv struct {
	name     string
	seq      uint64 // it has everything up to there
	rev      uint64
	readSeq  uint64 // how far its user has read
	peerRead uint64
	all      map[uint64]*message
	gone     map[uint64]bool // what its user has deleted
	cleared  uint64          // up to where they have cleared it
	latest   *message        // that placed the conversation, deleted or not
	set      setting
	hidden   bool // it left the list; a newer message brings it back
	moved    bool // since the last sync was asked for
	asked    bool // it had moved before that
}

// setting is what a user sets of a conversation, as conv.list says it.
type setting struct {
	top           float64
	opt           string
	marks, groups string
	mark, draft   string
}

// change takes those members that are there.
func (s *setting) change(o object) {
	if o.has("TopFlag") {
		s.top = o.number("TopFlag")
	}
	if o.has("RecvOpt") {
		s.opt = o.text("RecvOpt")
	}
	if o.has("Marks") {
		s.marks = sorted(o["Marks"])
	}
	if o.has("ContactGroups") {
		s.groups = sorted(o["ContactGroups"])
	}
	if o.has("CustomMark") {
		s.mark = o.text("CustomMark")
	}
	if o.has("Draft") {
		s.draft = o.text("Draft")
	}
}

// regroup puts a group of conversations under another name; "" for none.
func (s *setting) regroup(old, now string) {
	var names []string
	for name := range strings.FieldsSeq(s.groups) {
		if name == old {
			name = now
		}
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	s.groups = strings.Join(names, " ")
}

// setOf is what an item of conv.list says; what is left out has its default.
func setOf(item object) setting {
	s := setting{opt: "AcceptAndNotify"}
	s.change(item)
	return s
}

func sorted(v any) string {
	list, _ := v.([]any)
	var texts []string
	for _, e := range list {
		texts = append(texts, fmt.Sprint(e))
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

func newConv(name string) *conv {
	return &conv{name: name, all: map[uint64]*message{}, gone: map[uint64]bool{}, set: setOf(nil)}
}

// forget takes out messages that the user has deleted, on this device or another.
func (c *conv) forget(seqs ...uint64) {
	for _, seq := range seqs {
		delete(c.all, seq)
		c.gone[seq] = true
	}
}

// clear takes out all up to one.
func (c *conv) clear(upTo uint64) {
	c.cleared = max(c.cleared, upTo)
	maps.DeleteFunc(c.all, func(seq uint64, _ *message) bool { return seq <= upTo })
}

// unread counts as the specification says: what others have written beyond the mark,
// but no tips, nothing targeted and nothing that says so itself (spec/06 §7).
func (c *conv) unread(user string) (n int) {
	if !c.wanted() { // nobody is mentioned
		return 0
	}
	for seq, m := range c.all {
		if seq > c.readSeq && m.From_Account != user && m.IsSystemMsg == 0 && len(m.To_AccountList) == 0 && !m.without("NoUnread") {
			n++
		}
	}
	return n
}

// beyond describes what lies beyond a number.
func (c *conv) beyond(after uint64) (lines string) {
	for _, seq := range slices.Sorted(maps.Keys(c.all)) {
		if m := c.all[seq]; seq > after {
			lines += fmt.Sprintf("%d %v %d %s\n", seq, m.SendMsgControl, m.IsSystemMsg, m.says())
		}
	}
	return lines
}

// placing is the message that places the conversation in the list; nil when the device
// cannot know, because a younger one was deleted before it had that.
func (c *conv) placing() *message {
	if c.latest == nil || c.cleared > c.latest.MsgSeq {
		return nil
	}
	for seq := range c.gone {
		if seq > c.latest.MsgSeq {
			return nil
		}
	}
	return c.latest
}

// newest is the highest number that the device shows.
func (c *conv) newest() (seq uint64) {
	for s := range c.all {
		seq = max(seq, s)
	}
	return seq
}

// put keeps a message as it is now; what is known of reactions stays.
func (c *conv) put(m *message) {
	if old := c.all[m.MsgSeq]; old != nil {
		m.reactions = old.reactions
		if m.MsgTimeMs == 0 {
			m.MsgTimeMs = old.MsgTimeMs
		}
	}
	if !c.gone[m.MsgSeq] && m.MsgSeq > c.cleared { // else deleted before this device had it
		c.all[m.MsgSeq] = m
	}
	if !m.without("NoLastMsg") && (c.latest == nil || m.MsgSeq >= c.latest.MsgSeq) {
		c.latest = m
	}
}

// wanted reports whether the conversation's messages are delivered.
func (c *conv) wanted() bool { return c.set.opt != "Discard" && c.set.opt != "NotReceiveMsgExceptAt" }

// apply applies an event about the conversation, as a user sees it.
func (c *conv) apply(user string, e object) {
	if e.text("Kind") == "read" {
		if e.text("By") != user { // my own come as events about me
			c.peerRead = max(c.peerRead, uint64(e.number("ReadSeq")))
		}
		return
	}
	if e.text("Kind") == "receipt" {
		for _, r := range e.list("ReceiptList") {
			if m := c.all[uint64(r.number("MsgSeq"))]; m != nil {
				m.ReadNum, m.UnreadNum, m.IsPeerRead = int(r.number("ReadNum")), int(r.number("UnreadNum")), int(r.number("IsPeerRead"))
			}
		}
		return
	}
	if e.text("Kind") == "modify" {
		c.modify(e.inner("Message"))
		return
	}
	m := c.all[uint64(e.number("MsgSeq"))]
	if m == nil {
		return // not for this reader, or they have deleted it
	}
	switch e.text("Kind") {
	case "recall":
		m.IsPlaceMsg, m.CloudCustomData = 2, ""
	case "reaction":
		if m.reactions == nil {
			m.reactions = map[string]int{}
		}
		for _, r := range e.list("ReactionList") {
			if n := int(r.number("TotalUserCount")); n > 0 {
				m.reactions[r.text("ReactionId")] = n
			} else {
				delete(m.reactions, r.text("ReactionId"))
			}
		}
	case "pin":
		m.IsPinned = int(e.number("Pinned"))
	}
}

func (c *conv) modify(o object) {
	m := read(o)
	if old := c.all[m.MsgSeq]; old != nil {
		m.ReadNum, m.UnreadNum, m.IsPeerRead, m.IsPinned = old.ReadNum, old.UnreadNum, old.IsPeerRead, old.IsPinned
		c.put(m)
	}
}

// read is a message as the server says it.
func read(o object) *message {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // it came as JSON
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		panic(fmt.Sprint(err, " ", string(text)))
	}
	return &m
}

// target is the conversation of a topic below a prefix.
func target(topic, prefix string) (string, bool) { return strings.CutPrefix(topic, prefix) }
