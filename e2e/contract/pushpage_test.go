//go:build e2e

package contract

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// The receiver of docs/push.md runs as it stands there, but for its port, and gets the push of a
// message to a device that has lost its connection. The channel is set on the command line.
func TestPushPage(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_rr")
	text, err := os.ReadFile("../../docs/push.md")
	if err != nil {
		t.Fatal(err)
	}
	address, printed := gateway(t, string(text))
	data := t.TempDir()
	cli := func(args ...string) string {
		t.Helper()
		out, err := house.Run(append([]string{"app"}, append(args, "--data", data)...)...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	cli("add")
	cli("push", "set", "1400000001", "webhook", "url="+address, "token=wrong")
	if out, err := house.Run("app", "push", "check", "1400000001", "--data", data); err == nil || !strings.Contains(out, "Forbidden (403)") {
		t.Errorf("with another token: %v\n%s", err, out)
	}
	cli("push", "set", "1400000001", "webhook", "url="+address, "token=secret")
	if out := cli("push", "check", "1400000001"); !strings.Contains(out, "good") {
		t.Error(out)
	}

	s := start(t, "--data", data)
	alice := s.known("alice")
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// Its session is kept, so its end is a loss of the connection and no logout.
	rr := exec.CommandContext(ctx, "mosquitto_rr", "-h", host, "-p", port, "-u", "alice", "-P", alice.sig, "-i", "phone", "-c", "-q", "1",
		"-t", "im/req/push.register/1", "-e", "im/res/1", "-m", `{"Channel":"webhook","Token":"phone-of-alice"}`)
	if out, err := rr.CombinedOutput(); err != nil || !strings.Contains(string(out), `"ErrorCode":0`) {
		t.Fatalf("push.register: %v\n%s", err, out)
	}
	answer := s.backend().call(t, "openim/sendmsg", map[string]any{
		"From_Account": "bob", "To_Account": "alice", "MsgRandom": 1, "SyncOtherMachine": 2,
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "are you there?"}}},
	})
	if answer["ErrorCode"] != float64(0) {
		t.Fatal(answer)
	}
	for _, text := range []string{"phone-of-alice", "are you there?"} { // it may print them one by one
		if err := printed.Await(text); err != nil {
			t.Fatal(err)
		}
	}
}

// gateway runs the one Python program of a page on a free port.
func gateway(t *testing.T, page string) (address string, printed *program.Record) {
	t.Helper()
	const serve = `HTTPServer(("127.0.0.1", 8000), Receiver).serve_forever()`
	for _, b := range fenced(page) {
		if b.language != "python" {
			continue
		}
		if !strings.Contains(b.text, serve) {
			t.Fatalf("the receiver does not end with %s", serve)
		}
		text := strings.Replace(b.text, serve, "server = HTTPServer((\"127.0.0.1\", 0), Receiver)\nprint(f\"at {server.server_port} \")\nserver.serve_forever()", 1)
		printed = &program.Record{}
		cmd := exec.Command(program.Python(t), "-u", "-c", text)
		cmd.Stdout, cmd.Stderr = printed, &program.Record{}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		})
		shows(t, printed, " \n")
		return "http://127.0.0.1:" + strings.Fields(printed.String())[1] + "/push", printed
	}
	t.Fatal("the page has no program")
	return "", nil
}
