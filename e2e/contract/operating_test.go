//go:build e2e

package contract

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// The commands of docs/operating.md work one after another: from a configuration
// through a server that is watched and stopped to a ticket of a new key.
func TestOperatingPage(t *testing.T) {
	t.Parallel()
	needs(t, "curl", "stdbuf")
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	o := newOperator(t)
	const whileItRuns = "ask the running server"
	running := ""
	for _, b := range fenced(string(text)) {
		if strings.Contains(b.text, whileItRuns) {
			running = "set -e\n" + b.text
		}
	}
	before, _, after := section(t, string(text), doorsHeading)
	for _, b := range fenced(before + after) {
		script := "set -e\n" + b.text
		if strings.Contains(b.text, whileItRuns) {
			continue
		}
		if !strings.Contains(b.text, "teahouse serve ") {
			o.paste(script)
			continue
		}
		o.serve(script)
		o.watch(string(text))
		o.paste(running)
		o.stop()
	}
	for _, want := range []string{"debug until ", "log.level", "nothing has changed", "it has ended"} {
		if !strings.Contains(o.out.String(), want) {
			t.Errorf("the running server was not asked well: %q is missing\n%s", want, &o.out)
		}
	}
	if !strings.Contains(o.out.String(), "signed with key") {
		t.Errorf("no ticket was found good:\n%s", &o.out)
	}
}

// doorsHeading begins the part of the page that TestDoorsPage runs.
const doorsHeading = "## Doors and TLS\n"

// section cuts a page into what stands before a heading, below it, and after that.
func section(t *testing.T, page, heading string) (before, below, after string) {
	t.Helper()
	before, below, ok := strings.Cut(page, heading)
	if !ok {
		t.Fatalf("the page has no heading %q", heading)
	}
	if at := strings.Index(below, "\n## "); at >= 0 {
		below, after = below[:at], below[at:]
	}
	return before, below, after
}

// operator works in a folder of their own, with free ports and data there.
type operator struct {
	*testing.T
	dir  string
	env  []string
	out  program.Record // what all commands print
	live *exec.Cmd
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	o := &operator{T: t, dir: t.TempDir()}
	if err := os.Symlink(house.Path, filepath.Join(o.dir, "teahouse")); err != nil {
		t.Fatal(err)
	}
	o.env = append(os.Environ(), "PATH="+o.dir+":"+os.Getenv("PATH"), "TEAHOUSE_DATA="+filepath.Join(o.dir, "data"),
		"TEAHOUSE_LISTEN__MQTT=127.0.0.1:0", "TEAHOUSE_LISTEN__WS=127.0.0.1:0", "TEAHOUSE_LISTEN__ADMIN=127.0.0.1:0")
	return o
}

func (o *operator) command(script string) *exec.Cmd {
	cmd := exec.Command("stdbuf", "-oL", "sh", "-c", script)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = o.dir, o.env, &o.out, &o.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// paste runs a script, with the app's key, once it was printed, in the file "key".
func (o *operator) paste(script string) {
	o.Helper()
	if keys := regexp.MustCompile(`(?m)^key +(\S+)$`).FindAllStringSubmatch(o.out.String(), -1); keys != nil {
		if err := os.WriteFile(filepath.Join(o.dir, "key"), []byte(keys[0][1]+"\n"), 0o600); err != nil {
			o.Fatal(err)
		}
	}
	if err := o.command(script).Run(); err != nil {
		o.Fatalf("%s\n%v\n%s", script, err, &o.out)
	}
}

func (o *operator) serve(script string) {
	o.Helper()
	o.live = o.command(script)
	if err := o.live.Start(); err != nil {
		o.Fatal(err)
	}
	o.Cleanup(o.stop)
	shows(o, &o.out, "server token ")
}

var watching = regexp.MustCompile("`(curl [^`]+)`")

// watch runs the command that asks for the metrics.
func (o *operator) watch(page string) {
	o.Helper()
	printed := o.out.String()
	token := regexp.MustCompile(`server token (\w+)`).FindStringSubmatch(printed)
	admin := regexp.MustCompile(` admin=(http://\S+)`).FindStringSubmatch(printed)
	curl := watching.FindStringSubmatch(page)
	if token == nil || admin == nil || curl == nil {
		o.Fatalf("no token, no address or no command to watch with:\n%s", printed)
	}
	o.paste("TOKEN=" + token[1] + "\nteahouse health " + admin[1] + "\n" +
		strings.Replace(curl[1], "http://127.0.0.1:8090", admin[1], 1) + " -sf | grep -q teahouse_connections")
}

// stop ends the server as an operator would; that it ends well is the start of
// what follows.
func (o *operator) stop() {
	if o.live == nil {
		return
	}
	syscall.Kill(-o.live.Process.Pid, syscall.SIGTERM)
	o.live.Wait()
	o.live = nil
}
