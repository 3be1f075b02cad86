package handbook

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

var renew = flag.Bool("renew", false, "write the pages anew")

const root = "../../.."

// The pages below docs/ say what the tables, the golden files and a server that runs say.
func TestThePagesAreMade(t *testing.T) {
	a, err := server.Start(t.Context(), server.Options{
		Data: filepath.Join(t.TempDir(), "data"), Dev: new(server.Dev),
		MQTT: "127.0.0.1:0", WS: "127.0.0.1:0", Admin: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	pages, err := Pages(os.DirFS(root), commands.New(a.Core()), a.Metrics())
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range pages {
		file = filepath.Join(root, file)
		if *renew {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, []byte(text)) {
			t.Errorf("%s is not what the tables make it (%v): run go generate ./cmd/teahouse/handbook, and read the difference", file, err)
		}
	}
}
