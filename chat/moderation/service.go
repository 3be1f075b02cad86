package moderation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service keeps the lists, and holds texts against them.
type Service struct {
	ledger *ledger.Ledger
	mu     sync.Mutex // serialises new apps
	books  atomic.Pointer[map[chat.AppID]*book]
}

// New builds a Service.
func New(l *ledger.Ledger) *Service { return &Service{ledger: l} }

// book is what the texts of an app are held against.
type book struct {
	mu   sync.Mutex // held by the goroutine that makes it anew
	kept atomic.Pointer[kept]
}

type kept struct {
	revision uint64
	words    *matcher
}

// Body holds a MsgBody, whose form is right, against the app's words: 80001 when it has one
// of a list of Block, else the body with * in place of those to be replaced, nil when it has
// none. Where there are no words it costs the look at one row.
func (s *Service) Body(ctx context.Context, app chat.AppID, body json.RawMessage) (json.RawMessage, error) {
	m, err := s.words(ctx, app)
	if err != nil || m == nil {
		return nil, err
	}
	changed, refused := m.body(body)
	if refused {
		return nil, chat.Refuse(chat.CodeTextRefused, "")
	}
	return changed, nil
}

// Texts is Body for plain texts, which are changed where they stand; nil is none.
func (s *Service) Texts(ctx context.Context, app chat.AppID, texts ...*string) error {
	m, err := s.words(ctx, app)
	if err != nil || m == nil {
		return err
	}
	for _, t := range texts {
		if t == nil {
			continue
		}
		masked, refused := m.look([]byte(*t))
		if refused {
			return chat.Refuse(chat.CodeTextRefused, "")
		}
		if masked != nil {
			*t = string(masked)
		}
	}
	return nil
}

// words finds what the texts of an app are held against, nil when it has no words.
func (s *Service) words(ctx context.Context, app chat.AppID) (*matcher, error) {
	now, err := states.Get(ctx, s.ledger, chat.AppShard(app), "")
	if err != nil || now == nil || now.Words == 0 {
		return nil, err
	}
	b := s.book(app)
	if k := b.kept.Load(); k != nil && k.revision == now.Revision {
		return k.words, nil
	}
	return b.renew(ctx, s.ledger, app)
}

func (s *Service) book(app chat.AppID) *book {
	if m := s.books.Load(); m != nil && (*m)[app] != nil {
		return (*m)[app]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := map[chat.AppID]*book{}
	if m := s.books.Load(); m != nil {
		if b := (*m)[app]; b != nil {
			return b
		}
		maps.Copy(next, *m)
	}
	next[app] = new(book)
	s.books.Store(&next)
	return next[app]
}

// renew makes the matcher of the words as they are now. Others who need it meanwhile wait.
func (b *book) renew(ctx context.Context, r chat.RowReader, app chat.AppID) (*matcher, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, err := states.Get(ctx, r, chat.AppShard(app), "")
	if err != nil || now == nil {
		return nil, err
	}
	if k := b.kept.Load(); k != nil && k.revision == now.Revision {
		return k.words, nil
	}
	// What comes into the rows from here on raises the revision, and is found by the next.
	list, err := entries(ctx, r, chat.AppShard(app))
	if err != nil {
		return nil, err
	}
	m, err := newMatcher(list)
	if err != nil {
		return nil, fmt.Errorf("words of app %d: %w", app, err)
	}
	b.kept.Store(&kept{now.Revision, m})
	return m, nil
}

// entries are the words of all lists.
func entries(ctx context.Context, r chat.RowReader, shard chat.Shard) (list []entry, err error) {
	all, keys, err := lists.Page(ctx, r, shard, "", "", maxLists)
	if err != nil {
		return nil, err
	}
	for i, l := range all {
		err := eachWord(ctx, r, shard, keys[i], func(w *Word, _ string) bool {
			list = append(list, entry{w.Content, l.Suggestion == Block})
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// mayEdit is the app, for its administrators.
func (s *Service) mayEdit(by chat.Actor) error {
	if _, err := s.ledger.App(by.App); err != nil {
		return err
	}
	if !by.Admin() {
		return chat.Refuse(chat.CodeWordsNeedAdmin, "")
	}
	return nil
}

// Number is a random number.
func (s *Service) Number() uint32 { return s.ledger.Random() }
