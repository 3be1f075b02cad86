//go:build drills

package drills

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// drill is an attack beside honest users.
type drill struct {
	attack string   // the name that attacker has given
	server []string // arguments of the server
	honest int      // which of the server's apps the honest users are in
}

// row is what a drill has shown.
type row struct {
	name            string
	honest, control []tally // of each round
	peak            int64   // KiB of memory of the server under attack
	cores           float64 // what that server used while honest users were asked
	sent            int64   // what the attacker counted
}

// rows are what is printed at the end: those of attacks under one heading, and
// sentences of the other drills.
var (
	rows      []row
	sentences []string
)

// told keeps what a drill that is no attack has to say.
func told(t *testing.T, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Log(text)
	sentences = append(sentences, fmt.Sprintf("%-34s %s", t.Name(), text))
}

// run attacks one server and leaves the other alone, in turns, and compares.
func (d drill) run(t *testing.T) {
	t.Helper()
	attacked, calm := d.open(t), d.open(t)
	r := row{name: t.Name()}
	for range *rounds {
		a := attacked.attack(t, order{Attack: d.attack, Ready: attacked.Ready})
		used, began := attacked.cpu(t), time.Now()
		r.honest = append(r.honest, attacked.during(t, *window))
		r.cores += float64(attacked.cpu(t)-used) / float64(time.Since(began)) / float64(*rounds)
		cpu, sent := a.end(t)
		r.sent += sent
		b := calm.attack(t, order{Attack: burns, CPU: cpu})
		r.control = append(r.control, calm.during(t, *window))
		b.end(t)
	}
	r.peak = attacked.peak(t)
	rows = append(rows, r)
	r.judge(t)
}

func (r row) judge(t *testing.T) {
	t.Helper()
	t.Log(r)
	if r.sent == 0 {
		t.Error("the attacker has done nothing")
	}
	if r.ratio() > *within {
		t.Errorf("p99 is %v under attack, %v beside a burner: %.1f times, want at most %.1f", p99(r.honest), p99(r.control), r.ratio(), *within)
	}
	all := r.all()
	if all.lost > 0 || all.repeated > 0 {
		t.Errorf("%d acknowledged messages were not delivered, %d came twice", all.lost, all.repeated)
	}
	if all.refused > 0 {
		t.Errorf("%d messages of honest users were not acknowledged", all.refused)
	}
}

// all is how honest users fared under attack, in all rounds.
func (r row) all() (sum tally) {
	for _, h := range r.honest {
		sum.add(h)
	}
	return sum
}

func (r row) ratio() float64 { return float64(p99(r.honest)) / float64(max(p99(r.control), 1)) }

// p99 is the median of the rounds': a machine that halts for a moment, as shared ones do,
// decides about one of them.
func p99(rounds []tally) time.Duration {
	all := make([]time.Duration, len(rounds))
	for i := range rounds {
		all[i] = rounds[i].p99()
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func (r row) String() string {
	all := r.all()
	return fmt.Sprintf("%-34s %10s %10s %6.1f %6.2f %8d %7d %5d %5d %10d", r.name, short(p99(r.honest)), short(p99(r.control)), r.ratio(),
		r.cores, r.peak>>10, all.acked, all.lost, all.repeated, r.sent)
}

func short(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

func printRows() {
	if len(rows) > 0 {
		fmt.Printf("%-34s %10s %10s %6s %6s %8s %7s %5s %5s %10s\n", "drill", "honest p99", "control", "ratio", "cores", "peak MiB", "acked", "lost", "twice", "attacker's")
	}
	for _, r := range rows {
		fmt.Println(r)
	}
	for _, s := range sentences {
		fmt.Println(s)
	}
}

// stand is a server with honest users on it.
type stand struct {
	*program.Server
	pairs []*pair
}

func (d drill) open(t *testing.T) *stand {
	t.Helper()
	s := &stand{Server: start(t, house, d.server...)}
	at := order{Ready: s.Ready}
	at.App = s.Apps[d.honest]
	for i := range 4 {
		s.pairs = append(s.pairs, openPair(t, at, i))
	}
	s.during(t, time.Second) // both servers have done this before
	return s
}

// start launches a server that ends with the test.
func start(t *testing.T, p program.Program, args ...string) *program.Server {
	t.Helper()
	s, err := p.Start(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if text := s.Log.String(); s.Trouble() {
			t.Errorf("the server's log tells of a panic:\n%s", text)
		} else if t.Failed() && text != "" {
			t.Logf("the server said:\n%.4000s", text)
		}
	})
	return s
}

// cpu is the time that the server's process has been on a core.
func (s *stand) cpu(t *testing.T) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	const utime, stime, ticks = 11, 12, 100 // counted behind the name; USER_HZ is 100 everywhere
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.Atoi(string(fields[utime]))
	system, _ := strconv.Atoi(string(fields[stime]))
	return time.Duration(user+system) * time.Second / ticks
}

// peak is the most memory that the server has had, in KiB.
func (s *stand) peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	kib, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// tally is how honest users fared.
type tally struct {
	took           []time.Duration // from when a message should have been sent to its arrival
	acked          int
	refused        int // not acknowledged
	lost, repeated int // of the acknowledged: not delivered, delivered twice
}

func (a *tally) add(b tally) {
	a.took = append(a.took, b.took...)
	a.acked, a.refused = a.acked+b.acked, a.refused+b.refused
	a.lost, a.repeated = a.lost+b.lost, a.repeated+b.repeated
}

func (a *tally) p99() time.Duration {
	if len(a.took) == 0 {
		return 0
	}
	all := slices.Sorted(slices.Values(a.took))
	return all[len(all)*99/100]
}
