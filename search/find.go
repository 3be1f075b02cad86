package search

import (
	"context"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

// bare asks for lists of documents and no more.
var bare = search.SearcherOptions{Score: "none"}

// asking builds the question of one call. The searchers that are part of another are
// closed with it.
type asking struct {
	ctx context.Context
	r   index.IndexReader
}

func (a *asking) term(field, term string) (search.Searcher, error) {
	return searcher.NewTermSearcher(a.ctx, a.r, term, field, 1, bare)
}

// marked are documents with a mark.
func (a *asking) marked(c class, what string) (search.Searcher, error) {
	return a.term(fieldMark, mark(c, what))
}

// any are documents with one of the marks.
func (a *asking) any(c class, list []string) (search.Searcher, error) {
	switch len(list) {
	case 0:
		return searcher.NewMatchNoneSearcher(a.r)
	case 1:
		return a.marked(c, list[0])
	}
	marks := make([]string, len(list))
	for i, what := range list {
		marks[i] = mark(c, what)
	}
	return searcher.NewMultiTermSearcher(a.ctx, a.r, marks, fieldMark, 1, bare, false)
}

// keyword are documents that have all terms of a keyword.
func (a *asking) keyword(field string, k room.Words) (search.Searcher, error) {
	list := wantedOf(k)
	if len(list) == 0 {
		return searcher.NewMatchNoneSearcher(a.r)
	}
	return a.all(len(list), func(i int) (search.Searcher, error) {
		if list[i].beginning {
			return searcher.NewTermPrefixSearcher(a.ctx, a.r, list[i].term, field, 1, bare)
		}
		return a.term(field, list[i].term)
	})
}

// keywords are documents in which they may be found; nil when there are none.
func (a *asking) keywords(field string, k room.Keywords) (search.Searcher, error) {
	each := func(i int) (search.Searcher, error) { return a.keyword(field, k.List[i]) }
	switch {
	case len(k.List) == 0:
		return nil, nil
	case k.All || len(k.List) == 1:
		return a.all(len(k.List), each)
	}
	return a.either(len(k.List), each)
}

// all are documents that each of n has.
func (a *asking) all(n int, each func(int) (search.Searcher, error)) (search.Searcher, error) {
	list, err := gather(n, each)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return searcher.NewConjunctionSearcher(a.ctx, a.r, list, bare)
}

// either are documents that one of n has.
func (a *asking) either(n int, each func(int) (search.Searcher, error)) (search.Searcher, error) {
	list, err := gather(n, each)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return searcher.NewDisjunctionSearcher(a.ctx, a.r, list, 1, bare)
}

func first(list []search.Searcher) search.Searcher {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// gather makes n searchers, or none when one cannot be made.
func gather(n int, each func(int) (search.Searcher, error)) ([]search.Searcher, error) {
	list := make([]search.Searcher, 0, n)
	for i := range n {
		s, err := each(i)
		if err != nil {
			for _, made := range list {
				_ = made.Close()
			}
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// messages are the documents of messages that may be meant, in no order of time.
func (a *asking) messages(f *room.Find) (search.Searcher, error) {
	parts := []func() (search.Searcher, error){func() (search.Searcher, error) { return a.where(f) }}
	if len(f.Keywords.List) > 0 {
		parts = append(parts, func() (search.Searcher, error) { return a.keywords(fieldText, f.Keywords) })
	}
	if f.From != nil {
		parts = append(parts, func() (search.Searcher, error) { return a.any(ofFrom, texts(f.From)) })
	}
	if f.Types != nil {
		parts = append(parts, func() (search.Searcher, error) { return a.any(ofType, f.Types) })
	}
	return a.all(len(parts), func(i int) (search.Searcher, error) { return parts[i]() })
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// where are the documents of the conversations.
func (a *asking) where(f *room.Find) (search.Searcher, error) {
	convs := make([]string, len(f.Convs))
	for i, c := range f.Convs {
		convs[i] = convTerm(c)
	}
	switch {
	case f.User == "":
		return a.any(ofConv, convs)
	case len(convs) == 0:
		return a.marked(ofParty, string(f.User))
	}
	return a.either(2, func(i int) (search.Searcher, error) {
		if i == 0 {
			return a.marked(ofParty, string(f.User))
		}
		return a.any(ofConv, convs)
	})
}

// checkEvery is after how many documents a call looks whether it is to end.
const checkEvery = 1024

// each hands on the ids of the documents.
func (a *asking) each(s search.Searcher, use func(key string) error) error {
	ctx := &search.SearchContext{
		DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: a.r,
	}
	for n := 1; ; n++ {
		d, err := s.Next(ctx)
		if err != nil || d == nil {
			return err
		}
		key, err := a.r.ExternalID(d.IndexInternalID)
		if err != nil {
			return err
		}
		ctx.DocumentMatchPool.Put(d)
		if err := use(key); err != nil {
			return err
		}
		if n%checkEvery == 0 && a.ctx.Err() != nil {
			return a.ctx.Err()
		}
	}
}

// find runs a question on the index as it is now.
func (x *Index) find(ctx context.Context, question func(*asking) (search.Searcher, error), use func(key string) error) error {
	return x.read(func(r index.IndexReader) (err error) {
		a := &asking{ctx, r}
		s, err := question(a)
		if err != nil || s == nil {
			return err
		}
		defer func() { _ = s.Close() }()
		return a.each(s, use)
	})
}

// Messages implements room.Index. It looks at all that match, and keeps the newest.
func (x *Index) Messages(ctx context.Context, f *room.Find) (list []room.MessageID, more bool, err error) {
	newest := keys{most: f.Most}
	before := ""
	if f.Before != nil {
		before = messageKey(*f.Before)
	}
	err = x.find(ctx, func(a *asking) (search.Searcher, error) { return a.messages(f) }, func(key string) error {
		if len(key) < keyHead {
			return errKey
		}
		if at := timeOf(key); at < f.Since || at > f.Until || before != "" && key >= before {
			return nil
		}
		newest.add(key)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	kept, err := newest.sorted()
	if err != nil {
		return nil, false, err
	}
	list = make([]room.MessageID, len(kept))
	for i, key := range kept {
		if list[i], err = readMessageKey(x.app, key); err != nil {
			return nil, false, err
		}
	}
	return list, newest.more, nil
}

// Names implements room.Index.
func (x *Index) Names(ctx context.Context, kind room.NameKind, k room.Keywords, after string, most int) (ids []string, more bool, err error) {
	first := keys{most: most, low: true}
	err = x.find(ctx, func(a *asking) (search.Searcher, error) { return a.keywords(string(kind), k) }, func(key string) error {
		if id := key[1:]; id > after || after == "" {
			first.add(id)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	ids, err = first.sorted()
	return ids, first.more, err
}

// Conversations implements room.Index.
func (x *Index) Conversations(_ context.Context, after chat.Conversation, most int) (list []chat.Conversation, err error) {
	from := ""
	if after != (chat.Conversation{}) {
		from = convTerm(after)
	}
	found, err := x.marks(ofConv, from, "\xff", most+1)
	for _, what := range found {
		if what == from {
			continue
		}
		c, err := readConv(x.app, what)
		if err != nil {
			return nil, err
		}
		if list = append(list, c); len(list) == most {
			break
		}
	}
	return list, err
}

// marks lists what is marked of a class, from one to another.
func (x *Index) marks(c class, from, to string, most int) (list []string, err error) {
	err = x.read(func(r index.IndexReader) error {
		d, err := r.FieldDictRange(fieldMark, []byte(mark(c, from)), []byte(mark(c, to)))
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		for len(list) < most {
			e, err := d.Next()
			if err != nil || e == nil {
				return err
			}
			if n := len(list); n == 0 || list[n-1] != e.Term[1:] {
				list = append(list, e.Term[1:])
			}
		}
		return nil
	})
	return list, err
}
