package broker

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Above manyUsers an audience is served by all processors, crowdChunk users at a
// time: below it, starting goroutines costs as much as it saves.
const (
	manyUsers  = 2000
	crowdChunk = 256
)

// each calls f for every user of the audience and returns when all calls have
// returned, which keeps one delivery in front of the next. In a large audience the
// calls run in parallel. The audience does not change meanwhile.
func (a *audience) each(f func(*user)) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	workers := min(runtime.GOMAXPROCS(0), len(a.list)/crowdChunk)
	if len(a.list) <= manyUsers || workers < 2 {
		for _, u := range a.list {
			f(u)
		}
		return
	}
	c := crowd{list: a.list, f: f}
	var others sync.WaitGroup
	for range workers - 1 {
		others.Go(c.work)
	}
	c.work()
	others.Wait()
}

// crowd is an audience that several goroutines serve.
type crowd struct {
	list []*user
	f    func(*user)
	next atomic.Int64 // the first chunk that nobody has taken
}

func (c *crowd) work() {
	for {
		from := int(c.next.Add(1)-1) * crowdChunk
		if from >= len(c.list) {
			return
		}
		for _, u := range c.list[from:min(from+crowdChunk, len(c.list))] {
			c.f(u)
		}
	}
}
