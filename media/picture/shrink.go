package picture

import (
	"image"
	"image/color"
	"math"
)

// fitted is the size of a picture whose longest side is at most so many pixels: no larger than
// it was, no side 0.
func fitted(width, height, side int) (w, h int) {
	longest := max(width, height)
	if longest <= side {
		return width, height
	}
	scale := func(n int) int { return max(1, int(math.Round(float64(n)*float64(side)/float64(longest)))) }
	return scale(width), scale(height)
}

// sums are the four channels of a pixel, multiplied with their transparency.
type sums [4]float64

func (s *sums) add(c color.RGBA64, share float64) {
	s[0] += float64(c.R) * share
	s[1] += float64(c.G) * share
	s[2] += float64(c.B) * share
	s[3] += float64(c.A) * share
}

// shrink averages what lies below each pixel of the smaller picture. It holds two rows beside
// it, however large the picture is.
func shrink(img image.Image, side int) *image.NRGBA {
	b := img.Bounds()
	w, h := fitted(b.Dx(), b.Dy(), side)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	at := reader(img)
	each := float64(b.Dy()) / float64(h)
	across, row := make([]sums, w), make([]sums, w)
	y, end := 0, each
	for from := range b.Dy() {
		shrinkRow(across, at, b, b.Min.Y+from)
		top, bottom := float64(from), float64(from+1)
		if bottom <= end || y == h-1 {
			addRow(row, across, (bottom-top)/each)
			continue
		}
		addRow(row, across, (end-top)/each)
		putRow(out, y, row)
		clear(row)
		y++
		addRow(row, across, (bottom-end)/each) // each is at least 1: it reaches no further
		end = float64(y+1) * each
	}
	putRow(out, y, row)
	return out
}

func addRow(to, from []sums, share float64) {
	for x := range to {
		for i := range to[x] {
			to[x][i] += from[x][i] * share
		}
	}
}

// shrinkRow averages a row.
func shrinkRow(across []sums, at func(x, y int) color.RGBA64, b image.Rectangle, y int) {
	each := float64(b.Dx()) / float64(len(across))
	clear(across)
	if b.Dx() == len(across) {
		for x := range across {
			across[x].add(at(b.Min.X+x, y), 1)
		}
		return
	}
	x, end := 0, each
	for from := range b.Dx() {
		c := at(b.Min.X+from, y)
		left, right := float64(from), float64(from+1)
		if right <= end || x == len(across)-1 {
			across[x].add(c, (right-left)/each)
			continue
		}
		across[x].add(c, (end-left)/each)
		x++
		across[x].add(c, (right-end)/each) // each is more than 1: it reaches no further
		end = float64(x+1) * each
	}
}

// putRow writes a row.
func putRow(out *image.NRGBA, y int, row []sums) {
	pix := out.Pix[y*out.Stride:]
	for x, s := range row {
		alpha := s[3]
		p := pix[4*x : 4*x+4 : 4*x+4]
		p[3] = eight(alpha)
		if p[3] == 0 {
			continue
		}
		for i := range 3 {
			p[i] = eight(s[i] / alpha * math.MaxUint16)
		}
	}
}

// eight makes 8 bits of 16.
func eight(v float64) uint8 { return uint8(min(max(v/257+0.5, 0), 255)) }

// reader reads pixels of a picture.
func reader(img image.Image) func(x, y int) color.RGBA64 {
	if fast, ok := img.(image.RGBA64Image); ok {
		return fast.RGBA64At
	}
	return func(x, y int) color.RGBA64 {
		r, g, b, a := img.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
}

// upright turns a picture as its orientation in EXIF says.
func upright(img *image.NRGBA, orientation int) *image.NRGBA {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	swapped := orientation >= 5
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if swapped {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := turned(x, y, w, h, orientation)
			copy(out.Pix[ty*out.Stride+4*tx:][:4], img.Pix[y*img.Stride+4*x:][:4])
		}
	}
	return out
}

// turned is where a pixel goes.
func turned(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6: // a quarter to the left; it is turned to the right
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	default: // 8
		return y, w - 1 - x
	}
}
