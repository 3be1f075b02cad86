package broker

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// theatre is a broker without doors and one AVChatRoom with viewers.
type theatre struct {
	*Broker
	room  chat.Conversation
	seats []*seat
	seq   chat.Seq
}

// seat is a viewer's session and what was written to its socket.
type seat struct {
	*session
	sock *notingSocket
}

// notingSocket keeps each write.
type notingSocket struct {
	*sinkSocket
	mu      sync.Mutex
	got     [][]byte
	blocked chan struct{} // when not nil, writes wait for it
}

// taken returns the writes so far and forgets them.
func (s *notingSocket) taken() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.got
	s.got = nil
	return list
}

func (s *notingSocket) Write(p []byte) (int, error) {
	if s.blocked != nil {
		select {
		case <-s.blocked:
		case <-s.closed:
			return 0, net.ErrClosed
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, bytes.Clone(p))
	return len(p), nil
}

// openRoom seats n viewers who want everything.
func openRoom(t testing.TB, n int) *theatre {
	t.Helper()
	h := &theatre{Broker: &Broker{opt: Options{}.withDefaults(), svc: handedAll{}, index: newIndex(), tail: newTail(), count: newCounters()}, room: chat.GroupOf(1, "live")}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	t.Cleanup(h.close)
	for range n {
		h.admit(t, "im/#")
	}
	return h
}

// close ends it like Broker.Close does.
func (h *theatre) close() {
	h.spawning.Lock()
	h.cancel()
	h.spawning.Unlock()
	h.workers.Wait()
}

// admit seats one more viewer, even ones 3.1.1 and odd ones 5.0.
func (h *theatre) admit(t testing.TB, filters ...string) *seat {
	t.Helper()
	i := len(h.seats)
	k := userKey{h.room.App, chat.UserID("u" + strconv.Itoa(i))}
	v := &seat{session: &session{b: h.Broker, client: "c", number: uint64(i + 1)}, sock: &notingSocket{sinkSocket: newSink()}}
	h.enter(k, v.session)
	opt := transportOptions{}.withDefaults()
	v.link, v.live, v.version = &hooks.Link{}, true, 4+byte(i&1)
	v.conn = newConn(v.sock, &opt, new(traffic), time.Now())
	v.out.size = defaultWindow
	var set *topics.Set
	for _, text := range filters {
		f, err := topics.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		set = set.With(topics.Subscription{Filter: f, QoS: 1})
	}
	v.filters.Store(set)
	v.user.mu.Lock()
	v.user.online.Store(with(nil, v.session))
	h.join(v.user, h.room.Group(), chat.AVChatRoom)
	v.user.mu.Unlock()
	h.seats = append(h.seats, v)
	return v
}

func (h *theatre) audience() *audience {
	return h.index.audience(groupKey{h.room.App, h.room.Group()})
}

// say delivers one message as the core would.
func (h *theatre) say(p chat.Priority, text string, from uint64) {
	h.seq++
	h.Deliver(&chat.Message{Conv: h.room, Seq: h.seq, From: "ann", Priority: p, Body: spoken(text)}, from)
}

// atOnce delivers a message as an ordinary group would.
func (h *theatre) atOnce(text string) {
	p := newParcel(&chat.Message{Conv: h.room, From: "ann", Body: spoken(text)})
	for _, v := range h.seats {
		h.deliverTo(v.user, p, 0)
	}
}

func spoken(text string) []byte {
	return fmt.Appendf(nil, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, text)
}

// settle waits until every flusher has written.
func (h *theatre) settle() {
	for _, v := range h.seats {
		for v.conn.Pending() > 0 {
			runtime.Gosched()
		}
	}
}

// heard lists what came to a seat since it was last asked, by write: the texts,
// joined by commas.
func (v *seat) heard(t testing.TB) []string {
	t.Helper()
	var writes []string
	for _, w := range v.sock.taken() {
		writes = append(writes, strings.Join(v.texts(t, w), ","))
	}
	return writes
}

// stream is heard for packets that are spread over several writes.
func (v *seat) stream(t testing.TB) []string {
	t.Helper()
	return v.texts(t, bytes.Join(v.sock.taken(), nil))
}

// texts reads messages, which must have come with QoS 0.
func (v *seat) texts(t testing.TB, b []byte) (list []string) {
	t.Helper()
	for len(b) > 0 {
		n, used, err := packets.DecodeLength(bytes.NewReader(b[1:]))
		if err != nil || len(b) < 1+used+n {
			t.Fatalf("half a packet: %.40x", b)
		}
		pk := decodeFrame(t, v.version, b[:1+used+n])
		b = b[1+used+n:]
		if pk.FixedHeader.Qos != 0 {
			t.Errorf("%q has QoS %d", pk.Payload, pk.FixedHeader.Qos)
		}
		if strings.HasPrefix(pk.TopicName, "im/text/") {
			list = append(list, "plain "+string(pk.Payload))
			continue
		}
		_, rest, _ := strings.Cut(string(pk.Payload), `"Text":"`)
		text, _, _ := strings.Cut(rest, `"`)
		list = append(list, text)
	}
	return list
}

func wantHeard(t *testing.T, who string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: writes %q, want %q", who, got, want)
	}
}

