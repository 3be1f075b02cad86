//go:build e2e

package contract

import (
	"os"
	"strings"
	"testing"
)

// The commands of docs/configuration.md, then those of docs/upgrade.md and docs/install.md, work in one folder.
func TestConfigurationPage(t *testing.T) {
	t.Parallel()
	needs(t, "stdbuf")
	o := newOperator(t)
	ran := 0
	for _, page := range []string{"../../docs/configuration.md", "../../docs/upgrade.md", "../../docs/install.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range fenced(strings.ReplaceAll(string(text), "\n   ", "\n")) { // of lists, too
			if b.language == "sh" {
				o.paste("set -e\n" + b.text)
				ran++
			}
		}
	}
	if ran < 3 {
		t.Errorf("%d blocks were run", ran)
	}
}
