package teahouse_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// pasted says for each page with lines for a shell which test runs them, as file:function, or why
// none does.
var pasted = map[string]struct{ test, why string }{
	"README.md":                {test: "e2e/contract/banner_test.go:TestREADMELinesWork"},
	"docs/clients.md":          {test: "e2e/contract/clients_test.go:TestClientsPage"},
	"docs/configuration.md":    {test: "e2e/contract/configpage_test.go:TestConfigurationPage"},
	"docs/upgrade.md":          {test: "e2e/contract/configpage_test.go:TestConfigurationPage"},
	"docs/media.md":            {test: "e2e/contract/mediapage_test.go:TestMediaPage"},
	"docs/backup.md":           {test: "e2e/contract/backuppage_test.go:TestBackupPage"},
	"docs/operating.md":        {test: "e2e/contract/operating_test.go:TestOperatingPage"},
	"docs/rest.md":             {test: "e2e/contract/restpage_test.go:TestRESTPage"},
	"docs/install.md":          {test: "e2e/contract/configpage_test.go:TestConfigurationPage"},
	"docs/push.md":             {why: "the provider's own files are needed, and one line asks the provider"},
	"examples/README.md":       {why: "it reads the file that dev names, as the lines of README.md do"},
	"sdk/typescript/README.md": {why: "they are make sdk, a step of the gate"},
	"CONTRIBUTING.md":          {why: "they are steps of the gate"},
}

// A shell block of a page; in a list it is indented.
var shellBlock = regexp.MustCompile("(?m)^ *```sh$")

// Every page with lines for a shell is in the table, and the tests that the table names exist.
func TestEveryCommandLineIsPasted(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, file := range globbed(t, "*.md", "docs/*.md", "docs/spec/*.md", "examples/*.md", "examples/*/*.md", "sdk/typescript/*.md", "deploy/*.md", "deploy/*/*.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !shellBlock.Match(text) {
			continue
		}
		found[file] = true
		if _, known := pasted[file]; !known {
			t.Errorf("%s has lines for a shell that no test runs: run them in one and name it in the table, or say why not", file)
		}
	}
	for file, by := range pasted {
		if !found[file] {
			t.Errorf("%s is in the table and has no lines for a shell", file)
		}
		if by.why != "" {
			continue
		}
		in, name, _ := strings.Cut(by.test, ":")
		if text, err := os.ReadFile(in); err != nil || !strings.Contains(string(text), "\nfunc "+name+"(") {
			t.Errorf("%s: there is no %s (%v)", file, by.test, err)
		}
	}
}
