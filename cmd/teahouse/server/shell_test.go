package server

import (
	"os/exec"
	"testing"
)

// Whatever the word, the shell must read back the same bytes.
func TestQuoteRoundTripsThroughShell(t *testing.T) {
	for _, word := range []string{
		"", "plain", "im/#", "it's", `"`, `\`, "$HOME", "`id`", "a b", "*", "~", "!x", "空", "line\nline", "eJw*-_", "-q", "a;b", "'''",
	} {
		out, err := exec.Command("sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil {
			t.Errorf("%q: %v", word, err)
		}
		if got := string(out); got != word {
			t.Errorf("the shell reads %q, want %q", got, word)
		}
	}
}
