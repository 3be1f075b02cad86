package chat

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// duplicateWindow is how long a sender's MsgRandom marks a repetition
// (spec/20 §8, spec/04 §2). A ClientMsgId does so as long as its message is kept.
const duplicateWindow = 5 * time.Minute

// Bounds of a draft's members.
const (
	MaxClientMsgID = 64        // bytes (spec/00 §3)
	maxLifeTime    = 7 * 86400 // seconds, MsgLifeTime (spec/04 §3)
	maxOnly        = 50        // receivers of a targeted group message (spec/22b §1)
	maxPushBytes   = 4096      // OfflinePushInfo; twice what a push payload can carry
	maxQuoteBytes  = 1024
)

// sending is a draft on its way: what admit has found out, until the answer.
type sending struct {
	app        *App
	by         Actor
	msg        *Message
	group      *Group // nil in C2C
	kind       EventKind
	skipBefore bool
	skipAfter  bool
	ask        bool // the app is to be asked
	transient  bool // delivered, not stored
	dropped    bool // the sender is told it was sent, and nobody gets it
	unread     int64
	epoch      uint64 // of the conversation's rules when they were read
	done       func(Receipt, error)

	// What the lane makes of it; here, so that a message is two allocations.
	step   step
	commit Commit
	one    [1]*Message
}

// Send admits a message, asks the app, appends it and calls done once: when it
// is durable, or refused. done runs on the caller's goroutine, a lane's or a
// webhook's, and must not block. Drafts of one sender for one conversation keep
// their order.
func (s *Service) Send(ctx context.Context, by Actor, d Draft, done func(Receipt, error)) {
	j, first, err := s.admit(ctx, by, &d)
	switch {
	case err != nil:
		done(Receipt{}, err)
	case first != nil: // a repetition, or silently dropped
		done(*first, nil)
	default:
		j.done = done
		s.before(ctx, j)
	}
}

// SendWait is Send for doors that may wait. Once admitted, the message is
// sent even when ctx ends.
func (s *Service) SendWait(ctx context.Context, by Actor, d Draft) (Receipt, error) {
	got := make(chan answer, 1)
	s.Send(ctx, by, d, func(r Receipt, err error) { got <- answer{r, err} })
	select {
	case a := <-got:
		return a.receipt, a.err
	case <-ctx.Done():
		return Receipt{}, Internal(CodeBusy, ctx.Err())
	}
}

// admit checks a draft against form, duplicates and rules, and makes it a
// message. A non-nil receipt is the answer already: nothing is to be sent.
func (s *Service) admit(ctx context.Context, by Actor, d *Draft) (*sending, *Receipt, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, nil, err
	}
	if err := checkDraft(d, &app.Limits); err != nil {
		return nil, nil, formError(d.To.Kind, err)
	}
	from, err := s.author(ctx, by, d)
	if err != nil {
		return nil, nil, err
	}
	conv := d.To.Of(by.App, from)
	j := &sending{
		app: app, by: by, msg: s.draft(app, from, conv, d),
		skipBefore: d.SkipBefore, skipAfter: d.SkipAfter, epoch: s.rules.at(conv),
	}
	if first, err := s.repeated(ctx, j.msg); first != nil || err != nil {
		return nil, first, err
	}
	if conv.Kind == InGroup {
		err = s.admitGroup(ctx, j, from, d)
	} else {
		err = s.admitC2C(ctx, j, from, d)
	}
	if err != nil {
		return nil, nil, err
	}
	j.transient = j.transient || j.msg.Control.Has(OnlineOnly)
	if conv.Kind == C2C && by.Standing == AsUser {
		blocked, err := s.blocked(ctx, app, conv, from)
		if err != nil {
			return nil, nil, err
		}
		if blocked {
			r := receiptOf(j.msg)
			return nil, &r, nil
		}
	}
	return j, nil, nil
}

// repeated is the answer to a message that was stored before, nil when this
// is the first. It comes before the rules: whoever was muted since still learns that his
// message had got through.
func (s *Service) repeated(ctx context.Context, m *Message) (*Receipt, error) {
	if m.Dedup == (DedupKey{}) || m.Control.Has(OnlineOnly) {
		return nil, nil
	}
	first, err := s.store.Seen(ctx, m.Conv, m.Dedup)
	if err != nil {
		return nil, Internal(CodeInternal, err)
	}
	if first == nil {
		return nil, nil
	}
	r := receiptOf(first)
	r.Duplicate = true
	return &r, nil
}

