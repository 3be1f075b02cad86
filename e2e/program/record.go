package program

import (
	"bytes"
	"fmt"
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
	deadline := time.After(Patience)
	for {
		found, more := r.look(text)
		if found {
			return nil
		}
		select {
		case <-more:
		case <-deadline:
			return fmt.Errorf("%q is not printed, but\n%s", text, r)
		}
	}
}

func (r *Record) look(text string) (found bool, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more == nil {
		r.more = make(chan struct{})
	}
	return strings.Contains(r.buf.String(), text), r.more
}

func (r *Record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}
