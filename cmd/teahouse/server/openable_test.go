package server

import "testing"

func TestOpenable(t *testing.T) {
	for at, want := range map[string]string{
		"http://[::]:8090":      "http://localhost:8090",
		"https://0.0.0.0:8443":  "https://localhost:8443",
		"http://127.0.0.1:8090": "http://127.0.0.1:8090",
		"http://[::1]:8090":     "http://[::1]:8090",
		"http://10.0.0.7:8090":  "http://10.0.0.7:8090",
	} {
		if got := openable(at); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}