// author is who the message is from: the caller, or for administrators
// whoever they name.
func (s *Service) author(ctx context.Context, by Actor, d *Draft) (UserID, error) {
	if d.From == "" || d.From == by.User {
		return by.User, nil
	}
	unknown := CodeBadFrom
	if d.To.Kind == InGroup {
		unknown = CodeGroupNoAccount
	}
	if !by.Admin() {
		return "", Refuse(unknown, "From_Account names somebody else")
	}
	switch acc, err := s.store.Account(ctx, by.App, d.From); {
	case err != nil:
		return "", Internal(CodeInternal, err)
	case acc == nil:
		return "", Refuse(unknown, "From_Account is not registered")
	}
	return d.From, nil
}

// admitC2C checks the receiver (spec/04 §3). The sender's blocks and mutes do
// not bind administrators.
func (s *Service) admitC2C(ctx context.Context, j *sending, from UserID, d *Draft) error {
	j.kind = BeforeC2C
	to := d.To.User()
	if !to.Valid() {
		return Refuse(CodeBadTo, "")
	}
	acc, err := s.store.Account(ctx, j.by.App, to)
	if err != nil {
		return Internal(CodeInternal, err)
	}
	if acc == nil {
		return Refuse(CodeToUnknown, "")
	}
	if len(d.Only) > 0 {
		return Refuse(CodeBadTo, "To_Account is for group messages")
	}
	if !d.SkipAfter && j.app.Webhook.On(AfterC2C) {
		n, err := s.unreadTotal(ctx, j.by.App, to)
		if err != nil {
			return err
		}
		j.unread = int64(n)
	}
	return nil
}

// blocked reports whether the receiver has blocked the sender; with the
// switch ShowBlocked that is a refusal (spec/04 §11).
func (s *Service) blocked(ctx context.Context, app *App, conv Conversation, from UserID) (bool, error) {
	hit, err := s.store.Blocked(ctx, app.ID, conv.Peer(from), from)
	switch {
	case err != nil:
		return false, Internal(CodeInternal, err)
	case hit && app.Switches.ShowBlocked:
		return false, Refuse(CodeBlocked, "")
	}
	return hit, nil
}

// admitGroup checks the group, whether from may speak in it, and what its
// type allows (spec/20 §2, §8).
func (s *Service) admitGroup(ctx context.Context, j *sending, from UserID, d *Draft) error {
	j.kind = BeforeGroup
	g, err := s.group(ctx, j.by.App, d.To.Group())
	if err != nil {
		return err
	}
	if err := s.sender(ctx, j.by, from, g); err != nil {
		return err
	}
	j.group = g
	if !g.Type.rules().stored {
		j.transient = true
		j.msg.Control &^= OnlineOnly | NoUnread // every message of it is; the flag is ignored (spec/22b §1)
	}
	if err := checkGroupDraft(j.app, g, d); err != nil {
		return err
	}
	return s.admitReceipt(ctx, j)
}

// checkGroupDraft is what a group's type says about the kinds of message.
func checkGroupDraft(app *App, g *Group, d *Draft) error {
	rules := g.Type.rules()
	if app.Limits.Mentions >= 0 && len(d.At) > app.Limits.Mentions {
		return Refuse(CodeTooManyMentions, "")
	}
	for _, u := range d.At {
		if u == AtAll && !rules.atAll {
			return Refuse(CodeGroupNotAllowed, "%s has no @all", g.Type)
		}
	}
	switch {
	case len(d.Only) > 0 && !rules.targeted:
		return Refuse(CodeGroupNotAllowed, "%s has no targeted messages", g.Type)
	case len(d.Only) > maxOnly:
		return Refuse(CodeGroupParameter, "more than %d receivers", maxOnly)
	case d.Control.Has(NoUnread) && !rules.counts(app):
		return Refuse(CodeGroupNotAllowed, "%s counts no unread messages", g.Type)
	}
	return nil
}

