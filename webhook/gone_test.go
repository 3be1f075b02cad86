package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// rejections are what a receiver answers to an event that it does not like.
var rejections = map[string]error{
	"400": status(400), "404": status(404), "500": status(500), "501": status(501), "302": status(302),
	"no JSON": reply{200, "oops"},
}

// absences are what comes of a call when nobody is there; somebody who is may choke
// on one event in the same way.
var absences = map[string]error{
	"refused": errors.New("connection refused"), "cut off": io.ErrUnexpectedEOF, "silent": errSilence,
	"429": status(429), "502": status(502), "503": status(503), "504": status(504),
}

// path is the numbers of a group's messages in the order told, each as often as it
// was told in a row: "1 2x4 3".
func (w *world) path(app, group string) (text string) {
	n, times := uint64(0), 0
	flush := func() {
		if times == 1 {
			text += fmt.Sprint(" ", n)
		} else if times > 1 {
			text += fmt.Sprint(" ", n, "x", times)
		}
	}
	for _, c := range w.out.all() {
		if c.app != app || c.group != group {
			continue
		}
		if c.n != n {
			flush()
			n, times = c.n, 0
		}
		times++
	}
	flush()
	return text
}

func (w *world) wantPath(group, want string) {
	w.Helper()
	if got := w.path("1", group); got != want {
		w.Errorf("told%s of group %s, want%s", got, group, want)
	}
}

// A receiver that answers and rejects one event: three further tries, then the
// next event's turn.
func TestRejectedEventBecomesDeadLetter(t *testing.T) {
	for name, how := range rejections {
		inWorld(t, func(w *world) {
			w.out.set(func(c told) error {
				if c.n == 2 {
					return how
				}
				return nil
			})
			w.say(1, 5, "a")
			w.start()
			time.Sleep(time.Second + 5*time.Second + 30*time.Second - time.Millisecond)
			synctest.Wait()
			w.wantPath("a", " 1 2x3")
			time.Sleep(time.Millisecond)
			synctest.Wait()
			w.wantPath("a", " 1 2x4 3 4 5")
			w.wantCounts(0, 1)
			if n := value(t, w.metrics.settled.WithLabelValues(string(buried))); n != 1 {
				t.Errorf("%s: %v dead letters counted, want 1", name, n)
			}
			code := "200"
			if r := (reply{}); errors.As(how, &r) {
				code = fmt.Sprint(r.status)
			}
			if got, want := w.book.said("event is a dead letter", "level", "app", "command", "code"), "WARN 1 Group.CallbackAfterSendMsg "+code; !slices.Equal(got, []string{want}) {
				t.Errorf("%s: in the log is %q, want %q", name, got, want)
			}
			if t.Failed() {
				t.Fatal(name)
			}
		})
	}
}

// Somebody may choke on one event without an answer: that it goes on with others
// tells it from a receiver that is gone, even where nothing but the events behind it is
// there to show that.
func TestUnansweredEventBecomesDeadLetter(t *testing.T) {
	for name, how := range absences {
		for _, others := range []bool{false, true} {
			inWorld(t, func(w *world) {
				w.out.set(func(c told) error {
					if c.group == "a" && c.n == 2 {
						return how
					}
					return nil
				})
				w.say(1, 5, "a")
				w.start()
				for range 60 {
					time.Sleep(time.Second)
					if others {
						w.say(1, 1, "b")
					}
				}
				synctest.Wait()
				w.wantCounts(0, 1)
				w.wantOrder()
				calls := slices.DeleteFunc(w.out.all(), func(c told) bool { return c.group != "a" })
				at := func(n uint64) time.Duration {
					for _, c := range calls {
						if c.n == n {
							return c.at.Sub(calls[0].at)
						}
					}
					return -1
				}
				if at(3) < 36*time.Second || at(3) > 50*time.Second || at(5) < at(3) || at(5) > at(3)+5*time.Second {
					t.Errorf("%s, others %t: the next are told after %v to %v", name, others, at(3), at(5))
				}
				if n := len(w.book.said("event is a dead letter")); n != 1 {
					t.Errorf("%s, others %t: %d lines in the log, want 1", name, others, n)
				}
			})
		}
	}
}

// While one event is tried again, other conversations go on at once.
func TestRejectedEventDelaysNoOtherKey(t *testing.T) {
	for name, how := range rejections {
		inWorld(t, func(w *world) {
			w.out.set(func(c told) error {
				if c.group == "a" {
					return how
				}
				return nil
			})
			w.start()
			w.say(1, 3, "a")
			for i := range 40 {
				w.say(1, 1, "b")
				synctest.Wait()
				if calls := w.out.all(); !slices.ContainsFunc(calls, func(c told) bool { return c.group == "b" && c.n == uint64(i+1) }) {
					t.Errorf("%s: message %d waits", name, i+1)
				}
				time.Sleep(time.Second)
			}
			live, dead := w.shelf.counts()
			if live != 2 || dead != 1 {
				t.Errorf("%s: %d pending and %d dead, want the first of three set aside", name, live, dead)
			}
		})
	}
}

