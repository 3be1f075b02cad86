package search

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// brokenIndex does not close as it should.
type brokenIndex struct{ Index }

func (brokenIndex) Close(bool) error { return errors.New("the disk is full") }

// asked is a worker with an index that is done so far.
func asked(percent int32) *worker {
	w := newWorker(&Service{log: slog.New(slog.DiscardHandler)}, 1)
	w.percent.Store(percent)
	w.index = brokenIndex{}
	return w
}

func TestNoAnswerOfAnIndexInDoubt(t *testing.T) {
	none := func(Index) error { return nil }
	for name, c := range map[string]struct {
		percent  int32
		question func(w *worker) error
		want     chat.Code
	}{
		"whole":             {whole, func(w *worker) error { return w.ask(none) }, 0},
		"made":              {90, func(w *worker) error { return w.ask(none) }, chat.CodeSearchBuilding},
		"in doubt":          {whole, func(w *worker) error { return w.ask(func(Index) error { w.doubt(); return nil }) }, chat.CodeSearchBuilding},
		"damaged meanwhile": {whole, func(w *worker) error { return w.ask(func(Index) error { _ = w.harm(ErrDamaged); return nil }) }, chat.CodeSearchBuilding},
		"damaged":           {whole, func(w *worker) error { return w.ask(func(Index) error { return ErrDamaged }) }, chat.CodeSearchBuilding},
		"made anew meanwhile": {whole, func(w *worker) error {
			return w.ask(func(Index) error {
				w.doubt()
				w.percent.Store(whole)
				return nil
			})
		}, chat.CodeSearchBuilding},
	} {
		if err := c.question(asked(c.percent)); chat.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %d", name, err, c.want)
		}
	}
}

// TestAnIndexThatDoesNotCloseIsLookedThrough closes it as one that is idle.
func TestAnIndexThatDoesNotCloseIsLookedThrough(t *testing.T) {
	w := asked(whole)
	w.place.Format = format
	w.shut(false)
	if w.percent.Load() == whole || w.place.Format != 0 || !w.missed {
		t.Errorf("%d %% are done, place %+v, missed %t", w.percent.Load(), w.place, w.missed)
	}
}
