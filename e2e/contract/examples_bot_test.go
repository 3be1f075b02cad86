//go:build e2e

package contract

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// A bot in Node is told by webhooks and answers by REST, refuses a word, believes no stranger,
// and answers later what was said while it was away.
func TestExampleNodeBot(t *testing.T) {
	t.Parallel()
	needs(t, "node")
	at := freeAddress(t)
	_, port, _ := net.SplitHostPort(at)
	s := start(t, "--webhook", "http://"+at+"/im")
	line := "WEBHOOK_TOKEN=dev exec node node-bot/bot.mjs " + port
	bot := s.plays(t, line)
	bot.shows("ready\n")
	bob := s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/teabot", "green?", 1)
	bob.in().body(t, "im/in/c2c/teabot", saying("you said: green?"))
	mustSend(t, bob, "im/text/group/lobby", "@teabot hello", 1)
	bob.in().body(t, "im/in/group/lobby", saying("you said: @teabot hello"))
	refusal := mustRefuse(t, bob, "im/text/c2c/alice", "Coffee?", 1, 120001)
	if refusal.str("ErrorInfo") != "this is a tea house" {
		t.Errorf("the sender is told %s", refusal)
	}
	mustRefuse(t, bob, "im/text/group/lobby", "coffee!", 1, 10101)

	for _, query := range []string{"", "?SdkAppid=1400000001&CallbackCommand=C2C.CallbackAfterSendMsg&RequestTime=1669872112&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"} {
		resp, err := http.Post("http://"+at+"/im"+query, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("a call without a signature of ours has status %d", resp.StatusCode)
		}
	}

	bot.stop()
	mustSend(t, bob, "im/text/c2c/teabot", "later", 1)
	s.plays(t, line)
	bob.in().body(t, "im/in/c2c/teabot", saying("you said: later"))
	if n := len(said(mustAsk(t, bob, "msg.history", object{"Conv": "c2c/teabot", "Limit": 50}), "you said: later")); n != 1 {
		t.Errorf("it was answered %d times", n)
	}
}

// freeAddress is one that nobody listens on, for a program that wants to be told.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
