package container

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// stages reads the Dockerfile with BuildKit's own parser and linter.
func stages(t *testing.T) []instructions.Stage {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(built.Top(), "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range tree.Warnings {
		t.Errorf("%s: %v", w.Short, w.Location)
	}
	lint := linter.New(&linter.Config{Warn: func(rule, what, _, said string, at []parser.Range) {
		t.Errorf("%s: %s %s %v", rule, what, said, at)
	}})
	list, _, err := instructions.Parse(tree.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What a linter such as hadolint asks of a Dockerfile, as far as it concerns ours.
func TestDockerfile(t *testing.T) {
	all := stages(t)
	if len(all) != 2 {
		t.Fatalf("%d stages", len(all))
	}
	last := all[1]
	has := map[string]string{}
	for _, c := range last.Commands {
		has[strings.ToLower(c.Name())] = fmt.Sprint(c)
		switch c := c.(type) {
		case *instructions.RunCommand:
			t.Error("the image has no shell to RUN anything with")
		case *instructions.UserCommand:
			if c.User != "65532:65532" {
				t.Errorf("USER %s: want numbers, which an orchestrator can tell from root", c.User)
			}
		case *instructions.EntrypointCommand:
			if c.PrependShell {
				t.Error("ENTRYPOINT needs a shell")
			}
		case *instructions.CmdCommand:
			if c.PrependShell {
				t.Error("CMD needs a shell")
			}
		case *instructions.HealthCheckCommand:
			if len(c.Health.Test) < 2 || c.Health.Test[0] != "CMD" {
				t.Errorf("HEALTHCHECK %q needs a shell", c.Health.Test)
			}
		case *instructions.VolumeCommand:
			if len(c.Volumes) != 1 || c.Volumes[0] != "/var/lib/teahouse" {
				t.Errorf("VOLUME %q", c.Volumes)
			}
		}
	}
	for _, want := range []string{"user", "entrypoint", "cmd", "healthcheck", "volume", "expose", "label", "stopsignal"} {
		if has[want] == "" {
			t.Errorf("no %s", strings.ToUpper(want))
		}
	}
	for _, s := range all {
		for _, c := range s.Commands {
			switch c := c.(type) {
			case *instructions.AddCommand:
				t.Error("ADD: COPY does what it says")
			case *instructions.WorkdirCommand:
				if !filepath.IsAbs(c.Path) {
					t.Errorf("WORKDIR %s is not absolute", c.Path)
				}
			case *instructions.CopyCommand:
				for _, from := range c.SourcePaths {
					if c.From == "" && from != "." {
						if _, err := os.Stat(filepath.Join(built.Top(), from)); err != nil {
							t.Error(err)
						}
					}
				}
			}
		}
		if strings.HasSuffix(s.BaseName, ":latest") || !strings.Contains(s.BaseName, "IMAGE") {
			t.Errorf("FROM %s: want an image that can be pinned", s.BaseName)
		}
	}
}
