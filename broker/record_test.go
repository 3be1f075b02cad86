package broker_test

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// recordMeter reads TLS records from the server and notes how long the longest is.
type recordMeter struct {
	net.Conn
	mu      sync.Mutex
	rest    []byte
	longest int
}

// Read implements net.Conn.
func (m *recordMeter) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rest = append(m.rest, p[:n]...)
	for len(m.rest) >= 5 {
		size := 5 + int(binary.BigEndian.Uint16(m.rest[3:]))
		if len(m.rest) < size {
			break
		}
		m.longest = max(m.longest, size)
		m.rest = m.rest[size:]
	}
	return n, err
}

// since is how long the longest record was since it was last asked.
func (m *recordMeter) since() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.longest
	m.longest = 0
	return n
}

// A client that says how large a packet it takes needs no larger buffer for TLS: no record is
// longer than such a packet with what TLS adds. For others records grow.
func TestRecordsOfASmallClient(t *testing.T) {
	h := open(t, nil)
	lender := httptest.NewTLSServer(http.NotFoundHandler())
	defer lender.Close()
	addr, err := h.b.ListenTLS("127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	const waiting = 60
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, name := range []string{"ann?packet=256", "ann"} {
			client := fmt.Sprint(name, version)
			before := h.enter(hello{user: "ann", version: 4, client: client, keep: true})
			before.subscribe(1, "im/text/#")
			before.leave()
			h.away("ann")
			for range waiting {
				h.say("bob", chat.ToUser("ann"), "the kettle boils, and somebody should take it off the fire")
			}
			sock, err := net.Dial("tcp", addr.String())
			if err != nil {
				t.Fatal(err)
			}
			m := &recordMeter{Conn: sock}
			secure := tls.Client(m, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
			if err := secure.Handshake(); err != nil {
				t.Fatal(err)
			}
			m.since() // certificates have a size of their own
			d, err := h.knockOn(secure, hello{user: "ann", name: name, version: 4, client: client, keep: true})
			if err != nil {
				t.Fatal(err)
			}
			for range waiting {
				d.want(packets.Publish)
			}
			most := 256 + 5 + 32
			if n := m.since(); (n <= most) != (name != "ann") {
				t.Errorf("TLS %#x, %s: the longest record has %d bytes", version, name, n)
			}
			d.leave()
			h.away("ann")
		}
	}
}
