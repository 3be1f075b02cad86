//go:build e2e

package contract

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The promises of the delivery engine, asked of the program: on a disk, killed,
// with its memory seen from outside. make soak asks with the full numbers.
var full = flag.Bool("full", false, "ask for the full numbers of messages and connections")

// many is a number, or a smaller one that a hurried run can wait for.
func many(n, hurried int) int {
	if *full {
		return n
	}
	return hurried
}

// Thousands of messages wait for two devices that are away. They cost the server
// no memory, arrive in full and in order in each conversation, and outlive the
// server's end, orderly or not, be it while they wait or while they are delivered. Only
// what a device has not acknowledged may come again, and its number tells.
func TestSoakAbsentDevice(t *testing.T) {
	n := many(10_000, 2000)
	end := func(how func(*server) error) func(*testing.T, *server, string) *server {
		return func(t *testing.T, s *server, data string) *server {
			if err := how(s); err != nil {
				t.Fatal(err)
			}
			return start(t, "--no-limits", "--data", data)
		}
	}
	for _, way := range []struct {
		name      string
		away      func(*testing.T, *server, string) *server // while the devices are away
		returning func(*testing.T, *server, string) *server // when a third has come
		repeats   bool
	}{
		{name: "the server runs on"},
		{name: "SIGTERM while they wait", away: end((*server).Stop)},
		{name: "kill -9 while they wait", away: end((*server).Kill), repeats: true},
		{name: "kill -9 while they are delivered", returning: end((*server).Kill), repeats: true},
	} {
		t.Run(way.name, func(t *testing.T) {
			eager(t)
			data := t.TempDir()
			s := start(t, "--no-limits", "--data", data)
			bob := s.user("bob")
			hall := newHall(t, s, bob)
			phones := []rawOptions{
				{version: 4, client: "phone", keep: true},
				{version: 5, client: "watch", keep: true, props: receiveMaximum(10)},
			}
			for i, o := range phones {
				d := openRaw(t, bob, o)
				d.subscribe(t, "im/in/#")
				if i == 0 {
					d.bye(t)
				} else {
					d.cut(t)
				}
			}
			s.becomes(t, "teahouse_connections", 0)
			text := strings.Repeat("x", size)
			from := map[string]int64{hall.topic(): hall.head} // nothing of it is for bob's devices
			var want map[string]int64
			talk := func() { want = hall.talk(t, bob, n, text) }
			if way.away == nil && way.returning == nil {
				costsNothing(t, s, n, talk)
			} else {
				talk()
			}
			if way.away != nil {
				s = way.away(t, s, data)
			}
			var readers []*returning
			for _, o := range phones {
				r := &returning{last: maps.Clone(from)}
				r.open(t, s, bob, o)
				readers = append(readers, r)
			}
			if way.returning != nil {
				for _, r := range readers {
					r.until(t, func() bool { return r.came >= n/3 })
				}
				s = way.returning(t, s, data)
				for i, r := range readers {
					r.rest(t)
					r.open(t, s, bob, phones[i])
				}
			}
			for _, r := range readers {
				r.until(t, func() bool { return maps.Equal(r.last, want) })
				if r.repeated > 0 && !way.repeats {
					t.Errorf("%d messages came again", r.repeated)
				}
				t.Logf("%d messages, %d of them again", r.came, r.repeated)
			}
		})
	}
}

// size is that of the messages here, large so that memory for them would be
// seen beside what the store takes and gives back.
const (
	size   = 8000
	stores = 16 << 20
)

// costsNothing wants the server to hold no more than before when n messages wait
// for somebody.
func costsNothing(t *testing.T, s *server, n int, talk func()) {
	t.Helper()
	before := s.inUse(t)
	talk()
	after := s.releases(t, before+stores)
	t.Logf("heap and stacks are %d KiB, and %d KiB with %d KiB of messages waiting", before>>10, after>>10, n*size>>10)
	if after > before+stores {
		t.Errorf("%d KiB are held for them", (after-before)>>10)
	}
}

// returning is a device that counts what comes, over its connections.
type returning struct {
	d        *raw
	last     map[string]int64 // MsgSeq by topic
	taken    int              // on this connection
	came     int
	repeated int
}

func (r *returning) open(t *testing.T, s *server, who person, o rawOptions) {
	t.Helper()
	who.home = s
	r.d, r.taken = openRaw(t, who, o), 0
	if !r.d.connack.SessionPresent {
		t.Fatal("the session is lost")
	}
}

// until takes messages until enough have come.
func (r *returning) until(t *testing.T, enough func() bool) {
	t.Helper()
	for !enough() {
		p, err := r.d.box.next("im/in/#", nil)
		if err != nil {
			t.Fatalf("nothing more comes after %d messages, %d again: %v", r.came, r.repeated, r.last)
		}
		r.take(t, p)
	}
}

// rest takes what has come on a connection that has ended.
func (r *returning) rest(t *testing.T) {
	t.Helper()
	r.d.box.ended(t)
	for _, p := range r.d.box.seen("im/in/#")[r.taken:] {
		r.take(t, p)
	}
}

