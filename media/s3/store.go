package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/teahouse-im/teahouse/chat/media"
)

// errBusy is the answer to the second of two writers of one key on this server.
var errBusy = errors.New("another upload of the file is under way")

// Options say where the bucket is. All but the last five are required.
type Options struct {
	Endpoint             string // such as https://s3.eu-central-1.amazonaws.com
	Bucket               string
	AccessKey, SecretKey string

	Region    string // "": asked for
	PathStyle bool   // the bucket is in the path, not in the host: MinIO and others
	// Direct lets clients upload to the bucket itself.
	Direct bool
	// Spool is a folder for the part that is coming, 8 MiB an upload; "": that of the system.
	Spool string

	Transport http.RoundTripper // default: one whose waits are bounded
	Now       func() time.Time  // default: time.Now
}

// Store keeps files in a bucket. It is safe for concurrent use; of two that write one key
// through one server the second is refused.
type Store struct {
	opt  Options
	core *minio.Core
	own  *http.Transport // to be closed; nil: the caller's

	mu      sync.Mutex
	writing map[string]struct{} // keys
}

var _ media.Store = (*Store)(nil)

// Open prepares the store without asking the bucket; see [Store.Check].
func Open(o Options) (*Store, error) {
	s := &Store{writing: map[string]struct{}{}}
	if o.Transport == nil {
		s.own = transport()
		o.Transport = s.own
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	core, err := connect(o)
	if err != nil {
		return nil, err
	}
	s.opt, s.core = o, core
	return s, nil
}

// Close ends the connections that wait for more.
func (s *Store) Close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// enter checks a key and makes the caller its one writer until leave is called.
func (s *Store) enter(key string) (leave func(), err error) {
	if err := media.CheckKey(key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, busy := s.writing[key]; busy {
		return nil, errBusy
	}
	s.writing[key] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.writing, key)
	}, nil
}

// Append implements [media.Store].
func (s *Store) Append(ctx context.Context, key string, offset int64, r io.Reader, limit int64) (int64, error) {
	leave, err := s.enter(key)
	if err != nil {
		return 0, err
	}
	defer leave()
	st, err := s.state(ctx, key)
	if err != nil {
		return 0, full(err)
	}
	if offset == 0 && st.size() > 0 {
		if err := s.forget(ctx, key); err != nil {
			return st.size(), err
		}
		st = state{}
	}
	if offset != st.size() {
		return st.size(), media.ErrOffset
	}
	a := appending{Store: s, key: key, st: st, limit: limit}
	err = a.run(ctx, r)
	return a.size(), full(err)
}

