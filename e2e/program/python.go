package program

import (
	"os/exec"
	"testing"
)

// Python finds a Python that has the Paho library, which Debian gives to its own alone.
func Python(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), name, "-c", "import paho.mqtt.client").Run() == nil {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	t.Fatal("no Python has paho-mqtt: apt-get install python3-paho-mqtt")
	return ""
}
