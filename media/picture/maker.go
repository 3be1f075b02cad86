package picture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrRefused is said of pictures that no smaller size is made of, now or later: they cannot be
// read, or would take too much.
var ErrRefused = errors.New("picture: no smaller size can be made")

// The sides of the sizes (spec/05), in pixels: their longest.
const (
	LargeSide = 720
	ThumbSide = 198
)

// Bounds of one picture.
const (
	maxPixels = 50_000_000
	maxSide   = 50_000
	quality   = 82 // of JPEG: a choice
	// base is taken beside what decoding takes: rows, and what is written.
	base = 8 << 20
)

// Options bound a Maker.
type Options struct {
	// Budget is what pictures that are decoded at the same time may take together, in bytes;
	// one that would take more by itself is refused. Default: 256 MiB.
	Budget int64
	// Limit is how long one picture may take: 20 s.
	Limit time.Duration
}

// Maker makes smaller sizes. It is safe for concurrent use.
type Maker struct {
	opt  Options
	free *semaphore.Weighted
}

// New makes a Maker.
func New(o Options) *Maker {
	if o.Budget <= 0 {
		o.Budget = 256 << 20
	}
	if o.Limit <= 0 {
		o.Limit = 20 * time.Second
	}
	return &Maker{o, semaphore.NewWeighted(o.Budget)}
}

// Made is a smaller picture.
type Made struct {
	Bytes []byte
	Mime  string
}

// Make makes a picture whose longest side is at most so many pixels. An error that is not
// ErrRefused is one of reading, or of time.
func (m *Maker) Make(ctx context.Context, r io.ReadSeeker, size int64, side int) (*Made, error) {
	in := &source{ReadSeeker: r, ctx: ctx}
	k, head, config, err := probe(in, size)
	if err != nil {
		return nil, in.refused(err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxSide || config.Height > maxSide || pixels(config) > maxPixels {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrRefused, config.Width, config.Height)
	}
	need := k.bytes(config, head, size) + base
	if need > m.opt.Budget {
		return nil, fmt.Errorf("%w: %d × %d pixels of %s would take %d MiB", ErrRefused, config.Width, config.Height, k.name, need>>20)
	}
	if err := m.free.Acquire(ctx, need); err != nil {
		return nil, err
	}
	defer m.free.Release(need)
	// A short file may keep a decoder busy for long: it reads all the while.
	limited, cancel := context.WithTimeout(ctx, m.opt.Limit)
	defer cancel()
	in.ctx = limited
	img, err := k.decode(bufio.NewReader(in))
	if err != nil {
		if ctx.Err() == nil && limited.Err() != nil {
			return nil, fmt.Errorf("%w: it takes longer than %v", ErrRefused, m.opt.Limit)
		}
		return nil, in.refused(err)
	}
	if b := img.Bounds(); b.Dx() > config.Width || b.Dy() > config.Height || b.Empty() {
		return nil, fmt.Errorf("%w: it is larger than it says", ErrRefused)
	}
	return encode(upright(shrink(img, side), head.orientation))
}

// encode writes PNG when something is transparent, else JPEG.
func encode(img *image.NRGBA) (*Made, error) {
	var b bytes.Buffer
	if img.Opaque() {
		// The encoder is fast with this form of the same pixels.
		err := jpeg.Encode(&b, &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}, &jpeg.Options{Quality: quality})
		return &Made{b.Bytes(), "image/jpeg"}, err
	}
	err := png.Encode(&b, img)
	return &Made{b.Bytes(), "image/png"}, err
}

// source is a picture's file. It knows whether a failure was one of reading.
type source struct {
	io.ReadSeeker
	ctx context.Context // of the one Make
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.ReadSeeker.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// refused tells a picture that is none from one that could not be read now.
func (s *source) refused(err error) error {
	switch {
	case s.err != nil:
		return s.err
	case errors.Is(err, ErrRefused):
		return err
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}
