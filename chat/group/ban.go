package group

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// banPage is how many bans are read at a time.
const banPage = 1000

// BanMembers removes users and keeps them out for a number of seconds, or, with
// chat.MuteForever, for good (spec/21 §5). Users who are no members are banned all the same.
// One who may not be banned refuses the call. No tip tells the others (spec/22a §19).
func (s *Service) BanMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID, seconds uint32, reason string) error {
	switch err := checkBanned(list); {
	case err != nil:
		return err
	case seconds == 0:
		return chat.Refuse(chat.CodeGroupParameter, "Duration is 0")
	case len(reason) > maxReason:
		return chat.Refuse(chat.CodeGroupParameter, "Description is longer than %d bytes", maxReason)
	case chat.Repeated(ctx, chat.GroupOf(by.App, id)) != nil:
		return nil
	}
	gone := map[chat.UserID]bool{} // out of a live room, also when the turn is prepared again
	err := s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.BanMember); err != nil {
			return err
		}
		out, err := t.ban(ctx, distinct(list), seconds, reason)
		if err != nil {
			return err
		}
		if t.rules().Members {
			return t.banish(ctx, out)
		}
		return t.showOut(ctx, distinct(list), gone)
	})
	if refused(ctx, err) {
		for u, was := range gone {
			if was {
				s.read.rooms.Enter(chat.GroupOf(by.App, id), u, s.read.NowMs())
			}
		}
	}
	return err
}

func checkBanned(list []chat.UserID) error {
	switch {
	case len(list) == 0:
		return chat.Refuse(chat.CodeGroupParameter, "Members_Account is empty")
	case len(list) > maxBan:
		return chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxBan)
	}
	return nil
}

func distinct(list []chat.UserID) []chat.UserID {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// ban puts bans that make a difference and tells the banned. out are those who were in the group.
func (t *Turn) ban(ctx context.Context, list []chat.UserID, seconds uint32, reason string) (out []chat.UserID, err error) {
	until := chat.MuteEnd(t.Sec(), seconds)
	for _, u := range list {
		role, err := t.roleOf(ctx, u)
		if err != nil {
			return nil, err
		}
		if err := t.mayTo(grouptype.BanMember, role); err != nil {
			return nil, err
		}
		acc, err := t.account(ctx, t.app.ID, u)
		if err != nil {
			return nil, err
		}
		old, err := bans.Get(ctx, t.Read, t.Shard, string(u))
		if err != nil {
			return nil, err
		}
		if old == nil || old.Until != until || old.Holder != acc.Holder {
			bans.PutUntil(t.Turn, string(u), &chat.Ban{Until: until, Holder: acc.Holder}, until)
			if !t.dormant() {
				t.addNotice(u, chat.Notice{Kind: chat.NoticeBanned, Reason: reason})
			}
		}
		if role != chat.NotMember {
			out = append(out, u)
		}
	}
	return out, nil
}

// banish ends memberships.
func (t *Turn) banish(ctx context.Context, out []chat.UserID) error {
	if len(out) > 0 {
		if err := t.expel(ctx, out...); err != nil {
			return err
		}
		t.addWebhook(chat.AfterMemberExit, wayKicked, out)
	}
	return nil
}

// showOut ends the watching of a live room, and what admins have of it. gone are
// those that an earlier try has shown out already.
func (t *Turn) showOut(ctx context.Context, list []chat.UserID, gone map[chat.UserID]bool) error {
	var out []chat.UserID
	for _, u := range list {
		m, err := t.memberOf(ctx, u)
		if err != nil {
			return err
		}
		if m != nil {
			members.Remove(t.Turn, string(u))
			t.unmirror(u)
		}
		if gone[u] = t.rooms.Leave(t.conv(), u) || gone[u]; gone[u] {
			out = append(out, u)
		}
	}
	if len(out) > 0 {
		t.Commit.Viewers = &chat.ViewerChange{Left: out}
		t.group.Members = t.rooms.Count(t.conv(), t.Sec())
		t.addWebhook(chat.AfterMemberExit, wayKicked, out)
		t.viewersOffline(out...)
	}
	return nil
}

// UnbanMembers lifts bans; users who are not banned are passed over.
func (s *Service) UnbanMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []chat.UserID) error {
	if err := checkBanned(list); err != nil {
		return err
	}
	return s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.BanMember); err != nil {
			return err
		}
		for _, u := range distinct(list) {
			banned, err := bans.Has(ctx, t.Read, t.Shard, string(u))
			if err != nil {
				return err
			}
			if !banned {
				continue
			}
			bans.Remove(t.Turn, string(u))
			t.addNotice(u, chat.Notice{Kind: chat.NoticeUnbanned})
		}
		return nil
	})
}

// Bans pages the bans in force, to those who may ban, in byte order of the banned,
// from a position on: at most 100, which 0 means too, or chat.NoEntries. next continues
// while it is not 0.
func (s *Service) Bans(ctx context.Context, by chat.Actor, id chat.GroupID, offset, limit int) (list []chat.Ban, next int, err error) {
	seat, err := s.read.enter(ctx, by, id)
	if err != nil {
		return nil, 0, err
	}
	if err := seat.May(grouptype.BanMember); err != nil {
		return nil, 0, err
	}
	if offset < 0 {
		return nil, 0, chat.Refuse(chat.CodeGroupParameter, "Offset is negative")
	}
	if limit = chat.PageSize(limit, maxBanPage, maxBanPage); limit == 0 {
		return nil, offset, nil
	}
	shard, after, skip := seat.Group.Conv().Shard(), "", offset
	for {
		page, keys, err := bans.Page(ctx, s.read, shard, "", after, banPage)
		if err != nil {
			return nil, 0, err
		}
		for _, b := range page {
			switch in, err := s.read.bans(ctx, by.App, b); {
			case err != nil:
				return nil, 0, err
			case !in:
				continue
			case skip > 0:
				skip--
				continue
			case len(list) == limit:
				return list, offset + limit, nil
			}
			list = append(list, *b)
		}
		if len(page) < banPage {
			return list, 0, nil
		}
		after = keys[len(keys)-1]
	}
}

// bans reports whether a ban is in force: not over, nor of an account that was
// deleted since.
func (r reader) bans(ctx context.Context, app chat.AppID, b *chat.Ban) (bool, error) {
	if b == nil || b.Until <= r.NowSec() {
		return false, nil
	}
	acc, err := r.Account(ctx, app, b.User)
	return acc != nil && acc.Holder == b.Holder, err
}

// admits refuses a user who is banned from g (spec/21 §3).
func (r reader) admits(ctx context.Context, g *chat.Group, u chat.UserID) error {
	b, err := bans.Get(ctx, r, g.Conv().Shard(), string(u))
	if err != nil || b == nil {
		return err
	}
	banned, err := r.bans(ctx, g.App, b)
	if err == nil && banned {
		err = chat.Refuse(chat.CodeGroupNotAllowed, "%q is banned", u)
	}
	return err
}
