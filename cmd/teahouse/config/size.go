package config

import (
	"strconv"
	"strings"
)

// Size is a number of bytes, written with a unit of 1,024: KiB, MiB, GiB.
type Size int64

var units = []struct {
	name  string
	bytes Size
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}}

// parseSize reads a size; ok is false for anything else, negative numbers too.
func parseSize(text string) (s Size, ok bool) {
	for _, u := range units {
		digits, found := strings.CutSuffix(text, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > int64(1<<62/u.bytes) {
			return 0, false
		}
		return Size(n) * u.bytes, true
	}
	return 0, false
}

// String writes the size in the largest unit that leaves a whole number.
func (s Size) String() string {
	for _, u := range units {
		if s != 0 && s%u.bytes == 0 && u.bytes > 1 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalYAML shows it as it is written.
func (s Size) MarshalYAML() (any, error) { return s.String(), nil }
