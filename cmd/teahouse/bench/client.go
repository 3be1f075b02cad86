package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// client is one connection. Its reader goroutine calls got and acked. What they write is
// flushed when no more input waits, so that a busy client needs few system calls.
type client struct {
	conn  net.Conn
	in    *bufio.Reader
	got   func(topic, payload []byte)
	acked func(id uint16)
	also  *client // written to by got; flushed together with this one

	mu   sync.Mutex // guards out and next
	out  *bufio.Writer
	next uint16 // packet id
	buf  []byte

	read    []byte
	started bool
	done    chan struct{} // closed when the reader has ended
	err     error         // why; read after done
}

// dialing limits how many connections are being opened at a time, so that a
// storm measures the server and not the kernel's backlog.
type dialing struct {
	addr      string
	local     []string // source addresses, taken in turn; empty: the system's choice
	keepalive uint16
	bufBytes  int
}

// dial opens a connection and waits for its CONNACK.
func (d dialing) dial(ctx context.Context, n int, id, user, password string, clean bool) (*client, error) {
	var dialer net.Dialer
	if len(d.local) > 0 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(d.local[n%len(d.local)])}
	}
	conn, err := dialer.DialContext(ctx, "tcp", d.addr)
	if err != nil {
		return nil, err
	}
	c := &client{
		conn: conn, done: make(chan struct{}),
		in: bufio.NewReaderSize(conn, d.bufBytes), out: bufio.NewWriterSize(conn, d.bufBytes),
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(30 * time.Second)
	}
	_ = conn.SetDeadline(deadline)
	if _, err := conn.Write(appendConnect(nil, id, user, password, clean, d.keepalive)); err != nil {
		conn.Close()
		return nil, err
	}
	p, err := readPacket(c.in, &c.read)
	if err == nil && (p.kind != connack || len(p.body) < 2 || p.body[1] != 0) {
		err = fmt.Errorf("connect refused: packet type %d, %v", p.kind, p.body)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return c, nil
}

// subscribe asks for a filter and waits for the answer. The reader must not
// run yet.
func (c *client) subscribe(filter string, qos byte) error {
	_ = c.conn.SetDeadline(time.Now().Add(30 * time.Second))
	defer func() { _ = c.conn.SetDeadline(time.Time{}) }()
	if _, err := c.conn.Write(appendSubscribe(nil, 1, filter, qos)); err != nil {
		return err
	}
	for {
		p, err := readPacket(c.in, &c.read)
		if err != nil {
			return err
		}
		if p.kind != suback {
			continue
		}
		if len(p.body) != 3 || p.body[2] == 0x80 {
			return fmt.Errorf("subscription to %q refused", filter)
		}
		return nil
	}
}

// start runs the reader.
func (c *client) start() {
	c.started = true
	go c.loop()
}

func (c *client) loop() {
	defer close(c.done)
	for {
		p, err := readPacket(c.in, &c.read)
		if err != nil {
			c.err = err
			c.conn.Close()
			return
		}
		switch p.kind {
		case publish:
			topic, payload, id, ok := p.published()
			if !ok {
				c.err = errors.New("malformed PUBLISH")
				c.conn.Close()
				return
			}
			if p.qos > 0 {
				c.mu.Lock()
				c.buf = appendPuback(c.buf[:0], id)
				_, _ = c.out.Write(c.buf)
				c.mu.Unlock()
			}
			if c.got != nil {
				c.got(topic, payload)
			}
		case puback:
			if c.acked != nil && len(p.body) >= 2 {
				c.acked(binary.BigEndian.Uint16(p.body))
			}
		}
		if c.in.Buffered() == 0 {
			c.flush()
			if c.also != nil {
				c.also.flush()
			}
		}
	}
}

// publish writes a message into the buffer and returns its packet id.
func (c *client) publish(topic string, payload []byte, qos byte) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next++; c.next == 0 {
		c.next = 1
	}
	c.buf = appendPublish(c.buf[:0], topic, payload, qos, c.next)
	_, _ = c.out.Write(c.buf)
	return c.next
}

// flush sends what is buffered; an error ends the reader, which reports it.
func (c *client) flush() {
	c.mu.Lock()
	_ = c.out.Flush()
	c.mu.Unlock()
}

// request publishes to topic and waits for one message on answer. The reader
// must not run yet.
func (c *client) request(topic, answer string, payload []byte) ([]byte, error) {
	_ = c.conn.SetDeadline(time.Now().Add(30 * time.Second))
	defer func() { _ = c.conn.SetDeadline(time.Time{}) }()
	c.publish(topic, payload, 0)
	c.flush()
	for {
		p, err := readPacket(c.in, &c.read)
		if err != nil {
			return nil, err
		}
		if p.kind != publish {
			continue
		}
		t, body, id, ok := p.published()
		if ok && p.qos > 0 {
			if _, err := c.conn.Write(appendPuback(nil, id)); err != nil {
				return nil, err
			}
		}
		if ok && string(t) == answer {
			return append([]byte(nil), body...), nil
		}
	}
}

func (c *client) close() {
	_ = c.conn.Close()
	if c.started {
		<-c.done
	}
}
