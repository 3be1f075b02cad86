package server

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// Banner prints what to paste to see the first app of a dev server at work.
// Every indented line is a whole shell command.
func (a *App) Banner(w io.Writer) error {
	b := banner{ready: a.Ready(), tickets: map[chat.UserID]string{}}
	for _, u := range append([]chat.UserID{Administrator}, DevUsers...) {
		t, err := ticket.Mint(uint32(b.ready.SDKAppID), string(u), b.ready.Key, a.now(), devTicketLife)
		if err != nil {
			return fmt.Errorf("print banner: %w", err)
		}
		b.tickets[u] = t
	}
	_, err := io.WriteString(w, b.text())
	return err
}

// banner holds what its lines are made of.
type banner struct {
	ready   Ready
	tickets map[chat.UserID]string
}

func (b banner) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "teahouse %s is ready, for this machine only\n\n", Version)
	b.listeners(&s)
	for _, part := range b.parts() {
		fmt.Fprintf(&s, "\n%s\n", part.what)
		for _, line := range part.lines {
			fmt.Fprintf(&s, "  %s\n", line)
		}
	}
	s.WriteString("\nStop with Ctrl-C.\n")
	return s.String()
}

func (b banner) listeners(s *strings.Builder) {
	fmt.Fprintf(s, "MQTT      %s\nWebSocket %s\nHTTP      %s\n", b.ready.MQTT, b.ready.WS, b.ready.Admin)
	fmt.Fprintf(s, "app       %d, key %s\n", b.ready.SDKAppID, b.ready.Key)
	if n := len(b.ready.Apps); n > 1 {
		fmt.Fprintf(s, "          and %d more; --ready-file gets them all\n", n-1)
	}
	fmt.Fprintf(s, "users     alice, bob, carol and %s; a group %q with the three\n", Administrator, Lobby)
}

// part is a step of the tour.
type part struct {
	what  string
	lines []string
}

func (b banner) parts() []part {
	return []part{
		{"Be bob, and see everything that comes in:", []string{
			b.mosquitto("sub", "bob", "bob-phone", "-v", "-t", "im/#"),
		}},
		{"In another terminal be alice, write to bob and to the lobby:", []string{
			b.mosquitto("pub", "alice", "alice-laptop", "-q", "1", "-t", "im/text/c2c/bob", "-m", "hello bob"),
			b.mosquitto("pub", "alice", "alice-laptop", "-q", "1", "-t", "im/text/group/"+string(Lobby), "-m", "hello all"),
		}},
		{"Ask for what was said:", []string{
			b.mosquitto("rr", "bob", "bob-desk", "-t", "im/req/msg.history", "-e", "im/res/1", "-m", `{"Conv":"c2c/alice"}`),
		}},
		{"Be a backend, and send in carol's name:", []string{
			command("curl", "-s", b.url("openim", "sendmsg"), "-d",
				`{"From_Account":"carol","To_Account":"bob","MsgRandom":1,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello from a backend"}}]}`),
		}},
	}
}

// mosquitto writes a call of one of the mosquitto clients as a user. It speaks
// MQTT 5, which alone has reasons: over 3.1.1 mosquitto_pub prints nothing when a
// message is refused.
func (b banner) mosquitto(what string, as chat.UserID, client string, args ...string) string {
	host, port, _ := net.SplitHostPort(b.ready.MQTT) // our own listener wrote it
	words := append([]string{
		"mosquitto_" + what, "-V", "5", "-h", host, "-p", port, "-i", client, "-u", string(as), "-P", b.tickets[as],
	}, args...)
	return command(words...)
}

// url is the address of a command, with the administrator's ticket.
func (b banner) url(service, name string) string {
	return fmt.Sprintf("%s/v4/%s/%s?sdkappid=%d&identifier=%s&usersig=%s&random=1&contenttype=json",
		b.ready.Admin, service, name, b.ready.SDKAppID, b.ready.Identifier, b.tickets[b.ready.Identifier])
}
