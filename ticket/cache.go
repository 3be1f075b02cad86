package ticket

import (
	"crypto/sha256"
	"sync"
	"time"
)

// digest identifies a ticket without containing it, so that the cache has no tickets
// to steal.
type digest [sha256.Size]byte

// digestOf copies a text of ordinary length to the stack, not to the heap.
func digestOf(text string) digest {
	var b [512]byte
	return sha256.Sum256(append(b[:0], text...))
}

// hashOf is Claims.Hash of a signed text.
func hashOf(signed []byte) (h [16]byte) {
	sum := sha256.Sum256(signed)
	copy(h[:], sum[:])
	return h
}

// verified is a ticket whose signature is valid.
type verified struct {
	claims Claims
	// ring is the keyring that verified it. After a rotation, or any change of the
	// app, there is another keyring and the ticket must be verified again.
	ring *keyring
	// named: the ticket contains its app. Otherwise the caller must name it at every
	// check.
	named bool
	// until is when the key ends or must be fetched again; zero: never.
	until time.Time
}

// cache keeps verified tickets in two generations. When the young one has half the
// size, it becomes the old one, and the former old one is dropped. So the cache is
// bounded and keeps tickets in use.
type cache struct {
	mu         sync.Mutex
	half       int
	young, old map[digest]verified
}

func newCache(size int) *cache {
	return &cache{half: max(size/2, 1), young: map[digest]verified{}}
}

func (c *cache) get(d digest) (verified, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.young[d]; ok {
		return v, true
	}
	v, ok := c.old[d]
	if ok {
		c.add(d, v)
	}
	return v, ok
}

func (c *cache) put(d digest, v verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(d, v)
}

// add is put with the lock held.
func (c *cache) add(d digest, v verified) {
	if len(c.young) >= c.half {
		c.young, c.old = map[digest]verified{}, c.young
	}
	c.young[d] = v
}

func (c *cache) drop(d digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, d)
	delete(c.old, d)
}