// take wants the next message of a conversation, or one that has been there.
func (r *returning) take(t *testing.T, p packet) {
	t.Helper()
	r.taken++
	seq := seqIn(p.payload)
	switch last := r.last[p.topic]; {
	case seq == last+1:
		r.last[p.topic] = seq
		r.came++
	case seq <= last:
		r.repeated++
	default:
		t.Fatalf("%s: %d after %d", p.topic, seq, last)
	}
}

// hall is a group and two people who talk in it and to its member.
type hall struct {
	s       *server
	id      string
	speaker []person
	head    int64
}

func newHall(t *testing.T, s *server, members ...person) *hall {
	t.Helper()
	h := &hall{s: s, id: fresh("hall"), speaker: []person{s.user("alice"), s.user("carol")}}
	owner := openRaw(t, h.speaker[0], rawOptions{version: 4})
	owner.subscribe(t, "im/res/#")
	mustAsk(t, owner, "group.create", object{"Type": "Meeting", "Name": "Hall", "GroupId": h.id})
	for _, m := range append(members, h.speaker[1]) {
		d := openRaw(t, m, rawOptions{version: 4})
		d.subscribe(t, "im/res/#")
		mustAsk(t, d, "group.join", object{"GroupId": h.id})
		d.bye(t)
	}
	owner.bye(t)
	var err error
	if h.head, err = pour(h.speaker[0], "group/"+h.id, 1, "welcome"); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) topic() string { return "im/in/group/" + h.id }

// talk sends n messages, half of them in the group, the others to somebody, and
// returns the last numbers by topic as that one sees them.
func (h *hall) talk(t *testing.T, to person, n int, text string) map[string]int64 {
	t.Helper()
	last := map[string]int64{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, by := range h.speaker {
		for topic, target := range map[string]string{"im/in/c2c/" + by.id: "c2c/" + to.id, h.topic(): "group/" + h.id} {
			all.Go(func() {
				who := by
				who.home = h.s
				seq, err := pour(who, target, n/4, text)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("speaker %d: %v", i, err)
				}
				last[topic] = max(last[topic], seq)
			})
		}
	}
	all.Wait()
	h.head = last[h.topic()]
	return last
}

// pour sends n messages, many in flight, and returns the highest number given.
func pour(who person, target string, n int, text string) (last int64, err error) {
	r, code, err := dialRaw(who, rawOptions{version: 4})
	if err != nil || code != 0 {
		return 0, fmt.Errorf("%s is not let in: %d %w", who.id, code, err)
	}
	defer r.conn.Close()
	if _, err := r.try("im/ack"); err != nil {
		return 0, err
	}
	waits := make(chan (<-chan frame), 100)
	failed := make(chan error, 1)
	go func() {
		var first error
		for c := range waits {
			if _, err := await(c); err != nil && first == nil {
				first = err
			}
		}
		failed <- first
	}()
	for range n {
		id := r.nextID()
		waits <- r.expect(typePuback, id)
		if err = r.put(publishing("im/text/"+target, text, 1, id)); err != nil {
			break
		}
	}
	close(waits)
	if waiting := <-failed; err == nil {
		err = waiting
	}
	for _, p := range r.box.seen("im/ack") {
		last = max(last, seqIn(p.payload))
	}
	return last, err
}

// As many devices as the machine allows, ten thousand at best, are connected and
// say nothing. Each costs little, all are still there, and each can be reached.
func TestSoakIdleConnections(t *testing.T) {
	n := many(10_000, 2000)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := int(limit.Cur) - 1000; n > most { // of this process, and the server's is the same
		t.Logf("this machine allows %d open files: %d connections instead of %d", limit.Cur, most, n)
		n = most
	}
	const each = 20 // devices a user may have
	n -= n % each
	s := start(t, "--no-limits")
	users := make([]person, n/each)
	for i := range users {
		users[i] = s.user("idle")
	}
	of := newCrowd()
	before := s.metric(t, "process_resident_memory_bytes")
	all := gather(t, n, func(i int) (*light, error) {
		return openLight(users[i/each], rawOptions{version: 4 + byte(i&1), client: fmt.Sprint("d", i%each)}, "im/in/#", 1, of, i)
	})
	defer disperse(all)
	if got := s.metric(t, "teahouse_connections"); got != float64(n) {
		t.Errorf("%v connections, want %d", got, n)
	}
	cost := (s.metric(t, "process_resident_memory_bytes") - before) / float64(n) / 1024
	t.Logf("%d idle connections: %.1f KiB of resident memory each", n, cost)
	if cost > 24 { // the bar of docs/performance.md, garbage of the connecting included
		t.Errorf("%.1f KiB of resident memory for an idle connection, want at most 24", cost)
	}
	of.expect(n)
	writer := openRaw(t, s.user("alice"), rawOptions{version: 4})
	for _, u := range users {
		if code, err := writer.publish(publishing("im/text/c2c/"+u.id, "are you there?", 1, 0)); err != nil || code != 0 {
			t.Fatalf("send: %d %v", code, err)
		}
	}
	of.wait(t)
	for i, l := range all {
		if l.heard.Load() != 1 || !l.alive(t) {
			t.Fatalf("connection %d: heard %d messages", i, l.heard.Load())
		}
	}
}

