package chat

import "context"

// RemoveMembers kicks users; those who are not members are passed over
// (spec/22a §7). One who may not be kicked refuses the call. The removed are told even
// when it happens silently.
func (s *Service) RemoveMembers(ctx context.Context, by Actor, id GroupID, list []UserID, silent bool, reason string) error {
	switch {
	case len(list) == 0:
		return Refuse(CodeGroupParameter, "MemberToDel_Account is empty")
	case len(list) > maxKick:
		return Refuse(CodeGroupBatch, "more than %d accounts", maxKick)
	case len(reason) > maxReason:
		return Refuse(CodeGroupParameter, "Reason is longer than %d bytes", maxReason)
	}
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		if err := t.may(Kick); err != nil {
			return err
		}
		return t.kick(ctx, list, silent, reason)
	})
}

// maxReason bounds the text of a kick in bytes; no document names a bound,
// this is that of a ban's description (spec/21 §5).
const maxReason = 1000

func (t *turn) kick(ctx context.Context, list []UserID, silent bool, reason string) error {
	var users []UserID
	var told []Person
	done := make(map[UserID]bool, len(list))
	for _, u := range list {
		m, err := t.member(ctx, u)
		if err != nil {
			return err
		}
		if m == nil || done[u] {
			continue
		}
		done[u] = true
		if err := t.mayTo(Kick, m.Role); err != nil {
			return err
		}
		acc, err := t.store.Account(ctx, t.app.ID, u)
		if err != nil {
			return Internal(CodeGroupInternal, err)
		}
		users = append(users, u)
		told = append(told, person(u, acc, m))
	}
	if len(users) == 0 {
		return nil
	}
	t.expel(users...)
	t.report(AfterMemberExit, wayKicked, users)
	if !t.dormant() {
		for _, u := range users {
			t.notify(u, Notice{Kind: NoticeKicked, Reason: reason})
		}
	}
	if silent {
		return nil
	}
	return t.tell(ctx, t.rules().tips.coming, Tip{
		Kind: TipKicked, Members: told, MemberNum: t.group.Members,
	})
}
