package media

import (
	"path"
	"strings"
	"testing"
)

// Whatever is taken as a key leads nowhere but below.
func FuzzCheckKey(f *testing.F) {
	for _, k := range []string{"1/ab/c", "..", "a/../b", "/a", "a//b", "a.large", "a/.large", "A", "~", "a\x00b", strings.Repeat("a/", 5) + "a"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if CheckKey(key) != nil {
			return
		}
		if path.Clean(key) != key || path.IsAbs(key) || strings.HasPrefix(key, ".") && (key == "." || strings.HasPrefix(key, "..") && key[1:2] == "/") {
			t.Errorf("%q leads elsewhere", key)
		}
		if strings.ContainsAny(key, "~!\\\x00:") || len(key) > 200 {
			t.Errorf("%q has what stores use themselves", key)
		}
		for _, d := range DerivedKeys(key) {
			if BaseKey(d) != key {
				t.Errorf("%q is derived from %q", d, BaseKey(d))
			}
		}
	})
}
