package chat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// An app is never left without a key by which somebody can log in, now and later.
func TestWithoutKey(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	key := func(id string, ends time.Duration) chat.Key {
		k := chat.Key{ID: id, Secret: id}
		if ends != 0 {
			k.NotAfter = now.Add(ends)
		}
		return k
	}
	for what, c := range map[string]struct {
		keys   []chat.Key
		remove string
		left   int
		want   error
	}{
		"the only one":                      {[]chat.Key{key("a", 0)}, "a", 0, chat.ErrLastKey},
		"one of two":                        {[]chat.Key{key("a", 0), key("b", 0)}, "a", 1, nil},
		"the old one in the overlap":        {[]chat.Key{key("old", time.Hour), key("new", 0)}, "old", 1, nil},
		"the new one in the overlap":        {[]chat.Key{key("old", time.Hour), key("new", 0)}, "new", 0, chat.ErrLastKey},
		"the new one beside one that ended": {[]chat.Key{key("old", -time.Hour), key("new", 0)}, "new", 0, chat.ErrLastKey},
		"one that ended":                    {[]chat.Key{key("old", -time.Hour), key("new", 0)}, "old", 1, nil},
		"one that ended, with no other":     {[]chat.Key{key("old", -time.Hour)}, "old", 0, nil},
		"none of that name":                 {[]chat.Key{key("a", 0)}, "b", 0, chat.ErrNoKey},
	} {
		a := chat.App{Keys: c.keys}
		left, err := a.WithoutKey(c.remove, now)
		if !errors.Is(err, c.want) || len(left) != c.left {
			t.Errorf("%s: %v, %v, want %d keys and %v", what, left, err, c.left, c.want)
		}
	}
}
