package top

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Ask asks the server for GET top with a query, and decodes the answer.
type Ask func(ctx context.Context, query url.Values, into *Sample) error

// Options say what is shown.
type Options struct {
	Ask   Ask
	Every time.Duration    // between two samples; at least [Shortest]
	By    string           // one of [By]
	App   uint32           // this one alone; 0: all
	Now   func() time.Time // default: time.Now
	Plain bool             // no colours
}

// Bounds of the asking.
const (
	Shortest = 500 * time.Millisecond // between two samples: the server reads its counters no more often
	patience = 10 * time.Second       // how long an answer may take
	mostSlow = 100                    // slow connections that are asked for
)

func (o *Options) query() url.Values {
	q := url.Values{"by": {o.By}, "limit": {strconv.Itoa(mostSlow)}}
	if o.App != 0 {
		q.Set("app", strconv.FormatUint(uint64(o.App), 10))
	}
	return q
}

// sample asks once.
func (o *Options) sample(ctx context.Context) (*Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var s Sample
	if err := o.Ask(ctx, o.query(), &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// Run shows the server on the terminal until somebody presses q, the process is asked to end or
// the terminal is gone. Then the terminal is as it was before, whatever has happened. A server that
// does not answer at first is an error; later it is waited for.
func Run(ctx context.Context, in, out *os.File, o Options) (err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	first, err := o.sample(ctx)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	t, err := take(in, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.giveBack()) }() // after a panic, too
	w := &watcher{Options: o, terminal: t, heard: o.Now(), view: View{By: o.By, App: o.App, Keys: true, Coloured: !o.Plain}}
	w.report = w.meter.Take(first)
	return w.run(ctx)
}

// watcher is one who looks. Its goroutine owns it.
type watcher struct {
	Options
	terminal *terminal
	meter    Meter
	report   *Report
	view     View
	heard    time.Time // when the server answered last

	answers chan answer
	broken  chan string // why a goroutine of ours has panicked
	asking  bool        // a question is under way
	again   bool        // another is to follow at once: something else was chosen
}

type answer struct {
	sample *Sample
	err    error
	asked  time.Time
}

func (w *watcher) run(ctx context.Context) error {
	keys, resized := make(chan key), make(chan os.Signal, 1)
	done := make(chan struct{})
	defer close(done)
	w.broken = make(chan string, 2)
	go w.guarded(func() { readKeys(w.terminal.in, keys, done) })
	notifyResized(resized)
	defer signal.Stop(resized)
	w.answers = make(chan answer, 1) // the question is not held up when nobody waits any more
	due := time.NewTimer(w.Every)
	defer due.Stop()
	second := time.NewTicker(time.Second) // for the clock, and for how long the server is silent
	defer second.Stop()
	for {
		if err := w.draw(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case k := <-keys:
			if k == keyQuit {
				return nil
			}
			if w.press(k) {
				w.ask(ctx)
			}
		case <-due.C:
			w.ask(ctx)
		case a := <-w.answers:
			w.take(a)
			due.Reset(max(0, w.Every-w.Now().Sub(a.asked)))
			if w.again {
				w.ask(ctx)
			}
		case why := <-w.broken:
			panic(why)
		case <-resized:
		case <-second.C:
		}
	}
}

// ask asks in the background, one question at a time.
func (w *watcher) ask(ctx context.Context) {
	w.again = w.asking
	if w.asking {
		return
	}
	w.asking = true
	o := w.Options
	go w.guarded(func() {
		a := answer{asked: o.Now()}
		a.sample, a.err = o.sample(ctx)
		w.answers <- a
	})
}

// guarded takes a panic to the goroutine that gives the terminal back.
func (w *watcher) guarded(do func()) {
	defer func() {
		if p := recover(); p != nil {
			w.broken <- fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	do()
}

func (w *watcher) take(a answer) {
	w.asking = false
	if a.err != nil {
		w.view.Fault = a.err.Error()
		return
	}
	w.view.Fault, w.heard = "", w.Now()
	w.report = w.meter.Take(a.sample)
	w.view.App, w.view.By = w.App, w.By
}

// press does what a key is for, and reports whether the server is to be asked at once.
func (w *watcher) press(k key) bool {
	switch k {
	case keyNext, keyBefore:
		step := 1
		if k == keyBefore {
			step = len(By) - 1
		}
		w.By = By[(slices.Index(By, w.By)+step)%len(By)]
		return true
	case keyUp, keyDown:
		if w.App == 0 {
			w.view.Chosen += map[key]int{keyUp: -1, keyDown: 1}[k]
			w.view.Chosen = max(0, min(w.view.Chosen, len(w.report.Apps)-1))
		}
	case keyApp, keyAll:
		switch {
		case w.App != 0:
			w.App = 0
		case k == keyApp && w.view.Chosen < len(w.report.Apps):
			w.App = w.report.Apps[w.view.Chosen].ID
		default:
			return false
		}
		return true
	}
	return false
}

func (w *watcher) draw() error {
	v := &w.view
	v.Wide, v.High = w.terminal.size()
	v.Now = w.Now()
	v.Silent = v.Now.Sub(w.heard)
	return w.terminal.draw(Screen(w.report, v))
}
