package sessions

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// ID names a session for as long as there are rows of it.
type ID [8]byte

// NewID is a random id.
func NewID() (id ID) {
	rand.Read(id[:]) // never fails
	return id
}

// Rows are the rows of one session.
type Rows struct {
	App  chat.AppID
	User chat.UserID
	ID   ID
}

// Shard is where the rows lie.
func (r Rows) Shard() chat.Shard { return chat.UserShard(r.App, r.User) }

// prefix begins the keys of all rows of the session.
func (r Rows) prefix() string { return string(r.ID[:]) }

// pageRows is how many rows are read at a time.
const pageRows = 1024

// Leftovers are removals of a page of what rows there are; more says that there are
// others. It is for sessions that have ended.
func (r Rows) Leftovers(ctx context.Context, store chat.RowReader) (gone []chat.Row, more bool, err error) {
	for _, kind := range []chat.RowKind{filterKind, handledKind} {
		rows, err := store.Rows(ctx, r.Shard(), kind, r.prefix(), "", pageRows)
		if err != nil {
			return nil, false, fmt.Errorf("read rows of a session: %w", err)
		}
		for i := range rows {
			gone = append(gone, chat.Row{Kind: kind, Key: rows[i].Key})
		}
		more = more || len(rows) == pageRows
	}
	return gone, more, nil
}
