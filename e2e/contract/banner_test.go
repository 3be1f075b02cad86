//go:build e2e

package contract

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// What "teahouse dev" prints to paste does what it promises.
func TestBannerLinesWork(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl")
	s := start(t)
	env, scripts := s.banner(t)
	for _, tool := range []string{"mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl"} {
		if !slices.ContainsFunc(scripts, func(l string) bool { return strings.HasPrefix(l, tool+" ") }) {
			t.Errorf("the banner has no line for %s:\n%s", tool, s.Out)
		}
	}
	for i, l := range scripts {
		scripts[i] = env + "\n" + l // each in a terminal of its own
	}
	listeners := tour(t, scripts)
	i := slices.IndexFunc(listeners, func(l *listening) bool { return strings.Contains(l.script, " -c ") })
	if i < 0 {
		t.Fatalf("no line keeps a session:\n%s", s.Out)
	}
	catchesUp(t, s, listeners[i].script, listeners[i].stop)
}

// catchesUp stops the listener of carol, writes to them, and wants the same script to
// show it afterwards.
func catchesUp(t *testing.T, s *server, script string, stop func()) {
	t.Helper()
	stop()
	alice := openPaho5(t, s.known("alice"), options{client: fresh("alice")})
	alice.subscribe(t, "im/#")
	alice.send(t, "im/text/c2c/carol", []byte("while you were away"), 1, "im/ack")
	shows(t, listenTo(t, script).out, "while you were away")
}

// The README's lines work against a server as the README starts it. They name
// the usual ports and some file of tickets, so they are told where this server has
// them.
func TestREADMELinesWork(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl")
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	var scripts []string
	for _, b := range fenced(string(text)) {
		if script := s.here(t, b.text); b.language == "sh" && strings.Contains(script, "mosquitto_") {
			scripts = append(scripts, script)
		}
	}
	if len(scripts) == 0 {
		t.Fatal("the README has no line to paste for mosquitto")
	}
	listeners := tour(t, scripts)
	for _, promised := range promises(string(text)) {
		topic, body, _ := strings.Cut(promised, " ")
		if !slices.ContainsFunc(listeners, func(l *listening) bool { return l.showed(t, topic, body) }) {
			t.Errorf("the README promises\n%s\nand nothing of that form came", promised)
		}
	}
}

// banner waits for what dev prints and returns its scripts, that is each run of
// indented lines: first the one that reads the file with the tickets.
func (s *server) banner(t *testing.T) (env string, scripts []string) {
	t.Helper()
	shows(t, s.Out, "from a backend") // the last line
	var script []string
	for line := range strings.SplitSeq(s.Out.String()+"\n", "\n") {
		if l, ok := strings.CutPrefix(line, "  "); ok {
			script = append(script, l)
		} else if script != nil {
			scripts, script = append(scripts, strings.Join(script, "\n")), nil
		}
	}
	if len(scripts) == 0 || !strings.HasPrefix(scripts[0], ". ") {
		t.Fatalf("the banner does not begin with the tickets:\n%s", s.Out)
	}
	return scripts[0], scripts[1:]
}

var anyEnv = regexp.MustCompile(`(?m)^\. /tmp/teahouse-dev-\d+/env$`)

// here makes a script of a document, which names the usual ports and some file of
// tickets, one for this server.
func (s *server) here(t *testing.T, script string) string {
	t.Helper()
	env, _ := s.banner(t)
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	return anyEnv.ReplaceAllLiteralString(strings.NewReplacer("-h 127.0.0.1 -p 1883", "-h "+host+" -p "+port,
		`"127.0.0.1", 1883`, `"`+host+`", `+port, "mqtt://127.0.0.1:1883", "mqtt://"+s.MQTT,
		"ws://127.0.0.1:8083/mqtt", s.WS, "http://127.0.0.1:8090", s.Admin).Replace(script), env)
}

// promises are the lines that the README says mosquitto_sub will show.
func promises(markdown string) (all []string) {
	for _, b := range fenced(markdown) {
		for l := range strings.SplitSeq(b.text, "\n") {
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

// codeBlock is a fenced block of a Markdown page.
type codeBlock struct {
	language string
	text     string
}

// fenced returns the code blocks of a page in order.
func fenced(markdown string) (blocks []codeBlock) {
	var lines []string
	language, in := "", false
	for line := range strings.SplitSeq(markdown, "\n") {
		mark, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && in:
			blocks = append(blocks, codeBlock{language, strings.Join(lines, "\n")})
			lines, in = nil, false
		case isFence:
			language, in = mark, true
		case in:
			lines = append(lines, line)
		}
	}
	return blocks
}

// tour runs the listeners first, then the rest in order, and wants each
// script to succeed and the listeners to show what was said.
func tour(t *testing.T, scripts []string) (listeners []*listening) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, l := range scripts {
		if strings.Contains(l, "mosquitto_sub ") {
			listeners = append(listeners, listenTo(t, l))
		}
	}
	var toBob []string
	for _, l := range scripts {
		if strings.Contains(l, "mosquitto_sub ") {
			continue
		}
		cmd := exec.CommandContext(ctx, "sh", "-c", l)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v\n%s", l, err, out)
			continue
		}
		switch {
		case strings.Contains(l, "mosquitto_rr "), strings.Contains(l, "curl "):
			if !strings.Contains(string(out), `"ActionStatus":"OK"`) {
				t.Errorf("%s\nanswers %s", l, out)
			}
			toBob = append(toBob, quoted(l, `"Text":"`, `"`)...)
		case strings.Contains(l, "mosquitto_pub "):
			if len(out) > 0 {
				t.Errorf("%s\nprints %s", l, out)
			}
			toBob = append(toBob, quoted(l, "-m '", "'")...)
			if !strings.Contains(refusal(ctx, l), "failed") {
				t.Errorf("%s\nsays nothing when the message is refused", l)
			}
		}
	}
	if len(listeners) == 0 || len(toBob) == 0 {
		t.Fatalf("nobody listens, or nobody speaks, in\n%s", strings.Join(scripts, "\n"))
	}
	for _, word := range toBob {
		for _, l := range listeners {
			if strings.Contains(l.script, "-u bob ") {
				shows(t, l.out, word)
			}
		}
	}
	return listeners
}

var topic = regexp.MustCompile(`-t \S+`)

// refusal is what a mosquitto_pub line prints when it writes to a group that is
// not there. 3.1.1 has no way to say so, and mosquitto_pub prints nothing.
func refusal(ctx context.Context, script string) string {
	out, _ := exec.CommandContext(ctx, "sh", "-c", topic.ReplaceAllString(script, "-t im/text/group/none")).CombinedOutput()
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
	script string
	out    *program.Record
	stop   func()
}

// listenTo starts a script whose last command is a mosquitto_sub, and waits until it
// has subscribed, which -d makes it tell. What it prints goes to others, too. As in a terminal, Ctrl-C reaches all of
// the script's processes.
func listenTo(t *testing.T, script string, too ...io.Writer) *listening {
	t.Helper()
	l := &listening{script: script, out: &program.Record{}}
	cmd := exec.Command("stdbuf", "-oL", "sh", "-c", script+" -d")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out := io.MultiWriter(append([]io.Writer{l.out}, too...)...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l.stop = sync.OnceFunc(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		cmd.Wait()
	})
	t.Cleanup(l.stop)
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
