//go:build e2e

package contract

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// Two in terminals: what one types the other reads, also what was said while they were away.
func TestExampleBash(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl", "jq")
	s := start(t)
	bob := s.listens(t, "bob")
	alice := s.plays(t, "exec bash/chat.sh alice c2c/bob")
	alice.types(`green, or "black"? \n`)
	bob.in().body(t, "im/in/c2c/alice", saying(`green, or "black"? \n`))
	mustSend(t, bob, "im/text/c2c/alice", "green\x1b[2J", 1)
	alice.shows("bob: green [2J\n")
	alice.types("/history")
	alice.shows("alice: green, or \"black\"? \\n\nbob: green [2J\n")
	alice.stop()
	mustSend(t, bob, "im/text/c2c/alice", "or white", 1)
	alice = s.plays(t, "exec bash/chat.sh alice c2c/bob")
	alice.shows("bob: or white\n")
	if n := strings.Count(alice.String(), "\n"); n != 1 {
		t.Errorf("more came again than was missed:\n%s", alice)
	}

	body := `{"From_Account":"alice","To_Account":"bob","MsgRandom":7,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"by REST"}}]}`
	call := s.plays(t, `bash/rest.sh openim/sendmsg '`+body+`' && ! bash/rest.sh openim/sendmessage`)
	call.ends()
	call.shows(`"ErrorCode":0,`)
	call.shows(`"ErrorCode":60009,`)
	bob.in().body(t, "im/in/c2c/alice", saying("by REST"))
}

// The bot answers what was said while it was away, and answers nothing twice.
func TestExampleBot(t *testing.T) {
	t.Parallel()
	data, state := t.TempDir(), filepath.Join(t.TempDir(), "carol.json")
	s := start(t, "--data", data)
	line := fmt.Sprintf(`TICKET=$CAROL exec %s bot.py carol %s "$HOST:$PORT"`, program.Python(t), state)
	bob := s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/carol", "!echo too early", 1)
	bot := s.plays(t, line)
	bot.shows("ready\n")
	for _, c := range []struct{ say, want string }{
		{"!echo one", "one"}, {"!count", "4"}, {"!tea", "I do not know !tea, try !help"},
	} {
		mustSend(t, bob, "im/text/c2c/carol", c.say, 1)
		bob.in().body(t, "im/in/c2c/carol", saying(c.want))
	}
	mustSend(t, bob, "im/text/group/lobby", "!echo all", 1)
	bob.in().body(t, "im/in/group/lobby", saying("all"))
	bob.bye(t)
	if err := s.Stop(); err != nil { // the bot waits for it
		t.Fatal(err)
	}
	s = s.again(t, data)
	bob = s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/carol", "!echo two", 1)
	bob.in().body(t, "im/in/c2c/carol", saying("two"))
	bot.stop()
	mustSend(t, bob, "im/text/c2c/carol", "!echo three", 1)
	s.plays(t, line)
	bob.in().body(t, "im/in/c2c/carol", saying("three"))
	for text, want := range map[string]int{"too early": 0, "one": 1, "two": 1, "three": 1} {
		if n := len(said(mustAsk(t, bob, "msg.history", object{"Conv": "c2c/carol", "Limit": 50}), text)); n != want {
			t.Errorf("%q was said %d times, want %d", text, n, want)
		}
	}
}
