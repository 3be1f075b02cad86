package chat

import "context"

// destroyPage is how many members are read at a time when all are told.
const destroyPage = 1000

// DestroyGroup disbands a group, with its history (spec/22a §9).
func (s *Service) DestroyGroup(ctx context.Context, by Actor, id GroupID) error {
	return s.regroup(ctx, by, id, func(ctx context.Context, t *turn) error {
		if err := t.may(Disband); err != nil {
			return err
		}
		members, err := t.everybody(ctx)
		if err != nil {
			return err
		}
		for _, u := range members {
			t.notify(u, Notice{Kind: NoticeDestroyed})
		}
		t.disband(members)
		return nil
	})
}

// everybody lists members, or viewers, and the owner.
func (t *turn) everybody(ctx context.Context) ([]UserID, error) {
	if !t.rules().members {
		list := t.rooms.viewers(t.commit.Conv)
		if o := t.group.Owner; o != "" && !t.rooms.has(t.commit.Conv, o) {
			list = append(list, o)
		}
		return list, nil
	}
	list := make([]UserID, 0, t.group.Members)
	after := UserID("")
	for {
		page, err := t.store.Members(ctx, t.app.ID, t.group.ID, after, destroyPage)
		if err != nil {
			return nil, Internal(CodeGroupInternal, err)
		}
		for _, m := range page {
			list = append(list, m.User)
		}
		if len(page) < destroyPage {
			return list, nil
		}
		after = page[len(page)-1].User
	}
}

// disband removes the group; members are who was in it at the end.
func (t *turn) disband(members []UserID) {
	t.group.Members = len(members)
	if !t.rules().namesGone {
		members = nil
	}
	t.report(AfterDestroy, "", members)
	t.commit.Drop, t.commit.Group = true, nil
	t.rooms.close(t.commit.Conv)
}
