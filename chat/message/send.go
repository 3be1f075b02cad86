package message

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// sending is a draft on its way: what admit has found out, until the answer. It
// is the work of a step.
type sending struct {
	room       *Service
	app        *chat.App
	by         chat.Actor
	msg        *chat.Message
	group      *chat.Group // nil in C2C
	free       *pair       // nil: it has to be read whether the message may go, in C2C
	rules      uint64      // revision of the conversation's rules it was decided under
	to         uint32      // which holder of the receiver's name, in C2C; see chat.Account
	skipBefore bool
	after      bool // somebody is to be told afterwards
	ask        bool // the app is to be asked
	prepared   bool // once, by the lane
	transient  bool // delivered, not stored
	uncut      bool // no list may be cut out of the body
	// The sender is told that it was sent and has it, and nobody else does.
	blocked bool // by the receiver
	dropped bool // by the app
	wakes   bool // it may be the first of a group that is dormant until then
	// A stored C2C message is listed for those of the two who do not have the
	// conversation yet.
	listFrom, listTo bool
	unread           int64         // of the receiver, for the webhook after C2C messages
	answer           *chat.Receipt // set when nothing is to be sent after all
	beside           *besides      // nil for most
	claim            *chat.Claim   // nil but for publishes that are remembered
	done             func(chat.Receipt, error)

	// What the lane makes of it. They stand here so that a message costs two
	// allocations: this one, of 768 bytes, and the message itself.
	ledger.Step
	commit chat.Commit
	one    [1]*chat.Message
}

// Send admits a message, asks the app, appends it and calls done once: when it
// is durable, or refused. done runs on the caller's goroutine, a lane's or a
// webhook's, and must not block. Drafts of one sender for one conversation keep
// their order.
func (s *Service) Send(ctx context.Context, by chat.Actor, d chat.Draft, done func(chat.Receipt, error)) {
	claim := chat.ClaimOf(ctx)
	if first := claim.Repeats(); first != nil && first.Seq != 0 {
		done(s.firstReceipt(ctx, first))
		return
	}
	done = s.excepted(by, &d, done)
	j, err := s.admit(ctx, by, &d)
	switch {
	case err != nil:
		done(chat.Receipt{}, err)
	case j.answer != nil:
		done(*j.answer, nil)
	default:
		j.claim, j.done = claim, done
		s.before(ctx, j)
	}
}

// SendWait is Send for doors that may wait. Once admitted, the message is
// sent even when ctx ends.
func (s *Service) SendWait(ctx context.Context, by chat.Actor, d chat.Draft) (chat.Receipt, error) {
	got := make(chan answer, 1)
	s.Send(ctx, by, d, func(r chat.Receipt, err error) { got <- answer{r, err} })
	select {
	case a := <-got:
		return a.receipt, a.err
	case <-ctx.Done():
		return chat.Receipt{}, chat.Internal(chat.CodeBusy, ctx.Err())
	}
}

// admit checks a draft against form and rules and makes it a message. When the
// result has an answer, nothing is to be sent.
func (s *Service) admit(ctx context.Context, by chat.Actor, d *chat.Draft) (*sending, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	if err := checkDraft(d, &app.Limits); err != nil {
		return nil, formError(d.To.Kind, err)
	}
	from, err := author(app, by, d)
	if err != nil {
		return nil, err
	}
	if err := checkTarget(d.To); err != nil {
		return nil, err
	}
	conv := d.To.Of(by.App, from)
	head, err := s.ledger.Head(ctx, conv.Shard()) // before any rule is read
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	acc, err := s.holder(ctx, by, from, d.To.Kind)
	if err != nil {
		return nil, err
	}
	j := &sending{
		room: s, app: app, by: by, msg: s.draft(app, from, acc.Holder, conv, d), free: s.free(app, by, from, conv, head.Rules),
		rules: head.Rules, skipBefore: d.SkipBefore, dropped: d.Hidden,
	}
	if d.With != nil {
		j.beside = &besides{with: d.With}
	}
	j.after = !d.SkipAfter && s.ledger.Wants(app, j.afterKind())
	if conv.Kind == chat.InGroup {
		err = s.admitGroup(ctx, j, d, acc)
		j.wakes = err == nil && group.Wakes(j.group, &head)
	} else {
		err = s.admitC2C(ctx, j, d, acc)
	}
	if j.uncut = j.transient || d.Uncut; err == nil {
		err = s.fitBody(ctx, j, by)
	}
	if err != nil {
		err = j.refuse(ctx, s.ledger, err)
	}
	return j, err
}

