package program

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Record keeps what a process prints.
type Record struct {
	mu   sync.Mutex // guards the fields below
	buf  bytes.Buffer
	more chan struct{} // closed at the next write, when somebody waits
}

// Write implements io.Writer.
func (r *Record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
	return r.buf.Write(p)
}

// Await waits until the process has printed a text, for Patience at most.
func (r *Record) Await(text string) error {
	return r.AwaitThat(strconv.Quote(text), func(printed string) bool { return strings.Contains(printed, text) })
}

// AwaitThat waits until what the process has printed is as wanted, for Patience at
// most; what says so in the error.
func (r *Record) AwaitThat(what string, fits func(printed string) bool) error {
	deadline := time.After(Patience)
	for {
		found, more := r.look(fits)
		if found {
			return nil
		}
		select {
		case <-more:
		case <-deadline:
			return fmt.Errorf("%s is not printed, but\n%s", what, r)
		}
	}
}

func (r *Record) look(fits func(string) bool) (found bool, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more == nil {
		r.more = make(chan struct{})
	}
	return fits(r.buf.String()), r.more
}

func (r *Record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}
