package container

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// Compose's own reader takes the file, against its schema; every service is sealed, and what it
// mounts is there.
func TestCompose(t *testing.T) {
	file := filepath.Join(built.Top(), "deploy", "compose.yaml")
	load := func(env ...string) (*types.Project, error) {
		o, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(env), cli.WithInterpolation(true))
		if err != nil {
			t.Fatal(err)
		}
		return o.LoadProject(t.Context())
	}
	if _, err := load(); err == nil {
		t.Error("Grafana starts with a password that everybody knows")
	}
	p, err := load("GRAFANA_PASSWORD=secret")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) != 3 {
		t.Errorf("%d services", len(p.Services))
	}
	for name, s := range p.Services {
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not sealed", name)
		}
		for _, port := range s.Ports {
			open := name == "teahouse" && (port.Target == 1883 || port.Target == 8083)
			if !open && port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %d is open to everybody", name, port.Target)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}
