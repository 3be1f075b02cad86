package backup

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Format is the number of the format that is written. A file with a higher one is refused.
const Format = 1

// magic is how every file begins; the format follows in 4 bytes, big endian.
const magic = "teahouse backup\n"

// kind says what is in a frame.
type kind byte

const (
	kindHeader  kind = 'H'
	kindEntries kind = 'E'
	kindFile    kind = 'F' // a file begins
	kindData    kind = 'D' // bytes of it
	kindTrailer kind = 'T'
)

// Bounds, in bytes.
const (
	frameBytes = 1 << 20 // what a frame of entries or data is filled up to
	maxFrame   = 8 << 20 // what the content of a frame may have; an entry has 2.5 MiB at most
	maxStored  = maxFrame + 64<<10
	window     = 1 << 20 // of the compression
)

// frameHead is what stands before the content: kind, 1 when it is compressed, how long it is
// stored and how long it is.
const frameHead = 1 + 1 + 4 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// What a file is refused for; told apart by errors.Is.
var (
	// ErrForeign: it is no backup.
	ErrForeign = errors.New("this is not a backup of teahouse")
	// ErrNewer: a newer program has written it.
	ErrNewer = errors.New("the backup was written by a newer version")
	// ErrDamaged: it is not as it was written.
	ErrDamaged = errors.New("the backup is damaged")
)

// damaged is the refusal of a frame.
func damaged(frame uint64, format string, args ...any) error {
	return fmt.Errorf("%w: frame %d %s", ErrDamaged, frame, fmt.Sprintf(format, args...))
}

// frameWriter writes frames.
type frameWriter struct {
	w      io.Writer
	frames uint64
	bytes  int64
	zip    *zstd.Encoder
	room   []byte
}

func newFrameWriter(w io.Writer) (*frameWriter, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	f := &frameWriter{w: w, zip: zip}
	return f, f.put(binary.BigEndian.AppendUint32([]byte(magic), Format))
}

func (f *frameWriter) put(b []byte) error {
	n, err := f.w.Write(b)
	f.bytes += int64(n)
	return err
}

// write writes a frame; files come compressed already, most of them, so data is stored.
func (f *frameWriter) write(k kind, content []byte) error {
	if len(content) > maxFrame {
		return fmt.Errorf("a frame of %d bytes is too large", len(content))
	}
	head := [frameHead]byte{0: byte(k)}
	binary.BigEndian.PutUint32(head[6:], uint32(len(content)))
	stored := content
	if k == kindEntries {
		head[1] = 1
		f.room = f.zip.EncodeAll(content, f.room[:0])
		stored = f.room
	}
	binary.BigEndian.PutUint32(head[2:], uint32(len(stored)))
	sum := checksum(f.frames, head[:], stored)
	f.frames++
	if err := f.put(head[:]); err != nil {
		return err
	}
	if err := f.put(stored); err != nil {
		return err
	}
	return f.put(binary.BigEndian.AppendUint32(nil, sum))
}

// checksum is that of a frame at a place.
func checksum(frame uint64, head, stored []byte) uint32 {
	var place [8]byte
	binary.BigEndian.PutUint64(place[:], frame)
	sum := crc32.Update(0, castagnoli, place[:])
	sum = crc32.Update(sum, castagnoli, head)
	return crc32.Update(sum, castagnoli, stored)
}

// frameReader reads frames. Memory grows with what has come, never with what a length says.
type frameReader struct {
	r      io.Reader
	frames uint64 // read so far
	unzip  *zstd.Decoder
	stored bytes.Buffer
	room   []byte
}

func newFrameReader(r io.Reader) (*frameReader, error) {
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxFrame), zstd.WithDecoderMaxWindow(maxFrame))
	if err != nil {
		return nil, err
	}
	f := &frameReader{r: r, unzip: unzip}
	begin := make([]byte, len(magic)+4)
	n, err := io.ReadFull(r, begin)
	if cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !cut {
		return nil, err
	}
	if text := begin[:min(n, len(magic))]; n == 0 || !bytes.HasPrefix([]byte(magic), text) {
		return nil, ErrForeign
	}
	if n < len(begin) {
		return nil, damaged(0, "is missing: the file ends after %d bytes", n)
	}
	switch format := binary.BigEndian.Uint32(begin[len(magic):]); {
	case format > Format:
		return nil, fmt.Errorf("%w: its format is %d, this program knows %d", ErrNewer, format, Format)
	case format < 1:
		return nil, ErrForeign
	}
	return f, nil
}

// next reads a frame. The content is valid until the next call.
func (f *frameReader) next() (kind, []byte, error) {
	at := f.frames
	var head [frameHead]byte
	if n, err := io.ReadFull(f.r, head[:]); err != nil {
		return 0, nil, cutOr(err, at, "is cut after %d bytes: the file is not whole", n)
	}
	k, zipped := kind(head[0]), head[1]
	stored, length := binary.BigEndian.Uint32(head[2:]), binary.BigEndian.Uint32(head[6:])
	if stored > maxStored || length > maxFrame || zipped > 1 || zipped == 0 && stored != length {
		return 0, nil, damaged(at, "has a head that was never written")
	}
	f.stored.Reset()
	if n, err := io.CopyN(&f.stored, f.r, int64(stored)+4); err != nil {
		return 0, nil, cutOr(err, at, "is cut after %d bytes: the file is not whole", frameHead+n)
	}
	content := f.stored.Bytes()
	content, sum := content[:stored], binary.BigEndian.Uint32(content[stored:])
	if checksum(at, head[:], content) != sum {
		return 0, nil, damaged(at, "has another checksum")
	}
	if zipped == 1 {
		out, err := f.unzip.DecodeAll(content, f.room[:0])
		f.room = out[:0]
		if err != nil || len(out) != int(length) {
			return 0, nil, damaged(at, "cannot be unpacked")
		}
		content = out
	}
	f.frames++
	return k, content, nil
}

// cutOr tells the end of a file from a fault of reading it.
func cutOr(err error, frame uint64, format string, args ...any) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(frame, format, args...)
	}
	return fmt.Errorf("read the backup: %w", err)
}
