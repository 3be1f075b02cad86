package inbox

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of groups of conversations (spec/06 §4). How many conversations an event about a
// group names is a choice: of a larger group the events about each are enough.
const (
	maxConvGroups    = 20
	maxConvGroupName = 32 // bytes
	maxGroupEvent    = 100
)

// convGroup is a group of conversations. Which are in it stands with their settings.
type convGroup struct {
	ID   uint32
	Name string
}

// convBook is all groups of conversations of a user.
type convBook struct {
	Last   uint32 // the highest id given: none is given twice
	Groups []convGroup
}

// books have one row, under "", in the shard of the user.
var books = ledger.Table(record.ConvBook, func(f *record.Fields, b *convBook) {
	record.Int(f, 1, &b.Last)
	record.List(f, 2, &b.Groups, func(f *record.Fields, g *convGroup) {
		record.Int(f, 1, &g.ID)
		record.Text(f, 2, &g.Name)
	})
})

// find returns where the group of a name stands, -1 when there is none. b may be nil.
func (b *convBook) find(name string) int {
	if b == nil {
		return -1
	}
	return slices.IndexFunc(b.Groups, func(g convGroup) bool { return g.Name == name })
}

// names are those of the groups that a conversation is in, in the order in which the groups
// were made; ids of groups that are gone are passed over.
func (b *convBook) names(v *setting) []string {
	list := []string{}
	if b == nil || v == nil {
		return list
	}
	for _, g := range b.Groups {
		if slices.Contains(v.Groups, g.ID) {
			list = append(list, g.Name)
		}
	}
	return list
}

// ids are those of names.
func (b *convBook) ids(v *setting) (list []uint32) {
	if b == nil {
		return nil
	}
	for _, g := range b.Groups {
		if slices.Contains(v.Groups, g.ID) {
			list = append(list, g.ID)
		}
	}
	return list
}

// tags reports whether a conversation has marks or is in a group.
func (b *convBook) tags(v *setting) bool {
	return v.Marks != 0 || v.Custom != "" || len(v.Groups) > 0 && len(b.ids(v)) > 0
}

// tagged counts those that have.
func (b *convBook) tagged(rows []settingRow) (n int) {
	for _, r := range rows {
		if b.tags(r.setting) {
			n++
		}
	}
	return n
}

// count takes from the room for conversations with marks or groups what one more needs.
func (b *convBook) count(was bool, next *setting, room *int) error {
	if is := b.tags(next); is == was {
		return nil
	} else if !is {
		*room++
		return nil
	}
	if *room <= 0 {
		return chat.Refuse(chat.CodeConvTooMany, "")
	}
	*room--
	return nil
}

// in counts the conversations in a group.
func in(id uint32, rows []settingRow) (n int) {
	for _, r := range rows {
		if slices.Contains(r.Groups, id) {
			n++
		}
	}
	return n
}

func checkGroupName(name string) error {
	switch {
	case len(name) > maxConvGroupName:
		return chat.Refuse(chat.CodeConvGroupName, "")
	case name == "" || !utf8.ValidString(name) || chat.HasControl(name):
		return chat.Refuse(chat.CodeConvParameter, "GroupName is no text")
	}
	return nil
}

// GroupResult is what became of a change of a group of conversations.
type GroupResult struct {
	Group  chat.ConvGroup // without Convs
	Each   []error        // of the conversations to add, then of those to remove
	Before string         // its name before
}

// CreateConvGroup makes a group of conversations of of's ("" is the caller), with some in it.
// If there is one of that name, they are added to it: so the call may be repeated. 51011: the
// name has more than 32 bytes; 51010: there are 20; 51006: more than 100 conversations.
func (s *Service) CreateConvGroup(ctx context.Context, by chat.Actor, of chat.UserID, name string, list []chat.Target) (GroupResult, error) {
	if err := checkGroupName(name); err != nil {
		return GroupResult{}, err
	}
	return s.regroup(ctx, by, of, name, true, list, nil)
}

