package search

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
)

// fill brings the index up to what has come. After an error it begins where the index then
// is.
func (w *worker) fill() error {
	err := w.fillUp()
	if err != nil {
		w.doubt()
	}
	return err
}

// conclude puts what is noted still, and that this is all up to now: an index that says so
// when the program starts on the same point of the clock lacks nothing.
func (w *worker) conclude() error {
	now, floor := w.read.NowMs(), w.read.Delivered()
	if err := w.fill(); err != nil || floor <= w.place.Floor {
		return err
	}
	f := &filling{worker: w, ctx: w.late}
	f.place.reach(floor, now)
	return f.flush()
}

// fillUp puts what is noted, also when the end has come meanwhile; what takes long ends with it.
func (w *worker) fillUp() error {
	w.giveWay(w.ctx)
	if w.harmed.Load() {
		return ErrDamaged
	}
	if err := w.open(); err != nil {
		return err
	}
	if w.percent.Load() < whole {
		return w.start(w.ctx)
	}
	// What came up to the floor is told by now, so it is noted.
	now, floor := w.read.NowMs(), w.read.Delivered()
	w.busy.Store(true)
	n := w.tap.take(w.app)
	switch {
	case n == nil:
		return nil
	case n.lost:
		w.percent.Store(0)
		w.doubts.Add(1)
		w.orderly = false
		return w.start(w.ctx)
	}
	return w.bring(w.late, n, now, floor)
}

// start begins where the index was left, or anew, and goes through all that has moved since.
func (w *worker) start(ctx context.Context) error {
	select {
	case w.turns <- struct{}{}:
		defer func() { <-w.turns }()
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ended:
		return chat.ErrClosed
	}
	if w.place.Format == 0 {
		if err := w.recall(ctx); err != nil {
			return err
		}
	}
	f := &filling{worker: w, ctx: ctx}
	if !w.place.Built {
		if err := f.build(); err != nil {
			return err
		}
	}
	if err := f.catchUp(); err != nil {
		return err
	}
	w.percent.Store(whole)
	w.orderly, w.missed = true, false
	return nil
}

// recall reads how far the index has come. One of another store, or of this one before it was
// restored, is damaged: it tells of what never was.
func (w *worker) recall(ctx context.Context) error {
	text, orderly, err := w.index.Place()
	if err != nil {
		return err
	}
	p, ok := readPosition(text)
	if !ok {
		if documents, _ := w.index.Size(); documents > 0 || text != nil {
			return fmt.Errorf("%w: it does not say how far it has come", ErrDamaged)
		}
		w.place = Position{Format: format, Time: w.read.NowMs(), Floor: w.read.Delivered(), Kind: chat.C2C}
		w.mine, w.orderly = true, true // nothing was there before
		return nil
	}
	if p.Floor > w.read.Clock() || p.Floor > w.began && !w.mine {
		return fmt.Errorf("%w: it is ahead of the store", ErrDamaged)
	}
	if p.SeenSeq > 0 {
		m, err := w.read.Message(ctx, p.seen(w.app), p.SeenSeq)
		if err != nil && !chat.IsHole(err) {
			return err
		}
		if m != nil && m.Clock != p.SeenClock && m.Clock <= p.Floor {
			return fmt.Errorf("%w: it is of another store", ErrDamaged)
		}
	}
	w.place, w.mine = p, true
	w.orderly = orderly && !w.missed && p.Floor == w.began
	return nil
}

// filling is a batch under way.
type filling struct {
	*worker
	ctx   context.Context
	batch Batch
	bytes int // of bodies and names in it, about
	// apart is since when changes are looked for of which users alone are told, Unix
	// milliseconds; 0: they are known.
	apart int64
}

// Bounds of a batch.
const (
	batchDocuments = 2000
	batchBytes     = 1 << 20
)

// room puts the batch when it is full.
func (f *filling) room() error {
	n := len(f.batch.Messages) + len(f.batch.Gone) + len(f.batch.Names) + len(f.batch.NamesGone)
	if n < batchDocuments && f.bytes < batchBytes {
		return nil
	}
	return f.flush()
}

// flush puts the batch, with how far it brings the index.
func (f *filling) flush() error {
	f.batch.Place = f.place.bytes()
	err := f.index.Put(f.ctx, &f.batch)
	f.batch, f.bytes = Batch{}, 0
	f.giveWay(f.ctx)
	return err
}

// message adds what a message says now.
func (f *filling) message(m *chat.Message) error {
	id := MessageID{Conv: m.Conv, Seq: m.Seq, Time: m.Time}
	if !searchable(m) {
		f.batch.Gone = append(f.batch.Gone, id)
		return f.room()
	}
	c := contentOf(m)
	f.batch.Messages = append(f.batch.Messages, Message{
		MessageID: id, From: m.From, Types: c.types, Texts: c.texts, Expires: m.Expires,
	})
	f.bytes += len(m.Body) + 64
	f.place.see(m)
	return f.room()
}

// How much is read at a time.
const (
	convPage = 500
	msgPage  = 500
	namePage = 500
)

// messages adds the messages of a conversation from one on. Those that are lost are passed
// over: the store has said so in the log.
func (f *filling) messages(c chat.Conversation, from chat.Seq) error {
	for {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		page, err := f.read.Messages(f.ctx, c, from, false, msgPage, batchBytes)
		if hole := holeOf(err); hole != nil {
			from = max(from, hole.Last) + 1
			continue
		}
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, m := range page {
			if err := f.message(m); err != nil {
				return err
			}
		}
		from = page[len(page)-1].Seq + 1
	}
}

// edited adds a message that may say something else now.
func (f *filling) edited(c chat.Conversation, seq chat.Seq) error {
	m, err := f.read.Message(f.ctx, c, seq)
	if err != nil && !chat.IsHole(err) {
		return fmt.Errorf("read message: %w", err)
	}
	if m == nil {
		return nil
	}
	return f.message(m)
}

// bring brings what is noted into the index; floor is how far it has then come, and
// now when that was.
func (w *worker) bring(ctx context.Context, n *noted, now int64, floor uint64) error {
	f := &filling{worker: w, ctx: ctx}
	for c, m := range n.convs {
		if m.dropped {
			if err := f.flush(); err != nil {
				return err
			}
			if err := w.index.Forget(ctx, c); err != nil {
				return err
			}
		}
		for _, seq := range m.edits {
			if err := f.edited(c, seq); err != nil {
				return err
			}
		}
		if m.from > 0 {
			if err := f.messages(c, m.from); err != nil {
				return err
			}
		}
	}
	if err := f.users(n.users); err != nil {
		return err
	}
	for id := range n.rooms {
		if err := f.group(id); err != nil {
			return err
		}
	}
	f.place.reach(floor, now)
	return f.flush()
}
