package moderation

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of an app's lists: together they bound what the words take in memory, about 50 MB
// for the worst of them.
const (
	maxLists     = 20
	maxWords     = 10_000    // in all lists
	maxWordBytes = 64        // of a word
	maxAllBytes  = 256 << 10 // of all words
	maxNameBytes = 64
	maxDescribe  = 256
	// MaxPage is how many lists or words a page has at most, MaxAdd how many words one call
	// adds, MaxRemove how many it takes away.
	MaxPage   = 100
	MaxAdd    = 100
	MaxRemove = 10
)

// Suggestion says what becomes of a text that has a word of the list.
type Suggestion string

// The suggestions.
const (
	Block   Suggestion = "Block"   // it is refused
	Replace Suggestion = "Replace" // the word is replaced
)

// List is a list of words.
type List struct {
	ID         string // decimal; given by the server
	Name       string
	Describe   string
	Suggestion Suggestion
	Created    int64 // Unix seconds
	Words      int
	Bytes      int // of all words, folded
}

// state is of all lists of an app. Revision grows with every change of them, and never
// begins anew: who keeps what was made of them knows by it whether it holds. Ending are lists
// that are gone, and whose words are not all removed yet.
type state struct {
	Revision uint64
	Next     uint64 // the next number of a list or word
	Lists    int
	Words    int
	Bytes    int
	Ending   []string // keys
}

// states has one row; lists are under their numbers, eight bytes.
var (
	states = ledger.Table(record.WordState, func(f *record.Fields, s *state) {
		record.Int(f, 1, &s.Revision)
		record.Int(f, 2, &s.Next)
		record.Int(f, 3, &s.Lists)
		record.Int(f, 4, &s.Words)
		record.Int(f, 5, &s.Bytes)
		record.Texts(f, 6, &s.Ending)
	})
	lists = ledger.Table(record.WordList, func(f *record.Fields, l *List) {
		record.Text(f, 1, &l.Name)
		record.Text(f, 2, &l.Describe)
		record.Text(f, 3, &l.Suggestion, Block, Replace)
		record.Int(f, 4, &l.Created)
		record.Int(f, 5, &l.Words)
		record.Int(f, 6, &l.Bytes)
	}).Named(func(l *List, _ chat.Shard, key string) {
		if len(key) == numberBytes {
			l.ID = strconv.FormatUint(binary.BigEndian.Uint64([]byte(key)), 10)
		}
	})
)

const numberBytes = 8

func keyOf(number uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, number))
}

// keyNamed is the key of the list with an ID.
func keyNamed(id string) (string, error) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return "", noList()
	}
	return keyOf(n), nil
}

func noList() error { return chat.Refuse(chat.CodeWordsParameter, "there is no list with that LibID") }

// current is the state of the app whose turn it is, to be changed and put.
func current(ctx context.Context, t *ledger.Turn) (*state, error) {
	old, err := states.Get(ctx, t.Read, t.Shard, "")
	if err != nil {
		return nil, err
	}
	now := state{Next: 1}
	if old != nil {
		now = *old // stored values are shared and never changed
		now.Ending = slices.Clone(old.Ending)
	}
	return &now, nil
}

// put puts the state with a new revision: one that no other row of the app has had, also
// when the app is removed and made again.
func (s *state) put(t *ledger.Turn) {
	s.Revision = max(s.Revision+1, uint64(t.Ms))
	states.Put(t, "", s)
}

// Draft is a list to make, or what to change of one: nil stays.
type Draft struct {
	Name, Describe *string
	Suggestion     *Suggestion
}

func (d *Draft) check() error {
	switch {
	case d.Name != nil && (*d.Name == "" || len(*d.Name) > maxNameBytes || !utf8.ValidString(*d.Name)):
		return chat.Refuse(chat.CodeWordsParameter, "LibName has to be 1 to %d bytes of UTF-8", maxNameBytes)
	case d.Describe != nil && (len(*d.Describe) > maxDescribe || !utf8.ValidString(*d.Describe)):
		return chat.Refuse(chat.CodeWordsParameter, "Describe has to be at most %d bytes of UTF-8", maxDescribe)
	case d.Suggestion != nil && *d.Suggestion != Block && *d.Suggestion != Replace:
		return chat.Refuse(chat.CodeWordsParameter, "Suggestion has to be Block or Replace")
	}
	return nil
}

func (d *Draft) apply(l *List) {
	if d.Name != nil {
		l.Name = *d.Name
	}
	if d.Describe != nil {
		l.Describe = *d.Describe
	}
	if d.Suggestion != nil {
		l.Suggestion = *d.Suggestion
	}
}

