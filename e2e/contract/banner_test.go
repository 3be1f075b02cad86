//go:build e2e

package contract

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// What "teahouse dev" prints to paste does what it promises.
func TestBannerLinesWork(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl")
	s := start(t)
	shows(t, s.Out, "Ctrl-C") // the last line
	banner := s.Out.String()
	lines := commands(strings.Split(banner, "\n"))
	for _, tool := range []string{"mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl"} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, tool+" ") }) {
			t.Errorf("the banner has no line for %s:\n%s", tool, banner)
		}
	}
	tour(t, lines)
}

// The README's lines work against a server as the README starts it. Its
// lines name the usual ports, and tickets as the banner prints them, so they are told
// where this server is and who they are.
func TestREADMELinesWork(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl")
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	var lines []string
	for _, block := range fenced(string(text)) {
		lines = append(lines, commands(block)...)
	}
	if len(lines) == 0 {
		t.Fatal("the README has no line to paste for mosquitto or curl")
	}
	place := strings.NewReplacer("-p 1883", "-p "+port(s.MQTT), "localhost:1883", s.MQTT, "127.0.0.1:1883", s.MQTT,
		"http://localhost:8090", s.Admin, "http://127.0.0.1:8090", s.Admin)
	for i, l := range lines {
		lines[i] = place.Replace(ticketed(s, l))
	}
	listeners := tour(t, lines)
	for _, promised := range promises(string(text)) {
		topic, body, _ := strings.Cut(promised, " ")
		if !slices.ContainsFunc(listeners, func(l *listening) bool { return l.showed(t, topic, body) }) {
			t.Errorf("the README promises\n%s\nand nothing of that form came", promised)
		}
	}
}

// promises are the lines that the README says mosquitto_sub will show.
func promises(markdown string) (all []string) {
	for _, block := range fenced(markdown) {
		for _, l := range block {
			if strings.HasPrefix(l, "im/") && strings.Contains(l, " {") {
				all = append(all, l)
			}
		}
	}
	return all
}

// showed reports whether a message with the same topic, the same text and
// the same members in the same order has come.
func (l *listening) showed(t *testing.T, topic, body string) bool {
	t.Helper()
	for line := range strings.SplitSeq(l.out.String(), "\n") {
		got, ok := strings.CutPrefix(line, topic+" ")
		if ok && slices.Equal(memberNames(got), memberNames(body)) && parse(t, []byte(got)).text() == parse(t, []byte(body)).text() {
			return true
		}
	}
	return false
}

var member = regexp.MustCompile(`"(\w+)":`)

// memberNames lists the names in a JSON text, in order.
func memberNames(text string) (names []string) {
	for _, m := range member.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// fenced returns the lines of each code block.
func fenced(markdown string) (blocks [][]string) {
	var block []string
	in := false
	for line := range strings.SplitSeq(markdown, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			if in {
				blocks = append(blocks, block)
			}
			block, in = nil, !in
		case in:
			block = append(block, line)
		}
	}
	return blocks
}

// commands picks whole shell commands for the tools a reader has; a
// backslash at the end joins a line with the next.
func commands(lines []string) (all []string) {
	joined := strings.ReplaceAll(strings.Join(lines, "\n"), "\\\n", " ")
	for line := range strings.SplitSeq(joined, "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if strings.HasPrefix(line, "mosquitto_") || strings.HasPrefix(line, "curl ") {
			all = append(all, line)
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`-P (\S+)`)

// ticketed gives a mosquitto line of the README the ticket of the user it
// names, where it has a placeholder.
func ticketed(s *server, line string) string {
	user := regexp.MustCompile(`-u (\S+)`).FindStringSubmatch(line)
	if user == nil {
		return line
	}
	return placeholder.ReplaceAllString(line, "-P '"+s.known(user[1]).sig+"'")
}

// tour runs the listeners first, then the rest in order, and wants each
// line to succeed and the listeners to show what was said.
func tour(t *testing.T, lines []string) (listeners []*listening) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, l := range lines {
		if strings.HasPrefix(l, "mosquitto_sub ") {
			listeners = append(listeners, listenTo(t, l))
		}
	}
	var said []string
	for _, l := range lines {
		if strings.HasPrefix(l, "mosquitto_sub ") {
			continue
		}
		cmd := exec.CommandContext(ctx, "sh", "-c", l)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v\n%s", l, err, out)
			continue
		}
		switch {
		case strings.HasPrefix(l, "mosquitto_rr "), strings.HasPrefix(l, "curl ") && strings.Contains(l, "/v4/"):
			if !strings.Contains(string(out), `"ActionStatus":"OK"`) {
				t.Errorf("%s\nanswers %s", l, out)
			}
			said = append(said, quoted(l, `"Text":"`, `"`)...)
		case strings.HasPrefix(l, "mosquitto_pub "):
			if len(out) > 0 {
				t.Errorf("%s\nprints %s", l, out)
			}
			said = append(said, quoted(l, "-m '", "'")...)
			if !strings.Contains(refusal(ctx, l), "failed") {
				t.Errorf("%s\nsays nothing when the message is refused", l)
			}
		}
	}
	if len(listeners) == 0 || len(said) == 0 {
		t.Fatalf("nobody listens, or nobody speaks, in\n%s", strings.Join(lines, "\n"))
	}
	for _, word := range said {
		for _, l := range listeners {
			shows(t, l.out, word)
		}
	}
	return listeners
}

var topic = regexp.MustCompile(`-t \S+`)

// refusal is what a mosquitto_pub line prints when it writes to a group that is
// not there. 3.1.1 has no way to say so, and mosquitto_pub prints nothing.
func refusal(ctx context.Context, line string) string {
	out, _ := exec.CommandContext(ctx, "sh", "-c", topic.ReplaceAllString(line, "-t im/text/group/none")).CombinedOutput()
	return string(out)
}

// quoted finds what stands between two marks.
func quoted(line, before, after string) (all []string) {
	for {
		_, rest, ok := strings.Cut(line, before)
		if !ok {
			return all
		}
		word, more, ok := strings.Cut(rest, after)
		if !ok {
			return all
		}
		if !strings.HasPrefix(word, "{") {
			all = append(all, word)
		}
		line = more
	}
}

// listening is a mosquitto_sub of the tour.
type listening struct {
	line string
	out  *program.Record
}

// listenTo starts a line and waits until it has subscribed, which -d makes
// it tell.
func listenTo(t *testing.T, line string) *listening {
	t.Helper()
	l := &listening{line: line, out: &program.Record{}}
	cmd := exec.Command("sh", "-c", "exec stdbuf -oL "+line+" -d")
	cmd.Stdout, cmd.Stderr = l.out, l.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	shows(t, l.out, "Subscribed (mid")
	return l
}

// The data folder belongs to one process, and keeps apps and keys.
func TestDataFolder(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := start(t, "--data", data)
	key := s.Key
	if second, err := launch("--data", data); err == nil {
		second.Kill()
		t.Error("a second process uses the same folder")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if s = start(t, "--data", data); s.Key != key {
		t.Error("the app has another key after a restart")
	}
}
