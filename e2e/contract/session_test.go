//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
)

// A device whose session is kept gets everything that came while it was
// away, in order, whatever happened to the server meanwhile (spec/00 §6).
func TestKeptSessionMissesNothing(t *testing.T) {
	t.Parallel()
	const n = 1000
	for _, way := range []struct {
		name  string
		twist func(t *testing.T, s *server, data string) *server // between the absence and the return
	}{
		{"the server runs on", nil},
		{"the server is restarted", func(t *testing.T, s *server, data string) *server {
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			return start(t, "--no-limits", "--data", data)
		}},
		{"the server is killed", func(t *testing.T, s *server, data string) *server {
			if err := s.Kill(); err != nil {
				t.Fatal(err)
			}
			return start(t, "--no-limits", "--data", data)
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s, data := shared(t), ""
			if way.twist != nil {
				data = t.TempDir()
				s = start(t, "--no-limits", "--data", data)
			}
			alice := s.user("alice")
			var away []*absentee
			writer := openRaw(t, alice, rawOptions{version: 4})
			for _, k := range kinds {
				who := s.user("bob-" + k.name)
				a := &absentee{kind: k, who: who, o: options{client: "kept", keep: true}}
				d := k.open(t, who, a.o)
				d.subscribe(t, "im/in/#")
				barrier(t, d)
				if len(away)%2 == 0 {
					d.bye(t)
				} else {
					d.cut(t)
				}
				away = append(away, a)
			}
			flood(t, writer, away, n)
			if way.twist != nil {
				s = way.twist(t, s, data)
			}
			for _, a := range away {
				t.Run(a.kind.name, func(t *testing.T) { a.returns(t, s, alice, n) })
			}
		})
	}
}

// absentee is a user whose device is away.
type absentee struct {
	kind kind
	who  person
	o    options
}

// flood sends n numbered messages to each, many in flight.
func flood(t *testing.T, writer *raw, to []*absentee, n int) {
	t.Helper()
	const window = 200
	pending := make(chan (<-chan frame), window)
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for c := range pending {
			if _, err := await(c); err != nil {
				failed <- err
				for range pending { // let the writer finish
				}
				return
			}
		}
	}()
	for i := range n {
		for _, a := range to {
			id := writer.nextID()
			pending <- writer.expect(typePuback, id)
			if err := writer.put(publishing("im/text/c2c/"+a.who.id, strconv.Itoa(i), 1, id)); err != nil {
				t.Error(err)
			}
		}
	}
	close(pending)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

// returns comes back with the kept session and wants all of it.
func (a *absentee) returns(t *testing.T, s *server, from person, n int) {
	who := a.who
	who.home = s
	d := a.kind.open(t, who, a.o)
	// No subscription: the session has it.
	topic := "im/in/c2c/" + from.id
	d.in().body(t, topic, saying(strconv.Itoa(n-1)))
	var want []string
	for i := range n {
		want = append(want, strconv.Itoa(i))
	}
	got := d.in().texts(t, topic)
	if slices.Equal(got, want) {
		return
	}
	// At least once: repeats are allowed, gaps and disorder among first arrivals are not.
	seen := map[string]bool{}
	first := slices.DeleteFunc(slices.Clone(got), func(text string) bool {
		again := seen[text]
		seen[text] = true
		return again
	})
	if !slices.Equal(first, want) {
		t.Errorf("%d messages came, want %d in order: %.300v", len(first), n, first)
	}
}

// A session that is not kept is gone, and CONNACK says which it was.
func TestSessionPresent(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			ann := s.user("ann")
			open := func(keep bool) *raw {
				r := openRaw(t, ann, rawOptions{version: version, client: "phone", keep: keep})
				return r
			}
			first := open(true)
			if first.connack.SessionPresent {
				t.Error("a first connection has a session")
			}
			first.subscribe(t, "im/in/#")
			first.bye(t)
			again := open(true)
			if !again.connack.SessionPresent {
				t.Error("the kept session is not present")
			}
			again.cut(t)
			clean := open(false)
			if clean.connack.SessionPresent {
				t.Error("a clean start has a session")
			}
			clean.bye(t)
			last := open(true)
			if last.connack.SessionPresent {
				t.Error("the session survived a clean start")
			}
		})
	}
}

// The same client id of the same user takes over; the old connection is told
// (spec/00 §1).
func TestTakeover(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			ann := s.user("ann")
			old := openRaw(t, ann, rawOptions{version: version, client: "phone"})
			old.subscribe(t, "im/#")
			young := openRaw(t, ann, rawOptions{version: version, client: "phone"})
			if why := old.in().body(t, "im/event/kick", nil).str("Reason"); why != "replaced" {
				t.Errorf("kick reason %q, want replaced", why)
			}
			code := old.in().ended(t)
			if version == 5 && code != 0x8E {
				t.Errorf("DISCONNECT 0x%02x, want 0x8E", code)
			}
			young.subscribe(t, "im/#")
			barrier(t, young)
		})
	}
}

// A slow device is not sent more than it acknowledges, and the others do not
// wait for it (spec/00 §6).
func TestReceiveMaximumIsRespected(t *testing.T) {
	t.Parallel()
	s := shared(t)
	alice, bob := s.user("alice"), s.user("bob")
	slow := openRaw(t, bob, rawOptions{version: 5, client: "slow", unacked: true, props: receiveMaximum(7)})
	slow.subscribe(t, "im/in/#", "im/res/#")
	quick := openRaw(t, bob, rawOptions{version: 4, client: "quick"})
	quick.subscribe(t, "im/in/#")
	three := openRaw(t, bob, rawOptions{version: 4, client: "three", unacked: true})
	three.subscribe(t, "im/in/#", "im/res/#")
	writer := openRaw(t, alice, rawOptions{version: 4})
	const n = 100
	flood(t, writer, []*absentee{{who: bob}}, n)
	quick.in().body(t, "im/in/c2c/"+alice.id, saying(strconv.Itoa(n-1)))
	slow.in().body(t, "im/in/#", saying("6"))
	three.in().body(t, "im/in/#", saying("19"))
	for d, want := range map[*raw]int{slow: 7, three: 20} {
		d.ask(t, "me", object{}) // an answer is QoS 0 and passes the window
		if got := len(d.in().seen("im/in/#")); got != want {
			t.Errorf("%d deliveries are in flight, want %d", got, want)
		}
		// One acknowledgement is worth one more. A client that leaves Nagle's
		// algorithm on sends the second only when it has heard from the server.
		if err := d.put(acknowledgement(1)); err != nil {
			t.Fatal(err)
		}
		d.in().body(t, "im/in/#", saying(strconv.Itoa(want)))
	}
}
