package message

import (
	"testing"
	"unsafe"
)

// A message on its way takes no more than a class of memory has.
func TestSendingFitsItsSizeClass(t *testing.T) {
	if n := unsafe.Sizeof(sending{}); n > 768 {
		t.Errorf("%d bytes: the next class has 896", n)
	}
}
