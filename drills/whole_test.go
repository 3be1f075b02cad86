//go:build drills

package drills

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

var much = flag.Int64("much", 1e9, "bytes in the larger of the folders that are backed up and restored; takes twice that on the disk, and some more")

// What is bounded must not grow with the data by more than this, when that is four times as much.
const wholeGrowth = 1.3

// wholeStep is a thing that was done with all of a server's data.
type wholeStep struct {
	what    string
	took    time.Duration
	peak    int64 // bytes resident
	command bool  // not the server, whose merges of tables take more when there is more to merge
}

// The commands that go through all of the data need no more memory for four times as much of it.
// What the server has meanwhile is told.
func TestBackupInBoundedMemory(t *testing.T) {
	for kind, fill := range map[string]func(*testing.T, *filler, string, int64){"messages": fillMessages, "files": fillFiles} {
		t.Run(kind, func(t *testing.T) {
			little, all := wholeRun(t, fill, *much/4), wholeRun(t, fill, *much)
			for i, step := range all {
				told(t, "%-28s %8s, peak %3d MB; of a quarter %8s, %3d MB",
					step.what, short(step.took), step.peak/1e6, short(little[i].took), little[i].peak/1e6)
				if step.command && float64(step.peak) > wholeGrowth*float64(little[i].peak) {
					t.Errorf("%s: peak of %d MB, of a quarter of the data %d MB: want at most %.1f times", step.what, step.peak/1e6, little[i].peak/1e6, wholeGrowth)
				}
			}
		})
	}
}

// fillMessages makes a folder whose bytes are messages.
func fillMessages(t *testing.T, f *filler, data string, bytes int64) {
	s := start(t, house, "--no-limits", "--data", data)
	app := s.App.ID
	unsearched(t, data, app)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	f.messages(t, data, chat.AppID(app), bytes)
}

// fillFiles makes a folder whose bytes are files of users.
func fillFiles(t *testing.T, f *filler, data string, bytes int64) {
	s := start(t, house, "--no-limits", "--data", data)
	f.files(t, order{Ready: s.Ready}, bytes)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// unsearched has the server keep no index of an app: making one of so much takes long, and has a
// memory of its own.
func unsearched(t *testing.T, data string, app uint32) {
	t.Helper()
	if out, err := house.Run("app", "set", "--data", data, strconv.Itoa(int(app)), "switches.no_search=true"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// wholeRun fills a folder, and does with it what an operator does.
func wholeRun(t *testing.T, fill func(*testing.T, *filler, string, int64), size int64) (steps []wholeStep) {
	t.Helper()
	dir := t.TempDir()
	data, file, again := filepath.Join(dir, "data"), filepath.Join(dir, "file"), filepath.Join(dir, "again")
	fill(t, newFiller(), data, size)
	steps = append(steps, served(t, data, file)...)
	command := func(what string, args ...string) {
		t.Helper()
		steps = append(steps, commanded(t, what, args...))
	}
	command("backup of a stopped server", "backup", "--data", data) // to nowhere
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	command("verify of the file", "verify", file)
	command("restore", "restore", file, "--data", again)
	command("verify of the folder", "verify", "--data", again)
	began := time.Now()
	s := start(t, house, "--no-limits", "--data", again)
	steps = append(steps, wholeStep{"start of the restored folder", time.Since(began), atRest(t, s.PID()), false})
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return steps
}

// served starts a server on a folder and makes a backup of it, while some people write.
func served(t *testing.T, data, file string) []wholeStep {
	t.Helper()
	began := time.Now()
	s := &stand{Server: start(t, house, "--no-limits", "--data", data)}
	steps := []wholeStep{{"start", time.Since(began), atRest(t, s.PID()), false}}
	for i := range 4 {
		s.pairs = append(s.pairs, openPair(t, order{Ready: s.Ready}, i))
	}
	before := s.during(t, *window)
	began = time.Now()
	command := beginCommand(t, "backup", "--data", data, "--out", file)
	var meanwhile tally
	for !command.over() {
		meanwhile.add(s.during(t, time.Second))
	}
	peak := command.ended(t)
	steps = append(steps,
		wholeStep{"backup of a running server", time.Since(began), peak, true},
		wholeStep{"the server meanwhile", time.Since(began), residentPeak(t, s.PID()), false})
	told(t, "messages have a p99 of %s beside the backup, %s before; %d acknowledged, %d lost", short(meanwhile.p99()), short(before.p99()), meanwhile.acked, meanwhile.lost)
	if meanwhile.lost+meanwhile.refused+meanwhile.repeated > 0 {
		t.Errorf("beside the backup %d messages were lost, %d not acknowledged, %d came twice", meanwhile.lost, meanwhile.refused, meanwhile.repeated)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	return steps
}

// commanded runs a command to its end.
func commanded(t *testing.T, what string, args ...string) wholeStep {
	t.Helper()
	began := time.Now()
	peak := beginCommand(t, args...).ended(t)
	return wholeStep{what, time.Since(began), peak, true}
}

// running is a command whose memory is watched.
type running struct {
	args []string
	said bytes.Buffer // of errors
	err  error
	done chan struct{} // closed when it has ended
	peak int64         // bytes resident, when it has
}

// watchEvery is how often the peak of a command is read: it does not fall, and is gone with
// the command.
const watchEvery = 10 * time.Millisecond

func beginCommand(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{args: args, done: make(chan struct{})}
	cmd := exec.CommandContext(t.Context(), house.Path, args...)
	cmd.Env = memEnv()
	cmd.Stderr = &r.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	go func() {
		defer close(r.done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case r.err = <-ended:
				return
			case <-tick.C:
				if status, err := memStatus(cmd.Process.Pid); err == nil {
					r.peak = max(r.peak, status["VmHWM"])
				}
			}
		}
	}()
	return r
}

func (r *running) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// ended waits for the end of a command and returns its peak.
func (r *running) ended(t *testing.T) int64 {
	t.Helper()
	<-r.done
	if r.err != nil {
		t.Fatalf("%v: %v\n%s", r.args, r.err, &r.said)
	}
	return r.peak
}

// atRest is what a server has resident when it is ready, in bytes. What its peak is from now on is
// counted anew: the kernel also counts pages of the files that opening has looked at, for a moment.
func atRest(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := memStatus(pid)
	if err == nil {
		const peak = "5" // what proc(5) has for it
		err = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte(peak), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return status["VmRSS"]
}

// residentPeak is the most that a process has had resident, in bytes.
func residentPeak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := memStatus(pid)
	if err != nil {
		t.Fatal(err)
	}
	return status["VmHWM"]
}