// The messages of one tick reach every viewer of a large room in order and in one
// write, one tick after the first of them.
func TestTickIsOneWritePerViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom+1)
		h.say(chat.Normal, "1", 0)
		time.Sleep(roomTick - time.Millisecond)
		h.say(chat.Low, "2", 0)
		h.say(chat.High, "3", 0)
		synctest.Wait()
		for i, v := range h.seats {
			if got := v.heard(t); len(got) != 0 {
				t.Fatalf("viewer %d heard %q before the tick", i, got)
			}
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		for i, v := range h.seats {
			wantHeard(t, fmt.Sprint("viewer ", i), v.heard(t), "1,2,3")
		}
		time.Sleep(time.Hour) // nothing waits, and nobody does
		h.say(chat.Normal, "4", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "an hour later", h.seats[7].heard(t), "4")
	})
}

// A small room gets each message at once. When a large room shrinks, a new message
// does not overtake those that wait.
func TestSmallRoomSendsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom)
		h.say(chat.Normal, "1", 0)
		synctest.Wait()
		wantHeard(t, "of 500", h.seats[0].heard(t), "1")
		last := h.admit(t, "im/#")
		h.say(chat.Normal, "2", 0)
		synctest.Wait()
		wantHeard(t, "of 501", h.seats[0].heard(t))
		h.Left(h.room.App, h.room.Group(), []chat.UserID{last.user.key.user})
		h.say(chat.Normal, "3", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "of 500 again", h.seats[0].heard(t), "2,3")
		wantHeard(t, "who has left", last.heard(t))
		h.say(chat.Normal, "4", 0)
		synctest.Wait()
		wantHeard(t, "of 500, nothing waiting", h.seats[0].heard(t), "4")
	})
}

// Each session gets what its filters ask for: plain text if it subscribed to that,
// nothing it sent itself, and nothing above its Maximum Packet Size.
func TestTickHonoursEachViewersFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom)
		plain := h.admit(t, "im/text/#")
		deaf := h.admit(t, "im/event/#")
		small := h.admit(t, "im/in/#")
		small.maxBytes = 500
		early := h.admit(t, "im/#")
		early.live = false // before its CONNACK
		long := strings.Repeat("x", 500)
		h.say(chat.Normal, "1", h.seats[3].number)
		h.say(chat.Normal, long, 0)
		h.say(chat.Normal, "3", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "the sender", h.seats[3].heard(t), long+",3")
		wantHeard(t, "another", h.seats[4].heard(t), "1,"+long+",3")
		wantHeard(t, "plain", plain.heard(t), "plain 1,plain "+long+",plain 3")
		wantHeard(t, "deaf", deaf.heard(t))
		wantHeard(t, "small", small.heard(t), "1,3")
		if got := h.count.tooLarge.Load(); got != 1 {
			t.Errorf("%d packets counted as too large, want 1", got)
		}
		wantHeard(t, "early", early.heard(t))
		early.mu.Lock()
		early.live = true
		early.mu.Unlock()
		h.say(chat.Normal, "4", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "early, let in", early.heard(t), "4")
	})
}

