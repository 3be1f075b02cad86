package media

import (
	"bytes"
	"mime"
	"strings"
)

// sniffBytes is how much of a file says what it is.
const sniffBytes = 512

// sniffed is what a file is, by its first bytes.
type sniffed struct {
	mime    string // "": not known
	picture bool
}

// magic is the table of what is known by its first bytes: what stands at an offset. All of it is
// shown by browsers without harm; what is not in it is given out to be saved.
var magic = []struct {
	at   int
	text string
	mime string
}{
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{8, "WEBPVP", "image/webp"},
	{0, "BM", "image/bmp"},
	{4, "ftypM4A", "audio/mp4"},
	{4, "ftypqt", "video/quicktime"},
	{4, "ftyp", "video/mp4"},
	{0, "\x1aE\xdf\xa3", "video/webm"},
	{0, "OggS", "audio/ogg"},
	{0, "ID3", "audio/mpeg"},
	{0, "\xff\xfb", "audio/mpeg"},
	{0, "\xff\xf3", "audio/mpeg"},
	{0, "\xff\xf1", "audio/aac"},
	{0, "\xff\xf9", "audio/aac"},
	{8, "WAVE", "audio/wav"},
	{0, "#!AMR", "audio/amr"},
	{0, "fLaC", "audio/flac"},
}

// sniff tells what a file is.
func sniff(head []byte) sniffed {
	for _, m := range magic {
		if len(head) < m.at || !bytes.HasPrefix(head[m.at:], []byte(m.text)) {
			continue
		}
		if m.at == 8 && !bytes.HasPrefix(head, []byte("RIFF")) {
			continue
		}
		if m.mime == "image/bmp" && !isBMP(head) {
			continue
		}
		return sniffed{m.mime, strings.HasPrefix(m.mime, "image/")}
	}
	return sniffed{}
}

// isBMP looks further than at two letters that begin many a text: four bytes are always zero.
func isBMP(head []byte) bool {
	return len(head) >= 18 && bytes.Equal(head[6:10], make([]byte, 4)) && head[15] == 0 && head[16] == 0 && head[17] == 0
}

// anything is the type of what is not known.
const anything = "application/octet-stream"

// settle is the type with which a file is given out, and whether a browser may show it. What it
// says of itself counts before what its sender has said; that never makes it a picture.
func (is sniffed) settle(o *Object) (mediaType string, inline bool) {
	if is.mime != "" && (is.picture || o.Kind != Image && o.Kind != Avatar) {
		if o.Kind == Sound { // the same boxes hold both
			is.mime = strings.Replace(is.mime, "video/", "audio/", 1)
		}
		return is.mime, true
	}
	said, _, err := mime.ParseMediaType(o.Mime)
	for _, kind := range []string{"image/", "text/", "application/x", "multipart/", "message/"} {
		if err == nil && strings.HasPrefix(said, kind) {
			return anything, false
		}
	}
	if err != nil || strings.Count(said, "/") != 1 || strings.Contains(said, "+xml") || said == "application/xml" {
		return anything, false
	}
	return said, false
}
