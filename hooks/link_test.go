package hooks

import (
	"testing"
	"unsafe"
)

// Every idle connection has a Link: what is above 384 bytes takes the allocator's next
// size.
func TestLinkIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Link{}); n > 384 {
		t.Errorf("%d bytes", n)
	}
}
