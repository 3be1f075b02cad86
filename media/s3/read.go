package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/teahouse-im/teahouse/chat/media"
)

// errSeek is the answer to a place before the beginning.
var errSeek = errors.New("s3: a negative position")

// Open implements [media.Store]. Reads end with ctx.
func (s *Store) Open(ctx context.Context, key string) (media.File, error) {
	if err := media.CheckKey(key); err != nil {
		return nil, err
	}
	is, err := s.stat(ctx, key)
	if missing(err) && s.opt.Direct {
		if err := s.takeUpload(ctx, key); err != nil {
			return nil, err
		}
		is, err = s.stat(ctx, key)
	}
	if err != nil {
		return nil, none(err)
	}
	return &file{s: s, ctx: ctx, name: object(key), size: is.Size, etag: is.ETag}, nil
}

func (s *Store) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return s.core.StatObject(ctx, s.opt.Bucket, object(key), minio.StatObjectOptions{})
}

// takeUpload looks whether a client has sent a file to the bucket and told nobody.
func (s *Store) takeUpload(ctx context.Context, key string) error {
	leave, err := s.enter(key)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	if err := s.takeDirect(ctx, key); err != nil {
		return err
	}
	return s.removeObject(ctx, key+directEnd)
}

// file is an object that is read from the place where it is wanted.
type file struct {
	s    *Store
	ctx  context.Context // of the call that has opened it, which lasts as long as the reading
	name string
	size int64
	etag string

	at   int64
	body io.ReadCloser // reads at, nil: none yet
}

// Size implements [media.File].
func (f *file) Size() int64 { return f.size }

// Read implements io.Reader.
func (f *file) Read(p []byte) (int, error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	if f.body == nil {
		if err := f.begin(); err != nil {
			return 0, err
		}
	}
	n, err := f.body.Read(p)
	f.at += int64(n)
	if errors.Is(err, io.EOF) && f.at < f.size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// begin asks for the rest of the object.
func (f *file) begin() error {
	var o minio.GetObjectOptions
	if f.at > 0 {
		if err := o.SetRange(f.at, 0); err != nil {
			return err
		}
	}
	if err := o.SetMatchETag(f.etag); err != nil {
		return err
	}
	body, _, _, err := f.s.core.GetObject(f.ctx, f.s.opt.Bucket, f.name, o)
	f.body = body
	return err
}

// Seek implements io.Seeker.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return f.at, errSeek
	}
	if offset != f.at {
		_ = f.Close()
		f.at = offset
	}
	return offset, nil
}

// Close implements io.Closer.
func (f *file) Close() error {
	if f.body == nil {
		return nil
	}
	body := f.body
	f.body = nil
	return body.Close()
}

// longestAddress is S3's bound.
const longestAddress = 7 * 24 * time.Hour

// life is how long an address is to be good, within the bounds of S3.
func (s *Store) life(until time.Time) (time.Duration, bool) {
	life := until.Sub(s.opt.Now())
	return min(life, longestAddress), life >= time.Second
}

// Address implements [media.Store].
func (s *Store) Address(ctx context.Context, key string, r media.Response, until time.Time) (string, bool) {
	life, ok := s.life(until)
	if !ok || media.CheckKey(key) != nil {
		return "", false
	}
	said := url.Values{}
	if r.Mime != "" {
		said.Set("response-content-type", r.Mime)
	}
	if r.Disposition != "" {
		said.Set("response-content-disposition", r.Disposition)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	at, err := s.core.PresignedGetObject(ctx, s.opt.Bucket, object(key), life, said)
	if err != nil {
		return "", false
	}
	return at.String(), true
}

// UploadAddress implements [media.Store]. The size is signed: no other is taken.
func (s *Store) UploadAddress(ctx context.Context, key string, size int64, mime string, until time.Time) (string, map[string]string, bool) {
	life, ok := s.life(until)
	if !ok || !s.opt.Direct || media.CheckKey(key) != nil {
		return "", nil, false
	}
	headers := http.Header{"Content-Length": {strconv.FormatInt(size, 10)}}
	told := map[string]string{} // browsers give the length by themselves
	if mime != "" {
		headers.Set("Content-Type", mime)
		told["Content-Type"] = mime
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	at, err := s.core.PresignHeader(ctx, http.MethodPut, s.opt.Bucket, key+directEnd, life, nil, headers)
	if err != nil {
		return "", nil, false
	}
	return at.String(), told, true
}
