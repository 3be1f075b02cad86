package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/image/bmp"
)

// quarters is a picture whose quarters are red, green, blue and white, or transparent.
func quarters(w, h int, last color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	colors := [4]color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, last}
	for y := range h {
		row := img.Pix[y*img.Stride:]
		for x := range w {
			c := colors[x*2/w+y*2/h*2]
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c.R, c.G, c.B, c.A
		}
	}
	return img
}

var white = color.NRGBA{255, 255, 255, 255}

func encoded(t testing.TB, img image.Image, as string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch as {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpSquare is a lossless WebP picture of one pixel.
const webpSquare = "524946461a000000574542505650384c0d0000002f0000001007101111888808fe0700"

func make1(t *testing.T, file []byte, side int) (*Made, image.Image) {
	t.Helper()
	made, err := New(Options{}).Make(t.Context(), bytes.NewReader(file), int64(len(file)), side)
	if err != nil {
		t.Fatal(err)
	}
	img, as, err := image.Decode(bytes.NewReader(made.Bytes))
	if err != nil || made.Mime != "image/"+as {
		t.Fatalf("what was made is %s, told was %s: %v", as, made.Mime, err)
	}
	return made, img
}

// near compares colors, for JPEG changes them a little.
func near(t *testing.T, what string, got, want color.Color) {
	t.Helper()
	g, w := color.NRGBAModel.Convert(got).(color.NRGBA), color.NRGBAModel.Convert(want).(color.NRGBA)
	for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), int(g.A) - int(w.A)} {
		if math.Abs(float64(d)) > 12 {
			t.Errorf("%s is %v, want %v", what, g, w)
			return
		}
	}
}

func TestMake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		as            string
		w, h, side    int
		wantW, wantH  int
		last          color.NRGBA
		wantMime      string
		smallerThanIn bool
	}{
		{"jpeg", 800, 600, LargeSide, 720, 540, white, "image/jpeg", true},
		{"jpeg", 300, 400, ThumbSide, 149, 198, white, "image/jpeg", true},
		{"png", 1001, 333, LargeSide, 720, 240, white, "image/jpeg", false},
		{"png", 400, 400, ThumbSide, 198, 198, color.NRGBA{}, "image/png", false},
		{"gif", 361, 359, ThumbSide, 198, 197, white, "image/jpeg", false},
		{"bmp", 400, 300, ThumbSide, 198, 149, white, "image/jpeg", true},
		{"png", 100, 80, ThumbSide, 100, 80, white, "image/jpeg", false}, // not enlarged
		{"png", 4000, 2, ThumbSide, 198, 1, white, "image/jpeg", false},  // no side becomes 0
		{"png", 2, 4000, LargeSide, 1, 720, color.NRGBA{}, "image/png", false},
	} {
		file := encoded(t, quarters(c.w, c.h, c.last), c.as)
		made, img := make1(t, file, c.side)
		b := img.Bounds()
		if b.Dx() != c.wantW || b.Dy() != c.wantH || made.Mime != c.wantMime {
			t.Errorf("%s of %d × %d to %d: %d × %d, %s, want %d × %d, %s", c.as, c.w, c.h, c.side, b.Dx(), b.Dy(), made.Mime, c.wantW, c.wantH, c.wantMime)
			continue
		}
		if c.smallerThanIn && len(made.Bytes) >= len(file) {
			t.Errorf("%s: %d bytes became %d", c.as, len(file), len(made.Bytes))
		}
		if b.Dx() < 8 || b.Dy() < 8 {
			continue
		}
		for i, want := range []color.Color{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, c.last} {
			near(t, c.as, img.At(b.Dx()/4+i%2*b.Dx()/2, b.Dy()/4+i/2*b.Dy()/2), want)
		}
	}
}

func TestWebP(t *testing.T) {
	t.Parallel()
	file, err := hex.DecodeString(webpSquare)
	if err != nil {
		t.Fatal(err)
	}
	if _, img := make1(t, file, ThumbSide); img.Bounds().Dx() != 1 {
		t.Errorf("got %v", img.Bounds())
	}
}

