package chat

import (
	"testing"
	"unsafe"
)

// Every message that is sent or read from the history is allocated on its own, and the
// allocator has 352 and then 384 bytes: one field more costs 32 bytes and their clearing.
func TestMessageKeepsToASizeClass(t *testing.T) {
	if n := unsafe.Sizeof(Message{}); n > 352 {
		t.Errorf("a Message has %d bytes, want at most 352", n)
	}
}
