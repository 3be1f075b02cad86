package picture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// kind is a format that can be read.
type kind struct {
	name   string
	magic  string // "?" is any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// bytes is about what decoding takes at most, of a file of a size.
	bytes func(c image.Config, h jpegHead, size int64) int64
}

var kinds = []kind{
	{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, jpegBytes},
	{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, pngBytes},
	{"gif", "GIF8?a", gif.DecodeConfig, gif.Decode, gifBytes},
	{"webp", "RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode, webpBytes},
	{"bmp", "BM", bmp.DecodeConfig, bmp.Decode, bmpBytes},
}

func kindOf(head []byte) *kind {
	for i := range kinds {
		if fits(head, kinds[i].magic) {
			return &kinds[i]
		}
	}
	return nil
}

func fits(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range magic {
		if magic[i] != '?' && magic[i] != head[i] {
			return false
		}
	}
	return true
}

func pixels(c image.Config) int64 { return int64(c.Width) * int64(c.Height) }

// perPixel is what a pixel of a color model has.
func perPixel(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, paletted := m.(color.Palette); paletted {
		return 1
	}
	return 4
}

// pngBytes: an interlaced picture is decoded in passes, which are merged; the largest is half
// of it.
func pngBytes(c image.Config, _ jpegHead, _ int64) int64 {
	return pixels(c) * perPixel(c.ColorModel) * 3 / 2
}
func gifBytes(c image.Config, _ jpegHead, _ int64) int64 { return pixels(c) }
func bmpBytes(c image.Config, _ jpegHead, _ int64) int64 { return pixels(c) * perPixel(c.ColorModel) }

// webpBytes: lossless pictures and transparency take four bytes a pixel, again for each of the
// transforms, and tables of codes of up to 16 bits for each of their groups, which a short file
// may ask for.
func webpBytes(c image.Config, _ jpegHead, size int64) int64 {
	const (
		tables   = 2720    // bytes of a group: five trees of 128 numbers and a few nodes
		groups   = 1 << 16 // at most
		groupMin = 3       // bytes of the file that a group takes at least, rounded up
	)
	return 12*pixels(c) + tables*min(groups, size/groupMin*2)
}

// jpegBytes: progressive pictures are kept as coefficients of four bytes before they become
// samples.
func jpegBytes(c image.Config, h jpegHead, _ int64) int64 {
	if h.progressive {
		return pixels(c) * h.samples * 5 / sampleUnit
	}
	return pixels(c) * h.samples / sampleUnit
}

// errForm is a picture that breaks its own format.
var errForm = errors.New("malformed")

// sampleUnit: samples of a jpegHead are in this part of a pixel.
const sampleUnit = 16

// jpegHead is what is read of a JPEG picture before it is decoded.
type jpegHead struct {
	orientation int // 1 to 8, as in EXIF; 0: not said
	progressive bool
	samples     int64 // in a pixel, times sampleUnit
}

// readJPEGHead reads the segments up to the frame's header.
func readJPEGHead(r io.Reader) (h jpegHead, err error) {
	b := bufio.NewReader(r)
	if _, err := b.Discard(2); err != nil {
		return h, err
	}
	for {
		marker, n, err := nextSegment(b)
		if err != nil {
			return h, err
		}
		switch {
		case marker == 0xe1 && h.orientation == 0:
			segment, err := b.Peek(min(n, b.Size()))
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return h, err
			}
			h.orientation = exifOrientation(segment)
		case marker == 0xc0, marker == 0xc1, marker == 0xc2:
			h.progressive = marker == 0xc2
			frame := make([]byte, n)
			if _, err := io.ReadFull(b, frame); err != nil {
				return h, err
			}
			h.samples, err = samplesOf(frame)
			return h, err
		case marker == 0xda, marker == 0xd9:
			return h, errForm
		}
		if _, err := b.Discard(n); err != nil {
			return h, err
		}
	}
}

// nextSegment finds the next marker and the length of what follows.
func nextSegment(b *bufio.Reader) (marker byte, n int, err error) {
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, 0, err
		}
		if c != 0xff {
			continue // decoders are as lenient
		}
		for c == 0xff {
			if c, err = b.ReadByte(); err != nil {
				return 0, 0, err
			}
		}
		if c == 0 || c == 1 || c >= 0xd0 && c <= 0xd8 { // without a length
			continue
		}
		var length [2]byte
		if _, err := io.ReadFull(b, length[:]); err != nil {
			return 0, 0, err
		}
		n := int(binary.BigEndian.Uint16(length[:])) - len(length)
		if n < 0 {
			return 0, 0, errForm
		}
		return c, n, nil
	}
}

// samplesOf adds up the components of a frame's header: each has a share of the pixels by its
// sampling.
func samplesOf(frame []byte) (int64, error) {
	const fixed, each = 6, 3
	if len(frame) < fixed || len(frame) < fixed+each*int(frame[5]) {
		return 0, errForm
	}
	var widest, highest, all int64
	components := frame[fixed : fixed+each*int(frame[5])]
	for c := components; len(c) > 0; c = c[each:] {
		across, down := int64(c[1]>>4), int64(c[1]&15)
		widest, highest, all = max(widest, across), max(highest, down), all+across*down
	}
	if widest == 0 || highest == 0 {
		return 0, errForm
	}
	return all * sampleUnit / (widest * highest), nil
}

// exifOrientation reads the one tag that is wanted; 0: it is not there.
func exifOrientation(segment []byte) int {
	tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	const entry, orientation = 12, 0x0112
	list := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(list) < entry {
			return 0
		}
		if order.Uint16(list) == orientation {
			if v := order.Uint16(list[8:]); v >= 1 && v <= 8 {
				return int(v)
			}
			return 0
		}
		list = list[entry:]
	}
	return 0
}

// probe finds out what a picture is and would take.
func probe(r io.ReadSeeker, size int64) (k *kind, h jpegHead, c image.Config, err error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, h, c, err
	}
	if k = kindOf(head[:n]); k == nil {
		return nil, h, c, fmt.Errorf("%w: not a picture that can be read", ErrRefused)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, h, c, err
	}
	if k.name == "jpeg" {
		if h, err = readJPEGHead(r); err != nil {
			return nil, h, c, err
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, h, c, err
		}
	}
	if c, err = k.config(bufio.NewReader(r)); err != nil {
		return nil, h, c, err
	}
	_, err = r.Seek(0, io.SeekStart)
	return k, h, c, err
}
