package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/raced"
)

// shelf is an outbox that lives in memory.
type shelf struct {
	mu         sync.Mutex
	serial     int
	live, dead map[string]*chat.Event
	sorted     []string // ids of live, perhaps with some that are gone
	broken     error    // what writes answer
	reads      int
}

func newShelf() *shelf {
	return &shelf{live: map[string]*chat.Event{}, dead: map[string]*chat.Event{}}
}

// put adds events as a commit would.
func (s *shelf) put(events ...*chat.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		s.serial++
		e.ID = fmt.Sprintf("%016x", s.serial)
		s.live[e.ID] = e
		s.sorted = append(s.sorted, e.ID)
	}
}

func (s *shelf) Pending(_ context.Context, after string, limit int) ([]*chat.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if len(s.sorted) > 2*len(s.live)+64 {
		s.sorted = slices.Sorted(maps.Keys(s.live))
	}
	i, found := slices.BinarySearch(s.sorted, after)
	if found {
		i++
	}
	var list []*chat.Event
	for ; i < len(s.sorted) && len(list) < limit; i++ {
		if e := s.live[s.sorted[i]]; e != nil {
			list = append(list, e)
		}
	}
	return list, nil
}

func (s *shelf) Dead(_ context.Context, after string, limit int) (list []*chat.Event, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.dead)) {
		if id > after && len(list) < limit {
			list = append(list, s.dead[id])
		}
	}
	return list, nil
}

func (s *shelf) write(ids []string, f func(id string)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	for _, id := range ids {
		f(id)
	}
	return nil
}

func (s *shelf) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

func (s *shelf) Settle(_ context.Context, ids []string) error {
	return s.write(ids, func(id string) { delete(s.live, id) })
}

func (s *shelf) Bury(_ context.Context, ids []string) error {
	return s.write(ids, func(id string) { s.dead[id] = s.live[id]; delete(s.live, id) })
}

