//go:build e2e

package contract

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// docs/rest.md is read from top to bottom as a reader would: the programs are saved,
// each command is pasted, and it is answered as the page shows, but for times, or
// where it shows nothing, well.
func TestRESTPage(t *testing.T) {
	t.Parallel()
	needs(t, "curl", "node", "python3")
	text, err := os.ReadFile("../../docs/rest.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	r := &reader{T: t, s: s, dir: t.TempDir()}
	r.env, _ = s.banner(t)
	blocks := fenced(string(text))
	for i, b := range blocks {
		if b.language == "python" || b.language == "js" {
			r.save(b.text)
		}
		if b.language != "sh" || strings.HasPrefix(b.text, ". ") {
			continue
		}
		answer := r.curl(b.text)
		switch shown := i+1 < len(blocks) && blocks[i+1].language == "text"; {
		case shown && timeless(answer) != timeless(blocks[i+1].text):
			t.Errorf("%s\nanswers\n%s\nthe page shows\n%s", b.text, answer, blocks[i+1].text)
		case !shown && !strings.Contains(answer, `"ErrorCode":0`):
			t.Errorf("%s\nanswers %s", b.text, answer)
		}
	}
}

var seconds = regexp.MustCompile(`\b\d{10}\b`)

func timeless(answer string) string {
	return seconds.ReplaceAllString(strings.TrimSpace(answer), "TIME")
}

// curl runs a script of calls to its end.
func (r *reader) curl(script string) (answer string) {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), "sh", "-c", "set -e\n"+r.env+"\n"+script)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.Errorf("%s\n%v\n%s", script, err, out)
	}
	return string(out)
}