// FillConvGroup adds conversations to a group and removes others, 1 to 100 in all: 51009
// when there is no such group.
func (s *Service) FillConvGroup(ctx context.Context, by chat.Actor, of chat.UserID, name string, add, remove []chat.Target) (GroupResult, error) {
	if len(add)+len(remove) == 0 {
		return GroupResult{}, chat.Refuse(chat.CodeConvBatch, "no conversation is named")
	}
	return s.regroup(ctx, by, of, name, false, add, remove)
}

func (s *Service) regroup(ctx context.Context, by chat.Actor, of chat.UserID, name string, create bool, add, remove []chat.Target) (GroupResult, error) {
	if len(add)+len(remove) > maxMarkItems {
		return GroupResult{}, chat.Refuse(chat.CodeConvBatch, "more than %d conversations", maxMarkItems)
	}
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return GroupResult{}, err
	}
	found, refused, err := s.places(ctx, app, of, slices.Concat(add, remove))
	if err != nil {
		return GroupResult{}, err
	}
	for i, t := range remove { // who has left it may take it out, though there is nothing left of it
		if at := len(add) + i; refused[at] != nil {
			found[at], refused[at] = place{Target: t, conv: t.Of(app.ID, of), stamp: noStamp}, nil
		}
	}
	made, results := make(chan chat.ConvGroup, 1), make(chan []error, 1)
	err = s.change(ctx, app, of, func(ctx context.Context, e *editor, rows []settingRow, last bool) error {
		g := &grouping{editor: e, rows: rows, adds: len(add)}
		if err := g.open(ctx, name, create); err != nil {
			return err
		}
		each := slices.Clone(refused)
		for i := range found {
			if each[i] == nil {
				if each[i], err = g.place(ctx, found[i], i < g.adds); err != nil {
					return err
				}
			}
		}
		replace(results, each)
		select {
		case <-made:
		default:
		}
		made <- chat.ConvGroup{ID: g.group.ID, Name: name}
		g.tell()
		return onlyFull(each, last)
	})
	if err != nil {
		return GroupResult{}, err
	}
	return GroupResult{Group: <-made, Each: <-results, Before: name}, nil
}

// grouping is a change of one group of conversations, within a turn of its user.
type grouping struct {
	*editor
	rows    []settingRow
	adds    int
	book    convBook
	group   convGroup
	fresh   bool // it was made just now
	size    int  // conversations in it
	room    int  // see convBook.count
	changed map[chat.Target]bool
}

// open finds the group, or makes it.
func (g *grouping) open(ctx context.Context, name string, create bool) error {
	book, err := books.Get(ctx, g.Read, g.Shard, "")
	if err != nil {
		return err
	}
	if book != nil {
		g.book = convBook{book.Last, slices.Clone(book.Groups)}
	}
	g.changed = map[chat.Target]bool{}
	switch at := g.book.find(name); {
	case at >= 0:
		g.group = g.book.Groups[at]
	case !create:
		return chat.Refuse(chat.CodeNoConvGroup, "")
	case len(g.book.Groups) >= maxConvGroups:
		return chat.Refuse(chat.CodeTooManyConvGroups, "")
	default:
		g.book.Last++
		g.fresh, g.group = true, convGroup{g.book.Last, name}
		g.book.Groups = append(g.book.Groups, g.group)
		books.Put(g.Turn, "", &g.book)
	}
	g.size, g.room = in(g.group.ID, g.rows), maxTagged-g.book.tagged(g.rows)
	return nil
}

// place puts one conversation into the group, or takes it out.
func (g *grouping) place(ctx context.Context, p place, add bool) (refused, err error) {
	err = g.edit(ctx, p, func(v *setting) *chat.ConvChange {
		if slices.Contains(v.Groups, g.group.ID) == add {
			return nil
		}
		was, next := g.book.tags(v), *v
		next.Groups = g.book.ids(v)
		if add {
			if g.size >= maxTagged {
				refused = chat.Refuse(chat.CodeConvTooMany, "")
				return nil
			}
			next.Groups = append(next.Groups, g.group.ID)
		} else {
			next.Groups = slices.DeleteFunc(next.Groups, func(id uint32) bool { return id == g.group.ID })
		}
		if refused = g.book.count(was, &next, &g.room); refused != nil {
			return nil
		}
		if g.size--; add {
			g.size += 2
		}
		*v = next
		g.changed[p.Target] = add
		names := g.book.names(v)
		return &chat.ConvChange{Groups: &names}
	})
	return refused, err
}

