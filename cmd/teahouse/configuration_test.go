package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A configuration is checked by its name alone, or as serve takes it.
func TestConfigurationToCheckIsNamedOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "teahouse.yaml")
	if err := os.WriteFile(file, []byte("data: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []configCheck{{File: file}, {Config: file}} {
		if got := printed(t, c.Run); !strings.Contains(got, file+" is good.") {
			t.Errorf("%+v: %q", c, got)
		}
	}
	for _, c := range []configCheck{{}, {File: file, Config: file}} {
		if err := c.Run(); err == nil || !strings.Contains(err.Error(), "name one configuration file") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
