package release

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// GoReleaser's own reader takes the configuration: it refuses what it does not know. The scripts
// that it runs and the files that it packs are there.
func TestGoReleaser(t *testing.T) {
	p, err := config.Load(filepath.Join(built.Top(), ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Builds) != 1 || len(p.Archives) != 1 {
		t.Fatalf("%d builds, %d archives", len(p.Builds), len(p.Archives))
	}
	script := regexp.MustCompile(`\btools/\w+\.sh\b`)
	hooks := slices.Clone(p.Before.Hooks)
	for _, h := range p.Builds[0].Hooks.Post {
		hooks = append(hooks, h.Cmd)
	}
	scripts := 0
	for _, h := range hooks {
		if name := script.FindString(h); name != "" {
			scripts++
			if info, err := os.Stat(filepath.Join(built.Top(), name)); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s cannot be run: %v", name, err)
			}
		}
	}
	if scripts == 0 {
		t.Error("no hook runs a script of ours")
	}
	for _, f := range p.Archives[0].Files {
		if strings.HasPrefix(f.Source, "bin/") { // made by a hook
			continue
		}
		if found, err := filepath.Glob(filepath.Join(built.Top(), f.Source)); err != nil || len(found) == 0 {
			t.Errorf("the archive packs %s, which is not there: %v", f.Source, err)
		}
	}
}
