//go:build e2e

package contract

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// built is an example in Go.
func built(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", path, "github.com/teahouse-im/teahouse/examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// A client in Go goes on after its server was away, and prints and sends everything once.
func TestExampleGoClient(t *testing.T) {
	t.Parallel()
	data, tool := t.TempDir(), built(t, "go-client")
	s := start(t, "--data", data)
	line := `TICKET=$ALICE exec ` + tool + ` -server "mqtt://$HOST:$PORT" -user alice -to c2c/bob`
	alice := s.plays(t, line)
	alice.shows("connected\n")
	bob := s.listens(t, "bob")
	alice.types("tea?")
	bob.in().body(t, "im/in/c2c/alice", saying("tea?"))
	alice.shows("stored\n")
	mustSend(t, bob, "im/text/c2c/alice", "green", 1)
	alice.shows("c2c/bob bob: \"green\"\n")
	bob.bye(t)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	alice.types("are you there?")
	s = s.again(t, data)
	bob = s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/alice", "black", 1)
	alice.shows("c2c/bob bob: \"black\"\n")
	awaits(t, alice.Record, "both lines are stored", func(printed string) bool { return strings.Count(printed, "stored\n") == 2 })
	if n := len(said(mustAsk(t, bob, "msg.history", object{"Conv": "c2c/alice"}), "are you there?")); n != 1 {
		t.Errorf("the line is there %d times", n)
	}
	alice.stop()
	mustSend(t, bob, "im/text/c2c/alice", "white", 1)
	alice = s.plays(t, line)
	alice.shows("c2c/bob bob: \"white\"\n")
	stranger := s.plays(t, `TICKET=x exec `+tool+` -server "mqtt://$HOST:$PORT"`)
	stranger.shows("go-client: not let in: ")
}

// The program with the server inside lets its users in by their passwords, refuses a word, and answers.
func TestExampleEmbed(t *testing.T) {
	t.Parallel()
	data, tool := t.TempDir(), built(t, "embed")
	desk := exampleAlone(t, tool, "-data", data, "-mqtt", "127.0.0.1:0")
	desk.shows("listening on ")
	_, at, _ := strings.Cut(desk.Record.String(), "listening on ")
	at, _, _ = strings.Cut(at, "\n")
	home := &server{&program.Server{Ready: program.Ready{MQTT: at}}}
	ann := openPaho5(t, person{id: "ann", sig: "apple", home: home}, options{client: "phone"})
	ann.subscribe(t, "im/#")
	mustSend(t, ann, "im/text/c2c/desk", "my tea is cold", 1)
	ann.in().body(t, "im/in/c2c/desk", saying("we look into it: my tea is cold"))
	if got := mustRefuse(t, ann, "im/text/c2c/desk", "Coffee then", 1, 120001); got.str("ErrorInfo") != "this is a tea house" {
		t.Errorf("ann is told %s", got)
	}
	desk.stop()
	desk = exampleAlone(t, tool, "-data", data, "-mqtt", at)
	desk.shows("listening on " + at)
	ann = openPaho5(t, person{id: "ann", sig: "apple", home: home}, options{client: "phone"})
	ann.subscribe(t, "im/#")
	if n := len(said(mustAsk(t, ann, "msg.history", object{"Conv": "c2c/desk"}), "we look into it: my tea is cold")); n != 1 {
		t.Errorf("the desk has answered %d times", n)
	}
}