// Averages keep brightness: a fine checkerboard becomes grey.
func TestShrinkAverages(t *testing.T) {
	t.Parallel()
	board := image.NewGray(image.Rect(0, 0, 1000, 300))
	for i := range board.Pix {
		if (i%1000+i/1000)%2 == 0 {
			board.Pix[i] = 255
		}
	}
	small := shrink(board, 198)
	for i, v := range small.Pix {
		if i%4 == 3 && v != 255 || i%4 < 3 && (v < 118 || v > 137) {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
	flat := image.NewUniform(color.NRGBA{10, 200, 30, 255})
	img := image.NewNRGBA(image.Rect(0, 0, 997, 613))
	for y := range 613 {
		for x := range 997 {
			img.Set(x, y, flat.C)
		}
	}
	small = shrink(img, 211)
	for i := 0; i < len(small.Pix); i += 4 {
		if [4]uint8(small.Pix[i:i+4]) != [4]uint8{10, 200, 30, 255} {
			t.Fatalf("pixel %d is %v", i/4, small.Pix[i:i+4])
		}
	}
}

// withEXIF puts an APP1 segment with an orientation, and a place, into a JPEG file.
func withEXIF(file []byte, orientation uint16, order binary.AppendByteOrder, name string) []byte {
	tiff := []byte(name)
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range []struct{ tag, kind, value uint16 }{{0x0110, 3, 7}, {0x0112, 3, orientation}} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, e.tag), e.kind)
		tiff = order.AppendUint16(order.AppendUint16(order.AppendUint32(tiff, 1), e.value), 0)
	}
	tiff = append(tiff, "\x00\x00\x00\x00GPS 48.2082 N 16.3738 E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(out, segment...), file[2:]...)
}

// A picture that was taken with the camera turned stands upright, and where it was taken is
// told no more.
func TestOrientation(t *testing.T) {
	t.Parallel()
	red, green, blue := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}
	file := encoded(t, quarters(400, 200, white), "jpeg")
	for orientation, want := range map[uint16][4]color.Color{ // top left, top right, bottom left, bottom right
		0: {red, green, blue, white},
		1: {red, green, blue, white},
		2: {green, red, white, blue},
		3: {white, blue, green, red},
		4: {blue, white, red, green},
		5: {red, blue, green, white},
		6: {blue, red, white, green},
		7: {white, green, blue, red},
		8: {green, white, red, blue},
		9: {red, green, blue, white},
	} {
		for name, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			made, img := make1(t, withEXIF(file, orientation, order, name), ThumbSide)
			b := img.Bounds()
			wide := orientation < 5 || orientation > 8
			if wide != (b.Dx() > b.Dy()) {
				t.Errorf("orientation %d: %v", orientation, b)
			}
			for i, c := range want {
				near(t, "orientation "+string(rune('0'+orientation))+" corner "+string(rune('0'+i)), img.At(b.Dx()/4+i%2*b.Dx()/2, b.Dy()/4+i/2*b.Dy()/2), c)
			}
			if bytes.Contains(made.Bytes, []byte("Exif")) || bytes.Contains(made.Bytes, []byte("GPS")) {
				t.Error("EXIF is still there")
			}
		}
	}
}

// pngHead is a PNG file that says a size and has next to nothing.
func pngHead(w, h uint32, depth, model, interlaced byte) []byte {
	chunk := func(name string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(append(b, name...), data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	ihdr := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(ihdr, depth, model, 0, 0, interlaced))...)
	b = append(b, chunk("IDAT", bytes.Repeat([]byte{0}, 2000))...)
	return append(b, chunk("IEND", nil)...)
}

func gifHead(w, h uint16) []byte {
	b := append([]byte("GIF89a"), byte(w), byte(w>>8), byte(h), byte(h>>8), 0x80, 0, 0, 0, 0, 0, 255, 255, 255)
	return append(b, ',', 0, 0, 0, 0, byte(w), byte(w>>8), byte(h), byte(h>>8), 0, 2, 1, 0, 0, ';')
}

