//go:build e2e

package contract

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// The examples run beside a server as "teahouse dev" starts it, and again beside
// what they left.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	s := start(t)
	env, _ := s.banner(t)
	for _, example := range []string{"backend.py", "chat.py " + s.MQTT} {
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			path, err := filepath.Abs("../../examples")
			if err != nil {
				t.Fatal(err)
			}
			run := exec.CommandContext(ctx, "sh", "-c", env+"\nexec "+program.Python(t)+" "+path+"/"+example)
			out, err := run.CombinedOutput()
			if err != nil || !strings.HasSuffix(string(out), "\ndone\n") {
				t.Fatalf("%s: %v\n%s", example, err, out)
			}
		}
	}
}
