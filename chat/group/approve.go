package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Approve answers a join request (spec/21 §3): yes lets the newcomer in as if
// they had come freely, no tells the applicant so. text goes to the applicant with the answer.
// Who answers second gets 10024; a request that never was, or has lapsed, is 10004.
func (s *Service) Approve(ctx context.Context, by chat.Actor, ref chat.JoinRequestRef, yes bool, text string) error {
	var key requestKey
	if ref.ID != "" {
		var ok bool
		if key, ok = parseRequestID(ref.ID); !ok {
			return chat.Refuse(chat.CodeGroupParameter, "no such join request")
		}
	}
	if len(text) > maxApplyText {
		return chat.Refuse(chat.CodeGroupParameter, "Msg is longer than %d bytes", maxApplyText)
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return err
	}
	if ref.ID == "" {
		if _, err := s.read.group(ctx, by.App, ref.Group); err != nil {
			return err
		}
		if key, err = s.read.meant(ctx, by, ref); err != nil {
			return err
		}
	}
	g, err := s.read.group(ctx, by.App, key.Group)
	if err != nil {
		return err
	}
	them, err := s.read.candidates(ctx, app, g.Type, []chat.UserID{key.Newcomer})
	if err != nil {
		return err
	}
	newcomer := them[0]
	return s.Change(ctx, by, key.Group, func(ctx context.Context, t *Turn) error {
		if err := t.mayAnswer(key); err != nil {
			return err
		}
		a, err := t.pending(ctx, key, ref.ID)
		if err != nil {
			return err
		}
		if yes {
			return t.accept(ctx, a, newcomer, text)
		}
		return t.decline(a, text)
	})
}

// pending is a copy of the request to be answered.
func (t *Turn) pending(ctx context.Context, key requestKey, id string) (chat.JoinRequest, error) {
	a, err := t.request(ctx, t.app.ID, key)
	if err != nil {
		return chat.JoinRequest{}, err
	}
	m, err := t.memberOf(ctx, key.Newcomer)
	switch {
	case err != nil:
		return chat.JoinRequest{}, err
	case a == nil:
		return chat.JoinRequest{}, chat.Refuse(chat.CodeGroupParameter, "no such join request, or it has expired")
	case !a.Open() || id != "" && a.ID != id: // another id was answered before this one was made
		return chat.JoinRequest{}, chat.Refuse(chat.CodeAlreadyHandled, "")
	case m != nil: // the newcomer has come in by another way
		return chat.JoinRequest{}, chat.Refuse(chat.CodeAlreadyMember, "")
	}
	return *a, nil
}

// accept enrolls the newcomer. Tip and webhook name the same operator as a join
// without approval: the newcomer, or the inviter.
func (t *Turn) accept(ctx context.Context, a chat.JoinRequest, newcomer candidate, text string) error {
	switch {
	case full(t.group):
		return chat.Refuse(chat.CodeGroupFull, "")
	case newcomer.err != nil:
		return newcomer.err
	}
	if err := t.admits(ctx, t.group, a.Newcomer); err != nil {
		return err
	}
	if a.Kind == chat.InviteToJoin && t.app.Switches.InviteeConsent[t.group.Type] {
		t.close(a, true, text) // the inviter hears of the invitee's answer
		return t.inNameOf(a.Applicant, func() error { return t.askInvitees(ctx, []chat.UserID{a.Newcomer}) })
	}
	kind := chat.NoticeAccepted
	enter := func() error { return t.arrive(ctx, newcomer.account) }
	if a.Kind != chat.ApplyToJoin {
		kind = chat.NoticeInviteAccepted
		enter = func() error {
			t.enroll(a.Newcomer, chat.RoleMember, nil)
			who := person(a.Newcomer, newcomer.account, nil)
			who.Role = chat.RoleMember
			return t.welcome(ctx, []chat.Person{who}, false)
		}
	}
	t.answer(a, kind, true, text)
	return t.inNameOf(a.Applicant, enter)
}

func (t *Turn) decline(a chat.JoinRequest, text string) error {
	kind := chat.NoticeRefused
	if a.Kind != chat.ApplyToJoin {
		kind = chat.NoticeInviteRefused
	}
	t.answer(a, kind, false, text)
	return nil
}

// close keeps the answer, so that a second one is refused and the list shows it.
func (t *Turn) close(a chat.JoinRequest, yes bool, text string) {
	a.HandledAt, a.HandledBy, a.Accepted, a.Answer = t.Sec(), t.by.User, yes, text
	t.keep(a)
}

// answer closes a request and notifies the applicant.
func (t *Turn) answer(a chat.JoinRequest, kind chat.NoticeKind, yes bool, text string) {
	t.close(a, yes, text)
	t.addNotice(a.Applicant, chat.Notice{Kind: kind, JoinRequest: a.ID, Reason: text})
}

// inNameOf runs do as a user's own act; the device is that of the caller.
func (t *Turn) inNameOf(u chat.UserID, do func() error) error {
	by := t.by
	defer func() { t.by = by }()
	t.by.User, t.by.Standing = u, chat.AsUser
	return do()
}
