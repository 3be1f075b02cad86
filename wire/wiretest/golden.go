// Package wiretest compares what tests write with the golden files of their
// package. It is for tests only.
package wiretest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
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
	file := filepath.Join("testdata", name+".json")
	got = append(bytes.Clone(got), '\n')
	if *renew {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s\nif this is meant: go test . -renew in the folder of the test", name, got, want)
	}
}
