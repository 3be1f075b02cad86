package media

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
)

const (
	// storeSeconds is how long the address of a store is good to which a download is sent on.
	storeSeconds = 15 * 60
	// foreverSeconds is how long browsers keep what is given out under an address without an end.
	foreverSeconds = 365 * 24 * 60 * 60
	// maxRanges is how many pieces of a file are given out at once; who asks for more gets it
	// whole (RFC 9110 §14.2).
	maxRanges = 16
)

// shown are the types that a browser may show. Everything else is given out to be saved: it may
// hold a program.
var shown = []string{
	"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp",
	"audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/webm", "audio/amr", "audio/flac",
	"video/mp4", "video/webm", "video/ogg", "video/quicktime",
}

// active are parts of the types whose files browsers run, named anything else than that.
var active = []string{"html", "xml", "svg", "javascript", "ecmascript", "multipart/", "message/"}

// download gives out a file, or a piece of it.
func (h *Handler) download(c *call) {
	d, err := h.opt.Room.Download(c.r.Context(), c.path, c.query)
	if err != nil {
		h.refuse(c, err)
		return
	}
	leave, ok := h.downloads.enter(addressOf(c.r.RemoteAddr))
	if !ok {
		h.refuse(c, chat.Refuse(chat.CodeBusy, "too many downloads at the same time"))
		return
	}
	defer leave()
	out := outgoing{Download: d, mime: typeOf(d), inline: d.Inline && slices.Contains(shown, d.Mime)}
	if d.Variant == room.Original && c.r.Method == http.MethodGet {
		if at, ok := h.opt.Store.Address(c.r.Context(), d.Key, room.Response{Mime: out.mime, Disposition: out.disposition()}, h.opt.Now().Add(storeSeconds*time.Second)); ok {
			h.sendOn(c, at, out)
			return
		}
	}
	f, err := h.open(c, &out)
	if err != nil {
		h.refuse(c, err)
		return
	}
	defer func() { _ = f.Close() }()
	h.serve(c, f, out)
}

// outgoing is a file on its way.
type outgoing struct {
	*room.Download
	mime   string
	inline bool
}

// typeOf is the type that a file is given out with.
func typeOf(d *room.Download) string {
	for _, part := range active {
		if strings.Contains(strings.ToLower(d.Mime), part) {
			return "application/octet-stream"
		}
	}
	if d.Mime == "" {
		return "application/octet-stream"
	}
	return d.Mime
}

// open opens the file that is asked for, and finds out what a smaller size is.
func (h *Handler) open(c *call, out *outgoing) (room.File, error) {
	if out.Variant == room.Original {
		f, err := h.opt.Store.Open(c.r.Context(), out.Key)
		if errors.Is(err, room.ErrNone) { // its row is there: the sweep or a removal is at work
			err = fmt.Errorf("%w: %w", chat.Refuse(chat.CodeNoMessage, "there is no such file"), err)
		}
		return f, err
	}
	f, err := h.pictures.open(c.r.Context(), out.Download)
	if err != nil {
		return nil, err
	}
	out.mime, err = pictureType(f)
	out.inline = true // we have made it
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sendOn sends a download on to the store.
func (h *Handler) sendOn(c *call, at string, out outgoing) {
	head := c.w.Header()
	h.allow(c)
	head.Set("Location", at)
	head.Set("Cache-Control", "private, max-age="+strconv.Itoa(int(min(storeSeconds/2, h.fresh(out.Download)))))
	c.w.WriteHeader(http.StatusFound)
}

// fresh is for how many seconds an address is good yet.
func (h *Handler) fresh(d *room.Download) int64 {
	if d.Until == 0 {
		return foreverSeconds
	}
	return max(0, d.Until-h.opt.Now().Unix())
}

// serve gives out bytes from here.
func (h *Handler) serve(c *call, f room.File, out outgoing) {
	head := c.w.Header()
	h.allow(c)
	head.Set("Content-Type", out.mime)
	head.Set("Content-Disposition", out.disposition())
	head.Set("ETag", out.ETag)
	head.Set("Cache-Control", fmt.Sprintf("private, max-age=%d, immutable", h.fresh(out.Download)))
	if manyRanges(c.r.Header.Values("Range")) {
		c.r.Header.Del("Range")
	}
	w := &pacedWriter{ResponseWriter: c.w, h: h, control: c.control}
	http.ServeContent(&jsonErrors{ResponseWriter: w}, c.r, "", time.Unix(out.Since, 0), f)
}

// manyRanges reports more pieces than anybody needs.
func manyRanges(headers []string) bool {
	n := 0
	for _, one := range headers {
		n += 1 + strings.Count(one, ",")
	}
	return n > maxRanges
}

// disposition says whether the file is to be shown or saved, and its name (RFC 6266).
func (o outgoing) disposition() string {
	how := "attachment"
	if o.inline {
		how = "inline"
	}
	if o.Name == "" || !utf8.ValidString(o.Name) {
		return how
	}
	if with := mime.FormatMediaType(how, map[string]string{"filename": o.Name}); with != "" && !isASCII(o.Name) {
		// Programs that know no other form have a name too.
		return how + `; filename="` + plainName(o.Name) + `"` + strings.TrimPrefix(with, how)
	} else if with != "" {
		return with
	}
	return how
}

// plainName is a name in ASCII, without what has a meaning in quotes.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
}

func isASCII(name string) bool {
	for _, c := range []byte(name) {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// jsonErrors puts our form of a refusal in place of the text that http.ServeContent has for a
// range that is none.
type jsonErrors struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (j *jsonErrors) WriteHeader(status int) {
	if status < http.StatusBadRequest {
		j.ResponseWriter.WriteHeader(status)
		return
	}
	j.refused = true
	body := failure(chat.Refuse(chat.CodeBadPath, "the file has no such range")).body()
	head := j.Header()
	head.Del("Content-Disposition")
	head.Set("Content-Type", "application/json; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Length", strconv.Itoa(len(body)))
	j.ResponseWriter.WriteHeader(status)
	_, _ = j.ResponseWriter.Write(body)
}

// Write implements io.Writer.
func (j *jsonErrors) Write(b []byte) (int, error) {
	if j.refused {
		return len(b), nil
	}
	return j.ResponseWriter.Write(b)
}