func bmpHead(w, h int32) []byte {
	b := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(b[10:], 54)
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(w))
	binary.LittleEndian.PutUint32(b[22:], uint32(h))
	b[26], b[28] = 1, 24
	return b
}

// webpHead is a lossy WebP file that says a canvas size.
func webpHead(w, h uint32) []byte {
	w, h = w-1, h-1
	x := []byte{0x10, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)}
	b := append([]byte("RIFF\xff\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"), x...)
	b = append(b, "ALPH\x10\x00\x00\x00\x01"...)
	return append(b, make([]byte, 300)...)
}

// What a few bytes claim is refused before anything is decoded: memory does not grow.
func TestBombs(t *testing.T) {
	good := encoded(t, quarters(64, 64, white), "jpeg")
	tall := bytes.Clone(good)
	frame := bytes.Index(tall, []byte{0xff, 0xc0})
	copy(tall[frame+5:], []byte{0xff, 0xff, 0xff, 0xff}) // height and width
	progressive := bytes.Clone(tall)
	progressive[frame+1] = 0xc2
	copy(progressive[frame+5:], []byte{0x18, 0, 0x1f, 0}) // 6144 × 7936: 48 million pixels
	for name, file := range map[string][]byte{
		"a PNG of 50,000 × 50,000":            pngHead(50_000, 50_000, 8, 6, 0),
		"a PNG of 2^31 pixels in a row":       pngHead(1<<31-1, 1, 8, 0, 0),
		"a PNG of 49 million deep pixels":     pngHead(7000, 7000, 16, 6, 0),
		"an interlaced PNG":                   pngHead(7000, 7000, 8, 6, 1),
		"a PNG without a size":                pngHead(0, 0, 8, 6, 0),
		"a GIF of 65,535 × 65,535":            gifHead(65535, 65535),
		"a BMP of 40,000 × 40,000":            bmpHead(40_000, 40_000),
		"a BMP of a negative size":            bmpHead(-5, 5),
		"a WebP of 16,000 × 16,000":           webpHead(16000, 16000),
		"a WebP of 20 million pixels":         webpHead(5000, 5000),
		"a JPEG of 65,535 × 65,535":           tall,
		"a progressive JPEG of 48 megapixels": progressive,
		"a short file":                        []byte("\xff\xd8\xff"),
		"two letters":                         []byte("BM"),
		"an empty file":                       nil,
		"HTML":                                []byte("<html><script>alert(1)</script>"),
		"SVG":                                 []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`),
		"half a JPEG":                         good[:len(good)/2],
		"a JPEG without a frame":              []byte("\xff\xd8\xff\xe0\x00\x02\xff\xd9"),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := New(Options{}).Make(t.Context(), bytes.NewReader(file), int64(len(file)), ThumbSide)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s takes %d KiB", name, took>>10)
		}
	}
}

// Of a GIF with many frames one is decoded.
func TestManyFrames(t *testing.T) {
	frame := image.NewPaletted(image.Rect(0, 0, 200, 200), color.Palette{color.White, color.Black})
	all := &gif.GIF{}
	for range 200 {
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, all); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	make1(t, b.Bytes(), ThumbSide)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 { // all of them are 8 MB
		t.Errorf("200 frames take %d KiB", took>>10)
	}
}

// What is estimated is what decoding takes, or more.
func TestEstimate(t *testing.T) {
	for _, as := range []string{"jpeg", "png", "gif", "bmp"} {
		file := encoded(t, quarters(800, 600, color.NRGBA{255, 255, 255, 200}), as)
		if as == "jpeg" || as == "gif" {
			file = encoded(t, quarters(800, 600, white), as)
		}
		k, head, config, err := probe(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		need := k.bytes(config, head, int64(len(file))) + base
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := New(Options{}).Make(t.Context(), bytes.NewReader(file), int64(len(file)), LargeSide); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if took := int64(after.TotalAlloc - before.TotalAlloc); took > need {
			t.Errorf("%s: %d KiB estimated, %d KiB taken", as, need>>10, took>>10)
		}
	}
}

// Pictures wait for each other when they would take too much together.
func TestBudget(t *testing.T) {
	t.Parallel()
	file := encoded(t, quarters(1000, 1000, white), "png")
	k, head, config, err := probe(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	need := k.bytes(config, head, int64(len(file))) + base
	m := New(Options{Budget: need})
	gate := make(chan struct{})
	slow := &gated{ReadSeeker: bytes.NewReader(file), gate: gate, after: 100, waiting: make(chan struct{})}
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := m.Make(context.Background(), slow, int64(len(file)), ThumbSide); err != nil {
			t.Error(err)
		}
	})
	<-slow.waiting // it has its share
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Make(ctx, bytes.NewReader(file), int64(len(file)), ThumbSide); !errors.Is(err, context.Canceled) {
		t.Errorf("a second one: %v", err)
	}
	close(gate)
	first.Wait()
	if _, err := m.Make(t.Context(), bytes.NewReader(file), int64(len(file)), ThumbSide); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// gated waits at its first long read, which is that of decoding.
type gated struct {
	io.ReadSeeker
	gate    chan struct{}
	after   int
	seeks   int
	once    sync.Once
	waiting chan struct{}
}

func (g *gated) Seek(offset int64, whence int) (int64, error) {
	g.seeks++
	return g.ReadSeeker.Seek(offset, whence)
}

func (g *gated) Read(p []byte) (int, error) {
	if g.seeks >= 2 { // the probe is over
		g.once.Do(func() { close(g.waiting) })
		<-g.gate
	}
	return g.ReadSeeker.Read(p)
}

// A file that cannot be read now is no picture that is refused for ever.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	file := encoded(t, quarters(100, 100, white), "jpeg")
	broken := errors.New("the disk is broken")
	for _, at := range []int{0, 10, 200, 700} {
		r := &seekable{Reader: io.MultiReader(bytes.NewReader(file[:at]), iotest.ErrReader(broken)), again: func() io.Reader {
			return io.MultiReader(bytes.NewReader(file[:at]), iotest.ErrReader(broken))
		}}
		if _, err := New(Options{}).Make(t.Context(), r, int64(len(file)), ThumbSide); !errors.Is(err, broken) || errors.Is(err, ErrRefused) {
			t.Errorf("broken at %d: %v", at, err)
		}
	}
}

type seekable struct {
	io.Reader
	again func() io.Reader
}

func (s *seekable) Seek(int64, int) (int64, error) {
	s.Reader = s.again()
	return 0, nil
}

// A picture that keeps the decoder busy for too long is given up.
func TestTooLong(t *testing.T) {
	t.Parallel()
	file := encoded(t, quarters(600, 600, white), "jpeg")
	_, err := New(Options{Limit: time.Nanosecond}).Make(t.Context(), bytes.NewReader(file), int64(len(file)), ThumbSide)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
}

// Whatever is sent, making a picture of it ends, without a panic, within the budget.
func FuzzMake(f *testing.F) {
	img := quarters(20, 12, color.NRGBA{9, 9, 9, 100})
	for _, as := range []string{"jpeg", "png", "gif", "bmp"} {
		f.Add(encoded(f, img, as))
	}
	f.Add(withEXIF(encoded(f, img, "jpeg"), 6, binary.LittleEndian, "II"))
	f.Add(pngHead(50_000, 50_000, 8, 6, 0))
	f.Add(gifHead(65535, 65535))
	f.Add(bmpHead(9, 9))
	f.Add(webpHead(99, 99))
	if b, err := hex.DecodeString(webpSquare); err == nil {
		f.Add(b)
	}
	m := New(Options{Budget: base + 4<<20, Limit: 5 * time.Second})
	f.Fuzz(func(t *testing.T, file []byte) {
		made, err := m.Make(context.Background(), bytes.NewReader(file), int64(len(file)), 64)
		if err != nil {
			return
		}
		img, _, err := image.Decode(bytes.NewReader(made.Bytes))
		if err != nil {
			t.Fatalf("what was made cannot be read: %v", err)
		}
		if b := img.Bounds(); b.Dx() > 64 || b.Dy() > 64 || b.Empty() {
			t.Fatalf("what was made has %v", b)
		}
	})
}
