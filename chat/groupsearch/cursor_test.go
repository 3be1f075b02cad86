package groupsearch

import "testing"

func TestCursorsLeadBackToTheirPlace(t *testing.T) {
	for _, want := range []place{{Group: "tea"}, {"tea", "bob"}, {"@TGS#_tea", "b\xc3\xb6b"}} {
		if got, ok := parsePlace(want.cursor()); !ok || got != want {
			t.Errorf("the cursor of %q leads to %q, %t", want, got, ok)
		}
	}
	for _, bad := range []string{"", "?", "AA", "AAAAAAA", "AAAAAAAEYWI", "AQAAAAADYm9iY2x1Yg", place{User: "bob"}.cursor(), place{Group: "\x00"}.cursor()} {
		if got, ok := parsePlace(bad); ok {
			t.Errorf("%q leads to %q, want a refusal", bad, got)
		}
	}
}
