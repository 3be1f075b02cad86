package inbox

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Tagged is a conversation with its marks and the groups that it is in (spec/06 §6).
type Tagged struct {
	Target chat.Target
	Marks  chat.Marks
	Custom string
	Groups []uint32
	At     int64 // when its user last changed its settings, Unix milliseconds; 0: never
}

// TaggedConvs lists those of of's conversations ("" is the caller) that have marks or are in
// groups, by name, and their groups without conversations, by age.
func (s *Service) TaggedConvs(ctx context.Context, by chat.Actor, of chat.UserID) ([]Tagged, []chat.ConvGroup, error) {
	book, counts, err := s.tags(ctx, by, of)
	if err != nil {
		return nil, nil, err
	}
	var list []Tagged
	for t, v := range counts {
		if book.tags(v) {
			list = append(list, tagged(t, v, book))
		}
	}
	slices.SortFunc(list, func(a, b Tagged) int { return compareTargets(a.Target, b.Target) })
	return list, book.list(), nil
}

// TaggedOf is TaggedConvs of the conversations that are named, in the order asked.
func (s *Service) TaggedOf(ctx context.Context, by chat.Actor, of chat.UserID, list []chat.Target) ([]Tagged, []chat.ConvGroup, error) {
	book, counts, err := s.tags(ctx, by, of)
	if err != nil {
		return nil, nil, err
	}
	found := make([]Tagged, len(list))
	for i, t := range list {
		found[i] = tagged(t, counts[t], book)
	}
	return found, book.list(), nil
}

// ConvGroups lists of's groups of conversations ("" is the caller), by age, each with what
// is in it, by name.
func (s *Service) ConvGroups(ctx context.Context, by chat.Actor, of chat.UserID) ([]chat.ConvGroup, error) {
	book, counts, err := s.tags(ctx, by, of)
	if err != nil {
		return nil, err
	}
	list := book.list()
	at := make(map[uint32]int, len(list))
	for i, g := range list {
		at[g.ID] = i
	}
	for t, v := range counts {
		for _, id := range book.ids(v) {
			list[at[id]].Convs = append(list[at[id]].Convs, t)
		}
	}
	for i := range list {
		slices.SortFunc(list[i].Convs, compareTargets)
	}
	return list, nil
}

// tags are the groups of a user and what they have set.
func (s *Service) tags(ctx context.Context, by chat.Actor, of chat.UserID) (*convBook, map[chat.Target]*setting, error) {
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return nil, nil, err
	}
	in, err := s.groups.Memberships(ctx, app.ID, of)
	if err != nil {
		return nil, nil, err
	}
	counts, err := s.set(ctx, app.ID, of, joinedAt(in))
	if err != nil {
		return nil, nil, err
	}
	book, err := books.Get(ctx, s.ledger, chat.UserShard(app.ID, of), "")
	return book, counts, err
}

func (b *convBook) list() []chat.ConvGroup {
	if b == nil {
		return nil
	}
	list := make([]chat.ConvGroup, len(b.Groups))
	for i, g := range b.Groups {
		list[i] = chat.ConvGroup{ID: g.ID, Name: g.Name}
	}
	return list
}

func tagged(t chat.Target, v *setting, book *convBook) Tagged {
	if v == nil {
		return Tagged{Target: t}
	}
	return Tagged{t, v.Marks, v.Custom, book.ids(v), v.At}
}

// compareTargets orders conversations as their names in bodies do.
func compareTargets(a, b chat.Target) int {
	if a.Kind != b.Kind {
		return strings.Compare(a.String(), b.String())
	}
	return strings.Compare(a.ID, b.ID)
}