// noticed is the longest that a receiver which answers again may wait for its
// events: a probe's pause and the time of the probe.
const noticed = maxPause + Timeout

// However, whenever and for how long a receiver is gone: nothing is set aside,
// order holds, and it has its events soon after it is back.
func TestOutageLosesNothing(t *testing.T) {
	lasting := []time.Duration{
		2 * time.Second, 9 * time.Second, 30 * time.Second, 37 * time.Second, 41 * time.Second, 46 * time.Second,
		65 * time.Second, 10 * time.Minute,
	}
	for name, how := range absences {
		for _, outage := range lasting {
			for _, lanes := range []int{1, 40} {
				if lanes > 1 && outage != 9*time.Second && outage != 46*time.Second {
					continue // it is much the same
				}
				for _, before := range []time.Duration{0, time.Second, 20 * time.Second} {
					inWorld(t, func(w *world) {
						outageStory(w, how, outage, before, lanes)
						if t.Failed() {
							t.Fatalf("%s for %v, %v after an answer, %d conversations", name, outage, before, lanes)
						}
					})
				}
			}
		}
	}
}

func TestOutageOfOneDay(t *testing.T) {
	inWorld(t, func(w *world) { outageStory(w, status(503), 25*time.Hour, time.Second, 4) })
}

// outageStory tells of a receiver that goes away some time after it has answered
// an event (0: it has never answered one), while its app goes on talking.
func outageStory(w *world, how error, outage, before time.Duration, lanes int) {
	groups := make([]string, lanes)
	for i := range groups {
		groups[i] = fmt.Sprint("g", i)
	}
	w.start()
	if before > 0 {
		w.say(1, 2, groups...)
		synctest.Wait()
		time.Sleep(before)
	}
	w.out.set(func(told) error { return how })
	w.say(1, 3, groups...)
	for range 4 {
		time.Sleep(outage / 4)
		w.say(1, 1, groups...)
	}
	w.wantCounts(7*lanes, 0)
	w.out.set(nil)
	time.Sleep(noticed)
	synctest.Wait()
	w.wantCounts(0, 0)
	w.wantOrder()
	if n := len(w.book.said("event is a dead letter")); n != 0 {
		w.Errorf("%d dead letters in the log", n)
	}
}

// A receiver that is gone is asked after pauses that soon stay the same, one event
// at a time.
func TestProbes(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return errors.New("connection refused") })
		w.say(1, 3, "a", "b", "c")
		w.start()
		time.Sleep(time.Minute)
		synctest.Wait()
		calls := w.out.all()
		var waits []int
		for i := 1; i < len(calls); i++ {
			waits = append(waits, int(calls[i].at.Sub(calls[i-1].at)/time.Second))
		}
		if want := []int{0, 0, 1, 2, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}; !slices.Equal(waits, want) {
			t.Errorf("waits of %v s, want %v", waits, want)
		}
		each := map[string]int{}
		for _, c := range calls {
			each[c.group]++
		}
		if each["a"] < 5 || each["b"] < 5 || each["c"] < 5 {
			t.Errorf("calls by conversation: %v, want them to take turns", each)
		}
		if got := w.book.said("receiver is gone, its events wait", "level", "app", "why"); !slices.Equal(got, []string{"WARN 1 unreachable"}) {
			t.Errorf("in the log: %q", got)
		}
		w.out.set(nil)
		time.Sleep(maxPause)
		synctest.Wait()
		w.wantCounts(0, 0)
		if got := w.book.said("receiver is back", "level", "app"); !slices.Equal(got, []string{"INFO 1"}) {
			t.Errorf("in the log: %q", got)
		}
	})
}

// A receiver in trouble that answers every event with a rejection is alive: each
// has its three further tries.
func TestReceiverRejectsEverything(t *testing.T) {
	inWorld(t, func(w *world) {
		w.out.set(func(told) error { return status(500) })
		w.say(1, 2, "a", "b")
		w.start()
		time.Sleep(36 * time.Second)
		synctest.Wait()
		w.wantCounts(2, 2)
		time.Sleep(36 * time.Second)
		synctest.Wait()
		w.wantCounts(0, 4)
		w.wantPath("a", " 1x4 2x4")
		w.out.set(nil)
		w.say(1, 1, "a")
		synctest.Wait()
		w.wantCounts(0, 4)
	})
}