// Uploaded implements [media.Store].
func (s *Store) Uploaded(ctx context.Context, key string) (int64, error) {
	if err := media.CheckKey(key); err != nil {
		return 0, err
	}
	st, err := s.state(ctx, key)
	if err != nil || st.size() > 0 {
		return st.size(), err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return s.sizeOf(ctx, key+directEnd)
}

// Finish implements [media.Store]. What was uploaded to the bucket itself is copied to another
// name: who has sent it cannot change the file any more.
func (s *Store) Finish(ctx context.Context, key string) error {
	leave, err := s.enter(key)
	if err != nil {
		return err
	}
	defer leave()
	st, err := s.state(ctx, key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	_, err = s.stat(ctx, key)
	switch {
	case !missing(err): // the first stays, or the bucket does not answer
	case len(st.parts) > 0:
		err = s.complete(ctx, key, st)
	case st.tail > 0:
		err = s.copy(ctx, tailName(key, 0), key)
	default:
		err = s.takeDirect(ctx, key)
	}
	if err != nil {
		return full(err)
	}
	return errors.Join(s.forget(ctx, key), s.removeObject(ctx, key+directEnd))
}

// takeDirect makes what a client has sent to the bucket the file, if there is no file yet.
func (s *Store) takeDirect(ctx context.Context, key string) error {
	_, err := s.core.StatObject(ctx, s.opt.Bucket, key, minio.StatObjectOptions{})
	if !missing(err) {
		return err
	}
	size, err := s.sizeOf(ctx, key+directEnd)
	if err != nil {
		return err
	}
	if size == 0 {
		return media.ErrNone
	}
	return s.copy(ctx, key+directEnd, key)
}

func none(err error) error {
	if missing(err) {
		return media.ErrNone
	}
	return err
}

// complete joins the parts and what is after them.
func (s *Store) complete(ctx context.Context, key string, st state) error {
	parts := st.parts
	if st.tail > 0 {
		last, err := s.tailAsPart(ctx, key, st)
		if err != nil {
			return err
		}
		parts = append(parts, last)
	}
	_, err := s.core.CompleteMultipartUpload(ctx, s.opt.Bucket, key, st.id, parts, minio.PutObjectOptions{})
	return err
}

// tailAsPart makes what is after the parts the last of them.
func (s *Store) tailAsPart(ctx context.Context, key string, st state) (p minio.CompletePart, err error) {
	spool, err := s.newSpool()
	if err != nil {
		return p, err
	}
	defer spool.close()
	if err := s.load(ctx, key, st, spool); err != nil {
		return p, err
	}
	return s.putPart(ctx, key, st.id, len(st.parts)+1, spool, st.tail)
}

// load fetches what is after the parts.
func (s *Store) load(ctx context.Context, key string, st state, to spool) error {
	body, _, _, err := s.core.GetObject(ctx, s.opt.Bucket, tailName(key, len(st.parts)), minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	n, err := io.Copy(to.file, body)
	if err = errors.Join(err, body.Close()); err == nil && n != st.tail {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// putPart stores the content of a spool as a part.
func (s *Store) putPart(ctx context.Context, key, id string, number int, from spool, size int64) (p minio.CompletePart, err error) {
	sum, err := from.sum(size)
	if err != nil {
		return p, err
	}
	part, err := s.core.PutObjectPart(ctx, s.opt.Bucket, key, id, number, from.reader(size), size, minio.PutObjectPartOptions{
		Sha256Hex: sum, DisableContentSha256: true, // the sum is that of the content: it need not be signed piece by piece
	})
	return minio.CompletePart{PartNumber: number, ETag: part.ETag}, err
}

// copy has the bucket copy an object.
func (s *Store) copy(ctx context.Context, from, to string) error {
	_, err := s.core.Client.CopyObject(ctx,
		minio.CopyDestOptions{Bucket: s.opt.Bucket, Object: to}, minio.CopySrcOptions{Bucket: s.opt.Bucket, Object: from})
	return err
}

// put writes an object in one request, without holding it.
func (s *Store) put(ctx context.Context, name string, r io.Reader, size int64) error {
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	_, err := s.core.Client.PutObject(ctx, s.opt.Bucket, name, r, size, minio.PutObjectOptions{DisableMultipart: true})
	return err
}

// Put implements [media.Store].
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	leave, err := s.enter(key)
	if err != nil {
		return err
	}
	defer leave()
	spool, err := s.newSpool()
	if err != nil {
		return err
	}
	defer spool.close()
	n, err := io.Copy(spool.file, io.LimitReader(r, size+1))
	if err == nil && n != size {
		err = fmt.Errorf("a file of %d bytes has %d: %w", size, n, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return err
	}
	return full(s.put(ctx, object(key), spool.reader(size), size))
}

// Remove implements [media.Store].
func (s *Store) Remove(ctx context.Context, key string) error {
	leave, err := s.enter(key)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	if media.BaseKey(key) != key { // it was never uploaded
		return s.removeObject(ctx, object(key))
	}
	if err := s.forget(ctx, key); err != nil {
		return err
	}
	if err := s.abortStrays(ctx, key); err != nil {
		return err
	}
	if err := s.removeBeside(ctx, key, mark); err != nil {
		return err
	}
	return s.removeObject(ctx, object(key)) // the file last: as long as it is there it is listed
}

// abortStrays ends multipart uploads of a key whose marker was never written.
func (s *Store) abortStrays(ctx context.Context, key string) error {
	page, err := s.core.ListMultipartUploads(ctx, s.opt.Bucket, key, "", "", "", 0)
	if err != nil && !missing(err) {
		return err
	}
	for _, u := range page.Uploads {
		if u.Key != key {
			continue
		}
		if err := s.core.AbortMultipartUpload(ctx, s.opt.Bucket, key, u.UploadID); err != nil && !missing(err) {
			return err
		}
	}
	return nil
}

// Keys implements [media.Store].
func (s *Store) Keys(ctx context.Context, after string, limit int) (found []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, moveTimeout)
	defer cancel()
	o := minio.ListObjectsOptions{Recursive: true}
	if after != "" {
		o.StartAfter = after + lastEnd
	}
	if limit <= 0 {
		return nil, nil
	}
	for is := range s.core.Client.ListObjects(ctx, s.opt.Bucket, o) {
		if is.Err != nil {
			return found, is.Err
		}
		key := keyOf(is.Key)
		if key <= after || media.CheckKey(key) != nil || len(found) > 0 && found[len(found)-1] == key {
			continue
		}
		if len(found) == limit {
			break
		}
		found = append(found, key)
	}
	return found, nil
}

// full names a bucket without room.
func full(err error) error {
	switch codeOf(err) {
	case "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientCapacity":
		return fmt.Errorf("%w: %w", media.ErrFull, err)
	}
	return err
}

// spool is a file of this machine that holds the part which is coming.
type spool struct{ file *os.File }

func (s *Store) newSpool() (spool, error) {
	f, err := os.CreateTemp(s.opt.Spool, spoolName)
	if err != nil {
		return spool{}, fmt.Errorf("make a file for the part that comes: %w", err)
	}
	return spool{f}, nil
}

// reader reads so many bytes of it from its beginning: a write that failed may have left more.
// The library closes what it can, and a section cannot be.
func (s spool) reader(size int64) io.Reader { return io.NewSectionReader(s.file, 0, size) }

// sum is the SHA-256 of so many bytes from its beginning.
func (s spool) sum(size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, s.reader(size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (s spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}

// spoolName is that of files which a crash may leave.
const spoolName = "teahouse-part-*"

// ClearSpool removes what a crash has left in a folder for parts, which is the caller's alone.
func ClearSpool(dir string) error {
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), strings.TrimSuffix(spoolName, "*")) {
			if err := os.Remove(dir + string(os.PathSeparator) + e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
