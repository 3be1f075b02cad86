//go:build e2e

package contract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The flow tells of a sensor that gets too hot, once, and also of what came while Node-RED was away.
func TestExampleNodeRED(t *testing.T) {
	t.Parallel()
	needs(t, "node")
	red, err := filepath.Abs("../nodered/node_modules/node-red/red.js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(red); err != nil {
		t.Fatal("node-red is not installed: npm --prefix e2e/nodered ci, or make e2e, which does it")
	}
	s := start(t)
	flow, err := os.ReadFile(filepath.Join(examples(t), "node-red/flow.json"))
	if err != nil {
		t.Fatal(err)
	}
	login, err := json.Marshal(map[string]any{"teahouse.broker": map[string]any{"user": "carol", "password": s.known("carol").sig}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"flows.json": string(flow), "flows_cred.json": string(login),
		"settings.js": "module.exports = { flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false, httpNodeRoot: false, telemetry: { enabled: false, updateNotification: false } }",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := "TEAHOUSE_ALARM=c2c/bob exec node " + red + " --userDir " + dir + " --port 0"
	bob, alice := s.listens(t, "bob"), s.listens(t, "alice")
	says := func(reading string) { mustSend(t, alice, "im/text/c2c/carol", reading, 1) }
	// The session is there before, so that what is said while Node-RED starts waits for it.
	session := openPaho5(t, s.known("carol"), options{client: "node-red", keep: true})
	session.subscribe(t, "im/in/#")
	session.bye(t)
	flows := s.plays(t, line)
	for _, reading := range []string{"21.5 C", "how hot is it?", "95 C", "96 C", "78 C", "74.5 C"} {
		says(reading)
	}
	heard := bob.in()
	heard.body(t, "im/in/c2c/carol", saying("ALARM: alice has 95 C"))
	heard.body(t, "im/in/c2c/carol", saying("all clear: alice has 74.5 C"))
	flows.stop()
	says("99 C")
	s.plays(t, line)
	heard.body(t, "im/in/c2c/carol", saying("ALARM: alice has 99 C"))
	if got := mustAsk(t, bob, "msg.history", object{"Conv": "c2c/carol"}).list("MsgList"); len(got) != 3 {
		t.Errorf("there are %d messages, want 3: %v", len(got), got)
	}
}
