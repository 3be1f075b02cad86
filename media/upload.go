package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
)

// headBytes is how much of a file says what it is.
const headBytes = 512

// upload takes a file, or a part of it.
func (h *Handler) upload(c *call) {
	u, err := h.opt.Room.Upload(c.r.Context(), c.path, c.query)
	if err == nil && !h.opt.Origins.Allows(c.r) {
		err = errOrigin(c.r)
	}
	if err != nil {
		h.unread(c, err)
		return
	}
	p, err := readContentRange(c.r.Header.Get("Content-Range"), u.Size)
	if err == nil {
		err = p.fits(c.r.ContentLength)
	}
	switch {
	case err != nil && chat.CodeOf(err) == chat.CodeInternal: // of the header
		h.unread(c, chat.Refuse(chat.CodeBadPath, "%v", err))
	case err != nil:
		h.unread(c, err)
	case u.Done, p.asks:
		h.tellProgress(c, u)
	default:
		h.receive(c, u, p)
	}
}

// unread refuses without reading what is sent, which may be much.
func (h *Handler) unread(c *call, err error) {
	c.w.Header().Set("Connection", "close")
	_ = c.control.SetReadDeadline(h.deadline()) // the server reads on for a little
	h.refuse(c, err)
}

// fits refuses what is announced when it is not as much as the range says; -1 is not
// announced.
func (p part) fits(length int64) error {
	switch want := p.end - p.first; {
	case length < 0 || length == want:
		return nil
	case p.asks:
		return chat.Refuse(chat.CodeBadPath, "who asks how much has come sends nothing")
	case p.whole && length == 0:
		return chat.Refuse(chat.CodeMediaEmpty, "")
	case p.whole:
		return chat.Refuse(chat.CodeMediaTooLarge, "%d bytes are sent, and %d were announced", length, want)
	default:
		return chat.Refuse(chat.CodeBadPath, "Content-Range is of %d bytes, and %d are sent", want, length)
	}
}

// receive reads what is sent, one request of a file at a time.
func (h *Handler) receive(c *call, u *room.Upload, p part) {
	leave, ok := h.uploads.enter(addressOf(c.r.RemoteAddr))
	if !ok {
		h.unread(c, chat.Refuse(chat.CodeBusy, "too many uploads at the same time"))
		return
	}
	defer leave()
	h.count.uploads.Inc()
	defer h.count.uploads.Dec()
	ctx, cancel := context.WithCancelCause(c.r.Context())
	defer cancel(nil)
	release, err := h.turns.take(ctx, u.Key, func() {
		cancel(errCut)
		_ = c.control.SetReadDeadline(time.Unix(1, 0)) // ends a read that waits
	})
	if err != nil {
		h.unread(c, err)
		return
	}
	defer release()
	// The one before may have completed it.
	if u, err = h.opt.Room.Upload(ctx, c.path, c.query); err != nil {
		h.unread(c, err)
		return
	}
	if u.Done {
		h.answer(c, http.StatusOK, envelope{size: u.Size})
		return
	}
	in := &incoming{h: h, c: c, u: u, part: p}
	size, err := in.run(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errCut) {
		err = errCut
	}
	switch {
	case err != nil:
		h.count.ended.WithLabelValues("refused").Inc()
		h.unread(c, err)
	case size < u.Size:
		h.count.ended.WithLabelValues("partial").Inc()
		h.partial(c, size)
	default:
		h.count.ended.WithLabelValues("complete").Inc()
		h.answer(c, http.StatusOK, envelope{size: u.Size})
	}
}

// errCut ends a request when another sends the same file, or the server goes down.
var errCut = chat.Refuse(chat.CodeBusy, "the upload goes on elsewhere")

// tellProgress answers how much has come. A file that has come whole and whose sender has missed
// the answer becomes complete here.
func (h *Handler) tellProgress(c *call, u *room.Upload) {
	if u.Done {
		h.answer(c, http.StatusOK, envelope{size: u.Size})
		return
	}
	size, err := h.opt.Store.Uploaded(c.r.Context(), u.Key)
	if err == nil && (size == 0 || size >= u.Size) {
		size, err = h.finished(c, u, size)
	}
	switch {
	case err != nil:
		h.unread(c, err)
	case size >= u.Size:
		h.answer(c, http.StatusOK, envelope{size: u.Size})
	default:
		h.partial(c, size)
	}
}

// finished completes an upload that is whole, also one whose file has its name already, unless
// somebody is sending it.
func (h *Handler) finished(c *call, u *room.Upload, size int64) (int64, error) {
	release, ok := h.turns.try(u.Key)
	if !ok {
		return min(size, u.Size-1), nil
	}
	defer release()
	err := h.complete(c.r.Context(), u, "")
	if errors.Is(err, room.ErrNone) {
		return size, nil
	}
	return u.Size, err
}

// partial answers that more is to come, and from where (RFC 9110 has no status for it; this is
// that of other services whose uploads go on).
func (h *Handler) partial(c *call, size int64) {
	if size > 0 {
		c.w.Header().Set("Range", "bytes=0-"+strconv.FormatInt(size-1, 10))
	}
	h.answer(c, http.StatusPermanentRedirect, envelope{size: size})
}

// incoming is a request that sends a file or a part of it.
type incoming struct {
	h *Handler
	c *call
	u *room.Upload
	part
	sum hash.Hash // of a whole file whose sum was announced
}

