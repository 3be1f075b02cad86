//go:build e2e

package contract

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// What a client has sent, and did not hear of, is sent again when it returns: after a
// lost connection, and after the server was killed. Nothing happens twice, nothing that
// is new is taken for old, and session and filters are there (spec/00 §3, §6).
func TestRepeatsAreHandledOnce(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name string
		kill bool
	}{{"the server runs on", false}, {"the server is killed", true}} {
		for _, version := range []byte{4, 5} {
			t.Run(fmt.Sprint(way.name, ", version ", version), func(t *testing.T) {
				t.Parallel()
				data := t.TempDir()
				s := start(t, "--no-limits", "--data", data)
				line := newDeafLine(t, s.MQTT)
				ann, bob := s.user("ann"), s.user("bob")
				hears := openRaw(t, bob, rawOptions{version: version, client: "b"})
				hears.subscribe(t, "im/in/#")
				who := ann
				who.home = &server{&program.Server{Ready: program.Ready{MQTT: line.addr()}}}
				phone := rawOptions{version: version, client: "phone", keep: true}
				r := openRaw(t, who, phone)
				r.subscribe(t, "im/in/#")

				line.deafen()
				sent := []packets.Packet{
					publishing("im/text/c2c/"+bob.id, "one", 1, 101),
					publishing("im/req/group.create/r", `{"Type":"Public","Name":"repeated"}`, 1, 102),
					publishing("im/text/c2c/"+bob.id, "two", 2, 103),
					publishing("im/text/c2c/"+bob.id, "three", 1, 104),
				}
				for _, pk := range sent {
					if err := r.put(pk); err != nil {
						t.Fatal(err)
					}
				}
				in := "im/in/c2c/" + ann.id
				hears.in().body(t, in, saying("three")) // one connection is served in order: all is done
				if way.kill {
					if err := s.Kill(); err != nil {
						t.Fatal(err)
					}
				}
				line.close()
				if way.kill {
					s = start(t, "--no-limits", "--data", data)
				}

				ann.home, bob.home = s, s
				r = openRaw(t, ann, phone)
				if !r.connack.SessionPresent {
					t.Fatal("the session is lost")
				}
				r.subscribe(t, "im/res/#")
				for _, pk := range sent {
					pk.FixedHeader.Dup = true
					code, err := r.publish(pk)
					if err != nil || code != 0 {
						t.Fatalf("repetition of %d: code 0x%02x, %v", pk.PacketID, code, err)
					}
				}
				want := []string{"one", "two", "three"}
				if got := r.historyTexts(t, "c2c/"+bob.id); !slices.Equal(got, want) {
					t.Fatalf("the history has %q, want %q", got, want)
				}
				if groups := r.ask(t, "group.joined", object{}).num("TotalCount"); groups != 1 {
					t.Errorf("%d groups, want 1", groups)
				}
				// The id that was released is free.
				if _, err := r.publish(sent[2]); err != nil {
					t.Fatal(err)
				}
				if got := r.historyTexts(t, "c2c/"+bob.id); !slices.Equal(got, append(want, "two")) {
					t.Errorf("the history has %q", got)
				}
				writes := openRaw(t, bob, rawOptions{version: version})
				if _, err := writes.publish(publishing("im/text/c2c/"+ann.id, "do you hear", 1, 0)); err != nil {
					t.Fatal(err)
				}
				r.in().body(t, "im/in/c2c/"+bob.id, saying("do you hear"))
			})
		}
	}
}

// historyTexts are the texts of a conversation, oldest first.
func (r *raw) historyTexts(t *testing.T, conv string) (texts []string) {
	t.Helper()
	for _, m := range r.ask(t, "msg.history", object{"Conv": conv}).list("MsgList") {
		texts = append(texts, m.text())
	}
	return texts
}

// deafLine is a line to the server on which, from some moment on, nothing comes back.
type deafLine struct {
	ln   net.Listener
	to   string
	deaf atomic.Bool

	mu    sync.Mutex // guards conns
	conns []net.Conn
	all   sync.WaitGroup
}

func newDeafLine(t *testing.T, to string) *deafLine {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &deafLine{ln: ln, to: to}
	l.all.Go(l.serve)
	t.Cleanup(l.close)
	return l
}

func (l *deafLine) addr() string { return l.ln.Addr().String() }

func (l *deafLine) deafen() { l.deaf.Store(true) }

// close cuts every connection.
func (l *deafLine) close() {
	l.ln.Close()
	l.mu.Lock()
	for _, c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.all.Wait()
}

func (l *deafLine) serve() {
	for {
		client, err := l.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.to)
		if err != nil {
			client.Close()
			continue
		}
		l.mu.Lock()
		l.conns = append(l.conns, client, server)
		l.mu.Unlock()
		l.all.Go(func() {
			defer server.Close()
			_, _ = io.Copy(server, client)
		})
		l.all.Go(func() {
			defer client.Close()
			_, _ = io.Copy(hearing{client, l}, server)
		})
	}
}

// hearing drops what is written once the line is deaf.
type hearing struct {
	net.Conn
	line *deafLine
}

// Write implements io.Writer.
func (h hearing) Write(p []byte) (int, error) {
	if h.line.deaf.Load() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}
