//go:build e2e

package contract

import (
	"os"
	"strings"
	"testing"
)

// docs/media.md is read from top to bottom as a reader would: each command is pasted, in one
// folder, and prints what the page shows.
func TestMediaPage(t *testing.T) {
	t.Parallel()
	needs(t, "curl", "mosquitto_rr", "mosquitto_pub")
	text, err := os.ReadFile("../../docs/media.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	r := &reader{T: t, s: s, dir: t.TempDir()}
	r.env, _ = s.banner(t)
	blocks := fenced(string(text))
	pasted := 0
	for i, b := range blocks {
		if b.language != "sh" {
			continue
		}
		pasted++
		out := strings.ReplaceAll(r.curl(s.here(t, b.text)), "\r", "")
		if i+1 < len(blocks) && blocks[i+1].language == "text" && strings.TrimSpace(out) != strings.TrimSpace(blocks[i+1].text) {
			t.Errorf("%s\nprints\n%s\nthe page shows\n%s", b.text, out, blocks[i+1].text)
		}
	}
	if pasted < 4 {
		t.Errorf("the page has %d blocks to paste", pasted)
	}
}
