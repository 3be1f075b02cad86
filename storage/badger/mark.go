package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"
)

// markFile holds the newest transaction that was answered. The engine's logs
// may end with one that was being written when the process ended; the mark tells
// that from one that was complete and has been damaged since.
const markFile = "COMMITTED"

// mark is the open file. It is written after each transaction and never waited
// for: a killed process leaves it as it was, and after a power failure it may be older
// than the logs, which says less and nothing wrong.
type mark struct{ file *z.MmapFile }

// markBytes is the mark: 8 bytes, written at once.
const markBytes = 8

// openMark opens or makes the mark of a folder.
func openMark(dir string) (*mark, error) {
	f, err := z.OpenMmapFile(filepath.Join(dir, markFile), os.O_RDWR|os.O_CREATE, markBytes)
	if err != nil && !errors.Is(err, z.NewFile) {
		return nil, err
	}
	return &mark{f}, nil
}

func (m *mark) set(txn uint64) { binary.BigEndian.PutUint64(m.file.Data, sealed(txn)) }

func (m *mark) close() error { return m.file.Close(-1) }

// sealed is the mark of a transaction: its number in 48 bits, and a checksum in
// 16. That of none is 0.
func sealed(txn uint64) uint64 {
	if txn == 0 {
		return 0
	}
	n := txn & (1<<48 - 1)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return uint64(crc32.Checksum(b[:], y.CastagnoliCrcTable))<<48 | n
}

// readMark reads the mark of a folder; 0 when it has none.
func readMark(dir string) (txn uint64, err error) {
	b, err := os.ReadFile(filepath.Join(dir, markFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(b) != markBytes {
		return 0, fmt.Errorf("it has %d bytes, not %d", len(b), markBytes)
	}
	n := binary.BigEndian.Uint64(b)
	if txn = n & (1<<48 - 1); n != sealed(txn) {
		return 0, errChecksum
	}
	return txn, nil
}
