package top

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// Sequences of xterm that every terminal of today knows.
const (
	enter = "\x1b[?1049h\x1b[?25l"        // another screen than that of the shell, without a cursor
	leave = "\x1b[0m\x1b[?25h\x1b[?1049l" // and back
	home  = "\x1b[H"
	erase = "\x1b[K" // to the end of the line
	below = "\x1b[J" // to the end of the screen
)

// terminal is a terminal that belongs to us until it is given back.
type terminal struct {
	in, out *os.File
	was     *term.State
	once    sync.Once
}

// IsTerminal reports whether a screen can be drawn: both ends are a terminal, and one that knows
// sequences.
func IsTerminal(in, out *os.File) bool {
	return term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb"
}

// take makes a terminal ours: keys come one by one and are not shown.
func take(in, out *os.File) (*terminal, error) {
	was, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	t := &terminal{in: in, out: out, was: was}
	if _, err := out.WriteString(enter); err != nil {
		return nil, errors.Join(err, t.giveBack())
	}
	return t, nil
}

// giveBack restores the terminal as it was. Further calls do nothing.
func (t *terminal) giveBack() (err error) {
	t.once.Do(func() {
		_, wrote := t.out.WriteString(leave)
		err = errors.Join(wrote, term.Restore(int(t.in.Fd()), t.was))
	})
	return err
}

// size is how large the screen is now.
func (t *terminal) size() (wide, high int) {
	wide, high, err := term.GetSize(int(t.out.Fd()))
	if err != nil || wide <= 0 || high <= 0 {
		return 80, 24
	}
	return wide, high
}

// draw shows lines from the top, in one write. Nothing of before stays.
func (t *terminal) draw(lines []string) error {
	var b strings.Builder
	b.WriteString(home)
	for i, l := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(l + erase)
	}
	b.WriteString(below)
	_, err := t.out.WriteString(b.String())
	return err
}
