package people

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// FriendGroupView is a friend group with those in it.
type FriendGroupView struct {
	ID      uint32 // orders the list
	Name    string
	Size    int
	Members []chat.UserID // by their names; nil when they were not asked for
}

// FriendGroups lists owner's friend groups (names nil), or those of names that there are;
// sequence counts the changes of all. withMembers names those in each.
func (s *Service) FriendGroups(ctx context.Context, by chat.Actor, owner chat.UserID, names []string, withMembers bool) (list []FriendGroupView, sequence uint64, err error) {
	_, owner, err = s.ownList(ctx, by, owner)
	if err != nil {
		return nil, 0, err
	}
	shard := chat.UserShard(by.App, owner)
	state, err := relationsOf(ctx, s.read, shard)
	if err != nil {
		return nil, 0, err
	}
	for _, g := range state.Groups {
		if names != nil && !slices.Contains(names, g.Name) {
			continue
		}
		v := FriendGroupView{ID: g.ID, Name: g.Name, Size: g.Size}
		if withMembers {
			if v.Members, err = membersOf(ctx, s.read, shard, g.ID, g.Size+1); err != nil {
				return nil, 0, err
			}
		}
		list = append(list, v)
	}
	return list, state.Grouping, nil
}

// membersOf are at most so many of those in a group.
func membersOf(ctx context.Context, in chat.RowReader, s chat.Shard, group uint32, most int) ([]chat.UserID, error) {
	prefix := placesIn(group)
	_, keys, err := details.Page(ctx, in, s, prefix, "", most)
	if err != nil {
		return nil, err
	}
	list := make([]chat.UserID, len(keys))
	for i, k := range keys {
		list[i] = chat.UserID(k[len(prefix):])
	}
	return list, nil
}

// GroupFriends puts friends into owner's groups, or takes them out, and makes those that
// are not there (in, names): 30011 when there would be too many. 32216 for one who is no
// friend. With nobody named the groups alone are made. sequence counts the changes.
func (s *Service) GroupFriends(ctx context.Context, by chat.Actor, owner chat.UserID, names []string, list []chat.UserID, in bool) (results []chat.ItemResult, sequence uint64, err error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, 0, err
	}
	if err := checkGroupNames(names); err != nil {
		return nil, 0, err
	}
	sequence, err = s.changeGroups(ctx, app, owner, func(ctx context.Context, l *listing) error {
		r, err := l.groupFriends(ctx, names, list, in)
		results = r
		return err
	})
	return results, sequence, err
}

