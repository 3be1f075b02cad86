package top

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pseudo is a terminal whose other end the test has.
type pseudo struct {
	t           *testing.T
	other, ours *os.File
	before      *unix.Termios
	mu          sync.Mutex
	shown       bytes.Buffer
	more        chan struct{}
}

func openPseudo(t *testing.T) *pseudo {
	t.Helper()
	other, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo terminals: %v", err)
	}
	fd := int(other.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pseudo{t: t, other: other, ours: ours, more: make(chan struct{}, 1)}
	p.resize(80, 24)
	if p.before, err = unix.IoctlGetTermios(int(ours.Fd()), unix.TCGETS); err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := other.Read(b)
			if err != nil {
				return
			}
			p.mu.Lock()
			p.shown.Write(b[:n])
			p.mu.Unlock()
			select {
			case p.more <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() { _ = ours.Close(); _ = other.Close() })
	return p
}

func (p *pseudo) resize(wide, high uint16) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.other.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: wide, Row: high}); err != nil {
		p.t.Fatal(err)
	}
}

// frame is the screen that was drawn last.
func (p *pseudo) frame() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.String()[max(0, strings.LastIndex(p.shown.String(), home)):]
}

// sees waits for a screen that passes.
func (p *pseudo) sees(what string, pass func(string) bool) {
	p.t.Helper()
	late := time.After(30 * time.Second)
	for !pass(p.frame()) {
		select {
		case <-p.more:
		case <-late:
			p.t.Fatalf("%s: not seen; the screen is %q", what, p.frame())
		}
	}
}

func has(text string) func(string) bool {
	return func(frame string) bool { return strings.Contains(frame, text) }
}

func (p *pseudo) press(keys string) {
	p.t.Helper()
	if _, err := p.other.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// restored fails unless the terminal is as it was.
func (p *pseudo) restored(what string) {
	p.t.Helper()
	p.sees(what, has(leave))
	now, err := unix.IoctlGetTermios(int(p.ours.Fd()), unix.TCGETS)
	if err != nil || *now != *p.before {
		p.t.Errorf("%s: the terminal is %+v, was %+v, %v", what, now, p.before, err)
	}
}

// fakeServer answers with samples of its own clock.
type fakeServer struct {
	at    atomic.Int64
	fault atomic.Pointer[error]
	panic atomic.Bool
	asked sync.Map // queries
}

func (f *fakeServer) ask(_ context.Context, q url.Values, into *Sample) error {
	if f.panic.Load() {
		panic("broken for the test")
	}
	if err := f.fault.Load(); err != nil {
		return *err
	}
	_, now := busy(3, 5)
	now.At += f.at.Add(1000)
	f.asked.Store(q.Get("by")+" "+q.Get("app"), true)
	*into = *now
	return nil
}

// run starts Run; ended gets what it returns, or what it has panicked with.
func (f *fakeServer) run(p *pseudo) (ended chan any) {
	ended = make(chan any, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				ended <- r
			}
		}()
		ended <- Run(context.Background(), p.ours, p.ours, Options{Ask: f.ask, Every: Shortest, By: "stuck", Plain: true})
	}()
	return ended
}

// A person looks, presses keys, makes the window smaller, and leaves.
func TestOnATerminal(t *testing.T) {
	p, f := openPseudo(t), new(fakeServer)
	ended := f.run(p)
	p.sees("rates", has("0/s in"))
	p.press("s")
	p.sees("another order", has(", by packets without an acknowledgement"))
	p.press("\x1b[D")
	p.sees("the order before", has("by the age"))
	p.press("ja")
	p.sees("one app", has("Slow connections of app 1400000002"))
	if _, ok := f.asked.Load("stuck 1400000002"); !ok {
		t.Error("the server was not asked for one app")
	}
	p.press("\x1b")
	p.sees("all apps", func(frame string) bool {
		return strings.Contains(frame, ">1400000002") && !strings.Contains(frame, " of app ")
	})
	p.resize(50, 12)
	p.sees("a smaller window", func(frame string) bool {
		return strings.HasSuffix(frame, erase+below) && strings.Count(frame, "\r\n") == 11
	})
	gone := errors.New("nobody listens there")
	f.fault.Store(&gone)
	p.sees("the server is away", has("asking again"))
	f.fault.Store(nil)
	p.sees("the server is back", has("ready"))
	p.press("q")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	p.restored("after q")
}

// The terminal is given back on every end.
func TestTheTerminalIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(p *pseudo, f *fakeServer)
		want string
	}{
		{"interrupt", func(p *pseudo, _ *fakeServer) { p.press("\x03") }, ""},
		{"signal", func(*pseudo, *fakeServer) { _ = syscall.Kill(os.Getpid(), syscall.SIGTERM) }, ""},
		{"panic", func(_ *pseudo, f *fakeServer) { f.panic.Store(true) }, "broken for the test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, f := openPseudo(t), new(fakeServer)
			ended := f.run(p)
			p.sees("a screen", has("ready"))
			c.end(p, f)
			got := <-ended
			if text, _ := got.(string); got != nil && c.want == "" || !strings.Contains(text, c.want) {
				t.Errorf("it ended with %v, want %q", got, c.want)
			}
			p.restored(c.name)
		})
	}
}

// A server that does not answer at first is an error, and the terminal is not touched.
func TestNobodyAnswersAtFirst(t *testing.T) {
	p, f := openPseudo(t), new(fakeServer)
	gone := errors.New("nobody listens there")
	f.fault.Store(&gone)
	if err := <-f.run(p); !errors.Is(err.(error), gone) {
		t.Errorf("got %v", err)
	}
	if p.frame() != "" {
		t.Errorf("it has written %q", p.frame())
	}
}
