// Package searchtest keeps indexes in memory, for tests of what stands above them: they
// look at everything, and lose it when the shelf goes.
//
// It refuses to be fast. Start reading at [New].
package searchtest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/search"
)

// Shelf keeps the indexes of a test.
type Shelf struct {
	// Opening, if set, is called before an index is opened.
	Opening func(app chat.AppID) error

	mu   sync.Mutex
	apps map[chat.AppID]*Index
}

// New makes an empty shelf.
func New() *Shelf { return &Shelf{apps: map[chat.AppID]*Index{}} }

// Begin implements search.Shelf.
func (s *Shelf) Begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.apps {
		x.begin()
	}
	return nil
}

// Open implements search.Shelf.
func (s *Shelf) Open(app chat.AppID, _ bool) (search.Index, error) {
	if s.Opening != nil {
		if err := s.Opening(app); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.apps[app]
	if x == nil {
		x = &Index{messages: map[search.MessageID]search.Message{}, names: map[nameKey]search.Name{}}
		s.apps[app] = x
	}
	return x, nil
}

// Remove implements search.Shelf.
func (s *Shelf) Remove(app chat.AppID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, app)
	return nil
}

// Apps implements search.Shelf.
func (s *Shelf) Apps() ([]chat.AppID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.apps)), nil
}

// Close implements search.Shelf.
func (s *Shelf) Close() {}

type nameKey struct {
	kind search.NameKind
	id   string
}

// Index is that of one app.
type Index struct {
	mu       sync.Mutex // guards all below
	messages map[search.MessageID]search.Message
	names    map[nameKey]search.Name
	place    []byte
	orderly  bool // it was closed so before Begin
	sealed   bool // it was closed so
}

func (x *Index) begin() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.orderly, x.sealed = x.sealed, false
}

// Place implements search.Index.
func (x *Index) Place() (place []byte, orderly bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.place, x.orderly, nil
}

// Put implements search.Index.
func (x *Index) Put(_ context.Context, b *search.Batch) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range b.Gone {
		delete(x.messages, id)
	}
	for _, m := range b.Messages {
		x.messages[m.MessageID] = m
	}
	for _, n := range b.NamesGone {
		delete(x.names, nameKey{n.Kind, n.ID})
	}
	for _, n := range b.Names {
		x.names[nameKey{n.Kind, n.ID}] = n
	}
	if b.Place != nil {
		x.place = b.Place
	}
	return nil
}

// Messages implements search.Index.
func (x *Index) Messages(_ context.Context, f *search.Find) (list []search.MessageID, more bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, m := range x.messages {
		if finds(f, &m) {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, func(a, b search.MessageID) int { return b.Compare(a) })
	return list[:min(len(list), f.Most)], len(list) > f.Most, nil
}

func finds(f *search.Find, m *search.Message) bool {
	mine := f.User != "" && m.Conv.Kind == chat.C2C && (m.Conv.A == string(f.User) || m.Conv.B == string(f.User))
	switch {
	case !mine && !slices.Contains(f.Convs, m.Conv), f.From != nil && !slices.Contains(f.From, m.From),
		m.Time < f.Since, m.Time > f.Until, f.Before != nil && m.Compare(*f.Before) >= 0:
		return false
	}
	typed := func(t string) bool { return slices.Contains(f.Types, t) }
	return (f.Types == nil || slices.ContainsFunc(m.Types, typed)) && f.Keywords.In(m.Texts)
}

// Names implements search.Index.
func (x *Index) Names(_ context.Context, kind search.NameKind, k search.Keywords, after string, most int) (ids []string, more bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, n := range x.names {
		if key.kind == kind && (key.id > after || after == "") && k.In(n.Texts) {
			ids = append(ids, key.id)
		}
	}
	slices.Sort(ids)
	return ids[:min(len(ids), most)], len(ids) > most, nil
}

// Conversations implements search.Index.
func (x *Index) Conversations(_ context.Context, after chat.Conversation, most int) (list []chat.Conversation, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	compare := func(a, b chat.Conversation) int { return strings.Compare(a.String(), b.String()) }
	for id := range x.messages {
		if after == (chat.Conversation{}) || compare(id.Conv, after) > 0 {
			list = append(list, id.Conv)
		}
	}
	slices.SortFunc(list, compare)
	list = slices.Compact(list)
	return list[:min(len(list), most)], nil
}

// Forget implements search.Index.
func (x *Index) Forget(_ context.Context, c chat.Conversation) error {
	return x.remove(func(m search.Message) bool { return m.Conv == c })
}

// Expire implements search.Index.
func (x *Index) Expire(_ context.Context, now int64) error {
	return x.remove(func(m search.Message) bool { return m.Expires > 0 && m.Expires <= now })
}

func (x *Index) remove(which func(search.Message) bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.DeleteFunc(x.messages, func(_ search.MessageID, m search.Message) bool { return which(m) })
	return nil
}

// Renewed implements search.Index.
func (x *Index) Renewed(_ context.Context, kind search.NameKind, round uint32) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.DeleteFunc(x.names, func(key nameKey, n search.Name) bool { return key.kind == kind && n.Round != round })
	return nil
}

// Size implements search.Index.
func (x *Index) Size() (documents, bytes int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int64(len(x.messages) + len(x.names)), 0
}

// Close implements search.Index.
func (x *Index) Close(orderly bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.orderly, x.sealed = false, orderly
	return nil
}
