package s3

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/teahouse-im/teahouse/chat/media"
)

// partBytes is the length of every part but the last; S3 takes none below 5 MiB.
const partBytes = 8 << 20

// Ends of names of objects beside the file's. No key has "!", which sorts before all that
// keys have.
const (
	mark      = "!"
	markerEnd = mark + "upload" // holds the number of the multipart upload
	tailEnd   = mark + "tail."  // what is shorter than a part; with the number of parts before it
	directEnd = mark + "direct" // what a client has sent to the bucket itself
	lastEnd   = mark + "~"      // after all of them
)

// object is the name of a key's object: what is derived from a file lies beside it.
func object(key string) string {
	base := media.BaseKey(key)
	if base == key {
		return key
	}
	return base + mark + key[len(base)+1:]
}

// keyOf is the key to which an object belongs.
func keyOf(name string) string {
	key, _, _ := strings.Cut(name, mark)
	return key
}

// state is how much there is of an upload.
type state struct {
	id    string // of the multipart upload, "" when there is none
	parts []minio.CompletePart
	tail  int64 // bytes after the parts
}

func (s state) size() int64 { return int64(len(s.parts))*partBytes + s.tail }

func tailName(key string, parts int) string { return key + tailEnd + strconv.Itoa(parts) }

// state finds out how much there is of an upload through this server.
func (s *Store) state(ctx context.Context, key string) (st state, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if st.id, err = s.uploadID(ctx, key); err != nil {
		return st, err
	}
	if st.id != "" {
		if st.parts, err = s.listParts(ctx, key, st.id); missing(err) {
			st.id, err = "", nil // it is complete or gone; the marker is left
		}
		if err != nil {
			return st, err
		}
	}
	st.tail, err = s.sizeOf(ctx, tailName(key, len(st.parts)))
	return st, err
}

// uploadID reads the marker of a multipart upload under way.
func (s *Store) uploadID(ctx context.Context, key string) (string, error) {
	body, _, _, err := s.core.GetObject(ctx, s.opt.Bucket, key+markerEnd, minio.GetObjectOptions{})
	if missing(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	const most = 4 << 10
	id, err := io.ReadAll(io.LimitReader(body, most))
	return string(id), err
}

// listParts are those of an upload that follow each other from the first.
func (s *Store) listParts(ctx context.Context, key, id string) (all []minio.CompletePart, err error) {
	for marker := 0; ; {
		page, err := s.core.ListObjectParts(ctx, s.opt.Bucket, key, id, marker, 0)
		if err != nil {
			return nil, err
		}
		for _, p := range page.ObjectParts {
			if p.PartNumber != len(all)+1 || p.Size != partBytes {
				return all, nil
			}
			all = append(all, minio.CompletePart{PartNumber: p.PartNumber, ETag: p.ETag})
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= marker {
			return all, nil
		}
		marker = page.NextPartNumberMarker
	}
}

// sizeOf is that of an object, 0 when there is none.
func (s *Store) sizeOf(ctx context.Context, name string) (int64, error) {
	is, err := s.core.StatObject(ctx, s.opt.Bucket, name, minio.StatObjectOptions{})
	if missing(err) {
		return 0, nil
	}
	return is.Size, err
}

// forget removes all of an upload through this server. What is missing is no error.
func (s *Store) forget(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	id, err := s.uploadID(ctx, key)
	if err != nil {
		return err
	}
	if id != "" {
		if err := s.core.AbortMultipartUpload(ctx, s.opt.Bucket, key, id); err != nil && !missing(err) {
			return err
		}
	}
	return s.removeBeside(ctx, key, tailEnd, markerEnd)
}

// removeBeside removes the objects beside a file whose names begin with one of these ends.
func (s *Store) removeBeside(ctx context.Context, key string, ends ...string) error {
	for _, end := range ends {
		for found := range s.core.Client.ListObjects(ctx, s.opt.Bucket, minio.ListObjectsOptions{Prefix: key + end, Recursive: true}) {
			if found.Err != nil {
				return found.Err
			}
			if err := s.removeObject(ctx, found.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) removeObject(ctx context.Context, name string) error {
	err := s.core.RemoveObject(ctx, s.opt.Bucket, name, minio.RemoveObjectOptions{})
	if missing(err) {
		return nil
	}
	return err
}
