package badger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"slices"

	"github.com/dgraph-io/badger/v4/y"
)

// The engine's logs, read without the engine: at the first entry that it cannot
// read it cuts a log off, whatever lies behind.
//
// A write-ahead log (*.mem) and a value log (*.vlog) begin with 20 bytes for
// encryption; entries follow, then zeros. An entry is two bytes of marks, the lengths of
// key and value and when it expires as varints, key, value, and a checksum of all that
// in 4 bytes, big endian. The last 8 bytes of a key are its transaction. In a
// write-ahead log the entries of a transaction are marked, and one that ends it follows them.
const (
	walHeader = 20
	walPart   = 1 << 6 // marks an entry of a transaction
	walEnd    = 1 << 7 // marks the end of one
	walKey    = "!badger!txn"
)

// readLog reads a log without the zeros at its end, but for those that may belong
// to its last entry: it ends with a checksum. The engine makes logs much
// larger than what is in them: what follows the bytes that they take on disk is read only
// as long as it is not zero.
func readLog(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const chunk = 256 << 10
	var b []byte
	for {
		at := len(b)
		b = slices.Grow(b, chunk)[:at+chunk]
		n, err := io.ReadFull(f, b[at:])
		b = b[:at+n]
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return nil, err
		}
		if end || int64(len(b)) > diskBytes(info) && zero(b[at:]) {
			used := len(bytes.TrimRight(b, "\x00"))
			return b[:min(used+crc32.Size, len(b))], nil
		}
	}
}

func zero(b []byte) bool { return len(bytes.TrimRight(b, "\x00")) == 0 }

// walEntry is one entry of a log.
type walEntry struct {
	marks byte
	txn   uint64
	size  int // bytes of all of it
	value int // bytes of the value
}

// readEntry reads the entry that b begins with; ok is false when it is none.
func readEntry(b []byte) (e walEntry, ok bool) {
	at := 2
	var lengths [3]uint64 // of key and value, and the expiry
	for i := range lengths {
		if at >= len(b) {
			return e, false
		}
		n, size := binary.Uvarint(b[at:])
		if size <= 0 {
			return e, false
		}
		lengths[i] = n
		at += size
	}
	key, value := lengths[0], lengths[1]
	if key <= 8 || key > 1<<16 || value > uint64(len(b)) || uint64(at)+key+value+crc32.Size > uint64(len(b)) {
		return e, false
	}
	end := at + int(key+value)
	if crc32.Checksum(b[:end], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(b[end:]) {
		return e, false
	}
	return walEntry{marks: b[0], txn: y.ParseTs(b[at : at+int(key)]), size: end + crc32.Size, value: int(value)}, true
}

// walScan is what a write-ahead log holds.
type walScan struct {
	first, last uint64 // complete transactions; 0: none
	skips       uint64 // one that does not follow the one before it; 0: none
	end         int    // where the last complete one ends
	rest        []byte // what follows, without the zeros at the end
}

// scanWAL reads a write-ahead log as far as the engine would.
func scanWAL(b []byte) (s walScan) {
	at, open := walHeader, uint64(0) // the transaction that has begun
	s.end = min(at, len(b))
	for at < len(b) {
		e, ok := readEntry(b[at:])
		if !ok || !e.follows(open) {
			break
		}
		at += e.size
		switch {
		case e.marks&walEnd != 0:
			s.complete(open)
			open, s.end = 0, at
		case e.marks&walPart != 0:
			open = e.txn
		default:
			s.end = at // an entry that the engine has moved
		}
	}
	s.rest = bytes.TrimRight(b[s.end:], "\x00")
	return s
}

// follows reports whether an entry may stand where it does: within the
// transaction open, or, when that is 0, between two.
func (e *walEntry) follows(open uint64) bool {
	if open == 0 {
		return e.marks&walEnd == 0
	}
	return e.txn == open && e.marks&(walPart|walEnd) != 0
}

func (s *walScan) complete(txn uint64) {
	if s.first == 0 {
		s.first = txn
	} else if txn != s.last+1 && s.skips == 0 {
		s.skips = txn
	}
	s.last = txn
}

// ended finds the newest transaction whose end stands behind the place where
// the log cannot be read on.
func (s *walScan) ended() (txn uint64) {
	const before = 5 // bytes of an ending entry before its key
	for rest := s.rest; ; {
		i := bytes.Index(rest, []byte(walKey))
		if i < 0 {
			return txn
		}
		if i >= before {
			if e, ok := readEntry(withZeros(rest[i-before:])); ok && e.marks&walEnd != 0 {
				txn = max(txn, e.txn)
			}
		}
		rest = rest[i+len(walKey):]
	}
}

// withZeros gives an entry back the zeros it may have ended with: at most those
// of its checksum.
func withZeros(b []byte) []byte {
	return append(bytes.Clone(b[:min(len(b), 64)]), 0, 0, 0, 0)
}

// valueLogDamage looks for values that lie behind a place where a value log
// cannot be read on: the engine would cut them off. at is that place.
func valueLogDamage(b []byte) (at int, damaged bool) {
	at = min(walHeader, len(b))
	for at < len(b) {
		e, ok := readEntry(b[at:])
		if !ok {
			break
		}
		at += e.size
	}
	rest := bytes.TrimRight(b[at:], "\x00")
	for i := range rest {
		if e, ok := readValueEntry(rest[i:]); i > 0 && ok && e.value >= valueLogLeast {
			return at, true
		}
	}
	return at, false
}

// valueLogLeast is the size from which values go to the value log: the engine's
// default.
const valueLogLeast = 1 << 20

// readValueEntry is readEntry for a place where there may be none: it looks
// first whether there can be.
func readValueEntry(b []byte) (walEntry, bool) {
	if len(b) < valueLogLeast || b[0] != 0 || b[1] != 0 {
		return walEntry{}, false
	}
	return readEntry(b)
}
