//go:build e2e

package e2e

import (
	"context"
	"os/exec"
	"strings"
	"testing"
)

// MQTT.js is what runs in browsers; both versions, over WebSocket.
func TestBrowserClients(t *testing.T) {
	needs(t, "node")
	p := start(t)
	alice, bob := p.ticket(t, "alice"), p.ticket(t, "bob")
	for name, version := range map[string]string{"3.1.1": "4", "5": "5"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
			defer cancel()
			out, err := exec.CommandContext(ctx, "node", "browser.mjs", p.WS, version, alice, bob).CombinedOutput()
			if err != nil || !strings.HasSuffix(string(out), "done\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