// author returns who the message is from: the caller, or the user that an
// administrator names.
func author(app *chat.App, by chat.Actor, d *chat.Draft) (chat.UserID, error) {
	if d.From == "" || d.From == by.User {
		return by.User, nil
	}
	switch {
	case !by.Admin():
		return "", chat.Refuse(unknownAuthor(d.To.Kind), "From_Account names another user")
	case !app.Admits(d.From):
		return "", chat.Refuse(unknownAuthor(d.To.Kind), "From_Account is not registered")
	}
	return d.From, nil
}

func unknownAuthor(kind chat.Kind) chat.Code {
	if kind == chat.InGroup {
		return chat.CodeGroupNoAccount
	}
	return chat.CodeBadFrom
}

// free returns what is known of a user's own messages to another under a revision of
// the rules, nil when that is not enough to let them go. Nothing is known of groups.
func (s *Service) free(app *chat.App, by chat.Actor, from chat.UserID, conv chat.Conversation, rules uint64) *pair {
	if by.Standing != chat.AsUser || from != by.User || conv.Kind != chat.C2C {
		return nil
	}
	if e := s.pairs.free(conv, from, rules); e != nil && e.by == by.Holder && (!app.Switches.FriendsOnly || e.app == app) {
		return e
	}
	return nil
}

// holder returns the account of the author: which holder of the name they are. What a
// caller left behind, such as a Will, is not sent once their account is deleted, even if
// the name has a new user.
func (s *Service) holder(ctx context.Context, by chat.Actor, from chat.UserID, kind chat.Kind) (*chat.Account, error) {
	acc, err := s.ledger.Account(ctx, by.App, from)
	switch {
	case err != nil:
		return nil, err
	case from == by.User && (acc == nil || acc.Holder != by.Holder):
		return nil, chat.Refuse(chat.CodeTicketRevoked, "")
	case acc == nil:
		return nil, chat.Refuse(unknownAuthor(kind), "From_Account is not registered")
	}
	return acc, nil
}

// admitC2C applies the rules for one-to-one messages (spec/04 §3).
func (s *Service) admitC2C(ctx context.Context, j *sending, d *chat.Draft, from *chat.Account) error {
	j.transient = j.msg.Control.Has(chat.OnlineOnly)
	if err := s.decideC2C(ctx, j, from); err != nil {
		return err
	}
	if len(d.Only) > 0 {
		return chat.Refuse(chat.CodeBadTo, "To_Account is for group messages")
	}
	if !j.after {
		return nil
	}
	n, err := s.unreadTotal(ctx, j.by.App, d.To.User())
	j.unread = int64(n)
	return err
}

