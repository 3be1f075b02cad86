package badger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/proto"
)

// A table file of the engine, checked without the engine: that panics over a
// damaged end of a table, and passes over a damaged block as if nothing had been in it.
//
// A table is blocks, their index, the length of the index in 4 bytes, the index'
// checksum, the checksum's length in 4 bytes. A block is entries, the places of
// the entries, their number in 4 bytes, a checksum of all that, the checksum's length
// in 4 bytes; the whole is compressed. Numbers are big endian.

var (
	errMissing  = errors.New("the file is missing")
	errShort    = errors.New("it ends too early")
	errChecksum = errors.New("its checksum is wrong")
)

// tableFile is an open table.
type tableFile struct {
	id      uint64
	f       *os.File
	size    int64
	packing options.CompressionType

	blocks  []tableBlock
	highest uint64 // the newest transaction that has an entry in it
}

// tableBlock is where a block lies, and the key that it begins with.
type tableBlock struct {
	at, size uint32
	key      []byte
}

// openTable reads the end of a table: what tells of its blocks.
func openTable(dir string, id uint64, packing options.CompressionType) (*tableFile, error) {
	f, err := os.Open(table.NewFilename(id, dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errMissing
	}
	if err != nil {
		return nil, err
	}
	t := &tableFile{id: id, f: f, packing: packing}
	if err := t.readEnd(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *tableFile) close() error { return t.f.Close() }

// first is a copy of the key that the table begins with.
func (t *tableFile) first() []byte {
	if len(t.blocks) == 0 {
		return nil
	}
	return bytes.Clone(t.blocks[0].key)
}

func (t *tableFile) readEnd() (err error) {
	// The reader of the index trusts what it reads. Its checksum is right when it
	// gets there, so this is for a table that was written wrong.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the index of its blocks cannot be read: %v", p)
		}
	}()
	info, err := t.f.Stat()
	if err != nil {
		return err
	}
	t.size = info.Size()
	sum, end, err := t.tail(t.size)
	if err != nil {
		return fmt.Errorf("the checksum of its index: %w", err)
	}
	index, _, err := t.tail(end)
	if err != nil {
		return fmt.Errorf("the index of its blocks: %w", err)
	}
	if err := checksum(index, sum); err != nil {
		return fmt.Errorf("the index of its blocks: %w", err)
	}
	t.readIndex(fb.GetRootAsTableIndex(index, 0))
	return nil
}

// tail reads what ends before end with its own length, and where it begins.
func (t *tableFile) tail(end int64) (b []byte, begin int64, err error) {
	var length [4]byte
	if end < int64(len(length)) {
		return nil, 0, errShort
	}
	if _, err := t.f.ReadAt(length[:], end-4); err != nil {
		return nil, 0, err
	}
	begin = end - 4 - int64(binary.BigEndian.Uint32(length[:]))
	if begin < 0 {
		return nil, 0, errShort
	}
	b = make([]byte, end-4-begin)
	_, err = t.f.ReadAt(b, begin)
	return b, begin, err
}

func (t *tableFile) readIndex(index *fb.TableIndex) {
	t.highest = index.MaxVersion()
	t.blocks = make([]tableBlock, index.OffsetsLength())
	var o fb.BlockOffset
	for i := range t.blocks {
		index.Offsets(&o, i)
		t.blocks[i] = tableBlock{at: o.Offset(), size: o.Len(), key: o.KeyBytes()}
	}
}

// blockReader reads blocks into memory that it uses again.
type blockReader struct{ packed, plain []byte }

// check reads every block of a table. The error names the first bad one, and
// says what is in it, as far as its first key tells.
func (r *blockReader) check(t *tableFile) (err error) {
	bad := 0
	for i, b := range t.blocks {
		why := r.checkBlock(t, b)
		if why == nil {
			continue
		}
		if bad++; err == nil {
			err = fmt.Errorf("block %d of %d at byte %d, which begins with %s: %w", i+1, len(t.blocks), b.at, b.begin(), why)
		}
	}
	if bad > 1 {
		err = fmt.Errorf("%w (and %d more blocks)", err, bad-1)
	}
	return err
}

// begin prints the first key of a block.
func (b tableBlock) begin() string {
	const version = 8 // bytes that the engine adds to a key
	text, err := describe(b.key[:max(0, len(b.key)-version)])
	if err != nil {
		return "an unknown key"
	}
	return text
}

func (r *blockReader) checkBlock(t *tableFile, b tableBlock) error {
	if int64(b.at)+int64(b.size) > t.size {
		return errShort
	}
	r.packed = sized(r.packed, int(b.size))
	if _, err := t.f.ReadAt(r.packed, int64(b.at)); err != nil {
		return err
	}
	plain, err := r.unpack(t.packing)
	if err != nil {
		return err
	}
	n := len(plain) - 4
	if n < 0 {
		return errShort
	}
	begin := n - int(binary.BigEndian.Uint32(plain[n:]))
	if begin < 0 || begin > n {
		return errShort
	}
	return checksum(plain[:begin], plain[begin:n])
}

// unpack takes a block out of its compression.
func (r *blockReader) unpack(packing options.CompressionType) ([]byte, error) {
	switch packing {
	case options.None:
		return r.packed, nil
	case options.Snappy:
		n, err := snappy.DecodedLen(r.packed)
		if err != nil {
			return nil, err
		}
		if n > maxBlock {
			return nil, fmt.Errorf("it says that it holds %d bytes", n)
		}
		r.plain = sized(r.plain, n)
		return snappy.Decode(r.plain, r.packed)
	}
	return nil, fmt.Errorf("unknown compression %d", packing)
}

// maxBlock is larger than any block: the engine begins a new one at 4 KiB, and
// values above 1 MiB are not in tables.
const maxBlock = 16 << 20

func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// checksum compares data with a checksum as the engine writes it.
func checksum(data, sum []byte) error {
	var want pb.Checksum
	if err := proto.Unmarshal(sum, &want); err != nil || want.Algo != pb.Checksum_CRC32C {
		return errChecksum
	}
	if y.CalculateChecksum(data, want.Algo) != want.Sum {
		return errChecksum
	}
	return nil
}
