//go:build drills

package drills

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// requestBytes is just below what a packet may have.
const requestBytes = 120 << 10

// asks sends requests as large as they may be: many members, many elements, deep
// and hardly to be read.
var asks = attacker("asks", func(f *field, begun func()) {
	var all []packets.Packet
	for i, body := range []string{
		`{"GroupIdList":[` + filled(`"@TGS#%d"`) + `]}`,
		`{` + filled(`"Member%d":1.5e3`) + `}`,
		`{"GroupIdList":` + strings.Repeat("[", requestBytes/2) + strings.Repeat("]", requestBytes/2) + `}`,
		`{"GroupIdList":["` + strings.Repeat(`\u00e9`, requestBytes/6-10) + `"]}`,
	} {
		for j, method := range []string{"group.get", "msg.send", "conv.list", "user.get"} {
			all = append(all, publishing("im/req/"+method+"/r", body, 1, uint16(4*i+j+1)))
		}
	}
	text := encoded(all...)
	begun()
	crowd(4, func(i int) { f.flood(i, f.user(fmt.Sprint("rude", i/2)), text, int64(len(all))) })
})

// filled repeats a pattern with a number in it, parted by commas, up to requestBytes.
func filled(pattern string) string {
	var b strings.Builder
	for i := 0; b.Len() < requestBytes-100; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, pattern, i)
	}
	return b.String()
}

func TestRequestFlood(t *testing.T) { drill{attack: asks}.run(t) }