// With more messages than a tick carries, Low is dropped first, then Normal, then
// High. The rest is sent in order.
func TestFullTickDropsLowPriorityFirst(t *testing.T) {
	for _, c := range []struct {
		what              string
		say               []chat.Priority // roomFrames of each, in turn
		size              int
		high, normal, low int // how many are heard
	}{
		{"Low alone", []chat.Priority{chat.Low}, 1, 0, 0, roomFrames},
		{"Low, twice as many", []chat.Priority{chat.Low, chat.Low}, 1, 0, 0, roomFrames},
		{"Low and Normal", []chat.Priority{chat.Low, chat.Normal}, 1, 0, roomFrames, 0},
		{"all three", []chat.Priority{chat.Low, chat.Normal, chat.High}, 1, roomFrames, 0, 0},
		{"all three, High first", []chat.Priority{chat.High, chat.Normal, chat.Low}, 1, roomFrames, 0, 0},
		{"High, twice as many", []chat.Priority{chat.High, chat.High}, 1, roomFrames, 0, 0},
		{"seven of 8 KiB fill a tick", []chat.Priority{chat.Low, chat.Normal}, 8 << 10, 0, 7, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := openRoom(t, largeRoom+1)
				pad := strings.Repeat("x", c.size)
				said := 0
				for range roomFrames {
					for _, p := range c.say {
						h.say(p, fmt.Sprintf("%d %s %d", p, pad, said), 0)
						said++
					}
				}
				time.Sleep(roomTick)
				synctest.Wait()
				writes := h.seats[0].heard(t)
				if len(writes) != 1 {
					t.Fatalf("%d writes, want 1", len(writes))
				}
				heard, last := map[string]int{}, -1
				for text := range strings.SplitSeq(writes[0], ",") {
					f := strings.Fields(text)
					heard[f[0]]++
					i, err := strconv.Atoi(f[2])
					if err != nil || i <= last {
						t.Fatalf("%d after %d (%v)", i, last, err)
					}
					last = i
				}
				if heard["1"] != c.high || heard["0"] != c.normal || heard["-1"] != c.low {
					t.Errorf("heard %v, want %d High, %d Normal, %d Low", heard, c.high, c.normal, c.low)
				}
				if got, want := int(h.count.roomDropped.Load()), said-c.high-c.normal-c.low; got != want {
					t.Errorf("%d counted as dropped, want %d", got, want)
				}
			})
		})
	}
}

// A message larger than the budget gets a tick of its own, unless one of higher
// priority comes.
func TestMessageLargerThanTickBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom+1)
		big := strings.Repeat("x", roomBytes)
		h.say(chat.Normal, big, 0)
		h.say(chat.Normal, "too late", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		if got := h.seats[0].stream(t); len(got) != 1 || got[0] != big {
			t.Errorf("%d messages, want the large one", len(got))
		}
		h.say(chat.Normal, big, 0)
		h.say(chat.High, "stop", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "with High", h.seats[0].heard(t), "stop")
	})
}

// A viewer's client that does not read loses ticks, stays connected, and gets the
// room's messages again once it reads.
func TestSlowViewerStaysConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom+1)
		slow, quick := h.seats[0], h.seats[1]
		slow.sock.blocked = make(chan struct{})
		opt := transportOptions{SoftLimit: 100 << 10}.withDefaults()
		slow.conn = newConn(slow.sock, &opt, new(traffic), time.Now())
		slow.conn.OnDrain(slow)
		long := strings.Repeat("x", 10<<10)
		const ticks = 30 // of 10 KiB: three times the soft limit
		for range ticks {
			h.say(chat.Normal, long, 0)
			time.Sleep(2 * roomTick)
		}
		synctest.Wait()
		if got := len(quick.heard(t)); got != ticks {
			t.Errorf("the other viewer got %d ticks, want %d", got, ticks)
		}
		if held := slow.conn.Pending(); held > opt.SoftLimit+roomBytes {
			t.Errorf("%d bytes wait for the slow viewer, above the soft limit", held)
		}
		if h.count.dropped.Load() == 0 || slow.conn.closing.Load() {
			t.Errorf("%d dropped, closed %v", h.count.dropped.Load(), slow.conn.closing.Load())
		}
		close(slow.sock.blocked)
		synctest.Wait()
		for i, text := range slow.stream(t) {
			if text != long {
				t.Fatalf("message %d is %.40q", i, text)
			}
		}
		h.say(chat.Normal, "again", 0)
		time.Sleep(roomTick)
		synctest.Wait()
		wantHeard(t, "the slow viewer", slow.heard(t), "again")
	})
}

// A room that is disbanded first sends the messages that wait.
func TestDisbandedRoomSendsWaitingMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom+1)
		h.say(chat.Normal, "goodbye", 0)
		h.Gone(h.room.App, h.room.Group())
		synctest.Wait()
		wantHeard(t, "a viewer", h.seats[0].heard(t), "goodbye")
	})
}

