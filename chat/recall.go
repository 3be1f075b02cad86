package chat

import (
	"context"
	"strconv"
	"strings"
)

// Recall takes a message back (spec/04 §7, spec/22b §3). of is the user whose
// view names the conversation, "" for the caller; administrators may name another. Users
// take back their own messages within the app's window, and in groups those of lower ranks; administrators
// any message that is still kept. The text stays in the store; readers get it no more.
func (s *Service) Recall(ctx context.Context, by Actor, of UserID, t Target, ref MessageRef, reason string) (*Message, error) {
	app, err := s.App(by.App)
	if err != nil {
		return nil, err
	}
	of, err = s.onBehalf(by, of, t.Kind)
	if err != nil {
		return nil, err
	}
	conv := t.Of(by.App, of)
	if conv.Kind == InGroup {
		if err := s.mayRecallIn(ctx, by, conv.Group()); err != nil {
			return nil, err
		}
	}
	var recalled *Message
	err = s.change(ctx, conv, by.Session, func(ctx context.Context) (*Commit, error) {
		m, err := s.find(ctx, conv, ref)
		if err != nil {
			return nil, err
		}
		if m.Recall != nil && conv.Kind == InGroup { // safe to repeat
			recalled = m
			return nil, nil
		}
		if err := s.mayRecall(ctx, app, by, of, m); err != nil {
			return nil, err
		}
		taken := *m
		taken.Recall = &Recall{By: by.User, Reason: reason, Time: s.nowMs()}
		recalled = &taken
		return &Commit{Conv: conv, Edits: []*Message{&taken}, Events: []*ConvEvent{{
			Conv: conv, Time: s.nowMs(), Kind: EventRecall, By: by.User, Seq: m.Seq, MsgID: m.ID(),
			Reason: reason, Session: by.Session, Expires: m.Expires,
		}}}, nil
	})
	if err != nil {
		return nil, err
	}
	return recalled, nil
}

// onBehalf is whose conversation is meant: a user's own, or for
// administrators the one they name.
func (s *Service) onBehalf(by Actor, of UserID, kind Kind) (UserID, error) {
	switch {
	case of == "" || of == by.User:
		return by.User, nil
	case by.Admin():
		return of, nil
	case kind == InGroup:
		return "", Refuse(CodeGroupNotAllowed, "")
	}
	return "", Refuse(CodeBadFrom, "another account is named")
}

// mayRecallIn checks what the group's type says, and that a user belongs to it.
func (s *Service) mayRecallIn(ctx context.Context, by Actor, id GroupID) error {
	g, err := s.group(ctx, by.App, id)
	if err != nil {
		return err
	}
	if !g.Type.rules().recall {
		return Refuse(CodeRecallUnsupported, "")
	}
	role, err := s.standing(ctx, by, g)
	if err != nil {
		return err
	}
	if role < RoleMember {
		return Refuse(CodeGroupNotAllowed, "not a member")
	}
	return nil
}

// mayRecall applies the rules to one message.
func (s *Service) mayRecall(ctx context.Context, app *App, by Actor, of UserID, m *Message) error {
	group := m.Conv.Kind == InGroup
	if m.Tip != nil {
		return Refuse(CodeNotRecallable, "")
	}
	if m.Recall != nil {
		return Refuse(CodeRecalledAlready, "")
	}
	if by.Admin() {
		if !group && m.From != of { // the direction counts (spec/04 §7)
			return Refuse(CodeNoMessage, "")
		}
		return nil
	}
	if m.From != by.User {
		if !group {
			return Refuse(CodeNoMessage, "only the sender may recall a message")
		}
		return s.mayRecallOther(ctx, by, m)
	}
	if window := app.Limits.RecallWindow; window >= 0 && s.nowMs()-m.Time > window.Milliseconds() {
		if group {
			return Refuse(CodeGroupRecallTooLate, "")
		}
		return Refuse(CodeRecallTooLate, "")
	}
	return nil
}

// find looks a message up by number, MsgId or MsgKey.
func (s *Service) find(ctx context.Context, conv Conversation, ref MessageRef) (*Message, error) {
	var m *Message
	var err error
	switch {
	case ref.Seq != 0:
		m, err = s.store.Message(ctx, conv, ref.Seq)
	case ref.ID != "":
		m, err = s.byID(ctx, conv, ref.ID)
	case ref.Key != "":
		m, err = s.byKey(ctx, conv, ref.Key)
	}
	switch {
	case CodeOf(err) == CodeBadMsgKey:
		return nil, err
	case err != nil:
		return nil, Internal(CodeInternal, err)
	case m == nil && conv.Kind == InGroup:
		return nil, Refuse(CodeGroupNoMessage, "")
	case m == nil:
		return nil, Refuse(CodeNoMessage, "")
	}
	return m, nil
}

// byID finds a message by its MsgId: ours begins with the number, a sender's
// is found by its duplicate key, whatever dash separates the two names.
func (s *Service) byID(ctx context.Context, conv Conversation, id string) (*Message, error) {
	if number, _, ours := strings.Cut(id, "~"); ours {
		if seq, err := strconv.ParseUint(number, 10, 64); err == nil {
			m, err := s.store.Message(ctx, conv, Seq(seq))
			if m != nil && m.ID() == id {
				return m, err
			}
		}
	}
	for i := 1; i < len(id) && i <= MaxUserIDBytes; i++ {
		if id[i] != '-' {
			continue
		}
		m, err := s.store.Seen(ctx, conv, clientKey(UserID(id[:i]), id[i+1:]))
		if err != nil || m != nil && m.ID() == id {
			return m, err
		}
	}
	return nil, nil
}

// keyPage bounds how many messages of one second are read at a time when a
// MsgKey is looked up.
const keyPage = 64

// byKey finds a message by its MsgKey. In groups the key's first part is the
// number; in C2C the second it was sent in narrows the search.
func (s *Service) byKey(ctx context.Context, conv Conversation, text string) (*Message, error) {
	key, err := ParseMsgKey(text)
	if err != nil {
		return nil, err
	}
	if conv.Kind == InGroup {
		m, err := s.store.Message(ctx, conv, Seq(key.Seq))
		if m != nil && m.MsgKey() != key {
			m = nil
		}
		return m, err
	}
	seq, err := s.store.SeqAtTime(ctx, conv, key.Time*1000)
	if err != nil {
		return nil, err
	}
	for {
		page, err := s.store.Messages(ctx, conv, seq, false, keyPage, 1<<20)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		for _, m := range page {
			if m.MsgKey() == key {
				return m, nil
			}
			if m.Seconds() > key.Time {
				return nil, nil
			}
		}
		seq = page[len(page)-1].Seq + 1
	}
}
