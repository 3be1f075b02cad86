package broker

import (
	"hash/maphash"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of the tail, over all shards: how many messages and about how many
// bytes.
const (
	tailShards   = 16
	tailMessages = 32768 / tailShards
	tailBytes    = 32 << 20 / tailShards
)

// tail is a cache of recent messages that some session could not be sent, with
// their encodings. It serves many slow readers of a group from memory, instead of
// one read of the store for each. What it lacks is read from the store.
type tail struct {
	seed   maphash.Seed
	shards [tailShards]tailShard
}

type tailKey struct {
	conv chat.Conversation
	seq  chat.Seq
}

type tailShard struct {
	mu    sync.Mutex
	m     map[tailKey]*parcel
	order []tailKey // oldest first
	bytes int
}

func newTail() *tail { return &tail{seed: maphash.MakeSeed()} }

func (t *tail) shard(c chat.Conversation) *tailShard {
	return &t.shards[maphash.Comparable(t.seed, c)%tailShards]
}

// keep remembers a parcel.
func (t *tail) keep(p *parcel) {
	k := tailKey{p.m.Conv, p.m.Seq}
	sh := t.shard(k.conv)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.m == nil {
		sh.m = map[tailKey]*parcel{}
	}
	if _, ok := sh.m[k]; ok {
		return
	}
	sh.m[k] = p
	sh.order = append(sh.order, k)
	sh.bytes += p.bytesHeld()
	for len(sh.m) > tailMessages || sh.bytes > tailBytes {
		old := sh.order[0]
		sh.order = sh.order[1:]
		if q := sh.m[old]; q != nil {
			sh.bytes -= q.bytesHeld()
			delete(sh.m, old)
		}
	}
}

// run appends up to n consecutive messages of a conversation to dst, beginning
// with first, and stops at the first one it lacks.
func (t *tail) run(dst []*parcel, c chat.Conversation, first chat.Seq, n int) []*parcel {
	sh := t.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for i := range n {
		p := sh.m[tailKey{c, first + chat.Seq(i)}]
		if p == nil {
			break
		}
		dst = append(dst, p)
	}
	return dst
}

// forget drops a message that was changed after it was kept.
func (t *tail) forget(c chat.Conversation, seq chat.Seq) {
	sh := t.shard(c)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	k := tailKey{c, seq}
	if p := sh.m[k]; p != nil {
		sh.bytes -= p.bytesHeld()
		delete(sh.m, k)
	}
}
