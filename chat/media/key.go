package media

import (
	"errors"
	"strings"
)

// ErrKey is what a [Store] answers to a key that the room does not make.
var ErrKey = errors.New("media: not a key")

// Bounds of keys; see [Store].
const (
	maxKeyBytes = 200
	maxKeyParts = 5
)

// CheckKey reports a key that could lead anywhere else than below the store's own folder or
// bucket.
func CheckKey(key string) error {
	if key == "" || len(key) > maxKeyBytes || strings.Count(key, "/") >= maxKeyParts {
		return ErrKey
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part == "." || part == ".." || !plain(part) {
			return ErrKey
		}
	}
	return nil
}

func plain(part string) bool {
	for _, c := range []byte(part) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// smaller are the variants that are made of a picture.
var smaller = [...]Variant{Large, Thumb}

// BaseKey is the key of the file that a key belongs to: its own, or that of the picture from
// which it is [Derived]. Stores list that alone, and remove what is derived with it.
func BaseKey(key string) string {
	for _, v := range smaller {
		if base, ok := strings.CutSuffix(key, Derived("", v)); ok && base != "" && !strings.HasSuffix(base, "/") {
			return base
		}
	}
	return key
}

// DerivedKeys are the keys of all that may be made of a file.
func DerivedKeys(key string) []string {
	all := make([]string, len(smaller))
	for i, v := range smaller {
		all[i] = Derived(key, v)
	}
	return all
}
