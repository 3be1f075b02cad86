package media

import (
	"context"
	"errors"
	"io"
	"time"
)

// What a [Store] answers beside faults of its own; told apart by errors.Is.
var (
	// ErrNone: there is no whole file under the key.
	ErrNone = errors.New("media: no such file")
	// ErrTooLarge: the upload would be longer than its limit; nothing beyond it is kept.
	ErrTooLarge = errors.New("media: the file is too large")
	// ErrOffset: an upload goes on where it is, and nowhere else.
	ErrOffset = errors.New("media: the upload is not there")
	// ErrFull: there is no room; the file may be sent again when there is.
	ErrFull = errors.New("media: no room for the file")
)

// Store keeps the bytes of files. It knows nothing of apps, users and messages.
//
// Keys are made by the room: one to five parts of [a-z0-9._-], none of them "." or "..",
// joined by slashes, at most 200 bytes, such as "1400000001/ab/ab03…". Methods are safe for
// concurrent use; of two that write the same key at a time, one may be refused.
type Store interface {
	// Append continues the upload of a key at an offset; 0 begins anew. It answers how much there
	// is now, also with an error: what has come is kept, so that the sender may go on. Beyond
	// limit bytes it is ErrTooLarge, at an offset other than what there is ErrOffset.
	Append(ctx context.Context, key string, offset int64, r io.Reader, limit int64) (size int64, err error)
	// Uploaded is how much there is of an upload under way, 0 when there is none.
	Uploaded(ctx context.Context, key string) (size int64, err error)
	// Finish says that the upload is whole: it is durable and can be read when it returns. When
	// there is a file already, that stays, and what was uploaded besides goes.
	Finish(ctx context.Context, key string) error
	// Put keeps a file of known size at once, in place of what there was.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	// Open reads a whole file, ErrNone when there is none. The caller closes it.
	Open(ctx context.Context, key string) (File, error)
	// Remove removes a file and an upload of it under way; no error when there is neither.
	Remove(ctx context.Context, key string) error
	// Keys pages the keys of all files and uploads in byte order, after the given one ("": from
	// the first).
	Keys(ctx context.Context, after string, limit int) ([]string, error)
	// Address is an address at which the store itself gives out the file until then, when it
	// can do so.
	Address(ctx context.Context, key string, r Response, until time.Time) (url string, ok bool)
	// UploadAddress is one to which the file may be sent whole with PUT, with these headers.
	UploadAddress(ctx context.Context, key string, size int64, mime string, until time.Time) (url string, headers map[string]string, ok bool)
}

// Folders is what a [Store] may do besides, which keeps keys in folders.
type Folders interface {
	// RemoveFolder removes the folder in which all keys lie whose first part is name, with all
	// that is in it; no error when there is none.
	RemoveFolder(ctx context.Context, name string) error
}

// File is an open file.
type File interface {
	io.ReadSeekCloser
	Size() int64
}

// Response is how a store that answers by itself is to name a file.
type Response struct {
	Mime string // Content-Type
	// Disposition is the whole Content-Disposition.
	Disposition string
}
