package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWriteNeverWaitsForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{}) // nobody reads: a socket write blocks
		reasons := whenClosed(t, c)
		start := time.Now()
		for range 100 {
			if _, err := c.Write(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			if !c.Frame(make([]byte, 1000), 0, 0, false) {
				t.Fatal("refused far below the soft limit")
			}
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("writing took %v", d)
		}
		if got := c.Pending(); got != 200_000 {
			t.Errorf("%d bytes pending, want 200000", got)
		}
		if r := <-reasons; r != closedStalled {
			t.Errorf("closed by %v, want %v", r, closedStalled)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("a peer that takes nothing was closed after %v, want 10s", d)
		}
		synctest.Wait()
		if got := c.Pending(); got != 0 {
			t.Errorf("%d bytes held after the close", got)
		}
		_ = peer.Close()
	})
}

func TestSlowButLivingPeerIsNotClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		const total = 1 << 20
		_, _ = c.Write(make([]byte, total))
		buf, got := make([]byte, flushChunk), 0
		for got < total { // a chunk every four seconds: 64 s for all of it
			time.Sleep(4 * time.Second)
			n, err := io.ReadFull(peer, buf)
			got += n
			if err != nil {
				t.Fatalf("after %d of %d bytes: %v", got, total, err)
			}
		}
		_ = c.Close()
		_ = peer.Close()
	})
}

func TestFramesQueuedDuringWriteAreOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock, peer := pipeConn(transportOptions{})
		heard := receive(peer)
		release := sock.hold()
		_, _ = c.Write([]byte{0})
		synctest.Wait() // the flusher is in its first write
		want := []byte{0}
		for i := range 500 {
			f := []byte{0x30, 1, byte(i)}
			want = append(want, f...)
			if !c.Frame(f, 0, 0, false) {
				t.Fatal("refused")
			}
		}
		release()
		synctest.Wait()
		if got := sock.writes.Load(); got != 2 {
			t.Errorf("%d writes, want 2", got)
		}
		_ = c.Close()
		if got := <-heard; !bytes.Equal(got, want) {
			t.Errorf("peer heard %d bytes, want %d in order", len(got), len(want))
		}
		_ = peer.Close()
	})
}

func TestFrameLeavesSharedBytesUnchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		heard := receive(peer)
		pub := publication{Topic: "im/in/c2c/bob", Payload: []byte("{}")}
		frame, at := appendPublish(nil, mqtt311, 1, &pub)
		before := bytes.Clone(frame)
		c.Frame(frame, at, 7, false)
		c.Frame(frame, at, 65535, true)
		c.Frame(frame, at, 8, true)
		_ = c.Close()
		stream := <-heard
		if !bytes.Equal(frame, before) {
			t.Error("the shared frame was changed")
		}
		wants := []struct {
			id  uint16
			dup bool
		}{{7, false}, {65535, true}, {8, true}}
		if len(stream) != len(wants)*len(frame) {
			t.Fatalf("peer heard %d bytes, want %d", len(stream), len(wants)*len(frame))
		}
		for i, want := range wants {
			pk := decodeFrame(t, mqtt311, stream[i*len(frame):(i+1)*len(frame)])
			if pk.PacketID != want.id || pk.FixedHeader.Dup != want.dup || string(pk.Payload) != "{}" {
				t.Errorf("frame %d: id %d dup %v payload %q, want %+v", i, pk.PacketID, pk.FixedHeader.Dup, pk.Payload, want)
			}
		}
		_ = peer.Close()
	})
}

func TestSoftLimitRefusesAndDrainsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock, peer := pipeConn(transportOptions{SoftLimit: 10_000})
		heard := receive(peer)
		drains := make(chan int, 10)
		c.OnDrain(draining(func() { drains <- c.Pending() }))
		frame := make([]byte, 1000)

		for episode := range 3 {
			release := sock.hold()
			taken := 0
			for c.Frame(frame, 0, 0, false) {
				taken++
			}
			for range 5 { // more refusals, same episode
				if c.Frame(frame, 0, 0, false) {
					t.Fatal("taken above the soft limit")
				}
			}
			if taken != 10 {
				t.Errorf("episode %d: %d frames of 1000 bytes taken below 10000, want 10", episode, taken)
			}
			if _, err := c.Write(frame); err != nil {
				t.Errorf("an ack above the soft limit: %v", err)
			}
			synctest.Wait()
			if len(drains) != 0 {
				t.Fatal("drain told while the socket was stuck")
			}
			release()
			synctest.Wait()
			if len(drains) != 1 {
				t.Fatalf("episode %d: %d drain calls, want 1", episode, len(drains))
			}
			if pending := <-drains; pending > 2500 {
				t.Errorf("told at %d bytes pending, want a quarter of the limit at most", pending)
			}
			c.Frame(frame, 0, 0, false)
			synctest.Wait()
			if len(drains) != 0 {
				t.Fatal("drain told with nothing refused since")
			}
		}
		_ = c.Close()
		if got := len(<-heard); got != 36_000 {
			t.Errorf("peer heard %d bytes, want 36000", got)
		}
		if n := c.stats.FramesRefused.Load(); n != 18 {
			t.Errorf("%d refusals counted, want 18", n)
		}
		_ = peer.Close()
	})
}

func TestTotalBufferLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opt := transportOptions{BufferTotal: 4 * largeBuffer}.withDefaults()
		stats := new(traffic)
		frame := make([]byte, 1<<10)
		var conns []*conn
		var peers []net.Conn
		drained := make(chan int, 3)
		for i := range 3 {
			ours, peer := net.Pipe() // nobody reads
			c := newConn(ours, &opt, stats, time.Now())
			c.OnDrain(draining(func() { drained <- i }))
			conns, peers = append(conns, c), append(peers, peer)
		}
		fill := func(c *conn) (taken int) {
			for c.Frame(frame, 0, 0, false) {
				taken += len(frame)
			}
			return taken
		}
		if first := fill(conns[0]); first < 3*largeBuffer || first > 5*largeBuffer { // by whole buffers, partly filled
			t.Errorf("the first peer may have %d bytes waiting, want what all may have", first)
		}
		for _, c := range conns[1:] {
			if later := fill(c); later != largeBuffer {
				t.Errorf("a later peer may have %d bytes waiting, want %d", later, largeBuffer)
			}
		}
		heard := receive(peers[0])
		if i := <-drained; i != 0 {
			t.Errorf("peer %d drained, want 0", i)
		}
		for _, c := range conns {
			c.CloseAfterFlush(time.Second)
		}
		<-heard
		time.Sleep(2 * time.Second) // the others' lingers
		if n := stats.Buffered.Load(); n != 0 {
			t.Errorf("%d bytes counted as held after all closed", n)
		}
		for _, p := range peers {
			_ = p.Close()
		}
	})
}

func TestOnDrainMayCallFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{SoftLimit: 4000})
		const total = 200
		next := 0
		frame := make([]byte, 1000)
		fill := func() {
			for next < total {
				binary.BigEndian.PutUint16(frame, uint16(next))
				if !c.Frame(frame, 0, 0, false) {
					return
				}
				next++
			}
			_ = c.Close()
		}
		c.OnDrain(draining(fill))
		heard := receive(peer)
		fill()
		all := <-heard
		if len(all) != total*1000 {
			t.Fatalf("peer heard %d bytes, want %d", len(all), total*1000)
		}
		for i := range total {
			if got := int(binary.BigEndian.Uint16(all[i*1000:])); got != i {
				t.Fatalf("frame %d arrived in place of %d", got, i)
			}
		}
		_ = peer.Close()
	})
}

func TestHardLimitCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{SoftLimit: 10_000, HardLimit: 20_000})
		reasons := whenClosed(t, c)
		start := time.Now()
		var err error
		written := 0
		for err == nil {
			if _, err = c.Write(make([]byte, 1000)); err == nil {
				written++
			}
		}
		if !errors.Is(err, errSlow) || written != 20 {
			t.Errorf("%d writes of 1000 bytes taken, then %v; want 20, then %v", written, err, errSlow)
		}
		if r := <-reasons; r != closedSlow || time.Since(start) != 0 {
			t.Errorf("closed by %v after %v, want %v at once", r, time.Since(start), closedSlow)
		}
		if n := c.stats.Closed[closedSlow].Load(); n != 1 {
			t.Errorf("%d closes counted as slow, want 1", n)
		}
		if _, err := c.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing on: %v, want %v", err, net.ErrClosed)
		}
		if c.Frame([]byte{1}, 0, 0, false) {
			t.Error("a frame was taken after the close")
		}
		_ = peer.Close()
	})
}

func TestIdleConnectionHoldsNoBufferAndNoFlusher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, peer := pipeConn(transportOptions{})
		heard := receive(peer)
		for _, size := range []int{1, smallBuffer, largeBuffer, 3 * largeBuffer} {
			_, _ = c.Write(make([]byte, size))
			synctest.Wait()
			c.mu.Lock()
			if c.pend != (outQueue{}) || c.writing != 0 || c.flushing {
				t.Errorf("after %d bytes: queue %+v, writing %d, flusher %v", size, c.pend, c.writing, c.flushing)
			}
			c.mu.Unlock()
		}
		_ = c.Close()
		<-heard
		_ = peer.Close()
	})
}

func TestOutQueueKeepsContent(t *testing.T) {
	var q outQueue
	var held atomic.Int64
	var want []byte
	for i, n := range []int{1, 100, smallBuffer, smallBuffer, largeBuffer - 3*smallBuffer, 10, largeBuffer, 5, largeBuffer + 1, 5, smallBuffer} {
		p := bytes.Repeat([]byte{byte(i)}, n)
		want = append(want, p...)
		if own := q.add(p, &held); !bytes.Equal(own, p) {
			t.Fatalf("add of %d bytes returned something else", n)
		}
		var got []byte
		var counted int64
		for o := q.head; o != nil; o = o.next {
			got = append(got, o.b...)
			counted += o.counted()
		}
		if !bytes.Equal(got, want) || q.size != len(want) {
			t.Fatalf("after %d bytes the content differs or size is %d", len(want), q.size)
		}
		if held.Load() != counted {
			t.Fatalf("%d bytes counted as held, want %d", held.Load(), counted)
		}
	}
	q.drop(&held)
	if q != (outQueue{}) || held.Load() != 0 {
		t.Errorf("after drop %+v, %d held", q, held.Load())
	}
}

func TestBacklogIsWrittenInFullChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock, peer := pipeConn(transportOptions{})
		heard := receive(peer)
		release := sock.hold()
		frame := make([]byte, 1<<10)
		for range 512 { // eight chunks
			c.Frame(frame, 0, 0, false)
		}
		release()
		synctest.Wait()
		if got := sock.writes.Load(); got != 8 && got != 9 { // the first may have left early
			t.Errorf("%d writes for 512 KiB, want 8", got)
		}
		_ = c.Close()
		if got := len(<-heard); got != 512<<10 {
			t.Errorf("peer heard %d bytes", got)
		}
		_ = peer.Close()
	})
}
