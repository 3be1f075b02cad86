//go:build drills

package drills

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// order is what an attacker's process is told.
type order struct {
	Attack string
	program.Ready
	CPU []burnt // for the burner: what to burn, and when
}

// burnt is how much CPU time an attacker has used, some time after it began.
type burnt struct{ At, CPU time.Duration }

// attackOrder is the environment variable that makes the test binary an attacker.
const attackOrder = "TEAHOUSE_DRILL_ATTACK"

// longest is how long an attacker lives at most, whatever became of the test.
const longest = 2 * time.Minute

// field is where an attacker stands.
type field struct {
	order
	ctx  context.Context // ends with the attack
	sent atomic.Int64    // what it has done, in units of its own
}

var attacks = map[string]func(f *field, begun func()){}

// attacker names an attack. It calls begun when its preparations are over, and
// returns when the field's context ends.
func attacker(name string, attack func(f *field, begun func())) string {
	attacks[name] = attack
	return name
}

// beAttacker is the main function of an attacker's process: it ends when its
// standard input does.
func beAttacker(text string) int {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	f := &field{ctx: ctx}
	if err := json.Unmarshal([]byte(text), &f.order); err != nil || attacks[f.Attack] == nil {
		fmt.Fprintln(os.Stderr, "no such attack:", text, err)
		return 2
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	var used []burnt
	watched := make(chan struct{})
	attacks[f.Attack](f, func() {
		fmt.Println("begun")
		go func() {
			defer close(watched)
			used = watchCPU(ctx)
		}()
	})
	cancel()
	<-watched
	report, err := json.Marshal(used)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("%s\n%d\n", report, f.sent.Load())
	return 0
}

// watchCPU notes what this process burns until the attack ends.
func watchCPU(ctx context.Context) (used []burnt) {
	began, before := time.Now(), ownCPU()
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for ctx.Err() == nil {
		used = append(used, burnt{time.Since(began), ownCPU() - before})
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	return used
}

// attacking is an attacker's process.
type attacking struct {
	cmd  *exec.Cmd
	in   io.Closer
	out  *program.Record
	done chan struct{} // closed when it has ended
	err  error         // what Wait said, once done is closed
}

// attack starts an attacker and waits until it has begun.
func (s *stand) attack(t *testing.T, o order) *attacking {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	a := &attacking{cmd: exec.Command(os.Args[0]), out: &program.Record{}, done: make(chan struct{})}
	a.cmd.Env = append(os.Environ(), attackOrder+"="+string(text))
	a.cmd.Stdout, a.cmd.Stderr = a.out, a.out
	if a.in, err = a.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		a.err = a.cmd.Wait()
		close(a.done)
	}()
	begun := make(chan error, 1)
	go func() { begun <- a.out.Await("begun\n") }()
	select {
	case err = <-begun:
	case <-a.done: // it could not prepare itself
		err = errors.New("the attack has ended before it began")
	}
	if err != nil {
		a.end(t)
		t.Fatal(err)
	}
	return a
}

// end ends the attack and tells what CPU time the attacker used when, and what it counted.
func (a *attacking) end(t *testing.T) (cpu []burnt, sent int64) {
	t.Helper()
	a.in.Close()
	timer := time.AfterFunc(20*time.Second, func() { _ = a.cmd.Process.Kill() })
	defer timer.Stop()
	if <-a.done; a.err != nil {
		t.Errorf("the attacker: %v\n%s", a.err, a.out)
	}
	lines := strings.Fields(a.out.String())
	if n := len(lines); n > 1 {
		fmt.Sscan(lines[n-1], &sent)
		if err := json.Unmarshal([]byte(lines[n-2]), &cpu); err != nil {
			t.Errorf("what the attacker burnt: %v", err)
		}
	}
	return cpu, sent
}

// crowd runs n hands until all of them return.
func crowd(n int, hand func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { hand(i) })
	}
	all.Wait()
}

// over reports whether the attack has ended.
func (f *field) over() bool { return f.ctx.Err() != nil }

// source is an address that only attackers come from.
func source(i int) string { return fmt.Sprintf("127.0.1.%d", 1+i%8) }

// burns is the control: it uses as much CPU as an attacker has, at the same times, and
// talks to nobody. What counts is the time on a core: on a busy machine a burner has to
// wait for one, as an attacker does.
var burns = attacker("burns", func(f *field, begun func()) {
	begun()
	const slice = time.Millisecond
	began, before := time.Now(), ownCPU()
	crowd(4, func(int) {
		for !f.over() {
			if ownCPU()-before >= due(f.CPU, time.Since(began)) {
				time.Sleep(slice)
				continue
			}
			for from := time.Now(); time.Since(from) < slice/4; {
				f.sent.Add(1)
			}
		}
	})
})

// due is what had been used after so long.
func due(used []burnt, after time.Duration) time.Duration {
	i := sort.Search(len(used), func(i int) bool { return used[i].At > after })
	if i == 0 {
		return 0
	}
	return used[i-1].CPU
}

// ownCPU is the time that this process has been on a core.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
