package moderation

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Word is a word of a list.
type Word struct {
	ID      string // decimal; given by the server
	Content string // as it was added; case and width do not count
	Label   string // what it is said to be; see labels
	Created int64  // Unix seconds
}

// labels are what a word may be said to be (spec/09 §E). Nothing follows from it.
var labels = []string{"", "Normal", "Illegal", "Abuse", "Polity", "Ad", "Porn", "Sexy", "Terror", "Composite"}

// words are under the keys of their lists, each followed by the word as it is folded.
var words = ledger.Table(record.Word, func(f *record.Fields, w *Word) {
	record.Text(f, 1, &w.ID)
	record.Text(f, 2, &w.Content)
	record.Text(f, 3, &w.Label, labels...)
	record.Int(f, 4, &w.Created)
})

// wordsAtOnce is how many words are read at once.
const wordsAtOnce = 500

// eachWord hands on the words of a list in byte order, each with how it is folded, until use
// returns false.
func eachWord(ctx context.Context, r chat.RowReader, shard chat.Shard, list string, use func(w *Word, folded string) bool) error {
	for after := ""; ; {
		page, keys, err := words.Page(ctx, r, shard, list, after, wordsAtOnce)
		if err != nil {
			return err
		}
		for i, w := range page {
			if !use(w, keys[i][len(list):]) {
				return nil
			}
		}
		if len(page) < wordsAtOnce {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

// NewWord is a word to add.
type NewWord struct{ Content, Label string }

func (w *NewWord) check() error {
	switch {
	case strings.TrimSpace(w.Content) == "" || len(w.Content) > maxWordBytes || !utf8.ValidString(w.Content):
		return chat.Refuse(chat.CodeWordsParameter, "Content has to be 1 to %d bytes of UTF-8, and not blank", maxWordBytes)
	case !slices.Contains(labels, w.Label):
		return chat.Refuse(chat.CodeWordsParameter, "Label is unknown")
	}
	return nil
}

// checkMany bounds the words of one call.
func checkMany(n, most int) error {
	switch {
	case n == 0:
		return chat.Refuse(chat.CodeWordsParameter, "no words are given")
	case n > most:
		return chat.Refuse(chat.CodeTooManyWords, "more than %d words are given", most)
	}
	return nil
}

// Add puts words into a list; one that is there gets its new spelling and label. 2016 when
// there would be too many, or more than MaxAdd are given.
func (s *Service) Add(ctx context.Context, by chat.Actor, id string, list []NewWord) error {
	if err := s.mayEdit(by); err != nil {
		return err
	}
	if err := checkMany(len(list), MaxAdd); err != nil {
		return err
	}
	for i := range list {
		if err := list[i].check(); err != nil {
			return err
		}
	}
	return s.change(ctx, by, id, func(ctx context.Context, t *ledger.Turn, now *state, key string, l *List) error {
		return addWords(ctx, t, now, key, l, list)
	})
}

func addWords(ctx context.Context, t *ledger.Turn, now *state, key string, l *List, list []NewWord) error {
	have := l.Words
	fresh := map[string]bool{}
	changed := false
	for _, w := range list {
		text := folded(w.Content)
		old, err := words.Get(ctx, t.Read, t.Shard, key+text)
		if err != nil {
			return err
		}
		row := Word{Content: w.Content, Label: w.Label, Created: t.Sec()}
		switch {
		case fresh[text]:
			continue
		case old != nil && old.Content == w.Content && old.Label == w.Label:
			continue
		case old != nil:
			row.ID, row.Created = old.ID, old.Created
		default:
			fresh[text] = true
			row.ID = strconv.FormatUint(now.Next, 10)
			now.Next++
			now.Words++
			now.Bytes += len(text)
			l.Words++
			l.Bytes += len(text)
		}
		changed = true
		words.Put(t, key+text, &row)
	}
	if now.Words > maxWords || now.Bytes > maxAllBytes {
		return chat.Refuse(chat.CodeTooManyWords, "all lists together have at most %d words, and %d bytes", maxWords, maxAllBytes)
	}
	if l.Words != have {
		lists.Put(t, key, l)
	}
	if changed {
		now.put(t)
	}
	return nil
}

// Removed is what became of a word that was to be removed: nil of one that was not there.
type Removed struct {
	Content string
	Word    *Word
}

// Remove takes words out of a list, by what they say.
func (s *Service) Remove(ctx context.Context, by chat.Actor, id string, list []string) ([]Removed, error) {
	if err := s.mayEdit(by); err != nil {
		return nil, err
	}
	if err := checkMany(len(list), MaxRemove); err != nil {
		return nil, err
	}
	var gone []Removed
	err := s.change(ctx, by, id, func(ctx context.Context, t *ledger.Turn, now *state, key string, l *List) (err error) {
		gone, err = removeWords(ctx, t, now, key, l, list)
		return err
	})
	return gone, err
}

func removeWords(ctx context.Context, t *ledger.Turn, now *state, key string, l *List, list []string) ([]Removed, error) {
	gone := make([]Removed, len(list))
	seen := map[string]bool{}
	for i, content := range list {
		gone[i].Content = content
		text := folded(content)
		if seen[text] || len(text) > 2*maxWordBytes {
			continue
		}
		seen[text] = true
		w, err := words.Get(ctx, t.Read, t.Shard, key+text)
		if err != nil {
			return nil, err
		}
		if w == nil {
			continue
		}
		gone[i].Word = w
		words.Remove(t, key+text)
		now.Words--
		now.Bytes -= len(text)
		l.Words--
		l.Bytes -= len(text)
	}
	if len(t.Commit.Rows) > 0 {
		lists.Put(t, key, l)
		now.put(t)
	}
	return gone, nil
}

// Words pages the words of a list in the order of their letters; content, if it is not "",
// wants those that have it somewhere, case and width aside. total is how many there are of
// them.
func (s *Service) Words(ctx context.Context, by chat.Actor, id, content string, offset, limit int) (list []*Word, total int, err error) {
	if err := s.mayEdit(by); err != nil {
		return nil, 0, err
	}
	key, err := keyNamed(id)
	if err != nil {
		return nil, 0, err
	}
	of, err := lists.Get(ctx, s.ledger, chat.AppShard(by.App), key)
	if err != nil {
		return nil, 0, err
	}
	if of == nil {
		return nil, 0, noList()
	}
	content = folded(content)
	err = eachWord(ctx, s.ledger, chat.AppShard(by.App), key, func(w *Word, text string) bool {
		if strings.Contains(text, content) {
			if total >= offset && len(list) < limit {
				list = append(list, w)
			}
			total++
		}
		return content != "" || len(list) < limit
	})
	if content == "" {
		total = of.Words
	}
	return list, total, err
}
