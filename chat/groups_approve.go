package chat

import "context"

// Approve answers an application (spec/21 §3): yes lets the newcomer in as if
// he had come freely, no tells the applicant so. text goes to the applicant with the answer. Who
// comes second gets 10024; an application that never was, or has lapsed, is 10004.
func (s *Service) Approve(ctx context.Context, by Actor, ref ApplicationRef, yes bool, text string) error {
	key := applicationKey{Group: ref.Group, Newcomer: ref.Applicant, Kind: ApplyToJoin}
	if ref.ID != "" {
		var ok bool
		if key, ok = parseApplicationID(ref.ID); !ok {
			return Refuse(CodeGroupParameter, "no such application")
		}
	}
	if len(text) > maxApplyText {
		return Refuse(CodeGroupParameter, "Msg is longer than %d bytes", maxApplyText)
	}
	app, err := s.App(by.App)
	if err != nil {
		return err
	}
	g, err := s.group(ctx, by.App, key.Group)
	if err != nil {
		return err
	}
	newcomer := s.candidate(ctx, app, g.Type, key.Newcomer)
	return s.regroup(ctx, by, key.Group, func(ctx context.Context, t *turn) error {
		if err := t.may(Approve); err != nil {
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

// pending is a copy of the application to be answered.
func (t *turn) pending(ctx context.Context, key applicationKey, id string) (Application, error) {
	a, err := t.application(ctx, key)
	if err != nil {
		return Application{}, err
	}
	m, err := t.member(ctx, key.Newcomer)
	switch {
	case err != nil:
		return Application{}, err
	case a == nil:
		return Application{}, Refuse(CodeGroupParameter, "no such application, or it has lapsed")
	case !a.Open() || id != "" && a.ID != id: // another id was answered before this one was made
		return Application{}, Refuse(CodeAlreadyHandled, "")
	case m != nil: // he has come in by another way
		return Application{}, Refuse(CodeAlreadyMember, "")
	}
	return *a, nil
}

// accept enrolls the newcomer. The tip and what the app is told name whom they
// would have named had nobody been asked: himself, or who invited him.
func (t *turn) accept(ctx context.Context, a Application, newcomer candidate, text string) error {
	switch {
	case t.group.full():
		return Refuse(CodeGroupFull, "")
	case newcomer.err != nil:
		return newcomer.err
	}
	kind := NoticeAccepted
	enter := func() error { return t.arrive(ctx, newcomer.account) }
	if a.Kind == InviteToJoin {
		kind = NoticeInviteAccepted
		enter = func() error {
			t.enroll(a.Newcomer, RoleMember, nil)
			who := person(a.Newcomer, newcomer.account, nil)
			who.Role = RoleMember
			return t.welcome(ctx, []Person{who}, false)
		}
	}
	t.answer(a, kind, true, text)
	return t.inNameOf(a.Applicant, enter)
}

func (t *turn) decline(a Application, text string) error {
	kind := NoticeRefused
	if a.Kind == InviteToJoin {
		kind = NoticeInviteRefused
	}
	t.answer(a, kind, false, text)
	return nil
}

// answer keeps the answer, so that a second one is refused and the list shows
// it, and notifies the applicant.
func (t *turn) answer(a Application, kind NoticeKind, yes bool, text string) {
	a.HandledAt, a.HandledBy, a.Accepted, a.Answer = t.ms/1000, t.by.User, yes, text
	t.keep(a)
	t.notify(a.Applicant, Notice{Kind: kind, Application: a.ID, Reason: text})
}

// inNameOf runs do as a user's own act; the device is that of the caller.
func (t *turn) inNameOf(u UserID, do func() error) error {
	by := t.by
	defer func() { t.by = by }()
	t.by.User, t.by.Standing = u, AsUser
	return do()
}