// run stores what comes, and completes the file when it is all there. It returns how much there
// is.
func (in *incoming) run(ctx context.Context) (int64, error) {
	if err := in.skip(ctx); err != nil {
		return 0, err
	}
	if in.first >= in.end { // all of it is there
		return in.first, nil
	}
	size, err := in.h.opt.Store.Append(ctx, in.u.Key, in.first, in.body(ctx), in.end)
	if err == nil && size < in.end {
		err = chat.Refuse(chat.CodeBadPath, "%d bytes have come, and %d were to come", size-in.first, in.end-in.first)
	}
	if err != nil {
		return size, in.failed(ctx, size, err)
	}
	if size < in.u.Size {
		return size, nil
	}
	sum := ""
	if in.sum != nil {
		sum = hex.EncodeToString(in.sum.Sum(nil))
	}
	return size, in.h.complete(ctx, in.u, sum)
}

// skip passes over what has come before: who has missed an answer sends a part again. From 0
// on, everything is sent anew.
func (in *incoming) skip(ctx context.Context) error {
	if in.first == 0 {
		return nil
	}
	have, err := in.h.opt.Store.Uploaded(ctx, in.u.Key)
	if err != nil {
		return err
	}
	if have < in.first {
		return in.misplaced(have)
	}
	over := min(have, in.end) - in.first
	if over == 0 {
		return nil
	}
	if in.first += over; in.first >= in.end {
		in.first = have
		return nil
	}
	_, err = io.CopyN(io.Discard, in.reader(ctx), over)
	return err
}

// misplaced refuses a part that does not follow what there is, and says where to go on.
func (in *incoming) misplaced(have int64) error {
	if have > 0 {
		in.c.w.Header().Set("Range", "bytes=0-"+strconv.FormatInt(have-1, 10))
	}
	return chat.Refuse(chat.CodeBadPath, "the upload has %d bytes: go on there", have)
}

func (in *incoming) reader(ctx context.Context) *bodyReader {
	return &bodyReader{
		body: in.c.r.Body, control: in.c.control, ctx: ctx, stall: in.h.opt.Stall, rate: in.h.opt.MinRate,
		begun: time.Now(), count: in.h.count.in,
	}
}

// body is what is sent. A whole file's sum is made while it comes.
func (in *incoming) body(ctx context.Context) io.Reader {
	r := in.reader(ctx)
	if in.u.Sha256 == "" || in.first != 0 || in.end != in.u.Size {
		return r
	}
	in.sum = sha256.New()
	return io.TeeReader(r, in.sum)
}

// failed finds the refusal for an upload that was cut short. Of what is too large, or was to be
// whole and is not, nothing stays; else the sender may go on.
func (in *incoming) failed(ctx context.Context, size int64, err error) error {
	tooMuch := errors.Is(err, room.ErrTooLarge)
	if tooMuch || in.whole && chat.CodeOf(err) == chat.CodeBadPath {
		if e := in.h.opt.Store.Remove(context.WithoutCancel(ctx), in.u.Key); e != nil {
			return errors.Join(err, e)
		}
	}
	switch {
	case tooMuch && in.end < in.u.Size:
		return chat.Refuse(chat.CodeBadPath, "more is sent than Content-Range says")
	case tooMuch:
		return chat.Refuse(chat.CodeMediaTooLarge, "more than the %d bytes that were announced", in.u.Size)
	case errors.Is(err, room.ErrOffset):
		return in.misplaced(size)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return chat.Refuse(chat.CodeBadPath, "the connection ended before all had come")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &chat.Error{Code: chat.CodeBusy, Msg: "it came too slowly", Err: err}
	}
	return storeFault(err)
}

// storeFault says what a sender may know of a failure of the store.
func storeFault(err error) error {
	if errors.Is(err, room.ErrFull) {
		return &chat.Error{Code: chat.CodeBusy, Msg: "there is no room for the file now", Err: err}
	}
	return err
}

// complete makes an upload a file: durable, of the announced content, and known to the room.
// sum is that of what has come, "" when it was not made.
func (h *Handler) complete(ctx context.Context, u *room.Upload, sum string) error {
	// What is whole does not depend on whether its sender still waits.
	ctx = context.WithoutCancel(ctx)
	if sum != "" && sum != u.Sha256 {
		return h.wrongSum(ctx, u)
	}
	if err := h.opt.Store.Finish(ctx, u.Key); err != nil {
		return storeFault(err)
	}
	f, err := h.opt.Store.Open(ctx, u.Key)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read what has come: %w", err)
	}
	if u.Sha256 != "" && sum == "" {
		if ok, err := sumIs(f, u.Sha256); err != nil {
			return err
		} else if !ok {
			return h.wrongSum(ctx, u)
		}
	}
	_, err = h.opt.Room.Uploaded(ctx, u, f.Size(), head[:n])
	return err
}

// sumIs reads a file for its sum.
func sumIs(f io.ReadSeeker, want string) (bool, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false, fmt.Errorf("read what has come: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)) == want, nil
}

// wrongSum removes what is not what was announced.
func (h *Handler) wrongSum(ctx context.Context, u *room.Upload) error {
	if err := h.opt.Store.Remove(ctx, u.Key); err != nil {
		return err
	}
	return chat.Refuse(chat.CodeBadElement, "the SHA-256 of what has come is not the one that was announced")
}
