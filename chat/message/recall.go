package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Recall takes a message back (spec/04 §7, spec/22b §3). of is the user whose
// view names the conversation, "" for the caller; administrators may name another. Users
// take back their own messages within the app's window, and in groups those of
// members with lower ranks; administrators take back any message that is still
// kept. The text stays in the store; readers no longer get it.
func (s *Service) Recall(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target, ref chat.MessageRef, reason string) (*chat.Message, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	of, err = OnBehalf(by, of, t.Kind)
	if err != nil {
		return nil, err
	}
	conv := t.Of(by.App, of)
	if conv.Kind == chat.InGroup {
		if err := s.mayRecallIn(ctx, by, conv.Group()); err != nil {
			return nil, err
		}
	}
	r := recalling{
		app: app, by: by, of: of, other: s.groups.MayRecallOther, group: s.groups.Find, unread: s.unreadTotal,
	}
	member := s.groups.Member
	unrefs := s.media.Unrefs
	var recalled, before *chat.Message
	err = s.ledger.Change(ctx, conv.Shard(), by.Session, func(ctx context.Context, t *ledger.Turn) error {
		m, err := find(ctx, t.Read, conv, ref)
		if err == nil && !by.Admin() && !m.VisibleTo(by.User) {
			_, err = find(ctx, t.Read, conv, chat.MessageRef{}) // refused like one that is not there
		}
		if err != nil {
			return err
		}
		if before = nil; m.Recall != nil && conv.Kind == chat.InGroup { // safe to repeat
			recalled = m
			return nil
		}
		if err := r.allowed(ctx, m, t.Ms); err != nil {
			return err
		}
		if recalled, err = takeBack(ctx, t, by, m, reason); err != nil {
			return err
		}
		before, t.Commit.Mirrors = m, append(t.Commit.Mirrors, unrefs(m)...)
		if err := r.tellApp(ctx, t, recalled); err != nil {
			return err
		}
		if err := tellGroupLast(ctx, t, recalled, member); err != nil {
			return err
		}
		return tellApart(ctx, t, recalled, chat.UserRecall, member)
	})
	if err != nil {
		return nil, err
	}
	if before != nil {
		s.media.Released(ctx, before)
	}
	switch {
	case recalled.Conv.Kind == chat.C2C && recalled.From != recalled.Peer():
		s.tellItems(conv, recalled.Seq, recalled.From, recalled.Peer())
	case recalled.Conv.Kind == chat.C2C || !recalled.ForAll():
		s.tellItems(conv, recalled.Seq, apart(recalled)...)
	}
	return recalled, nil
}

// tellApp adds the webhook event of a recall.
func (r *recalling) tellApp(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	kind := chat.AfterC2CRecall
	if m.Conv.Kind == chat.InGroup {
		kind = chat.AfterGroupRecall
	}
	if !t.Wants(r.app, kind) {
		return nil
	}
	e := t.Read.Event(r.by, kind, m.Conv)
	e.Message = m
	var err error
	if m.Conv.Kind == chat.InGroup {
		e.Group, err = r.group(ctx, m.Conv.App, m.Conv.Group())
	} else {
		var n uint64
		n, err = r.unread(ctx, m.Conv.App, m.Peer())
		e.Unread = int64(n)
	}
	if err != nil {
		return err
	}
	t.AddWebhook(r.app, e)
	return nil
}

// takeBack replaces m by a recalled copy and puts the event into the commit.
func takeBack(ctx context.Context, t *ledger.Turn, by chat.Actor, m *chat.Message, reason string) (*chat.Message, error) {
	acc, err := t.Read.Account(ctx, by.App, by.User)
	if err != nil {
		return nil, err
	}
	var named *chat.EventDetail
	if acc != nil && (acc.Nick != "" || acc.FaceURL != "") {
		named = &chat.EventDetail{Operator: &chat.Person{User: by.User, Nick: acc.Nick, FaceURL: acc.FaceURL}}
	}
	taken := *m
	taken.Recall = &chat.Recall{By: by.User, Reason: reason, Time: t.Ms}
	if err := dropLists(ctx, t, m); err != nil {
		return nil, err
	}
	t.Commit.Edits = []*chat.Message{&taken}
	t.Commit.Events = []*chat.ConvEvent{{
		Conv: m.Conv, Time: t.Ms, Kind: chat.EventRecall, By: by.User, Seq: m.Seq, MsgID: m.ID(),
		Reason: reason, Expires: m.Expires, Detail: named,
	}}
	return &taken, nil
}

// mayRecallIn checks what the group's type says, and that a user belongs to it.
func (s *Service) mayRecallIn(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	g, err := s.groups.Find(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !grouptype.Of(g.Type).Recall {
		return chat.Refuse(chat.CodeRecallUnsupported, "")
	}
	role, err := s.groups.Standing(ctx, by, g)
	if err != nil {
		return err
	}
	if role < chat.RoleMember {
		return chat.Refuse(chat.CodeGroupNotAllowed, "not a member")
	}
	return nil
}

// recalling is what the rules of a recall ask about.
type recalling struct {
	app *chat.App
	by  chat.Actor
	of  chat.UserID // whose view names the conversation
	// other decides about a message of somebody else in a group; it only reads.
	other  func(context.Context, chat.Actor, *chat.Message) error
	group  func(context.Context, chat.AppID, chat.GroupID) (*chat.Group, error)
	unread func(context.Context, chat.AppID, chat.UserID) (uint64, error)
}

// allowed applies the rules to one message; ms is now, in Unix milliseconds.
func (r *recalling) allowed(ctx context.Context, m *chat.Message, ms int64) error {
	inGroup := m.Conv.Kind == chat.InGroup
	if m.Tip != nil {
		return chat.Refuse(chat.CodeNotRecallable, "")
	}
	if m.Recall != nil {
		return chat.Refuse(chat.CodeRecalledAlready, "")
	}
	if r.by.Admin() {
		if !inGroup && m.From != r.of { // the direction counts (spec/04 §7)
			return chat.Refuse(chat.CodeNoMessage, "")
		}
		return nil
	}
	if m.From != r.by.User || m.Holder != r.by.Holder {
		if !inGroup {
			return chat.Refuse(chat.CodeNoMessage, "only the sender may recall a message")
		}
		return r.other(ctx, r.by, m)
	}
	if window := r.app.Limits.RecallWindow; window >= 0 && ms-m.Time > window.Milliseconds() {
		if inGroup {
			return chat.Refuse(chat.CodeGroupRecallTooLate, "")
		}
		return chat.Refuse(chat.CodeRecallTooLate, "")
	}
	return nil
}
