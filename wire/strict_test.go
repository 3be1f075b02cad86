package wire

import (
	"errors"
	"strings"
	"testing"
)

// What encoding/json takes and a strict reader does not is refused in whatever a
// stranger writes: one such value would spoil the whole page that holds it.
func TestWhatStrictReadersRefuseIsRefused(t *testing.T) {
	nest := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	for _, c := range []struct {
		value string
		want  error
	}{
		{nest(63), nil}, // the object around it is one more
		{nest(64), ErrDepth},
		{strings.Repeat(`{"a":`, 63) + "1" + strings.Repeat("}", 63), nil},
		{strings.Repeat(`{"a":`, 64) + "1" + strings.Repeat("}", 64), ErrDepth},
		{nest(600), ErrDepth},

		{"1e308", nil},
		{"-1.7976931348623157e308", nil},
		{"0.01e310", nil},
		{"1e-999", nil},
		{"0e999", nil},
		{strings.Repeat("9", 308), nil},
		{strings.Repeat("9", 309), ErrNumber},
		{"1e309", ErrNumber},
		{"-1E+309", ErrNumber},
		{"[[1e999999999999999999999]]", ErrNumber},
		{"1" + strings.Repeat("0", 400) + ".5", ErrNumber},

		{`"\ud83d\ude00"`, nil},
		{`"\uD83D\uDE00"`, nil},
		{`"\ud7ff\ue000"`, nil},
		{`"\ud83d"`, ErrSurrogate},
		{`"\ud83dx"`, ErrSurrogate},
		{`"\ud83d\n"`, ErrSurrogate},
		{`"\ud83d\u0041"`, ErrSurrogate},
		{`"\ud83d\ud83d\ude00"`, ErrSurrogate},
		{`"\ude00"`, ErrSurrogate},
		{`"\ude00\ud83d"`, ErrSurrogate},
		{`{"\ud83d":1}`, ErrSurrogate},
	} {
		_, err := Split([]byte(`{"a":`+c.value+`}`), nil)
		if !errors.Is(err, c.want) {
			t.Errorf("%.40s: got %v, want %v", c.value, err, c.want)
		}
		if errors.Is(c.want, ErrDepth) {
			continue // by itself it is one less deep
		}
		if got := Valid([]byte(c.value)); got != (c.want == nil) {
			t.Errorf("%.40s by itself: got %v", c.value, got)
		}
	}
	if Valid([]byte(nest(65))) || !Valid([]byte(nest(64))) || Valid([]byte("\"\xff\"")) {
		t.Error("what is too deep or no UTF-8 is taken by itself")
	}
}
