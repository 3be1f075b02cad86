//go:build drills

package drills

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// stalls is a large group whose members read nothing, while much is said in it.
var stalls = attacker("stalls", func(f *field, begun func()) {
	const n = 500
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprint("member", i)
	}
	f.group("hall", "Meeting", members...)
	crowd(16, func(hand int) {
		for i := hand; i < n; i += 16 {
			c, err := f.dial(source(i), f.user(members[i]), login{version: 4, client: "phone", small: true})
			if err != nil {
				panic(err)
			}
			if _, err := c.Write(encoded(subscribing(1, byte(i)&1, "im/in/#"))); err != nil {
				panic(err)
			}
		}
	})
	speaker, err := f.dial(source(0), f.user(members[0]), login{version: 4, client: "speaks"})
	if err != nil {
		panic(err)
	}
	begun()
	text := strings.Repeat("x", 8000)
	for id := uint16(1); !f.over(); id++ {
		if _, err := speaker.Write(encoded(publishing("im/text/group/hall", text, 1, max(id, 1)))); err != nil {
			panic(err)
		}
		f.sent.Add(1)
		time.Sleep(time.Second / 40) // the rate of a group
	}
})

func TestStalledReaders(t *testing.T) { drill{attack: stalls}.run(t) }
