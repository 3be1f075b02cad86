// Package built finds the program that the checks of this module look at, and the tools they need.
//
// The module checks what the program is shipped in, each with the library of the tool that will
// read it. It is a module of its own: these libraries are large, and no part of the server.
package built

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Top is the folder of the repository: tests run in the folder of their package, one below the
// module's.
func Top() string {
	top, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		panic(err) // there is no working directory
	}
	return top
}

// path is where Program is built, once.
var path = sync.OnceValues(func() (string, error) {
	if p := os.Getenv("TEAHOUSE"); p != "" {
		return filepath.Abs(p)
	}
	p := filepath.Join(Top(), "bin", "teahouse-packaging")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", p, "./cmd/teahouse")
	c.Dir, c.Env = Top(), append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	if err != nil {
		_, _ = os.Stderr.Write(out)
	}
	return p, err
})

// Program is a built program: the one that TEAHOUSE names, or one built now.
func Program(t *testing.T) string {
	t.Helper()
	p, err := path()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Needs skips a test on a machine without a tool.
func Needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

// Run runs a command in the repository, with variables over the environment, and returns what it
// prints. The test fails with it.
func Run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir, c.Env = Top(), append(os.Environ(), env...)
	var out, told bytes.Buffer
	c.Stdout, c.Stderr = &out, &told
	if err := c.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, &out, &told)
	}
	return out.String()
}