// Closing the broker ends a tick under way without waiting for it.
func TestCloseEndsTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openRoom(t, largeRoom+1)
		h.say(chat.Normal, "unheard", 0)
		began := time.Now()
		h.close()
		if d := time.Since(began); d != 0 {
			t.Errorf("closing took %v", d)
		}
		h.say(chat.Normal, "nobody", 0)
		time.Sleep(roomTick)
		wantHeard(t, "a viewer", h.seats[0].heard(t))
	})
}

// A viewer who joins and leaves while ticks are sent gets no message twice, and none
// after Left has returned.
func TestJoinsAndLeavesDuringTicks(t *testing.T) {
	h := openRoom(t, largeRoom+20)
	h.audience().live.Store(new(liveRoom))
	const rounds = 150
	var said atomic.Int64
	var all sync.WaitGroup
	over := make(chan struct{})
	// more waits until so many further rounds have been said to everybody.
	more := func(n int64) bool {
		for until := said.Load() + n; said.Load() < until; runtime.Gosched() {
			select {
			case <-over:
				return false
			default:
			}
		}
		return true
	}
	for _, v := range h.seats[largeRoom+1:] {
		all.Go(func() {
			id := []chat.UserID{v.user.key.user}
			for more(1) {
				h.Left(h.room.App, h.room.Group(), id)
				v.mu.Lock()
				v.dirty = false // a tick sets it
				v.mu.Unlock()
				more(2)
				v.mu.Lock()
				if v.dirty {
					t.Errorf("%s was sent a message after leaving", id[0])
				}
				v.mu.Unlock()
				h.Joined(h.room.App, h.room.Group(), chat.AVChatRoom, id)
			}
		})
	}
	for i := range rounds {
		h.say(chat.Normal, fmt.Sprintf("%06d", i), 0)
		h.audience().lastWords(h.Broker) // at once: a tick would be 25 ms
		said.Add(1)
	}
	close(over)
	all.Wait()
	h.settle()
	if got := len(h.seats[0].stream(t)); got != rounds {
		t.Errorf("who stayed heard %d messages, want %d", got, rounds)
	}
	for _, v := range h.seats[largeRoom+1:] {
		got := v.stream(t)
		if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) || len(got) == 0 {
			t.Errorf("%s heard %q", v.user.key.user, got)
		}
	}
}

// Batches stay in order, even if a room is flushed outside its ticks.
func TestTicksKeepTheirOrder(t *testing.T) {
	h := openRoom(t, largeRoom+1)
	h.audience().live.Store(new(liveRoom))
	stop := make(chan struct{})
	var flushers sync.WaitGroup
	for range 4 {
		flushers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					h.audience().lastWords(h.Broker)
				}
			}
		})
	}
	var want []string
	for i := range 300 {
		want = append(want, fmt.Sprintf("%06d", i))
		h.say(chat.High, want[i], 0)
		for waiting := true; waiting; {
			h.audience().live.Load().mu.Lock()
			waiting = len(h.audience().live.Load().waiting) > 0
			h.audience().live.Load().mu.Unlock()
			runtime.Gosched()
		}
	}
	close(stop)
	flushers.Wait()
	h.settle()
	for _, v := range []*seat{h.seats[0], h.seats[largeRoom]} {
		if got := v.stream(t); !slices.Equal(got, want) {
			t.Errorf("%d messages, want %d in order: %.200v", len(got), len(want), got)
		}
	}
}

// BenchmarkLiveRoom is the cost of a message to 1,000 viewers, alone and as one
// of several in a tick: writes are system calls per message and viewer.
func BenchmarkLiveRoom(b *testing.B) {
	for _, together := range []int{1, 4, 10} {
		for _, tick := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d-together/tick=%v", together, tick), func(b *testing.B) {
				const viewers = 1000
				h := openRoom(b, 0)
				var st traffic
				opt := transportOptions{}.withDefaults()
				for range viewers {
					v := h.admit(b, "im/#")
					v.conn = newConn(newSink(), &opt, &st, time.Now())
				}
				r := &liveRoom{ticking: true} // the benchmark is the clock
				h.audience().live.Store(r)
				b.ReportAllocs()
				for b.Loop() {
					for range together {
						if tick {
							h.say(chat.Normal, "tea is ready, come in and sit down", 0)
							continue
						}
						h.atOnce("tea is ready, come in and sit down")
						h.settle()
					}
					r.flush(h.Broker, h.audience())
					h.settle()
				}
				n := float64(b.N * together * viewers)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/delivery")
				b.ReportMetric(float64(st.Flushes.Load())/n, "writes/delivery")
			})
		}
	}
}
