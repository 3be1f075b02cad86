// Package wiretest compares what tests write with the golden files of their
// package. It is for tests only.
package wiretest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// renew rewrites the golden files; the difference is read in review.
var renew = flag.Bool("renew", false, "rewrite the golden files of this package")

// Golden compares a wire form with testdata/name.json, byte for byte.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if !json.Valid(got) {
		t.Fatalf("%s is not JSON: %s", name, got)
	}
	got = append(bytes.Clone(got), '\n')
	want, ok := wanted(t, name+".json", got)
	if ok && !bytes.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s\n%s", name, got, want, command(t))
	}
}

// Transcript compares a text with testdata/name and reports the first line that
// differs.
func Transcript(t *testing.T, name, got string) {
	t.Helper()
	want, ok := wanted(t, name, []byte(got))
	if !ok {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d\n got %s\nwant %s\n%s", name, i+1, line(g, i), line(w, i), command(t))
		}
	}
}

func line(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(end)"
}

// wanted reads a golden file, or writes got to it when it is to be renewed. ok is
// false when there is nothing to compare.
func wanted(t *testing.T, name string, got []byte) (want []byte, ok bool) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *renew {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return nil, false
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, command(t))
	}
	return want, true
}

// command tells how to renew the golden files of a test, from the root of the
// module.
func command(t *testing.T) string {
	test, _, _ := strings.Cut(t.Name(), "/")
	return fmt.Sprintf("if this is intended: go test ./%s -run '^%s$' -renew", folder(), test)
}

// folder is the folder of the package under test below the root of the module.
func folder() string {
	here, err := os.Getwd() // go test runs a test in the folder of its package
	if err != nil {
		return "..."
	}
	for root := here; root != filepath.Dir(root); root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
			continue
		}
		if below, err := filepath.Rel(root, here); err == nil {
			return filepath.ToSlash(below)
		}
	}
	return "..."
}
