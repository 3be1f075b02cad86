//go:build drills

package drills

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// A server that may open 64 files only, and gets more connections than that: it
// stays, says so, goes on serving those who are there, and lets others in when
// there is room again.
func TestFewFileDescriptors(t *testing.T) {
	few := house
	few.Before = []string{"sh", "-c", `ulimit -n 64; exec "$0" "$@"`}
	s := &stand{Server: start(t, few)}
	at := order{Ready: s.Ready}
	s.pairs = append(s.pairs, openPair(t, at, 0))
	crowd := make([]net.Conn, 0, 200)
	for range cap(crowd) {
		if conn, err := dialFrom(source(0), s.MQTT); err == nil {
			crowd = append(crowd, conn) // in the server's queue, if not accepted
		}
	}
	before := s.during(t, 2*time.Second)
	if before.lost+before.refused > 0 || before.acked == 0 {
		t.Errorf("while it has no file left: %d acknowledged, %d not, %d lost", before.acked, before.refused, before.lost)
	}
	if err := s.Log.Await("too many open files"); err != nil {
		t.Error("it does not say what it lacks:", err)
	}
	if lines := countLines(s.Log.String()); lines > 100 {
		t.Errorf("it says so in %d lines", lines)
	}
	for _, conn := range crowd {
		conn.Close()
	}
	for i := range 5 {
		c, err := at.dial("127.0.0.1", at.user(fmt.Sprint("late", i)), login{version: 4})
		if err != nil {
			t.Fatalf("when there is room again: %v", err)
		}
		c.Close()
	}
	after := s.during(t, 2*time.Second)
	if after.lost+after.refused > 0 {
		t.Errorf("afterwards: %d not acknowledged, %d lost", after.refused, after.lost)
	}
	told(t, "%d connections came, honest p99 %s while there was no file left, %s afterwards, peak %d MiB",
		len(crowd), short(before.p99()), short(after.p99()), s.peak(t)>>10)
}

func countLines(text string) (n int) {
	for _, c := range text {
		if c == '\n' {
			n++
		}
	}
	return n
}