// changeGroups runs a change of owner's groups as a turn and returns the sequence after it.
func (s *Service) changeGroups(ctx context.Context, app *chat.App, owner chat.UserID, do func(context.Context, *listing) error) (uint64, error) {
	sequences := make(chan uint64, 1)
	err := s.ledger.Change(ctx, chat.UserShard(app.ID, owner), 0, func(ctx context.Context, t *ledger.Turn) error {
		l, err := openListing(ctx, t, app)
		if err != nil {
			return err
		}
		if err := do(ctx, l); err != nil {
			return err
		}
		l.close()
		replace(sequences, l.Grouping)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return <-sequences, nil
}

func (l *listing) groupFriends(ctx context.Context, names []string, list []chat.UserID, in bool) ([]chat.ItemResult, error) {
	refs, err := l.refs(names, in)
	if err != nil {
		return nil, err
	}
	results := make([]chat.ItemResult, 0, len(list))
	moved := map[chat.UserID]bool{}
	for _, u := range list {
		err := l.regroup(ctx, u, refs, in, moved)
		if chat.IsFault(err) {
			return nil, err
		}
		results = append(results, resultOf(u, err))
	}
	for _, ref := range refs {
		if g := l.byID(ref.ID); l.grouped {
			if err := l.groupChanged(ctx, g, "", moved, in); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// refs are the groups of names. Those that are not there are made, or refused when nothing
// is put in.
func (l *listing) refs(names []string, in bool) ([]groupRef, error) {
	for _, n := range names {
		if !in && l.group(n) == nil {
			return nil, noFriendGroup(n)
		}
	}
	return l.room(names)
}

func noFriendGroup(name string) error {
	return chat.Refuse(chat.CodeRelationParameter, "there is no friend group %s", name)
}

func (l *listing) regroup(ctx context.Context, u chat.UserID, refs []groupRef, in bool, moved map[chat.UserID]bool) error {
	acc, err := l.Read.Account(ctx, l.app.ID, u)
	if err != nil {
		return err
	}
	if acc == nil {
		return chat.Refuse(chat.CodeRelationNoAccount, "")
	}
	old, err := l.friendRow(ctx, acc)
	switch {
	case err != nil || moved[u]:
		return err
	case old == nil:
		return chat.Refuse(chat.CodeNoFriendToGroup, "")
	}
	row := *old // stored values are shared and never changed
	row.Groups = slices.DeleteFunc(slices.Clone(old.Groups), func(r groupRef) bool {
		return slices.Contains(refs, r) || l.byID(r.ID) == nil
	})
	if in {
		row.Groups = append(row.Groups, refs...)
	}
	if slices.Equal(row.Groups, old.Groups) {
		return nil
	}
	moved[u] = true
	l.put(u, old, &row)
	return nil
}

// toldMembers is how many an event about a friend group names at most, so that small
// devices can take it; one of a larger group names none.
const toldMembers = 40

// groupChanged tells the owner's devices of a group as it is after the turn, in which moved
// came or went.
func (l *listing) groupChanged(ctx context.Context, g *friendGroup, old string, moved map[chat.UserID]bool, in bool) error {
	c := &chat.FriendGroupChange{Name: g.Name, Old: old, Whole: g.Size <= toldMembers}
	if c.Whole {
		members, err := membersOf(ctx, l.Read, l.Shard, g.ID, toldMembers+len(moved)+1)
		if err != nil {
			return err
		}
		for _, u := range members {
			if !moved[u] {
				c.Members = append(c.Members, u)
			}
		}
		for u := range moved {
			if in {
				c.Members = append(c.Members, u)
			}
		}
		slices.Sort(c.Members)
	}
	l.tell(l.owner(), chat.UserFriendGroup, &chat.UserDetail{FriendGroup: c})
	return nil
}

// DeleteFriendGroups removes owner's groups; friends stay friends. A name without a group
// counts as removed.
func (s *Service) DeleteFriendGroups(ctx context.Context, by chat.Actor, owner chat.UserID, names []string) (sequence uint64, err error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return 0, err
	}
	return s.changeGroups(ctx, app, owner, func(ctx context.Context, l *listing) error {
		for _, n := range names {
			if err := l.deleteGroup(ctx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteGroup removes a group with its places. The rows of friends go on naming its number,
// which no other group gets, until they are written again.
func (l *listing) deleteGroup(ctx context.Context, name string) error {
	g := l.group(name)
	if g == nil {
		return nil
	}
	members, err := membersOf(ctx, l.Read, l.Shard, g.ID, g.Size+1)
	if err != nil {
		return err
	}
	for _, u := range members {
		details.Remove(l.Turn, placeKey(g.ID, u))
	}
	l.Groups = slices.DeleteFunc(l.Groups, func(other friendGroup) bool { return other.ID == g.ID })
	l.grouped = true
	if len(members) > 0 {
		l.friend = true
	}
	l.tell(l.owner(), chat.UserFriendGroup, &chat.UserDetail{FriendGroup: &chat.FriendGroupChange{Name: name, Deleted: true}})
	return nil
}

// RenameFriendGroup gives the caller's group another name, which no other group may have.
func (s *Service) RenameFriendGroup(ctx context.Context, by chat.Actor, from, to string) error {
	app, owner, err := s.ownList(ctx, by, "")
	if err != nil {
		return err
	}
	if err := checkGroupNames([]string{to}); err != nil {
		return err
	}
	_, err = s.changeGroups(ctx, app, owner, func(ctx context.Context, l *listing) error {
		g := l.group(from)
		switch {
		case g == nil:
			return noFriendGroup(from)
		case from == to:
			return nil
		case l.group(to) != nil:
			return chat.Refuse(chat.CodeRelationParameter, "there is a friend group %s", to)
		}
		g.Name, l.grouped, l.friend = to, true, g.Size > 0
		return l.groupChanged(ctx, g, from, nil, false)
	})
	return err
}
