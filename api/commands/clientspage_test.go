package commands_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/teahouse-im/teahouse/api/commands"
)

var methodLine = regexp.MustCompile("(?m)^\\| `([\\w.]+)` \\| [^|]+ \\| `(\\{.*\\})` \\|$")

// The table of docs/clients.md has every method, with the body that help shows, and no
// other.
func TestClientsPageHasEveryMethod(t *testing.T) {
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, m := range methodLine.FindAllSubmatch(page, -1) {
		shown[string(m[1])] = string(m[2])
	}
	table := commands.New(newCore(t))
	for _, name := range table.Methods(true) {
		c, _ := table.Explained(name, true)
		if shown[name] != string(c.Example()) {
			t.Errorf("%s: the page shows %s, help %s", name, shown[name], c.Example())
		}
		delete(shown, name)
	}
	for name := range shown {
		t.Errorf("%s is on the page and not served", name)
	}
}
