package topics

import (
	"testing"
	"unicode/utf8"
)

func TestIDs(t *testing.T) {
	// the table of spec/00 §2, and the whole set that stays bare
	for id, level := range map[string]string{
		"@TGS#2J4S":  "%40TGS%232J4S",
		"a/b+c":      "a%2Fb%2Bc",
		"空":          "%E7%A9%BA",
		"$x":         "%24x",
		"alice-1.x":  "alice-1.x",
		"-_.!~*'()":  "-_.!~*'()",
		"100%":       "100%25",
		" ":          "%20",
		"\x00":       "%00",
		"a\"\\&=?:;": "a%22%5C%26%3D%3F%3A%3B",
	} {
		if got := EncodeID(id); got != level {
			t.Errorf("EncodeID(%q) = %q, want %q", id, got, level)
		}
		if got, ok := DecodeID(level); !ok || got != id {
			t.Errorf("DecodeID(%q) = %q, %v, want %q", level, got, ok, id)
		}
	}
}

func TestDecodeIDAcceptsAnyEscape(t *testing.T) {
	for level, id := range map[string]string{
		"%61lice":      "alice",
		"%e7%A9%bA":    "空",
		"空":            "空",
		"@TGS%232J4S":  "@TGS#2J4S",
		"%2d%5F":       "-_",
		"a%2Fb":        "a/b",
		"%25zz":        "%zz",
		"tail%21":      "tail!",
		"two words ok": "two words ok",
	} {
		if got, ok := DecodeID(level); !ok || got != id {
			t.Errorf("DecodeID(%q) = %q, %v, want %q", level, got, ok, id)
		}
	}
	for _, level := range []string{"", "%", "%1", "%zz", "%4", "a%", "a%g0", "a%0g", "%E7", "%FF", "\xff", "%%41", "% 41", "%+1"} {
		if got, ok := DecodeID(level); ok {
			t.Errorf("DecodeID(%q) = %q, want a refusal", level, got)
		}
	}
}

func FuzzID(f *testing.F) {
	for _, s := range []string{"alice", "@TGS#2J4S", "空", "%", "\x00\xff", "a/b+c#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		level := EncodeID(id)
		for i := range len(level) {
			if !plain[level[i]] && level[i] != '%' {
				t.Fatalf("EncodeID(%q) = %q holds %q", id, level, level[i])
			}
		}
		got, ok := DecodeID(level)
		if want := id != "" && utf8.ValidString(id); ok != want || ok && got != id {
			t.Fatalf("DecodeID(EncodeID(%q)) = %q, %v", id, got, ok)
		}
		if once, ok := DecodeID(id); ok { // the id taken as a level someone wrote
			if again, ok := DecodeID(EncodeID(once)); !ok || again != once {
				t.Fatalf("%q decodes to %q, which does not come back", id, once)
			}
		}
	})
}

func BenchmarkAppendID(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = AppendID(buf[:0], "alice-1.x")
	}
}
