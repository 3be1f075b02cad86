package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media/picture"
)

// sides are those of the sizes that are made.
var sides = map[room.Variant]int{room.Large: picture.LargeSide, room.Thumb: picture.ThumbSide}

// pictureTime is how long a smaller size may be waited for, that of others before it included.
const pictureTime = time.Minute

// maxKnownBad bounds how many pictures are remembered of which no smaller size is made.
const maxKnownBad = 4096

// pictures makes the smaller sizes, each once, and keeps them beside the originals.
type pictures struct {
	ctx    context.Context // ended by Close
	store  room.Store
	maker  *picture.Maker
	count  *counters
	log    *slog.Logger
	making sync.WaitGroup // added to by requests that are inside

	mu     sync.Mutex
	flying map[string]*flight  // by key
	bad    map[string]struct{} // keys
}

// flight is a size that is being made, for all who wait.
type flight struct {
	done chan struct{}
	err  error // once done
}

func newPictures(ctx context.Context, s room.Store, m *picture.Maker, c *counters, log *slog.Logger) *pictures {
	return &pictures{
		ctx: ctx, store: s, maker: m, count: c, log: log,
		flying: map[string]*flight{}, bad: map[string]struct{}{},
	}
}

// wait returns when nothing is being made. Close has ended ctx before.
func (p *pictures) wait() { p.making.Wait() }

// errNoSmaller is the refusal of a size that cannot be made; the original is there.
func errNoSmaller() error {
	return chat.Refuse(chat.CodeNoMessage, "there is no smaller size of this picture")
}

// open opens a smaller size, which is made when nobody has asked for it before.
func (p *pictures) open(ctx context.Context, d *room.Download) (room.File, error) {
	key := room.Derived(d.Key, d.Variant)
	f, err := p.store.Open(ctx, key)
	if !errors.Is(err, room.ErrNone) {
		return f, err
	}
	if p.knownBad(key) {
		return nil, errNoSmaller()
	}
	making := p.start(d, key)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-making.done:
		if making.err != nil {
			return nil, making.err
		}
	}
	return p.store.Open(ctx, key)
}

// start has a size made, once, however many ask for it meanwhile.
func (p *pictures) start(d *room.Download, key string) *flight {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.flying[key]; f != nil {
		return f
	}
	f := &flight{done: make(chan struct{})}
	p.flying[key] = f
	p.making.Go(func() {
		f.err = p.make(d, key)
		p.mu.Lock()
		delete(p.flying, key)
		p.mu.Unlock()
		close(f.done)
	})
	return f
}

// make makes a size and keeps it.
func (p *pictures) make(d *room.Download, key string) (err error) {
	defer func() {
		if v := recover(); v != nil { // in a decoder
			p.log.Error("making a smaller picture panicked", "panic", v, "stack", string(debug.Stack()))
			err = picture.ErrRefused
		}
		err = p.outcome(d, key, err)
	}()
	ctx, cancel := context.WithTimeout(p.ctx, pictureTime)
	defer cancel()
	f, err := p.store.Open(ctx, d.Key)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	made, err := p.maker.Make(ctx, f, f.Size(), sides[d.Variant])
	if err != nil {
		return err
	}
	return p.store.Put(ctx, key, bytes.NewReader(made.Bytes), int64(len(made.Bytes)))
}

// outcome counts how it went, and remembers what need not be tried again.
func (p *pictures) outcome(d *room.Download, key string, err error) error {
	outcome := "made"
	switch {
	case errors.Is(err, picture.ErrRefused):
		outcome = "refused"
		p.log.Debug("no smaller picture", "app", d.App, "err", err)
		p.rememberBad(key)
		err = errNoSmaller()
	case errors.Is(err, context.DeadlineExceeded):
		outcome, err = "failed", &chat.Error{Code: chat.CodeBusy, Msg: "too many pictures are being made", Err: err}
	case err != nil:
		outcome, err = "failed", fmt.Errorf("make a smaller picture: %w", err)
	}
	p.count.pictures.WithLabelValues(string(d.Variant), outcome).Inc()
	return err
}

func (p *pictures) knownBad(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, bad := p.bad[key]
	return bad
}

func (p *pictures) rememberBad(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bad) >= maxKnownBad {
		for k := range p.bad { // any: it costs a look at the picture
			delete(p.bad, k)
			break
		}
	}
	p.bad[key] = struct{}{}
}

// pictureType is the type of a size that was made, by its first bytes.
func pictureType(f room.File) (string, error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	_, err = f.Seek(0, io.SeekStart)
	return http.DetectContentType(head[:n]), err
}
