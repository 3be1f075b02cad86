package backup

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Entry is one of the things that a store holds. Bytes are valid only where they are handed
// over.
type Entry struct {
	Key, Value []byte
	Version    uint64 // the transaction that wrote it
	Expires    int64  // Unix seconds, 0: never
}

// appendEntry appends an entry to the content of a frame: lengths as varints before key and value,
// then the version and the expiry.
func appendEntry(b []byte, e Entry) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(e.Key))), e.Key...)
	b = append(binary.AppendUvarint(b, uint64(len(e.Value))), e.Value...)
	b = binary.AppendUvarint(b, e.Version)
	return binary.AppendUvarint(b, uint64(max(e.Expires, 0)))
}

var errEntry = errors.New("malformed entry")

// takeEntry reads the first entry of a content, and returns what follows it.
func takeEntry(b []byte) (e Entry, rest []byte, err error) {
	if e.Key, b, err = takeBytes(b); err != nil {
		return e, nil, err
	}
	if e.Value, b, err = takeBytes(b); err != nil {
		return e, nil, err
	}
	version, n := binary.Uvarint(b)
	if n <= 0 {
		return e, nil, errEntry
	}
	expires, m := binary.Uvarint(b[n:])
	if m <= 0 || int64(expires) < 0 || len(e.Key) == 0 {
		return e, nil, errEntry
	}
	e.Version, e.Expires = version, int64(expires)
	return e, b[n+m:], nil
}

func takeBytes(b []byte) (text, rest []byte, err error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, errEntry
	}
	b = b[n:]
	return b[:length:length], b[length:], nil
}

// eachEntry reads all entries of a content; last is the key before them, and is moved on.
func eachEntry(content []byte, last *[]byte, use func(Entry) error) (broken bool, err error) {
	for len(content) > 0 {
		e, rest, err := takeEntry(content)
		if err != nil || *last != nil && bytes.Compare(e.Key, *last) <= 0 {
			return true, nil
		}
		*last = append((*last)[:0], e.Key...)
		if err := use(e); err != nil {
			return false, err
		}
		content = rest
	}
	return false, nil
}
