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

// Variants of pictures that are made of the original: Large and Thumb.
const (
	VariantOriginal = "original"
	VariantLarge    = "large"
	VariantThumb    = "thumb"
)

// derived are the ends of the keys of what is made of a file.
var derived = []string{"." + VariantLarge, "." + VariantThumb}

// DerivedKey is the key of a smaller picture that is made of a file. Stores do not list it:
// Keys has the key of the file, and Remove of that removes it too.
func DerivedKey(key, variant string) string { return key + "." + variant }

// DerivedKeys are all that there may be of a file.
func DerivedKeys(key string) []string {
	all := make([]string, len(derived))
	for i, end := range derived {
		all[i] = key + end
	}
	return all
}

// BaseKey is the key of the file that a key belongs to: its own, or that from which it is
// derived.
func BaseKey(key string) string {
	for _, end := range derived {
		if base, ok := strings.CutSuffix(key, end); ok && base != "" && !strings.HasSuffix(base, "/") {
			return base
		}
	}
	return key
}
