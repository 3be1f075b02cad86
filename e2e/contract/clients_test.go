//go:build e2e

package contract

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// docs/clients.md is read from top to bottom as a reader would: programs are saved
// under the names they give, commands are pasted, and what the page says that one
// sees is seen.
func TestClientsPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	r := newReader(t, s)
	for _, b := range clientsPage(t) {
		switch b.language {
		case "sh":
			r.paste(s.here(t, b.text))
		case "text":
			r.sees(b.text)
		case "html":
			r.open(s.here(t, b.text))
		default:
			r.save(s.here(t, b.text))
		}
	}
}

// The page's programs fill in what was said while the server was not there for
// them, and send again what was not answered.
func TestClientsPageProgramsCatchUp(t *testing.T) {
	t.Parallel()
	for _, bot := range []struct{ user, run string }{{"carol", "python3 bot.py"}, {"alice", "node bot.mjs"}} {
		t.Run(bot.run, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			s := start(t, "--data", data)
			r := newReader(t, s)
			for _, b := range clientsPage(t) {
				if b.language == "python" || b.language == "js" {
					r.save(s.here(t, b.text))
				}
			}
			bob := openPaho5(t, s.known("bob"), options{client: "b"})
			bob.subscribe(t, "im/#")
			bob.send(t, "im/text/c2c/"+bot.user, []byte("echo before"), 1, "im/ack")
			out := r.run(bot.run)
			shows(t, out, "ready")
			bob.send(t, "im/text/c2c/"+bot.user, []byte("echo one"), 1, "im/ack")
			bob.in().body(t, "im/in/c2c/"+bot.user, saying("one"))
			bob.bye(t)
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			s = start(t, "--data", data, "--listen-mqtt", s.MQTT)
			bob = openPaho5(t, s.known("bob"), options{client: "b"})
			bob.subscribe(t, "im/#")
			bob.send(t, "im/text/c2c/"+bot.user, []byte("echo two"), 1, "im/ack")
			bob.in().body(t, "im/in/c2c/"+bot.user, saying("two"))
			bob.send(t, "im/text/c2c/"+bot.user, []byte("echo three"), 1, "im/ack")
			bob.in().body(t, "im/in/c2c/"+bot.user, saying("three"))
			shows(t, out, " bob echo three\n")
			for text, want := range map[string]int{"echo before": 0, "echo one": 1, "echo two": 1, "echo three": 1} {
				if n := strings.Count(out.String(), " bob "+text+"\n"); n != want {
					t.Errorf("%d times %q, want %d:\n%s", n, text, want, out)
				}
			}
		})
	}
}

func clientsPage(t *testing.T) []codeBlock {
	t.Helper()
	text, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	return fenced(string(text))
}

// reader follows a page, in a folder of their own.
type reader struct {
	*testing.T
	s       *server
	dir     string
	env     string            // the line that reads the tickets
	screens []*program.Record // what each command has printed so far
	all     program.Record    // the same of all, in no order: for who waits for more
}

func newReader(t *testing.T, s *server) *reader {
	t.Helper()
	needs(t, "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "node", "stdbuf")
	r := &reader{T: t, s: s, dir: t.TempDir()}
	r.env, _ = s.banner(t)
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(r.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return r
}

var fileName = regexp.MustCompile(`^(?:#|//|<!--) (\S+)`)

// save keeps a program under the name in its first line.
func (r *reader) save(program string) (path string) {
	r.Helper()
	name := fileName.FindStringSubmatch(program)
	if name == nil {
		r.Fatalf("a program without a name:\n%s", program)
	}
	path = filepath.Join(r.dir, name[1])
	if err := os.WriteFile(path, []byte(program), 0o600); err != nil {
		r.Fatal(err)
	}
	return path
}

// paste does what a reader with enough terminals does.
func (r *reader) paste(script string) {
	r.Helper()
	switch command, _, _ := strings.Cut(script, " "); command {
	case ".":
	case "mosquitto_sub":
		r.screens = append(r.screens, listenTo(r.T, r.env+"\n"+script, &r.all).out)
	case "python3", "node":
		shows(r, r.run(script), "ready")
	default:
		out := &program.Record{}
		cmd := exec.CommandContext(r.Context(), "sh", "-c", r.env+"\n"+script)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			r.Errorf("%s\n%v\n%s", script, err, out)
		}
		if command == "mosquitto_rr" && !strings.HasPrefix(out.String(), "{") || command == "mosquitto_pub" && out.String() != "" {
			r.Errorf("%s\nprints %s", script, out)
		}
		r.screens = append(r.screens, out)
	}
}

// run starts a program that runs on.
func (r *reader) run(command string) *program.Record {
	r.Helper()
	out, _ := r.begin(strings.Replace(command, "python3 ", program.Python(r)+" ", 1))
	return out
}

func (r *reader) begin(command string) (*program.Record, io.Writer) {
	r.Helper()
	out := &program.Record{}
	cmd := exec.Command("sh", "-c", r.env+"\nexec "+command)
	both := io.MultiWriter(out, &r.all)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, both, both
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if r.Failed() {
			r.Logf("%s\n%s", command, out)
		}
	})
	r.screens = append(r.screens, out)
	return out, in
}

// open opens a page as alice, who says something and is answered.
func (r *reader) open(page string) {
	r.Helper()
	r.save(page)
	_, script, _ := strings.Cut(page, `<script type="module">`)
	script, _, ok := strings.Cut(script, "</script>")
	if !ok {
		r.Fatalf("a page without a script:\n%s", page)
	}
	path := r.save("// page-script.mjs\n" + script)
	driver, err := filepath.Abs("js/page.mjs")
	if err != nil {
		r.Fatal(err)
	}
	out, in := r.begin("node " + driver + " " + path + " " + filepath.Join(r.dir, "node_modules/mqtt/dist/mqtt.min.js") + ` "$ALICE"`)
	shows(r, out, "title: alice is in")
	if _, err := io.WriteString(in, "from a page\n"); err != nil {
		r.Fatal(err)
	}
	bob := openPaho5(r, r.s.known("bob"), options{client: "page"})
	r.awaitScreens("from a page", func(printed string) bool { return strings.Contains(printed, `{"Text":"from a page"}`) })
	bob.subscribe(r, "im/#")
	bob.send(r, "im/text/c2c/alice", []byte("to a page"), 1, "im/ack")
	shows(r, out, "c2c/bob bob: to a page")
}

// sees wants each line on some screen, but for numbers and random ids.
func (r *reader) sees(text string) {
	r.Helper()
	for want := range strings.SplitSeq(text, "\n") {
		r.awaitScreens(want, func(printed string) bool {
			return slices.ContainsFunc(strings.Split(printed, "\n"), func(got string) bool { return masked(got) == masked(want) })
		})
	}
}

// awaitScreens waits until some screen shows what is wanted.
func (r *reader) awaitScreens(what string, fits func(string) bool) {
	r.Helper()
	awaits(r, &r.all, what, func(string) bool {
		return slices.ContainsFunc(r.screens, func(s *program.Record) bool { return fits(s.String()) })
	})
}

var random = regexp.MustCompile(`\b[0-9a-f]{32}\b|\d+`)

func masked(line string) string { return random.ReplaceAllString(line, "N") }
