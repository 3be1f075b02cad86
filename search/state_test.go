package search

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	room "github.com/teahouse-im/teahouse/chat/search"
)

// held keeps the state that an index has now in its folder, as one does that is read, or was a
// moment ago.
func held(t *testing.T, x *Index) {
	t.Helper()
	if err := x.flush(); err != nil {
		t.Fatal(err)
	}
	r, err := x.scorch.Reader()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
}

// TestAnOlderStateIsNotBelieved harms the files of the newest state of an index whose folder
// has the state before as well.
func TestAnOlderStateIsNotBelieved(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		dir := t.TempDir()
		s := shelfAt(t, dir)
		folder := filepath.Join(dir, "1")
		x := openAt(t, s, 1).(*Index)
		put(t, x, &room.Batch{Messages: []room.Message{said(tea, 1, "tea")}, Place: []byte("before")})
		held(t, x)
		old := filesOf(t, folder)
		put(t, x, &room.Batch{Messages: []room.Message{said(tea, 2, "tea")}, Place: []byte("newest")})
		if err := x.Close(sealed); err != nil {
			t.Fatal(err)
		}
		for _, path := range filesOf(t, folder) {
			if slices.Contains(old, path) {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kept := t.TempDir()
			if err := os.CopyFS(kept, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{0, 1, 100, len(text) - 1} {
				if err := os.Truncate(path, int64(size)); err != nil {
					t.Fatal(err)
				}
				if err := s.Begin(); err != nil {
					t.Fatal(err)
				}
				for _, check := range []bool{true, false} { // the second time without its seal
					y, err := s.Open(1, check)
					if err == nil {
						place, orderly, _ := y.Place()
						t.Errorf("sealed %t, %s cut to %d bytes: it opens at %q, orderly %t", sealed, filepath.Base(path), size, place, orderly)
						_ = y.Close(false)
					} else if !errors.Is(err, room.ErrDamaged) {
						t.Error(err)
					}
				}
				if err := errors.Join(os.RemoveAll(folder), os.CopyFS(dir, os.DirFS(kept))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func filesOf(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.zap"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	return files
}

// TestADocumentThatIsThereTwiceIsDamage adds ids as an index finds them.
func TestADocumentThatIsThereTwiceIsDamage(t *testing.T) {
	for _, c := range []struct {
		ids  string
		low  bool
		want string // "": damaged
	}{
		{"b a c", false, "c b a"},
		{"b a c", true, "a b c"},
		{"a b a", true, ""},
		{"b a b", false, ""},
		{"c b a d", true, "a b c"},
		{"b b a d", false, ""},
		{"b a a d", false, "d b a"},
	} {
		k := keys{most: 3, low: c.low}
		for _, id := range strings.Fields(c.ids) {
			k.add(id)
		}
		list, err := k.sorted()
		if got := strings.Join(list, " "); got != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, room.ErrDamaged) {
			t.Errorf("%s, low %t: %q, %v, want %q", c.ids, c.low, got, err, c.want)
		}
	}
}
