package top

import (
	"bytes"
	"os"
)

// key is what somebody has pressed.
type key byte

const (
	keyQuit   key = iota + 1
	keyNext       // sort by the next
	keyBefore     // sort by the one before
	keyUp
	keyDown
	keyApp
	keyAll
)

// sequences are what terminals send, those that begin others last.
var sequences = []struct {
	text string
	key  key
}{
	{"\x1b[A", keyUp},
	{"\x1b[B", keyDown},
	{"\x1b[C", keyNext},
	{"\x1b[D", keyBefore},
	{"\x1bOA", keyUp},
	{"\x1bOB", keyDown},
	{"\x1bOC", keyNext},
	{"\x1bOD", keyBefore},
	{"q", keyQuit},
	{"Q", keyQuit},
	{"\x03", keyQuit},
	{"\x04", keyQuit},
	{"s", keyNext},
	{"S", keyBefore},
	{"k", keyUp},
	{"j", keyDown},
	{"a", keyApp},
	{"A", keyApp},
	{"\r", keyApp},
	{"\n", keyApp},
}

// keysOf reads what came of the keyboard at once. What is no key of ours is passed over.
func keysOf(b []byte) (list []key) {
next:
	for len(b) > 0 {
		for _, s := range sequences {
			if rest, ok := bytes.CutPrefix(b, []byte(s.text)); ok {
				list, b = append(list, s.key), rest
				continue next
			}
		}
		switch {
		case len(b) == 1 && b[0] == 0x1b: // Escape alone
			return append(list, keyAll)
		case b[0] == 0x1b && (b[1] == '[' || b[1] == 'O'):
			b = b[other(b):]
		default:
			b = b[1:]
		}
	}
	return list
}

// other is how long a sequence is that is none of ours (ECMA-48, 5.4): it ends with a letter or a tilde.
func other(b []byte) int {
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			return i + 1
		}
	}
	return len(b)
}

// readKeys hands on keys until the terminal is gone, which is a keyQuit, or done is closed.
func readKeys(in *os.File, to chan<- key, done <-chan struct{}) {
	b := make([]byte, 64)
	for {
		n, err := in.Read(b)
		list := keysOf(b[:n])
		if err != nil {
			list = append(list, keyQuit)
		}
		for _, k := range list {
			select {
			case to <- k:
			case <-done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}
