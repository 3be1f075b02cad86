//go:build e2e

package contract

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The files of docs/operating.md about doors are good configurations, and its lines talk to a server
// in every way over TLS.
func TestDoorsPage(t *testing.T) {
	t.Parallel()
	needs(t, "openssl", "mosquitto_pub", "curl", "stdbuf")
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := section(t, string(text), doorsHeading)
	o := newOperator(t)
	o.env = append(os.Environ(), "PATH="+o.dir+":"+os.Getenv("PATH"), "TEAHOUSE_LISTEN__ADMIN=127.0.0.1:0")
	ports := strings.NewReplacer("8083", unused(t), "8443", unused(t), "8883", unused(t))
	served := false
	for _, b := range fenced(page) {
		script := "set -e\n" + ports.Replace(b.text)
		switch {
		case b.language == "yaml":
			name, _, _ := strings.Cut(strings.TrimPrefix(b.text, "# "), "\n")
			if err := os.WriteFile(filepath.Join(o.dir, name), []byte(ports.Replace(b.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			o.paste("teahouse config check " + name)
		case strings.Contains(b.text, "teahouse serve "):
			o.serve(script)
			shows(t, &o.out, "wss=wss://")
			served = true
		default:
			o.paste(script)
		}
	}
	if !served {
		t.Fatal("the page starts no server")
	}
	for _, want := range []string{"<title>Teahouse</title>", "308 https://localhost:"} {
		if !strings.Contains(o.out.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, &o.out)
		}
	}
	if found := regexp.MustCompile(`protocol error|login refused|handshake failed`).FindString(o.out.String()); found != "" {
		t.Errorf("a line of the page went wrong: %s\n%s", found, &o.out)
	}
}
