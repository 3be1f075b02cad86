package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// marker begins the text of a message of ours; what follows it is the
// sender, the message's number and when it was due, in nanoseconds of the run.
const marker = "tb:"

// stamp writes a message's text, padded to size bytes.
func stamp(b []byte, sender, number int, due time.Duration, size int) []byte {
	b = append(b[:0], marker...)
	b = strconv.AppendInt(b, int64(sender), 10)
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(due), 10)
	b = append(b, ':')
	for len(b) < size {
		b = append(b, '.')
	}
	return b
}

// stamped reads a text back out of whatever surrounds it.
func stamped(payload []byte) (sender, number int, due time.Duration, ok bool) {
	at := bytes.Index(payload, []byte(marker))
	if at < 0 {
		return 0, 0, 0, false
	}
	rest := payload[at+len(marker):]
	var parts [3]int64
	for i := range parts {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			parts[i] = parts[i]*10 + int64(rest[n]-'0')
			n++
		}
		if n == 0 || n == len(rest) || rest[n] != ':' {
			return 0, 0, 0, false
		}
		rest = rest[n+1:]
	}
	return int(parts[0]), int(parts[1]), time.Duration(parts[2]), true
}

// dialers bounds how many connections are opened at a time.
const dialers = 64

// openAll opens n connections side by side and prepares each.
func openAll(ctx context.Context, n int, open func(i int) (*client, error)) ([]*client, error) {
	all := make([]*client, n)
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	tokens := make(chan struct{}, dialers)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		tokens <- struct{}{}
		wait.Add(1)
		go func() {
			defer func() { <-tokens; wait.Done() }()
			c, err := open(i)
			mu.Lock()
			defer mu.Unlock()
			all[i] = c
			if err != nil && first == nil {
				first = fmt.Errorf("connection %d: %w", i, err)
			}
		}()
	}
	wait.Wait()
	if first == nil {
		first = ctx.Err()
	}
	if first != nil {
		closeAll(all)
		return nil, first
	}
	return all, nil
}

func closeAll(all []*client) {
	for _, c := range all {
		if c != nil {
			_ = c.conn.Close()
		}
	}
	for _, c := range all {
		if c != nil {
			c.close()
		}
	}
}

// forever is longer than any run.
const forever = math.MaxInt64

// during waits, unless a connection breaks first.
func during(ctx context.Context, d time.Duration, all []*client) error {
	return until(ctx, d, nil, all)
}

// until is during that ends early when enough is closed.
func until(ctx context.Context, d time.Duration, enough <-chan struct{}, all []*client) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	broken := make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	for _, c := range all {
		go func() {
			select {
			case <-c.done:
				select {
				case broken <- fmt.Errorf("connection lost: %w", c.err):
				default:
				}
			case <-stop:
			}
		}()
	}
	select {
	case <-timer.C:
		return nil
	case <-enough:
		return nil
	case err := <-broken:
		return err
	case <-ctx.Done():
		return errors.New("interrupted")
	}
}
