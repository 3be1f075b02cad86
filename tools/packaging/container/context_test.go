package container

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// The image is built from all that the program is made of: .dockerignore lets every file through.
func TestContextHasAllOfTheProgram(t *testing.T) {
	f, err := os.Open(filepath.Join(built.Top(), ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	patterns, err := ignorefile.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	wants := func(path string) {
		if out, err := ignored.MatchesOrParentMatches(path); err != nil || out {
			t.Errorf("%s is left out (%v)", path, err)
		}
	}
	for _, path := range []string{"go.mod", "go.sum", "cmd/teahouse/release.pgo"} {
		wants(path)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Standard,Module,GoFiles,EmbedFiles", "./cmd/teahouse")
	list.Dir = built.Top()
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Dir                 string
			Module              *struct{ Main bool }
			GoFiles, EmbedFiles []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		packages++
		dir, err := filepath.Rel(built.Top(), p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range append(p.GoFiles, p.EmbedFiles...) {
			wants(filepath.ToSlash(filepath.Join(dir, name)))
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were looked at", packages)
	}
}