func (s *shelf) Revive(_ context.Context, ids []string) error {
	err := s.write(ids, func(id string) {
		s.live[id] = s.dead[id]
		delete(s.dead, id)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sorted = slices.Sorted(maps.Keys(s.live))
	return err
}

func (s *shelf) counts() (live, dead int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live), len(s.dead)
}

// told is one call as a receiver saw it.
type told struct {
	app, id, group string
	n              uint64 // MsgSeq
	at             time.Time
}

// receivers play the apps' servers: reply decides, every call is noted.
type receivers struct {
	mu    sync.Mutex
	calls []told
	reply func(told) error // a reply, errSilence, another error for no connection, nil for a good answer
}

// errSilence is no answer at all.
var errSilence = errors.New("no answer")

// reply is an answer by status and body; status one without a body.
type reply struct {
	status int
	body   string
}

func (r reply) Error() string { return fmt.Sprint(r.status) }

func status(n int) error { return reply{n, ""} }

func (r *receivers) RoundTrip(req *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var b struct {
		GroupID string `json:"GroupId"`
		MsgSeq  uint64
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, err
	}
	c := told{app: req.URL.Query().Get("SdkAppid"), id: req.Header.Get(EventIDHeader), group: b.GroupID, n: b.MsgSeq, at: time.Now()}
	r.mu.Lock()
	r.calls = append(r.calls, c)
	answer := r.reply
	r.mu.Unlock()
	if answer != nil {
		err = answer(c)
	}
	var says reply
	switch {
	case errors.Is(err, errSilence):
		<-req.Context().Done()
		return nil, req.Context().Err()
	case errors.As(err, &says):
		return response(says.status, says.body), nil
	case err != nil:
		return nil, err
	}
	return response(200, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`), nil
}

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}
}

func (r *receivers) set(f func(told) error) {
	r.mu.Lock()
	r.reply = f
	r.mu.Unlock()
}

func (r *receivers) all() []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// world is an outbox under way within a bubble of virtual time.
type world struct {
	*testing.T
	shelf   *shelf
	out     *receivers
	apps    *chat.Apps
	metrics *Metrics
	book    *logbook
	box     *Outbox
	stop    func()
	seq     map[string]uint64
}

func inWorld(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, shelf: newShelf(), out: &receivers{}, apps: &chat.Apps{}, metrics: NewMetrics(nil), book: &logbook{}, seq: map[string]uint64{}}
		for id := chat.AppID(1); id <= 3; id++ {
			w.apps.Set(chat.App{ID: id, Webhook: chat.Webhook{URL: fmt.Sprintf("http://app%d.example/hook", id), All: true}})
		}
		defer func() {
			if w.stop != nil {
				w.stop()
			}
		}()
		f(w)
	})
}

// start runs an outbox on the shelf; stop ends it.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.box = NewOutbox(OutboxOptions{Store: w.shelf, Apps: w.apps, Metrics: w.metrics, Log: w.book.logger(), Client: NewClient(ClientOptions{Transport: w.out})})
	done := make(chan struct{})
	go func() { w.box.Run(ctx); close(done) }()
	w.stop = func() { cancel(); <-done; w.stop = nil }
}

// settle waits until nothing can be told now.
func (w *world) settle() {
	w.Helper()
	if err := w.box.Drain(context.Background()); err != nil {
		w.Fatal(err)
	}
}

// say commits messages of groups, n each in turn.
func (w *world) say(app chat.AppID, n int, groups ...string) {
	for range n {
		for _, g := range groups {
			w.shelf.put(w.event(app, g))
		}
	}
	if w.box != nil {
		w.box.Committed()
	}
}

func (w *world) event(app chat.AppID, group string) *chat.Event {
	conv := chat.GroupOf(app, chat.GroupID(group))
	w.seq[conv.String()]++
	return &chat.Event{
		App: app, Kind: chat.AfterGroup, Key: conv.String(), Conv: conv, Time: time.Now().UnixMilli(), By: "ann",
		Message: &chat.Message{Conv: conv, Seq: chat.Seq(w.seq[conv.String()]), From: "ann", Body: json.RawMessage(`[]`)},
		Group:   &chat.Group{App: app, ID: chat.GroupID(group), Type: chat.Public},
	}
}

func (w *world) wantCounts(live, dead int) {
	w.Helper()
	if l, d := w.shelf.counts(); l != live || d != dead {
		w.Errorf("%d events pending and %d dead, want %d and %d", l, d, live, dead)
	}
}

// wantHeldBelow looks at what each receiver holds in memory.
func (w *world) wantHeldBelow(limit int) {
	w.Helper()
	held := make(chan int)
	err := w.box.order(context.Background(), func(d *dispatcher) {
		most := 0
		for _, r := range d.receivers {
			most = max(most, r.held, len(r.lanes))
		}
		go func() { held <- most }()
	})
	if err != nil {
		w.Fatal(err)
	}
	if n := <-held; n > limit {
		w.Errorf("%d events or keys held in memory, want at most %d", n, limit)
	}
}

// wantOrder checks that the first calls about the messages of each group came
// in order and completely, and returns the number of repeated calls.
func (w *world) wantOrder() (repeats int) {
	w.Helper()
	next := map[string]uint64{}
	for _, c := range w.out.all() {
		key := c.app + "/group/" + c.group
		switch n := next[key] + 1; {
		case c.n == n:
			next[key] = n
		case c.n < n:
			repeats++
			if c.n != n-1 && c.n != n-2 { // the last but one, when the last was its witness
				w.Errorf("%s: message %d told again after %d", key, c.n, n-1)
			}
		default:
			w.Errorf("%s: message %d told where %d was next", key, c.n, n)
			next[key] = c.n
		}
	}
	if !maps.Equal(next, w.seq) {
		w.Errorf("told up to %v, want %v", next, w.seq)
	}
	return repeats
}

func TestOutboxSendsEachEventOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(c told) error { // answers overtake one another
			time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
			return nil
		})
		w.say(1, 40, "a", "b", "c")
		w.start()
		synctest.Wait()
		w.say(1, 500, "a", "b")
		w.say(2, 5, "a")
		if err := w.box.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if repeats := w.wantOrder(); repeats != 0 {
			t.Errorf("%d repetitions", repeats)
		}
		w.wantCounts(0, 0)
		if n := value(t, w.metrics.depth); n != 0 {
			t.Errorf("depth %v, want 0", n)
		}
	})
}

func TestKeysAreSentInParallel(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { time.Sleep(time.Second); return nil })
		w.say(1, 1, "a", "b", "c", "d")
		w.say(1, 1, "a")
		w.start()
		began := time.Now()
		if err := w.box.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("four groups, one with two messages, took %v, want 2s", took)
		}
	})
}

func TestRetrySchedule(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return status(500) })
		w.say(1, 1, "a")
		w.start()
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		calls := w.out.all()
		var waits []time.Duration
		for i := 1; i < len(calls); i++ {
			waits = append(waits, calls[i].at.Sub(calls[i-1].at))
			if calls[i].id != calls[0].id || calls[i].id == "" {
				t.Fatalf("event id changed from %q to %q", calls[0].id, calls[i].id)
			}
		}
		if want := []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}; !slices.Equal(waits, want) {
			t.Errorf("waits %v, want %v", waits, want)
		}
		w.wantCounts(0, 1)
	})
}

func TestFailingKeyDelaysOnlyItself(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(c told) error {
			if c.group == "bad" && c.n == 2 {
				return status(500)
			}
			return nil
		})
		w.start()
		w.say(1, 200, "bad", "good", "fine")
		w.say(2, 3, "bad")
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		count := map[string]int{}
		for _, c := range w.out.all() {
			count[c.app+c.group]++
		}
		// the first and one try of the second message; 3 of the other app's group: 2 fails there, too
		if want := map[string]int{"1bad": 2, "1good": 200, "1fine": 200, "2bad": 2}; !maps.Equal(count, want) {
			t.Errorf("told %v, want %v", count, want)
		}
		w.out.set(nil)
		time.Sleep(2 * time.Second)
		if err := w.box.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if repeats := w.wantOrder(); repeats != 2 {
			t.Errorf("%d repetitions, want 2", repeats)
		}
		w.wantCounts(0, 0)
	})
}

// An app whose server is gone has filled the outbox; the others' events come
// after all of its.
func TestDeadReceiverDoesNotDelayOthers(t *testing.T) {
	const rows = 24_000
	inWorld(t, func(w *world) {
		w.out.set(func(c told) error {
			if c.app == "1" {
				return errors.New("connection refused")
			}
			return nil
		})
		groups := make([]string, 1500) // more than are held at once
		for i := range groups {
			groups[i] = fmt.Sprint("g", i)
		}
		w.say(1, rows/len(groups), groups...)
		w.say(2, 10, "a", "b")
		w.start()
		began := time.Now()
		synctest.Wait()
		w.say(2, 10, "a", "c")
		synctest.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("app 2 waited %v", took)
		}
		told2 := 0
		for _, c := range w.out.all() {
			if c.app == "2" {
				told2++
			}
		}
		if told2 != 40 {
			t.Errorf("app 2 was told %d of 40 events", told2)
		}
		w.wantCounts(rows, 0)
		w.wantHeldBelow(perApp)
		before := len(w.out.all())
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(w.out.all()) - before; n > 730 {
			t.Errorf("%d calls in an hour to a server that is gone", n)
		}
		if n := value(t, w.metrics.paused); n != 1 {
			t.Errorf("%v receivers paused, want 1", n)
		}
		if n := value(t, w.metrics.depth); n != rows {
			t.Errorf("depth %v, want %d", n, rows)
		}
		if age := value(t, w.metrics.age); age < 3580 || age > 3600 {
			t.Errorf("oldest event is %v s old, want about an hour", age)
		}

		w.out.set(nil)
		time.Sleep(maxPause)
		if err := w.box.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.wantCounts(0, 0)
		w.wantOrder()
		if n := value(t, w.metrics.depth); n != 0 {
			t.Errorf("depth %v, want 0", n)
		}
	})
}

func TestReplay(t *testing.T) {
	const events = 1500 // more than are held
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return status(500) })
		for i := range events {
			w.say(1, 1, fmt.Sprint("g", i))
		}
		w.start()
		time.Sleep(time.Hour)
		synctest.Wait()
		w.wantCounts(0, events)
		if n := value(t, w.metrics.depth); n != 0 {
			t.Errorf("depth %v, want 0", n)
		}

		w.out.set(nil)
		n, err := w.box.Replay(context.Background(), 2)
		if n != 0 || err != nil {
			t.Errorf("replay of another app: %d, %v", n, err)
		}
		w.say(1, 1, "g0")
		if n, err = w.box.Replay(context.Background(), 1); n != events || err != nil {
			t.Errorf("replay: %d, %v, want %d", n, err, events)
		}
		w.settle()
		w.wantCounts(0, 0)
	})
}

// A replay that begins while a call is under way goes on as soon as that has ended.
func TestReplayDuringACall(t *testing.T) {
	inWorld(t, func(w *world) {
		old := w.event(1, "old")
		w.shelf.put(old)
		if err := w.shelf.Bury(context.Background(), []string{old.ID}); err != nil {
			t.Fatal(err)
		}
		w.out.set(func(told) error { time.Sleep(time.Second); return nil })
		w.say(1, 1, "a")
		w.start()
		synctest.Wait()
		if n, err := w.box.Replay(context.Background(), 0); n != 1 || err != nil {
			t.Errorf("replay of %d, %v, want 1", n, err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.wantCounts(0, 0)
	})
}

func TestRestart(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(c told) error {
			if c.n > 3 {
				return status(500)
			}
			return nil
		})
		w.say(1, 10, "a", "b")
		w.start()
		time.Sleep(30 * time.Second)
		w.stop()
		w.wantCounts(14, 0)
		tried := len(w.out.all())

		w.out.set(nil)
		w.start()
		synctest.Wait() // no wait is left from before
		w.wantCounts(0, 0)
		w.wantOrder()
		if n := len(w.out.all()) - tried; n != 14 {
			t.Errorf("%d calls after the restart, want 14", n)
		}
	})
}

func TestStopFinishesCallsInFlight(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { time.Sleep(time.Second); return nil })
		w.say(1, 2, "a")
		w.start()
		time.Sleep(500 * time.Millisecond)
		w.stop()
		w.wantCounts(1, 0)
		if n := len(w.out.all()); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

func TestWebhookTurnedOff(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return errors.New("connection refused") })
		for i := range 3000 {
			w.say(1, 1, fmt.Sprint("g", i%1500))
		}
		w.say(9, 5, "unknown app")
		w.start()
		synctest.Wait()
		w.wantCounts(3000, 0)
		w.apps.Set(chat.App{ID: 1})
		time.Sleep(time.Minute)
		synctest.Wait()
		w.wantCounts(0, 0)
		if n := value(t, w.metrics.settled.WithLabelValues(string(dropped))); n != 3005 {
			t.Errorf("%v events dropped, want 3005", n)
		}
	})
}

func TestNewURLIsTriedSoon(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return errors.New("connection refused") })
		for i := range 30 {
			w.say(1, 1, fmt.Sprint("g", i))
		}
		w.start()
		time.Sleep(time.Hour)
		w.out.set(nil)
		w.apps.Set(chat.App{ID: 1, Webhook: chat.Webhook{URL: "http://new.example", All: true}})
		time.Sleep(housekeeping)
		synctest.Wait()
		w.wantCounts(0, 0)
	})
}

func TestStoreFailureCausesNoRepetition(t *testing.T) {
	inWorld(t, func(w *world) {
		w.start()
		synctest.Wait()
		w.shelf.breaks(errors.New("disk full"))
		w.say(1, 20, "a", "b")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.wantCounts(40, 0)
		w.shelf.breaks(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.wantCounts(0, 0)
		if repeats := w.wantOrder(); repeats != 0 {
			t.Errorf("%d repetitions", repeats)
		}
	})
}

func TestUnsendableEventIsDeadLettered(t *testing.T) {
	inWorld(t, func(w *world) {
		broken := w.event(1, "a")
		broken.Message = nil
		w.shelf.put(broken)
		w.seq["1/group/a"] = 0
		w.say(1, 2, "a")
		w.start()
		synctest.Wait()
		w.wantCounts(0, 1)
		w.wantOrder()
	})
}

// Whatever receivers do, order holds, nothing is lost, memory is bounded.
func TestOutboxWithUnreliableReceivers(t *testing.T) {
	for seed := range uint64(raced.Or(4, 1)) {
		inWorld(t, func(w *world) {
			random := rand.New(rand.NewPCG(seed, 9)) // of the story; moods are the receivers'
			var mu sync.Mutex
			moods := rand.New(rand.NewPCG(seed, 10))
			chance := func(n int) bool {
				mu.Lock()
				defer mu.Unlock()
				return moods.IntN(n) == 0
			}
			down := map[string]bool{}
			w.out.set(func(c told) error {
				mu.Lock()
				gone := down[c.app]
				mu.Unlock()
				switch {
				case gone:
					return errors.New("connection refused")
				case chance(7):
					return status(500)
				case chance(40):
					time.Sleep(time.Minute) // past its time
				}
				time.Sleep(3 * time.Millisecond)
				return nil
			})
			w.start()
			for range 40 {
				app := chat.AppID(1 + random.IntN(3))
				switch random.IntN(6) {
				case 0:
					mu.Lock()
					down[fmt.Sprint(app)] = !down[fmt.Sprint(app)]
					mu.Unlock()
				case 1:
					w.say(app, 300, "hot")
				case 2:
					for i := range 1500 {
						w.say(app, 1, fmt.Sprint("g", i))
					}
				case 3:
					w.stop()
					w.start()
				default:
					w.say(app, random.IntN(40), "hot", "warm", fmt.Sprint("g", random.IntN(1500)))
				}
				time.Sleep(time.Duration(random.IntN(20_000)) * time.Millisecond)
				w.wantHeldBelow(perApp)
			}
			w.out.set(nil)
			time.Sleep(2 * time.Minute)
			w.settle()
			// Chance may fail one event four times: that is a dead letter, and not lost.
			_, dead := w.shelf.counts()
			if dead > 40 {
				t.Errorf("seed %d: %d dead letters", seed, dead)
			}
			w.wantCounts(0, dead)
			w.wantOrder()
			if n := value(t, w.metrics.depth); n != 0 {
				t.Errorf("seed %d: depth %v, want 0", seed, n)
			}
			if n, err := w.box.Replay(context.Background(), 0); n != dead || err != nil {
				t.Errorf("seed %d: replay of %d, %v, want %d", seed, n, err, dead)
			}
			w.settle()
			w.wantCounts(0, 0)
		})
	}
}

func BenchmarkOutbox(b *testing.B) {
	for _, keys := range []int{1, 100} {
		b.Run(fmt.Sprintf("%d keys", keys), func(b *testing.B) {
			s, apps := newShelf(), &chat.Apps{}
			apps.Set(chat.App{ID: 1, Webhook: chat.Webhook{URL: "http://x", All: true}})
			quick := roundTripper(func(req *http.Request) (*http.Response, error) {
				io.Copy(io.Discard, req.Body)
				return response(200, "{}"), nil
			})
			o := NewOutbox(OutboxOptions{Store: s, Apps: apps, Client: NewClient(ClientOptions{Transport: quick})})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go o.Run(ctx)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				g := fmt.Sprint("g", i%keys)
				s.put(&chat.Event{
					App: 1, Kind: chat.AfterGroup, Key: g,
					Message: &chat.Message{Body: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`)},
					Group:   &chat.Group{ID: chat.GroupID(g), Type: chat.Public},
				})
			}
			if err := o.Drain(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDrainAndReplayReturnWhenRunEnds(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { time.Sleep(time.Second); return nil })
		w.say(1, 5, "a")
		w.start()
		ended := make(chan error)
		go func() { ended <- w.box.Drain(context.Background()) }()
		synctest.Wait()
		w.stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Drain after the end: %v", err)
		}
		if _, err := w.box.Replay(context.Background(), 1); err != nil {
			t.Errorf("Replay of nothing after the end: %v", err)
		}
	})
}

// value reads a counter or a gauge.
func value(t testing.TB, m prometheus.Metric) float64 {
	t.Helper()
	var d dto.Metric
	if err := m.Write(&d); err != nil {
		t.Fatal(err)
	}
	return d.GetCounter().GetValue() + d.GetGauge().GetValue()
}
