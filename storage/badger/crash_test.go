package badger

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	crashes   = flag.Int("crashes", 10, "how often the crash test kills its process; -short divides it by 3")
	crashSeed = flag.Uint64("crash-seed", 0, "repeat the choices of an earlier crash test; 0: make new ones")
)

const (
	crashRooms = 12
	// roundsOfAFolder is after how many kills a fresh folder is begun: what has been
	// written is checked again after each.
	roundsOfAFolder = 20
)

// crashTest kills one process after the other.
type crashTest struct {
	t      *testing.T
	random *rand.Rand
	dir    string
	rooms  []answers

	kills, answered int
	starting        time.Duration // how long a start takes
}

// TestCrash kills a process that writes from several goroutines, again and
// again on one folder: while it starts, while it writes, and while it stops. Each next
// one checks what it finds: nothing answered is lost, nothing is there in part.
func TestCrash(t *testing.T) {
	want := *crashes
	if testing.Short() {
		want = max(1, want/3)
	}
	c := newCrashTest(t)
	for began := 0; c.kills < want && !t.Failed(); began++ {
		if began%roundsOfAFolder == 0 {
			c.finish()
			c.begin()
		}
		c.round(false)
	}
	c.finish()
	if c.answered < 10*want && !t.Failed() {
		t.Errorf("%d commits were answered in %d rounds: there was no load to speak of", c.answered, c.kills)
	}
	t.Logf("%d kills, %d commits answered, all there", c.kills, c.answered)
}

// TestCrashCheckSeesAnEarlyAnswer: the check can fail. Here it watches a process
// that answers before it writes.
func TestCrashCheckSeesAnEarlyAnswer(t *testing.T) {
	c := newCrashTest(t)
	c.begin()
	c.round(true)
	if problems := c.check(); !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, "was answered and is not there") }) {
		t.Errorf("a process that answers too early passes the check: %q", problems)
	}
}

func newCrashTest(t *testing.T) *crashTest {
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	c := &crashTest{t: t, random: rand.New(rand.NewPCG(seed, 0)), starting: 20 * time.Millisecond}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with -crash-seed %d; the folder is %s", seed, c.dir)
			return
		}
		os.RemoveAll(c.dir)
	})
	return c
}

// begin makes a fresh folder. That of a failed test is kept.
func (c *crashTest) begin() {
	dir, err := os.MkdirTemp("", "teahouse-crash-")
	if err != nil {
		c.t.Fatal(err)
	}
	c.dir, c.rooms = dir, make([]answers, crashRooms)
}

// finish checks a folder for the last time.
func (c *crashTest) finish() {
	if c.dir == "" || c.t.Failed() {
		return
	}
	for _, p := range c.check() {
		c.t.Errorf("after %d kills: %s", c.kills, p)
	}
	if !c.t.Failed() {
		os.RemoveAll(c.dir)
	}
}

// check opens the folder and checks every room.
func (c *crashTest) check() []string {
	return checkFolder(c.dir, func(s *Store) (problems []string) {
		for i, a := range c.rooms {
			problems = append(problems, checkRoom(s, room(i), a)...)
		}
		return problems
	})
}

// moment is when a process is killed: so long after so many lines of one kind.
type moment struct {
	line  string // how the lines begin
	lines int
	stop  bool // tell the process to stop then, and kill it in that
	after time.Duration
}

// moment chooses one that nobody has foreseen.
func (c *crashTest) moment(early bool) moment {
	within := func(d time.Duration) time.Duration { return time.Duration(c.random.Int64N(int64(d))) }
	some := 1 + c.random.IntN(400)
	switch n := c.random.IntN(6); {
	case early:
		return moment{line: "A ", lines: 200 + some}
	case n < 2:
		return moment{line: sayOpening, lines: 1, after: within(c.starting + c.starting/4)}
	case n == 2:
		return moment{line: "A ", lines: some, stop: true, after: within(30 * time.Millisecond)}
	}
	return moment{line: "A ", lines: some, after: within(3 * time.Millisecond)}
}

// round starts a process, kills it and notes what it has answered.
func (c *crashTest) round(early bool) {
	at := c.moment(early)
	cmd, stdin, lines := c.start(early)
	var opening time.Time
	seen := 0
	for lines.Scan() {
		line := lines.Text()
		switch line {
		case sayOpening:
			opening = time.Now()
		case sayOpen:
			c.starting = (3*c.starting + time.Since(opening)) / 4
		}
		c.note(line)
		if !strings.HasPrefix(line, at.line) {
			continue
		}
		if seen++; seen == at.lines {
			if at.stop {
				stdin.Close()
			}
			kill := time.AfterFunc(at.after, func() { _ = cmd.Process.Kill() })
			defer kill.Stop()
		}
	}
	err := cmd.Wait()
	if state := cmd.ProcessState; state.Exited() && state.ExitCode() != 0 {
		c.t.Errorf("after %d kills the process ended: %v\n%s", c.kills, err, cmd.Stderr)
	} else if !state.Exited() {
		c.kills++
	}
}

// start runs this test binary as the process to kill.
func (c *crashTest) start(early bool) (*exec.Cmd, io.Closer, *bufio.Scanner) {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := json.Marshal(crashOrder{Dir: c.dir, Rooms: c.rooms, Early: early})
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), crashChild+"="+string(text))
	cmd.Stderr = new(bytes.Buffer)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return cmd, stdin, bufio.NewScanner(stdout)
}

// note remembers what a line says.
func (c *crashTest) note(line string) {
	var r, n, settled int
	switch {
	case strings.HasPrefix(line, "P "):
		c.t.Errorf("after %d kills: %s", c.kills, line)
	case scanned(line, sayFound, &r, &n, &settled):
		c.rooms[r] = answers{Step: n, Settled: settled}
	case scanned(line, sayAnswer, &r, &n):
		c.rooms[r].Step = n
		c.answered++
	case scanned(line, saySettled, &r, &n):
		c.rooms[r].Settled = n
	}
}

func scanned(line, format string, args ...any) bool {
	_, err := fmt.Sscanf(line, format, args...)
	return err == nil
}

// copyFolder copies a folder as a killed process would leave it. What the
// engine has made larger than what is in it is not read to its end.
func copyFolder(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	slices.SortStableFunc(files, func(a, b os.DirEntry) int { // the mark first: it must not be newer than the logs
		return cmp.Compare(strings.Index(markFile, b.Name()), strings.Index(markFile, a.Name()))
	})
	for _, f := range files {
		err := copyFile(filepath.Join(from, f.Name()), filepath.Join(to, f.Name()))
		if err != nil && !os.IsNotExist(err) { // the engine removes what it needs no more
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	chunk, none := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); ; at += int64(len(chunk)) {
		n, err := io.ReadFull(in, chunk)
		if !bytes.Equal(chunk[:n], none[:n]) {
			if _, err := out.WriteAt(chunk[:n], at); err != nil {
				return err
			}
		} else if at > diskBytes(info) {
			return out.Truncate(info.Size()) // nothing but zeros follow
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return out.Truncate(info.Size())
		}
		if err != nil {
			return err
		}
	}
}
