package inbox

import (
	"reflect"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestCursors(t *testing.T) {
	for _, c := range []struct {
		cursor string
		time   int64
		target string
		bad    bool
		pinned bool
		since  moment
	}{
		{"1700000000000:c2c/bob", 1_700_000_000_000, "c2c/bob", false, false, moment{}},
		{"5:group/a:b:c", 5, "group/a:b:c", false, false, moment{}},
		{"5:", 5, "", false, false, moment{}},
		{"-5:c2c/bob", -5, "c2c/bob", false, false, moment{}},
		{"9223372036854775807:c2c/b", 1<<63 - 1, "c2c/b", false, false, moment{}},
		{"9223372036854775808:c2c/b", 0, "", true, false, moment{}},
		{"", 0, "", true, false, moment{}},
		{":", 0, "", true, false, moment{}},
		{":c2c/bob", 0, "", true, false, moment{}},
		{"5", 0, "", true, false, moment{}},
		{"5 :c2c/bob", 0, "", true, false, moment{}},
		{"5.0:c2c/bob", 0, "", true, false, moment{}},
		{"0x5:c2c/bob", 0, "", true, false, moment{}},
		{"c2c/bob:5", 0, "", true, false, moment{}},
		{"\x00:\x00", 0, "", true, false, moment{}},
		{"^5:c2c/bob", 5, "c2c/bob", false, true, moment{}},
		{"sa.b.0.0.c~5:c2c/a~b", 5, "c2c/a~b", false, false, moment{floor: 10, ms: 11, base: 12}},
		{"sa.b.1.2.c~^5:c2c/b", 5, "c2c/b", false, true, moment{floor: 10, ms: 11, base: 12, from: 1, top: 2}},
		{"sa.b.0.0.c~", 0, "", true, false, moment{}},
		{"sa.b.0.0.c", 0, "", true, false, moment{}},
		{"sa.b.0.0~5:c2c/b", 0, "", true, false, moment{}},
		{"sa.b.0.0.-1~5:c2c/b", 0, "", true, false, moment{}},
		{"s~5:c2c/b", 0, "", true, false, moment{}},
	} {
		at, err := parseCursor(c.cursor)
		if (chat.CodeOf(err) == chat.CodeConvParameter) != c.bad || err == nil && (at.at != c.time || at.target != c.target || at.pinned != c.pinned || !reflect.DeepEqual(at.since, c.since)) {
			t.Errorf("%q: %+v, %v, want %d, %q, pinned %t, since %v, bad %t", c.cursor, at, err, c.time, c.target, c.pinned, c.since, c.bad)
		}
		if err == nil && at.String() != c.cursor {
			t.Errorf("%q: printed again it is %q", c.cursor, at.String())
		}
	}
}
