package message

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// duplicateWindow is how long a sender's MsgRandom marks a repetition
// (spec/20 §8, spec/04 §2). A ClientMsgId does so as long as its message is kept.
const duplicateWindow = 5 * 60 // seconds

// maxPushLife is the longest MsgLifeTime that counts: 7 days (spec/41 §1).
const maxPushLife = 7 * 24 * 60 * 60 // seconds

// maxOnly bounds the receivers of a targeted group message (spec/22b §1).
const maxOnly = 50

// draft turns a checked draft into a message.
func (s *Service) draft(app *chat.App, from chat.UserID, holder uint32, conv chat.Conversation, d *chat.Draft) *chat.Message {
	m := &chat.Message{
		Conv: conv, From: from, Holder: holder, Time: s.ledger.NowMs(), ClientMsgID: d.ClientMsgID,
		Body: d.Body, Cloud: d.Cloud, Push: d.Push, Quote: d.Quote,
		Priority: d.Priority, At: d.At, To: d.Only, Control: d.Control,
		Expires: s.ledger.Expiry(app),
	}
	if d.Expires != 0 && (m.Expires == 0 || d.Expires < m.Expires) {
		m.Expires = d.Expires
	}
	if d.LifeTime != nil && *d.LifeTime == 0 {
		m.Control |= chat.OnlineOnly
	}
	if d.LifeTime != nil {
		m.PushLife = uint32(min(*d.LifeTime, maxPushLife))
	}
	if m.Control.Has(chat.OnlineOnly) {
		m.Control |= chat.NoUnread
		if conv.Kind == chat.C2C { // nothing is kept that a receipt could be about
			m.Control &^= chat.NeedReceipt
		}
	}
	if d.NoSenderCopy && conv.Kind == chat.C2C {
		m.NotSender = true
	}
	m.Random = s.ledger.Random()
	if d.Random != nil {
		m.Random = *d.Random
	}
	if conv.Kind == chat.C2C {
		m.SenderSeq = s.ledger.Random()
		if d.SenderSeq != nil {
			m.SenderSeq, m.Chosen = *d.SenderSeq, d.Random != nil
		}
	}
	m.Dedup, m.DedupSeconds = dedupOf(m, d)
	return m
}

// checkDraft checks what does not depend on the conversation: form and size
// come before existence and rules (spec/40 §14). The codes are C2C's.
func checkDraft(d *chat.Draft, limits *chat.Limits) error {
	if err := chat.CheckFits(limits, d.Body, d.Cloud); err != nil {
		return err
	}
	if !d.Checked {
		if err := chat.CheckBody(d.Body); err != nil {
			return err
		}
	}
	switch {
	case len(d.ClientMsgID) > chat.MaxClientMsgID || chat.HasControl(d.ClientMsgID) || !utf8.ValidString(d.ClientMsgID):
		return chat.Refuse(chat.CodeBadBody, "ClientMsgId is longer than %d bytes or not text", chat.MaxClientMsgID)
	case d.LifeTime != nil && *d.LifeTime < 0:
		return chat.Refuse(chat.CodeBadLifeTime, "MsgLifeTime is negative")
	}
	if len(d.Push) > 0 {
		if err := chat.CheckPush(d.Push); err != nil {
			return err
		}
	}
	if len(d.Quote) > 0 {
		return chat.CheckQuote(d.Quote)
	}
	return nil
}

// formError gives the group service's code to the form errors of a group
// message (spec/22a: 10004, the reason in the text).
func formError(kind chat.Kind, err error) error {
	if code := chat.CodeOf(err); kind != chat.InGroup || code.Class() != chat.Malformed || code == chat.CodeMessageTooLong {
		return err
	}
	_, reason := chat.Outward(err)
	return chat.Refuse(chat.CodeGroupParameter, "%s", reason)
}

// checkTarget checks that the receiver has a name that something can have.
func checkTarget(t chat.Target) error {
	switch {
	case t.Kind == chat.InGroup && !t.Group().Valid():
		return chat.Refuse(chat.CodeBadGroupID, "")
	case t.Kind != chat.InGroup && !t.User().Valid():
		return chat.Refuse(chat.CodeBadTo, "")
	}
	return nil
}

// checkGroupDraft checks what a group's type says about kinds of message.
func checkGroupDraft(app *chat.App, g *chat.Group, d *chat.Draft) error {
	rules := grouptype.Of(g.Type)
	if app.Limits.Mentions >= 0 && len(d.At) > app.Limits.Mentions {
		return chat.Refuse(chat.CodeTooManyMentions, "")
	}
	for _, u := range d.At {
		switch {
		case u == chat.AtAll && !rules.AtAll:
			return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no @all", g.Type)
		case u != chat.AtAll && !u.Valid():
			return chat.Refuse(chat.CodeGroupParameter, "GroupAt_Account is no UserID")
		}
	}
	switch {
	case d.Only != nil && len(d.Only) == 0: // a list of nobody is not everybody (spec/00 §3)
		return chat.Refuse(chat.CodeGroupParameter, "To_Account is empty")
	case len(d.Only) > 0 && !rules.Targeted:
		return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no targeted messages", g.Type)
	case len(d.Only) > maxOnly:
		return chat.Refuse(chat.CodeGroupParameter, "more than %d receivers", maxOnly)
	case d.Control.Has(chat.NoUnread) && !rules.Counts(app):
		return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups count no unread messages", g.Type)
	}
	return nil
}

// dedupOf gives the key by which a repetition is known: the ClientMsgId, or a
// MsgRandom that the sender chose, together with their MsgSeq (C2C) or the content
// (groups).
func dedupOf(m *chat.Message, d *chat.Draft) (key chat.DedupKey, seconds uint16) {
	if m.ClientMsgID != "" {
		return clientKey(m.From, m.Holder, m.ClientMsgID), 0
	}
	if d.Random == nil {
		return chat.DedupKey{}, 0
	}
	h := sha256.New()
	var b [17]byte
	b[0] = 'r'
	binary.BigEndian.PutUint32(b[1:], m.Random)
	if m.Conv.Kind == chat.InGroup {
		h.Write(m.Body)
	} else if d.SenderSeq != nil {
		b[5] = 1
		binary.BigEndian.PutUint32(b[6:], *d.SenderSeq)
	}
	h.Write(b[:])
	h.Write(appendOwner(nil, m.From, m.Holder))
	return chat.DedupKey(h.Sum(nil)[:16]), duplicateWindow
}

// clientKey is the key of a message that carries a ClientMsgId; by it the
// message is found again when its MsgId is named.
func clientKey(from chat.UserID, holder uint32, id string) chat.DedupKey {
	var room [chat.MaxUserIDBytes + chat.MaxClientMsgID + 8]byte // on the stack
	b := appendOwner(append(room[:0], 'c'), from, holder)
	sum := sha256.Sum256(append(append(b, 0), id...))
	return chat.DedupKey(sum[:16])
}

// appendOwner appends the name of a holder of a name. No UserID holds a zero byte.
func appendOwner(b []byte, u chat.UserID, holder uint32) []byte {
	b = append(b, u...)
	if holder > 0 {
		b = binary.BigEndian.AppendUint32(append(b, 0), holder)
	}
	return b
}
