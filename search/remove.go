package search

import (
	"context"
	"errors"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

// removeAtOnce is how many documents one batch removes.
const removeAtOnce = 2000

// remove removes all documents with a mark.
func (x *Index) remove(ctx context.Context, c class, what string) error {
	for {
		batch := index.NewBatch()
		err := x.find(ctx, func(a *asking) (search.Searcher, error) { return a.marked(c, what) }, func(key string) error {
			if batch.Delete(key); len(batch.IndexOps) == removeAtOnce {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) || len(batch.IndexOps) == 0 {
			return err
		}
		if err := x.put(ctx, batch); err != nil {
			return err
		}
	}
}

// errEnough ends a list early.
var errEnough = errors.New("enough")

// Forget implements room.Index.
func (x *Index) Forget(ctx context.Context, c chat.Conversation) error {
	return x.remove(ctx, ofConv, convTerm(c))
}

// Expire implements room.Index.
func (x *Index) Expire(ctx context.Context, now int64) error {
	return x.removeMarked(ctx, ofExpires, "", hourTerm(now/hourSeconds), "")
}

// Renewed implements room.Index.
func (x *Index) Renewed(ctx context.Context, kind room.NameKind, round uint32) error {
	return x.removeMarked(ctx, ofRound, string(kind), string(kind)+"\xff", roundTerm(kind, round))
}

// marksAtOnce is how many marks are read at a time.
const marksAtOnce = 500

// removeMarked removes all documents with a mark from one to another, but for one of them.
// Marks without documents may be there until files are merged.
func (x *Index) removeMarked(ctx context.Context, c class, from, to, but string) error {
	for {
		list, err := x.marks(c, from, to, marksAtOnce)
		if err != nil {
			return err
		}
		for _, what := range list {
			if what == but {
				continue
			}
			if err := x.remove(ctx, c, what); err != nil {
				return err
			}
		}
		if len(list) < marksAtOnce {
			return nil
		}
		from = list[len(list)-1] + "\x00"
	}
}
