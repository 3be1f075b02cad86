package server

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Banner prints what to paste to see the first app of a dev server at work. It
// fits a terminal of 80 columns and 24 lines, the prompt below it included. The
// indented lines below a heading are one shell command; env is the file of
// [App.WriteEnv], which the first of them reads.
func (a *App) Banner(w io.Writer, env string) error {
	_, err := io.WriteString(w, banner{ready: a.Ready(), env: env}.text())
	return err
}

// banner holds what its lines are made of.
type banner struct {
	ready Ready
	env   string // the file with the tickets
}

func (b banner) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "teahouse %s is ready, for this machine only. Ctrl-C stops it.\n", Version)
	for _, u := range DevUsers[:2] {
		fmt.Fprintf(&s, "Chat as %-6s %s\n", u+":", b.page()+asPath+string(u))
	}
	fmt.Fprintf(&s, "Console:       %s\n", b.ready.Admin+asPath+DevOperator)
	fmt.Fprintf(&s, "MQTT %s, WebSocket %s\n", b.ready.MQTT, b.ready.WS)
	fmt.Fprintf(&s, "HTTP %s, app %d%s\n", b.ready.Admin, b.ready.SDKAppID, b.more())
	for _, part := range b.parts() {
		fmt.Fprintf(&s, "%s\n", part.what)
		for _, line := range part.lines {
			fmt.Fprintf(&s, "  %s\n", line)
		}
	}
	return s.String()
}

// page is where the chat is served.
func (b banner) page() string {
	return "http://" + strings.TrimSuffix(strings.TrimPrefix(b.ready.WS, "ws://"), wsPath)
}

// more tells of the apps that the banner does not show.
func (b banner) more() string {
	if n := len(b.ready.Apps); n > 1 {
		return fmt.Sprintf(" and %d more (--ready-file)", n-1)
	}
	return ""
}

// part is a step of the tour: one command, of several lines where it is long.
type part struct {
	what  string
	lines []string
}

func (b banner) parts() []part {
	return []part{
		{"First, in each terminal, get the tickets (the file goes when the server ends):", []string{
			command(".", b.env),
		}},
		{"Be bob, and see everything that comes in:", []string{
			b.mosquitto("sub", "bob") + " -v -t 'im/#'",
		}},
		{"Be alice, and write to bob; the topic im/text/group/" + string(Lobby) + " writes to all:", []string{
			b.mosquitto("pub", "alice") + ` \`,
			"  -q 1 -t im/text/c2c/bob -m 'hello bob'",
		}},
		{"Ask for what was said:", []string{
			b.mosquitto("rr", "bob") + ` \`,
			`  -t im/req/msg.history -e im/res/1 -m '{"Conv":"c2c/alice"}'`,
		}},
		{"Be carol's phone. Stop it, write to carol, start it again, and it catches up:", []string{
			b.mosquitto("sub", "carol") + ` \`,
			"  -i phone -c -q 1 -v -t 'im/#'",
		}},
		{"Be a backend, and write to bob in carol's name:", []string{
			`curl -s "$IM_REST/openim/sendmsg?$IM_ADMIN" -d '{"From_Account":"carol",`,
			// Each paste has another MsgRandom, or the second would count as a repeat of
			// the first. Not every sh has $RANDOM.
			` "To_Account":"bob","MsgRandom":'$(date +%s)',"MsgBody":`,
			` [{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello from a backend"}}]}'`,
		}},
	}
}

// mosquitto begins a call of one of the mosquitto clients as a user. It speaks
// MQTT 5, which alone has reasons: over 3.1.1 mosquitto_pub prints nothing when a
// message is refused. It gives no client id: the same line works twice at a time.
func (b banner) mosquitto(what string, as chat.UserID) string {
	host, port, _ := net.SplitHostPort(b.ready.MQTT) // our own listener wrote it
	return command("mosquitto_"+what, "-V", "5", "-h", host, "-p", port, "-u", string(as), "-P") +
		` "$` + strings.ToUpper(string(as)) + `"`
}