// draft turns a checked draft into a message.
func (s *Service) draft(app *App, from UserID, conv Conversation, d *Draft) *Message {
	m := &Message{
		Conv: conv, From: from, Time: s.nowMs(), ClientMsgID: d.ClientMsgID,
		Body: d.Body, Cloud: d.Cloud, Push: d.Push, Quote: d.Quote,
		Priority: d.Priority, At: d.At, To: d.Only, Control: d.Control,
		Expires: s.expiry(app),
	}
	if d.LifeTime != nil && *d.LifeTime == 0 {
		m.Control |= OnlineOnly
	}
	if m.Control.Has(OnlineOnly) {
		m.Control |= NoUnread
		if conv.Kind == C2C { // nothing is kept that a receipt could be about
			m.Control &^= NeedReceipt
		}
	}
	if d.NoSenderCopy && conv.Kind == C2C {
		m.HiddenFrom = from
	}
	m.Random = s.random()
	if d.Random != nil {
		m.Random = *d.Random
	}
	if conv.Kind == C2C {
		m.SenderSeq = s.random()
		if d.SenderSeq != nil {
			m.SenderSeq = *d.SenderSeq
		}
	}
	m.Dedup, m.DedupFor = dedupOf(m, d)
	return m
}

// checkDraft checks what does not depend on the conversation: form and size
// come before existence and rules (spec/40 §14). The codes are C2C's.
func checkDraft(d *Draft, limits *Limits) error {
	if err := checkSize(limits, len(d.Body)+len(d.Cloud)); err != nil {
		return err
	}
	if !d.Checked {
		if err := CheckBody(d.Body); err != nil {
			return err
		}
	}
	switch {
	case len(d.ClientMsgID) > MaxClientMsgID || strings.ContainsFunc(d.ClientMsgID, isControl) || !utf8.ValidString(d.ClientMsgID):
		return Refuse(CodeBadBody, "ClientMsgId is longer than %d bytes or no text", MaxClientMsgID)
	case d.LifeTime != nil && *d.LifeTime < 0:
		return Refuse(CodeBadLifeTime, "MsgLifeTime is negative")
	case len(d.Push) > maxPushBytes || len(d.Push) > 0 && !json.Valid(d.Push):
		return Refuse(CodeBadPushInfo, "")
	case len(d.Quote) > maxQuoteBytes || len(d.Quote) > 0 && !json.Valid(d.Quote):
		return Refuse(CodeBadBody, "Quote is malformed")
	}
	return nil
}

// formError gives the group service's code to the form errors of a group
// message (spec/22a: 10004, the reason in the text).
func formError(kind Kind, err error) error {
	if code := CodeOf(err); kind != InGroup || code.Class() != Malformed || code == CodeMessageTooLong {
		return err
	}
	_, reason := Outward(err)
	return Refuse(CodeGroupParameter, "%s", reason)
}

// checkSize bounds MsgBody and CloudCustomData together, in bytes (spec/04
// §12: that CloudCustomData counts is the choice made there).
func checkSize(limits *Limits, bytes int) error {
	if limits.MessageBytes >= 0 && bytes > limits.MessageBytes {
		return Refuse(CodeMessageTooLong, "")
	}
	return nil
}

// dedupOf gives the key by which a repetition is known: the ClientMsgId, or a
// MsgRandom the sender chose with his MsgSeq (C2C) or the content (groups).
func dedupOf(m *Message, d *Draft) (DedupKey, time.Duration) {
	if m.ClientMsgID != "" {
		return clientKey(m.From, m.ClientMsgID), 0
	}
	if d.Random == nil {
		return DedupKey{}, 0
	}
	h := sha256.New()
	var b [17]byte
	b[0] = 'r'
	binary.BigEndian.PutUint32(b[1:], m.Random)
	if m.Conv.Kind == InGroup {
		h.Write(m.Body)
	} else if d.SenderSeq != nil {
		b[5] = 1
		binary.BigEndian.PutUint32(b[6:], *d.SenderSeq)
	}
	h.Write(b[:])
	h.Write([]byte(m.From))
	return DedupKey(h.Sum(nil)[:16]), duplicateWindow
}

// clientKey is the key of a message that carries a ClientMsgId; by it the
// message is found again when its MsgId is named.
func clientKey(from UserID, id string) DedupKey {
	sum := sha256.Sum256([]byte("c" + string(from) + "\x00" + id))
	return DedupKey(sum[:16])
}