// Events of a receiver that is gone are kept as long as its app says; a replay gives
// them that time again.
func TestEventsAreKeptDuringOutage(t *testing.T) {
	inWorld(t, func(w *world) {
		const events = 1500 // more than are held
		a := *w.apps.App(1)
		a.Webhook.Keep = time.Hour
		w.apps.Set(a)
		w.out.set(func(told) error { return errors.New("connection refused") })
		for i := range events {
			w.say(1, 1, fmt.Sprint("g", i))
		}
		w.start()
		for range 2 {
			time.Sleep(time.Hour - time.Second)
			synctest.Wait()
			w.wantCounts(events, 0)
			w.wantHeldBelow(perApp)
			time.Sleep(time.Second + 2*housekeeping)
			synctest.Wait()
			w.wantCounts(0, events)
			if n, err := w.box.Replay(context.Background(), 1); n != events || err != nil {
				t.Fatalf("replay of %d, %v", n, err)
			}
		}
		w.out.set(nil)
		time.Sleep(noticed)
		synctest.Wait()
		w.wantCounts(0, 0)
		lines, told := w.book.said("events became dead letters: their receiver was gone for too long", "level", "app", "events"), 0
		for _, l := range lines {
			n := 0
			if _, err := fmt.Sscanf(l, "WARN 1 %d", &n); err != nil {
				t.Errorf("in the log: %q", l)
			}
			told += n
		}
		if told != 2*events || len(lines) > 10 {
			t.Errorf("%d lines in the log about %d dead letters, want a few about twice %d", len(lines), told, events)
		}
	})
}

func TestHowLongEventsAreKept(t *testing.T) {
	const week = 7 * 24 * time.Hour
	now := time.UnixMilli(1_700_000_000_000)
	for _, c := range []struct {
		name             string
		set, age, served time.Duration
		old              bool
	}{
		{"seven days, less something", 0, week - time.Millisecond, 2 * week, false},
		{"seven days", 0, week, 2 * week, true},
		{"old, but the server has just been started", 0, 2 * week, time.Hour, false},
		{"the app's time", time.Hour, time.Hour, week, true},
		{"less than the app's time", 30 * 24 * time.Hour, 2 * week, 90 * 24 * time.Hour, false},
		{"from the future", 0, -time.Hour, week, false},
	} {
		apps := &chat.Apps{}
		apps.Set(chat.App{ID: 1, Webhook: chat.Webhook{Keep: c.set}})
		d := &dispatcher{Outbox: &Outbox{apps: apps, now: func() time.Time { return now }}}
		r := &receiver{since: now.Add(-c.served)}
		if got := d.tooOld(r, &chat.Event{App: 1, Time: now.Add(-c.age).UnixMilli()}); got != c.old {
			t.Errorf("%s: too old is %t, want %t", c.name, got, c.old)
		}
	}
}

// What is behind an event is told ahead of it once, when it could still be the
// event, and not again when nobody is there for either.
func TestWitnessIsAskedOnce(t *testing.T) {
	for name, how := range absences {
		inWorld(t, func(w *world) {
			w.say(1, 1, "a")
			w.start()
			synctest.Wait()
			w.out.set(func(told) error { return how })
			w.say(1, 5, "a")
			time.Sleep(time.Hour)
			synctest.Wait()
			times := map[uint64]int{}
			for _, c := range w.out.all() {
				times[c.n]++
			}
			if len(times) != 3 || times[1] != 1 || times[3] != 1 {
				t.Errorf("%s: calls by number: %v, want one of 3 and many of 2", name, times)
			}
			w.wantCounts(5, 0)
		})
	}
}

// After an outage an event that is rejected has all its tries before it.
func TestOutageDoesNotUseUpTries(t *testing.T) {
	for name, how := range absences {
		for _, outage := range []time.Duration{8 * time.Second, 41 * time.Second, 45 * time.Second, 10 * time.Minute} {
			inWorld(t, func(w *world) {
				w.say(1, 1, "b")
				w.start()
				synctest.Wait()
				w.out.set(func(told) error { return how })
				w.say(1, 2, "a")
				time.Sleep(outage)
				back := time.Now()
				w.out.set(func(c told) error {
					if c.n == 1 && time.Since(back) < 10*time.Second { // it is late with that one
						return status(500)
					}
					return nil
				})
				time.Sleep(time.Minute)
				synctest.Wait()
				if live, dead := w.shelf.counts(); live != 0 || dead != 0 {
					t.Errorf("%s for %v: %d pending and %d dead", name, outage, live, dead)
				}
			})
		}
	}
}
