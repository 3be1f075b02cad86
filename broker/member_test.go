package broker_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// member is a client for crowds: it keeps no packet, only how many messages
// have come and the number of the last, and acknowledges at once. One costs a few KiB,
// so that what the server costs is seen beside it.
type member struct {
	sock    net.Conn
	version byte
	crowd   *audience
	heard   atomic.Int64
	last    atomic.Uint64 // MsgSeq
	holes   atomic.Int64  // messages that did not follow the one before
	answers chan byte     // types of the packets that were no messages; closed at the end
}

// audience counts what all its members have heard.
type audience struct {
	heard   atomic.Int64
	target  atomic.Int64
	reached chan struct{}
	note    func(topic string, seq uint64) // of each message, if anybody wants to know
}

func newAudience() *audience { return &audience{reached: make(chan struct{}, 1)} }

// expect says how much is to be heard in all, before it is said.
func (a *audience) expect(total int64) { a.target.Store(total) }

// wait waits until it has been heard.
func (a *audience) wait(t testing.TB) {
	t.Helper()
	select {
	case <-a.reached:
	case <-time.After(3 * patience):
		t.Fatalf("%d messages were heard, want %d", a.heard.Load(), a.target.Load())
	}
}

func (a *audience) hear() {
	if a != nil && a.heard.Add(1) == a.target.Load() {
		a.reached <- struct{}{}
	}
}

// join connects a member. filter "" subscribes to nothing.
func (h *house) join(o hello, qos byte, filter string, crowd *audience) (*member, error) {
	sock, err := net.Dial("tcp", h.addr)
	if err != nil {
		return nil, err
	}
	m := &member{sock: sock, version: 5, crowd: crowd, answers: make(chan byte, 16)}
	if o.version != 0 {
		m.version = o.version
	}
	d := &device{TB: h.TB, sock: sock, version: m.version}
	d.send(d.connect(h, o))
	r := bufio.NewReaderSize(sock, 1<<10)
	_ = sock.SetReadDeadline(time.Now().Add(patience))
	head, body, err := readPacket(r)
	if err != nil || head>>4 != packets.Connack || body[1] != 0 {
		_ = sock.Close()
		return nil, errors.Join(errors.New("not let in"), err)
	}
	_ = sock.SetReadDeadline(time.Time{})
	if filter != "" {
		d.sendSubscribe(qos, filter)
		if head, body, err = readPacket(r); err != nil || head>>4 != packets.Suback || body[len(body)-1] > 1 {
			_ = sock.Close()
			return nil, errors.Join(errors.New("no subscription"), err)
		}
	}
	go m.listen(r)
	return m, nil
}

// readPacket reads one packet: its first byte and its body.
func readPacket(r *bufio.Reader) (head byte, body []byte, err error) {
	if head, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, _, err := packets.DecodeLength(r)
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return head, body, err
}

func (m *member) listen(r *bufio.Reader) {
	defer close(m.answers)
	for {
		head, body, err := readPacket(r)
		if err != nil {
			return
		}
		if head>>4 != packets.Publish {
			select {
			case m.answers <- head >> 4:
			default:
			}
			continue
		}
		m.message(head, body)
	}
}

func (m *member) message(head byte, body []byte) {
	at := 2 + int(binary.BigEndian.Uint16(body))
	if head&6 != 0 {
		_, _ = m.sock.Write([]byte{packets.Puback << 4, 2, body[at], body[at+1]})
	}
	seq := seqOf(body)
	if last := m.last.Swap(seq); last != 0 && seq != last+1 {
		m.holes.Add(1)
	}
	m.heard.Add(1)
	if m.crowd != nil && m.crowd.note != nil {
		m.crowd.note(string(body[2:at]), seq)
	}
	m.crowd.hear()
}

// seqOf finds the MsgSeq in a message.
func seqOf(body []byte) (n uint64) {
	const name = `"MsgSeq":`
	for i := 0; i+len(name) < len(body); i++ {
		if string(body[i:i+len(name)]) != name {
			continue
		}
		for _, c := range body[i+len(name):] {
			if c < '0' || c > '9' {
				return n
			}
			n = n*10 + uint64(c-'0')
		}
	}
	return 0
}

// alive asks whether the connection still stands: a PINGRESP, or its end.
func (m *member) alive(t testing.TB) bool {
	t.Helper()
	_, _ = m.sock.Write([]byte{packets.Pingreq << 4, 0})
	deadline := time.After(patience)
	for {
		select {
		case kind, ok := <-m.answers:
			if !ok || kind == packets.Pingresp {
				return ok
			}
		case <-deadline:
			t.Fatal("neither an answer nor an end")
		}
	}
}

// gone waits for the connection's end.
func (m *member) gone(t testing.TB) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-m.answers:
			if !ok {
				return
			}
		case <-deadline:
			t.Fatal("the connection does not end")
		}
	}
}

// joinAll connects n members, many at a time.
func (h *house) joinAll(n int, who func(i int) hello, qos byte, filter string, crowd *audience) []*member {
	h.Helper()
	all := make([]*member, n)
	failed := make([]error, n)
	next := atomic.Int64{}
	var hands sync.WaitGroup
	for range 16 {
		hands.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				all[i], failed[i] = h.join(who(i), qos, filter, crowd)
			}
		})
	}
	hands.Wait()
	if err := errors.Join(failed...); err != nil {
		h.Fatal(err)
	}
	return all
}

func leave(all []*member) {
	for _, m := range all {
		_ = m.sock.Close()
	}
}

// descriptors counts what this process has open; 0 where the system does not tell.
func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// known makes accounts.
func (h *house) known(names ...chat.UserID) {
	h.Helper()
	for _, u := range names {
		if _, err := h.svc.People.Login(h.Context(), app, u, chat.Ticket{}); err != nil {
			h.Fatalf("login %s: %v", u, err)
		}
	}
}