// Make makes a list, of Block unless it says otherwise, and returns its ID. 2016 when the app
// has as many as it may.
func (s *Service) Make(ctx context.Context, by chat.Actor, d Draft) (string, error) {
	if err := s.mayEdit(by); err != nil {
		return "", err
	}
	if d.Name == nil {
		return "", chat.Refuse(chat.CodeWordsParameter, "LibName is missing")
	}
	if err := d.check(); err != nil {
		return "", err
	}
	if err := s.sweep(ctx, by.App); err != nil {
		return "", err
	}
	var number uint64
	err := s.ledger.Change(ctx, chat.AppShard(by.App), 0, func(ctx context.Context, t *ledger.Turn) error {
		now, err := current(ctx, t)
		if err != nil {
			return err
		}
		if now.Lists >= maxLists {
			return chat.Refuse(chat.CodeTooManyWords, "there are %d lists", maxLists)
		}
		number = now.Next
		now.Next++
		now.Lists++
		l := List{Suggestion: Block, Created: t.Sec()}
		d.apply(&l)
		lists.Put(t, keyOf(number), &l)
		now.put(t)
		return nil
	})
	return strconv.FormatUint(number, 10), err
}

// Modify changes a list.
func (s *Service) Modify(ctx context.Context, by chat.Actor, id string, d Draft) error {
	if err := s.mayEdit(by); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	return s.change(ctx, by, id, func(_ context.Context, t *ledger.Turn, now *state, key string, l *List) error {
		old := *l
		if d.apply(l); *l == old {
			return nil
		}
		lists.Put(t, key, l)
		now.put(t)
		return nil
	})
}

// change runs do as a turn about a list; l is its own.
func (s *Service) change(ctx context.Context, by chat.Actor, id string,
	do func(ctx context.Context, t *ledger.Turn, now *state, key string, l *List) error,
) error {
	key, err := keyNamed(id)
	if err != nil {
		return err
	}
	return s.ledger.Change(ctx, chat.AppShard(by.App), 0, func(ctx context.Context, t *ledger.Turn) error {
		now, err := current(ctx, t)
		if err != nil {
			return err
		}
		old, err := lists.Get(ctx, t.Read, t.Shard, key)
		if err != nil {
			return err
		}
		if old == nil {
			return noList()
		}
		l := *old // stored values are shared and never changed
		return do(ctx, t, now, key, &l)
	})
}

// Delete removes a list with its words: nothing is held against them once it has answered.
func (s *Service) Delete(ctx context.Context, by chat.Actor, id string) error {
	if err := s.mayEdit(by); err != nil {
		return err
	}
	if err := s.sweep(ctx, by.App); err != nil {
		return err
	}
	err := s.change(ctx, by, id, func(_ context.Context, t *ledger.Turn, now *state, key string, l *List) error {
		lists.Remove(t, key)
		now.Lists--
		now.Words -= l.Words
		now.Bytes -= l.Bytes
		if l.Words > 0 {
			now.Ending = append(now.Ending, key)
		}
		now.put(t)
		return nil
	})
	if err != nil {
		return err
	}
	return s.sweep(ctx, by.App)
}

// sweepPage is how many words one commit removes.
const sweepPage = 500

// sweep removes the words of lists that are gone; what a crash has left is removed before the
// next list is made or deleted.
func (s *Service) sweep(ctx context.Context, app chat.AppID) error {
	for {
		now, err := states.Get(ctx, s.ledger, chat.AppShard(app), "")
		if err != nil || now == nil || len(now.Ending) == 0 {
			return err
		}
		if err := s.ledger.Change(ctx, chat.AppShard(app), 0, sweepSome); err != nil {
			return err
		}
	}
}

// sweepSome is a turn of sweep.
func sweepSome(ctx context.Context, t *ledger.Turn) error {
	now, err := current(ctx, t)
	if err != nil || len(now.Ending) == 0 {
		return err
	}
	_, keys, err := words.Page(ctx, t.Read, t.Shard, now.Ending[0], "", sweepPage)
	if err != nil {
		return err
	}
	for _, key := range keys {
		words.Remove(t, key)
	}
	if len(keys) < sweepPage {
		now.Ending = now.Ending[1:]
		states.Put(t, "", now)
	}
	return nil
}

// Lists pages the lists, the oldest first; total is how many there are.
func (s *Service) Lists(ctx context.Context, by chat.Actor, offset, limit int) (list []*List, total int, err error) {
	if err := s.mayEdit(by); err != nil {
		return nil, 0, err
	}
	list, _, err = lists.Page(ctx, s.ledger, chat.AppShard(by.App), "", "", maxLists)
	if err != nil {
		return nil, 0, err
	}
	total = len(list)
	from := min(offset, total)
	return list[from:min(from+limit, total)], total, nil
}