// decideC2C is the part of the rules that changes with time: the sender may send, the
// receiver exists and has not blocked them, and the two are friends where the app wants that.
// It also names the author, and notes whose list lacks the conversation.
func (s *Service) decideC2C(ctx context.Context, j *sending, from *chat.Account) error {
	if err := s.maySend(j, from); err != nil {
		return err
	}
	if j.free != nil {
		j.msg.Author = s.pairs.author(j.free, from)
		j.to, j.blocked, j.listFrom, j.listTo = j.free.to, false, false, false
		return nil
	}
	acc, err := s.ledger.Account(ctx, j.by.App, j.msg.Peer())
	if err != nil {
		return err
	}
	if acc == nil {
		return chat.Refuse(chat.CodeToUnknown, "")
	}
	j.to, j.msg.Author = acc.Holder, chat.NewAuthor(from.Nick, from.FaceURL, "")
	if j.by.Standing == chat.AsUser { // blocks do not bind administrators
		if j.blocked, err = s.blocked(ctx, j.app, j.msg.Conv, j.msg.From); err != nil {
			return err
		}
		if j.app.Switches.FriendsOnly {
			if err := s.people.MayWrite(ctx, j.by.App, from, acc); err != nil {
				return err
			}
		}
	}
	if j.transient {
		return nil
	}
	if err := s.unlisted(ctx, j); err != nil {
		return err
	}
	s.remember(j)
	return nil
}

// maySend refuses a user who is muted everywhere. Administrators and backends are not
// bound, in whosever name they send (spec/04 §3).
func (s *Service) maySend(j *sending, from *chat.Account) error {
	if j.by.Standing != chat.AsUser {
		return nil
	}
	return from.MaySend(j.msg.Conv.Kind, s.ledger.NowSec())
}

// remember spares the next message what has been read for this one.
func (s *Service) remember(j *sending) {
	if j.by.Standing != chat.AsUser || j.blocked || j.listFrom || j.listTo {
		return
	}
	s.pairs.keep(&pair{conv: j.msg.Conv, from: j.msg.From, rules: j.rules, by: j.msg.Holder, to: j.to, author: j.msg.Author, app: j.app})
}

// unlisted notes who does not have the conversation in their list yet. Of a
// conversation with oneself there is one list.
func (s *Service) unlisted(ctx context.Context, j *sending) error {
	from, to := j.msg.From, j.msg.Peer()
	has, err := s.ledger.HasPeer(ctx, j.by.App, from, to)
	if err != nil {
		return err
	}
	j.listFrom, j.listTo = !has, false
	if from != to {
		has, err = s.ledger.HasPeer(ctx, j.by.App, to, from)
		j.listTo = !has
	}
	return err
}

// blocked reports whether the receiver has blocked the sender; with the
// switch ShowBlocked that is a refusal (spec/04 §11).
func (s *Service) blocked(ctx context.Context, app *chat.App, conv chat.Conversation, from chat.UserID) (bool, error) {
	hit, err := s.people.Blocked(ctx, app.ID, conv.Peer(from), from)
	switch {
	case err != nil:
		return false, err
	case hit && app.Switches.ShowBlocked:
		return false, chat.Refuse(chat.CodeBlocked, "")
	}
	return hit, nil
}

// admitGroup applies the rules for group messages (spec/20 §2, §8).
func (s *Service) admitGroup(ctx context.Context, j *sending, d *chat.Draft, from *chat.Account) error {
	if err := s.decideGroup(ctx, j, from); err != nil {
		return err
	}
	if err := checkGroupDraft(j.app, j.group, d); err != nil {
		return err
	}
	return s.admitReceipt(ctx, j)
}

// decideGroup finds the group, decides whether the author may speak in it now, and
// names them.
func (s *Service) decideGroup(ctx context.Context, j *sending, from *chat.Account) error {
	m := j.msg
	g, err := s.groups.Find(ctx, m.Conv.App, m.Conv.Group())
	if err != nil {
		return err
	}
	member, err := s.groups.MaySpeak(ctx, j.by, m.From, g)
	if err == nil {
		err = s.maySend(j, from)
	}
	if err != nil {
		return err
	}
	j.group = g
	card := ""
	if member != nil {
		card = member.NameCard
	}
	m.Author = chat.NewAuthor(from.Nick, from.FaceURL, card)
	stored := grouptype.Of(g.Type).Stored
	if !stored { // no message of it is kept; the flag is ignored (spec/22b §1)
		m.Control &^= chat.OnlineOnly | chat.NoUnread
	}
	j.transient = !stored || m.Control.Has(chat.OnlineOnly)
	return nil
}
