//go:build e2e

package contract

import (
	"os"
	"strings"
	"testing"
)

// The commands of docs/backup.md work one after another, beside a server that runs.
func TestBackupPage(t *testing.T) {
	t.Parallel()
	needs(t, "stdbuf")
	text, err := os.ReadFile("../../docs/backup.md")
	if err != nil {
		t.Fatal(err)
	}
	o := newOperator(t)
	o.paste("set -e\nteahouse config default >teahouse.yaml\nteahouse app add --config teahouse.yaml --name 'my app'")
	o.serve("teahouse serve --config teahouse.yaml")
	ran := 0
	for _, b := range fenced(string(text)) {
		if b.language != "sh" {
			continue // a unit of systemd
		}
		o.paste("set -e\n" + b.text)
		ran++
	}
	o.stop()
	o.paste("set -e\nteahouse backup --data restored --out again.backup\nteahouse verify again.backup")
	for _, want := range []string{"sound    backup of ", "restored of "} {
		if !strings.Contains(o.out.String(), want) {
			t.Errorf("nothing says %q:\n%s", want, &o.out)
		}
	}
	if ran < 3 {
		t.Errorf("%d blocks were run", ran)
	}
}