// Thousands connect and drop, three times: the server is afterwards as it was
// after the first time.
func TestSoakMassReconnects(t *testing.T) {
	n := many(5000, 1000)
	const each = 20
	eager(t)
	s := start(t, "--no-limits")
	users := make([]person, n/each)
	for i := range users {
		users[i] = s.user("storm")
	}
	var memory, files, threads, resident [3]float64
	for round := range memory {
		all := gather(t, n, func(i int) (*light, error) {
			return openLight(users[i/each], rawOptions{version: 4 + byte(i&1), client: fmt.Sprint("d", i%each)}, "im/#", 1, nil, i)
		})
		disperse(all)
		s.becomes(t, "teahouse_connections", 0)
		if round == 0 {
			memory[0] = float64(s.inUse(t))
		} else {
			memory[round] = float64(s.releases(t, int64(1.2*memory[0])))
		}
		resident[round] = s.metric(t, "process_resident_memory_bytes")
		files[round], threads[round] = s.metric(t, "process_open_fds"), s.metric(t, "go_goroutines")
	}
	t.Logf("%d connections, three times: heap and stacks %.0f bytes, resident %.0f bytes, files %v, goroutines %v", n, memory, resident, files, threads)
	for round := 1; round < 3; round++ {
		if memory[round] > 1.2*memory[0] {
			t.Errorf("round %d leaves %.0f bytes of memory, the first left %.0f", round+1, memory[round], memory[0])
		}
		if files[round] > files[0]+10 || threads[round] > threads[0]+10 {
			t.Errorf("round %d leaves %v files and %v goroutines, the first left %v and %v", round+1, files[round], threads[round], files[0], threads[0])
		}
	}
}

// A member of a group stops reading while a lot is said. The others hear it as
// fast as before, the server's memory stays flat, and the member catches up in full
// and in order when it reads again.
func TestSoakStalledMember(t *testing.T) {
	members, n := many(500, 100), many(1500, 600)
	eager(t)
	s := start(t, "--no-limits")
	people := make([]person, members)
	for i := range people {
		people[i] = s.user("member")
	}
	h := newHall(t, s, people...)
	of := newCrowd()
	others := gather(t, members-1, func(i int) (*light, error) {
		return openLight(people[i+1], rawOptions{version: 4 + byte(i&1)}, "im/in/group/+", byte(i>>1&1), of, i)
	})
	defer disperse(others)
	before := s.inUse(t)
	text := strings.Repeat("x", size)
	say := func(n int) (took time.Duration) {
		of.expect(n * (members - 1))
		began := time.Now()
		last, err := pour(h.speaker[0], "group/"+h.id, n, text)
		if err != nil {
			t.Fatal(err)
		}
		h.head = last
		of.wait(t)
		return time.Since(began)
	}
	thrice := func() []time.Duration { return []time.Duration{say(n / 3), say(n / 3), say(n / 3)} }
	free := thrice()
	first := h.head
	// With QoS 1 the client's window fills. With QoS 0 its socket would fill, and the
	// server closes a connection that takes nothing for ten seconds.
	slow, err := openStalled(people[0], rawOptions{version: 5, client: "slow"}, "im/in/group/+", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer disperse([]*light{slow})
	stuck := thrice()
	most := before + stores + int64(n*size) // the store has the messages themselves in memory for a while
	after := s.releases(t, most)
	slices.Sort(free)
	slices.Sort(stuck)
	t.Logf("%d messages of %d bytes to %d members: %v; with one more, stalled: %v; heap and stacks %d and %d KiB",
		n/3, len(text), members-1, free, stuck, before>>10, after>>10)
	// The median of three, and room for a machine with other things to do.
	if stuck[1] > 3*free[1]+time.Second {
		t.Errorf("%v with a stalled member, %v without", stuck[1], free[1])
	}
	if after > most { // to the byte: TestStalledMemberDoesNotSlowGroup in broker
		t.Errorf("the heap grew by %d KiB for %d KiB of messages", (after-before)>>10, n*size>>10)
	}
	close(slow.stalled)
	if !slow.upTo(t, h.head) || slow.holes.Load() != 0 || slow.heard.Load() != h.head-first {
		t.Errorf("the stalled member has %d messages up to %d with %d holes, want %d up to %d",
			slow.heard.Load(), slow.last.Load(), slow.holes.Load(), h.head-first, h.head)
	}
	for i, l := range others {
		if l.holes.Load() != 0 || l.last.Load() != h.head {
			t.Fatalf("member %d: %d holes, %d came last, want %d", i+1, l.holes.Load(), l.last.Load(), h.head)
		}
	}
}
