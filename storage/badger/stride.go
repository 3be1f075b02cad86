package badger

import "sync/atomic"

// stride counts what is read or written on the way through a whole folder: that may be faster
// than trimMapped looks.
type stride struct{ bytes atomic.Int64 }

// strideBytes is after how many bytes it is time to look at what is resident.
const strideBytes = 16 << 20

// passes counts n bytes and reports whether it is time to look.
func (s *stride) passes(n int) bool {
	if s.bytes.Add(int64(n)) < strideBytes {
		return false
	}
	s.bytes.Store(0)
	return true
}

// hasRead is called by those who read the whole store, with how many bytes that were.
func (s *Store) hasRead(n int) {
	if s.through.passes(n) {
		s.trim()
	}
}
