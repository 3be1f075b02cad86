package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// importSize is the member limit of an imported group that names none (spec/22a §16).
const importSize = 2000

// maxImport is how many members one call imports (spec/22a §17).
const maxImport = 300

// Import makes a group that existed elsewhere since created, Unix seconds; 0 is now
// (spec/22a §16). No webhook event and no notice comes of it.
func (s *Service) Import(ctx context.Context, by chat.Actor, d chat.GroupDraft, created int64) (*chat.Group, error) {
	app, err := s.mayImport(by)
	if err != nil {
		return nil, err
	}
	if d.MaxMembers == 0 && !grouptype.Of(d.Type).Boundless && grouptype.Of(d.Type).IDMark == "" {
		if most := grouptype.Of(d.Type).Size(&app.Limits); most <= 0 || most > importSize {
			d.MaxMembers = importSize
		}
	}
	if err := checkDraft(&d, app); err != nil {
		return nil, err
	}
	now := s.read.NowSec()
	switch {
	case !grouptype.Of(d.Type).Import:
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "%s groups cannot be imported", d.Type)
	case created < 0 || created > now:
		return nil, chat.Refuse(chat.CodeGroupParameter, "CreateTime is not in the past")
	case created == 0:
		created = now
	}
	if err := mayFill(&d, app, grouptype.RankApp); err != nil {
		return nil, err
	}
	if err := grouptype.Settle(&d, app); err != nil {
		return nil, err
	}
	if err := s.read.founders(ctx, app, &d); err != nil {
		return nil, err
	}
	if err := s.words(ctx, app.ID, &d.Name, &d.Introduction, &d.Notification); err != nil {
		return nil, err
	}
	assigned := d.ID == ""
	for try := 1; ; try++ {
		if assigned {
			d.ID = s.read.newGroupID(d.Type)
		}
		g, err := s.foundElsewhere(ctx, app, by, d, created)
		if assigned && try < idTries && errors.Is(err, errIDTaken) {
			continue
		}
		return g, err
	}
}

func (s *Service) mayImport(by chat.Actor) (*chat.App, error) {
	app, err := s.read.App(by.App)
	if err == nil && !by.Admin() {
		err = chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	}
	return app, err
}

// foundElsewhere writes the group, unless its id is taken, and tells nobody.
func (s *Service) foundElsewhere(ctx context.Context, app *chat.App, by chat.Actor, d chat.GroupDraft, created int64) (*chat.Group, error) {
	return s.found(ctx, app, by, d, func(_ context.Context, t *Turn) error {
		t.Commit.Notices, t.Commit.Outbox, t.Commit.Told = nil, nil, nil
		t.group.Created = created
		return nil
	})
}

// ImportedMember is a member of a group that existed elsewhere.
type ImportedMember struct {
	User   chat.UserID
	Admin  bool
	Joined int64  // Unix seconds; 0: now
	Unread uint64 // messages not read yet; at most those there are
}

// ImportMembers brings members in whose group existed elsewhere (spec/22a §17). The
// results are those of AddMembers; each stands for itself, so that a call can be repeated. Nobody is
// told.
func (s *Service) ImportMembers(ctx context.Context, by chat.Actor, id chat.GroupID, list []ImportedMember) ([]AddResult, error) {
	app, err := s.mayImport(by)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, chat.Refuse(chat.CodeGroupParameter, "MemberList is empty")
	case len(list) > maxImport:
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", maxImport)
	}
	g, err := s.read.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	if !grouptype.Of(g.Type).Import {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "members of %s groups cannot be imported", g.Type)
	}
	names := make([]chat.UserID, len(list))
	for i, m := range list {
		names[i] = m.User
	}
	them, err := s.read.candidates(ctx, app, g.Type, names)
	if err != nil {
		return nil, err
	}
	results := make([]AddResult, len(list))
	err = s.Change(ctx, by, id, func(ctx context.Context, t *Turn) error {
		added := map[chat.UserID]bool{}
		for i, m := range list {
			result, err := t.importOne(ctx, m, them[i], added)
			if err != nil {
				return err
			}
			results[i] = AddResult{User: m.User, Result: result}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// importOne brings one member in, unless something speaks against it.
func (t *Turn) importOne(ctx context.Context, m ImportedMember, c candidate, added map[chat.UserID]bool) (int, error) {
	old, err := t.memberOf(ctx, m.User)
	if err != nil {
		return addFailed, err
	}
	if old != nil || added[m.User] {
		return addWasIn, nil
	}
	role := chat.RoleMember
	if m.Admin {
		role = chat.RoleAdmin
	}
	if m.Joined == 0 {
		m.Joined = t.Sec()
	}
	if err := t.importable(ctx, m, c, role); err != nil {
		if chat.IsFault(err) {
			return addFailed, err
		}
		return addFailed, nil
	}
	first, err := t.Read.SeqAtTime(ctx, t.conv(), m.Joined*1000)
	if err != nil {
		return addFailed, fmt.Errorf("find time: %w", err)
	}
	added[m.User] = true
	return addDone, t.settleIn(ctx, chat.Member{
		User: m.User, Role: role, Joined: m.Joined, JoinSeq: first - 1, Flag: t.rules().Flag,
	}, m.Unread)
}

// importable says what speaks against a member.
func (t *Turn) importable(ctx context.Context, m ImportedMember, c candidate, role chat.Role) error {
	switch {
	case c.err != nil:
		return c.err
	case m.Joined < t.group.Created || m.Joined > t.Sec():
		return chat.Refuse(chat.CodeGroupParameter, "JoinTime is before the group, or to come")
	case full(t.group):
		return chat.Refuse(chat.CodeGroupFull, "")
	}
	if role == chat.RoleAdmin {
		if err := t.May(grouptype.Appoint); err != nil {
			return err
		}
	}
	return t.admits(ctx, t.group, m.User)
}

// settleIn puts a member with so many unread messages, of those they may see.
func (t *Turn) settleIn(ctx context.Context, m chat.Member, unread uint64) error {
	t.put(m)
	t.mirror(m)
	t.Commit.Arrived, t.Commit.Type = append(t.Commit.Arrived, m.User), t.group.Type
	t.group.Members++
	t.save()
	seen := t.Head.Seq
	if !grouptype.ShowsEarlier(t.app, t.group.Type) {
		seen -= min(m.JoinSeq, seen)
	}
	if unread = min(unread, uint64(seen)); unread == 0 || !t.rules().Counts(t.app) {
		t.SetMark(m.User, 0)
		return nil
	}
	sent, err := t.Senders(ctx, []chat.Conversation{t.conv()}, m.User)
	if err != nil {
		return fmt.Errorf("read sender: %w", err)
	}
	t.PutUnread(chat.ReadMark{User: m.User}, unread, sent[0])
	return nil
}