// tell adds the event about the group, if it has changed.
func (g *grouping) tell() {
	if !g.fresh && len(g.changed) == 0 {
		return
	}
	told := &chat.ConvGroup{ID: g.group.ID, Name: g.group.Name, Untold: g.size > maxGroupEvent}
	if !told.Untold {
		for _, r := range g.rows {
			if add, changed := g.changed[r.target]; slices.Contains(r.Groups, g.group.ID) && !(changed && !add) {
				told.Convs = append(told.Convs, r.target)
				delete(g.changed, r.target)
			}
		}
		for t, add := range g.changed {
			if add {
				told.Convs = append(told.Convs, t)
			}
		}
		slices.SortFunc(told.Convs, compareTargets)
	}
	g.tellGroup(told)
}

func (e *editor) tellGroup(g *chat.ConvGroup) {
	e.Commit.Notices = append(e.Commit.Notices, &chat.UserEvent{
		App: e.Shard.App, User: e.Shard.User(), Time: e.Ms, Kind: chat.UserConvGroup,
		Detail: &chat.UserDetail{Changed: &chat.ConvChange{Group: g}}, Expires: e.expires,
	})
}

// RenameConvGroup gives a group of conversations another name: 51009 when there is no such
// group, 51011 when the name has more than 32 bytes, 50002 when another group has it.
func (s *Service) RenameConvGroup(ctx context.Context, by chat.Actor, of chat.UserID, old, name string) (GroupResult, error) {
	if err := checkGroupName(name); err != nil {
		return GroupResult{}, err
	}
	return s.rebook(ctx, by, of, old, func(b *convBook, at int) (*chat.ConvGroup, error) {
		if name == old {
			return nil, nil
		}
		if b.find(name) >= 0 {
			return nil, chat.Refuse(chat.CodeConvParameter, "there is a group of that name")
		}
		b.Groups[at].Name = name
		return &chat.ConvGroup{ID: b.Groups[at].ID, Name: name, OldName: old}, nil
	})
}

// DeleteConvGroup takes a group of conversations away; they stay. 51009 when there is none.
func (s *Service) DeleteConvGroup(ctx context.Context, by chat.Actor, of chat.UserID, name string) (GroupResult, error) {
	return s.rebook(ctx, by, of, name, func(b *convBook, at int) (*chat.ConvGroup, error) {
		told := &chat.ConvGroup{ID: b.Groups[at].ID, Name: name, Deleted: true}
		b.Groups = slices.Delete(b.Groups, at, at+1)
		return told, nil
	})
}

// rebook changes the list of groups.
func (s *Service) rebook(ctx context.Context, by chat.Actor, of chat.UserID, name string,
	change func(b *convBook, at int) (*chat.ConvGroup, error),
) (GroupResult, error) {
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return GroupResult{}, err
	}
	done := make(chan chat.ConvGroup, 1)
	err = s.ledger.Change(ctx, chat.UserShard(app.ID, of), 0, editing(app, func(ctx context.Context, e *editor) error {
		book, err := books.Get(ctx, e.Read, e.Shard, "")
		if err != nil {
			return err
		}
		at := book.find(name)
		if at < 0 {
			return chat.Refuse(chat.CodeNoConvGroup, "")
		}
		next := convBook{book.Last, slices.Clone(book.Groups)}
		was := next.Groups[at]
		told, err := change(&next, at)
		if err != nil {
			return err
		}
		select {
		case <-done:
		default:
		}
		done <- chat.ConvGroup{ID: was.ID, Name: name}
		if told != nil {
			books.Put(e.Turn, "", &next)
			e.tellGroup(told)
		}
		return nil
	}))
	if err != nil {
		return GroupResult{}, err
	}
	g := <-done
	return GroupResult{Group: g, Before: name}, nil
}
