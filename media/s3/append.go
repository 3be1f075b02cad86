package s3

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/teahouse-im/teahouse/chat/media"
)

// appending is a call of Append.
type appending struct {
	*Store
	st    state
	key   string
	limit int64

	spool   spool
	spooled int64 // what the spool has: what follows the parts
}

// size is how much there is in the bucket.
func (a *appending) size() int64 { return a.st.size() }

var copyBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// run takes what comes and keeps it, also when the line breaks.
func (a *appending) run(ctx context.Context, r io.Reader) (err error) {
	if a.spool, err = a.newSpool(); err != nil {
		return err
	}
	defer a.spool.close()
	if err := a.loadTail(ctx); err != nil {
		return err
	}
	came := a.pour(ctx, r)
	// What has come is kept, though its sender may be gone.
	kept := a.storeTail(context.WithoutCancel(ctx))
	return errors.Join(came, kept)
}

// loadTail fetches what is shorter than a part: more is to follow.
func (a *appending) loadTail(ctx context.Context) error {
	if a.st.tail == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	a.spooled = a.st.tail
	return a.load(ctx, a.key, a.st, a.spool)
}

// pour spools what comes, and stores each part that is full.
func (a *appending) pour(ctx context.Context, r io.Reader) error {
	buf := copyBuffers.Get().(*[64 << 10]byte)
	defer copyBuffers.Put(buf)
	for {
		room := min(partBytes-a.spooled, int64(len(buf)))
		n, err := r.Read(buf[:room])
		if int64(len(a.st.parts))*partBytes+a.spooled+int64(n) > a.limit {
			return media.ErrTooLarge
		}
		if _, err := a.spool.file.Write(buf[:n]); err != nil {
			return err
		}
		a.spooled += int64(n)
		if a.spooled == partBytes {
			if err := a.storePart(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// storePart stores the spool as the next part.
func (a *appending) storePart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	if err := a.begin(ctx); err != nil {
		return err
	}
	number := len(a.st.parts) + 1
	p, err := a.putPart(ctx, a.key, a.st.id, number, a.spool, partBytes)
	if err != nil {
		return err
	}
	a.st.parts = append(a.st.parts, p)
	old := a.st.tail
	a.st.tail, a.spooled = 0, 0
	if err := a.spool.file.Truncate(0); err != nil {
		return err
	}
	if _, err := a.spool.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if old > 0 { // it is in the part now; left behind, it would only take room
		return a.removeObject(ctx, tailName(a.key, number-1))
	}
	return nil
}

// begin begins the multipart upload, and writes down that there is one.
func (a *appending) begin(ctx context.Context) error {
	if a.st.id != "" {
		return nil
	}
	id, err := a.core.NewMultipartUpload(ctx, a.opt.Bucket, a.key, minio.PutObjectOptions{})
	if err != nil {
		return err
	}
	if err := a.put(ctx, a.key+markerEnd, strings.NewReader(id), int64(len(id))); err != nil {
		return err
	}
	a.st.id = id
	return nil
}

// storeTail stores what has come since the last part.
func (a *appending) storeTail(ctx context.Context) error {
	if a.spooled == a.st.tail {
		return nil // nothing has come
	}
	if err := a.put(ctx, tailName(a.key, len(a.st.parts)), a.spool.reader(a.spooled), a.spooled); err != nil {
		return err
	}
	a.st.tail = a.spooled
	return nil
}
