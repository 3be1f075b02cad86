package inbox

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestCursors(t *testing.T) {
	for _, c := range []struct {
		cursor string
		time   int64
		target string
		bad    bool
	}{
		{"1700000000000:c2c/bob", 1_700_000_000_000, "c2c/bob", false},
		{"5:group/a:b:c", 5, "group/a:b:c", false},
		{"5:", 5, "", false},
		{"-5:c2c/bob", -5, "c2c/bob", false},
		{"9223372036854775807:c2c/b", 1<<63 - 1, "c2c/b", false},
		{"9223372036854775808:c2c/b", 0, "", true},
		{"", 0, "", true},
		{":", 0, "", true},
		{":c2c/bob", 0, "", true},
		{"5", 0, "", true},
		{"5 :c2c/bob", 0, "", true},
		{"5.0:c2c/bob", 0, "", true},
		{"0x5:c2c/bob", 0, "", true},
		{"c2c/bob:5", 0, "", true},
		{"\x00:\x00", 0, "", true},
	} {
		time, target, err := parseCursor(c.cursor)
		if (chat.CodeOf(err) == chat.CodeConvParameter) != c.bad || err == nil && (time != c.time || target != c.target) {
			t.Errorf("%q: %d, %q, %v, want %d, %q, bad %t", c.cursor, time, target, err, c.time, c.target, c.bad)
		}
	}
}
