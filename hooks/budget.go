package hooks

import (
	"net/netip"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Budgets bound how fast a connection is read, in packets and bytes a second; see
// [Link.pay]. Nothing is refused over them (spec/00 §9): who sends faster is read
// later, and TCP pushes back.
const (
	// budgetBurst is how much may come above the full rate, as time at that rate
	// (spec/41 §7).
	budgetBurst = 2 * time.Second
	// burstPace is how many times the full rate a burst is read at, and burstStart how
	// much of it at once: what one sends is not to keep others waiting. While several apps
	// publish, who keeps to the rate waits for nobody's burst: it is read at the full rate.
	// A choice.
	burstPace  = 4
	burstStart = 10 * time.Millisecond // at the rate of a burst
	// burstHold is how long the last connection of a burst is held; those beyond, longer.
	burstHold = budgetBurst/burstPace - burstStart
	// A connection enters what it has read in its budgets in steps of so many packets
	// and bytes: a clock is read, and what connections share is touched, once a step.
	stepPackets = 32
	stepBytes   = 32 << 10
	// longestPause bounds one pause, and with it how far a budget can be overdrawn.
	longestPause = time.Minute
	// longestGreeting bounds how long a CONNECT waits for the budget of its address: it
	// is to be answered within 10 s.
	longestGreeting = 5 * time.Second
)

// What a connection costs beside what it sends, as time at the full rate of a budget: of
// its address when it is accepted, of its user when they log in, and more when it ends
// over something that no client should send or show. A choice (spec/41 §7).
const (
	arrivalCost    = 10 * time.Millisecond  // 100 connections a second and address
	loginCost      = 100 * time.Millisecond // 10 a second and user
	faultCost      = 100 * time.Millisecond // 10 bad ones a second and address
	loginFaultCost = 200 * time.Millisecond
)

// Budget names one of the budgets a connection is read by.
type Budget string

// The budgets. Who counts is told which one has bitten.
const (
	OfConnection Budget = "connection"
	OfUser       Budget = "user"
	OfAddress    Budget = "address"
	OfApp        Budget = "app"

	ofBurst Budget = "burst" // none of theirs: how fast a connection's burst is read
)

// pace is how fast may be read, a second; 0 or less: no limit.
type pace struct{ packets, bytes int }

func (p pace) limited() bool { return p.packets > 0 || p.bytes > 0 }

// bucket is what has been read under one budget: for packets and for bytes, when the
// last of them would have come at the full rate, in nanoseconds of the door's clock.
type bucket struct{ packets, bytes int64 }

// enter adds what has been read and returns how long reading has to wait for it.
func (b *bucket) enter(now int64, p pace, packets, bytes int32) time.Duration {
	return max(
		enter(&b.packets, now, worth(packets, p.packets), budgetBurst),
		enter(&b.bytes, now, worth(bytes, p.bytes), budgetBurst),
	)
}

// enter adds time to a bucket's, and returns how long to wait when burst may come at once.
func enter(at *int64, now int64, worth, burst time.Duration) time.Duration {
	if worth == 0 {
		return 0
	}
	*at = min(max(*at, now)+int64(worth), now+int64(burst+longestPause))
	return max(0, time.Duration(*at-now)-burst)
}

// worth is the time that n of something take at a rate; 0 without a rate.
func worth(n int32, perSecond int) time.Duration {
	if perSecond <= 0 {
		return 0
	}
	return time.Duration(n) * time.Second / time.Duration(perSecond)
}

// charge adds time at the full rate, and returns how long to wait for it. Those who come
// together each wait for those before them, as a burst is read.
func (b *bucket) charge(now int64, cost time.Duration) time.Duration {
	before := max(b.packets, now)
	due := before + int64(cost)
	b.packets = max(b.packets, min(due, now+int64(budgetBurst+longestGreeting)))
	if beyond := time.Duration(due-now) - budgetBurst; beyond > 0 {
		return burstHold + beyond
	}
	return max(0, time.Duration(before-now)/burstPace-burstStart)
}

// idle reports whether the bucket is as good as a new one.
func (b bucket) idle(now int64) bool { return b.packets <= now && b.bytes <= now }

// buckets are those of many users, addresses or apps. One is there while it is in use:
// one that has run full again is like a new one, and goes. The lock is held for a look
// into the map, never while anybody waits.
type buckets[K comparable] struct {
	mu   sync.Mutex
	all  map[K]bucket
	most int // size at which those that are idle go
}

// fewBuckets are not worth looking through.
const fewBuckets = 1024

// enter adds what has been read to the bucket of k.
func (s *buckets[K]) enter(k K, now int64, p pace, packets, bytes int32) time.Duration {
	return s.change(k, now, p, func(b *bucket) time.Duration { return b.enter(now, p, packets, bytes) })
}

// charge adds time at the full rate to the bucket of k.
func (s *buckets[K]) charge(k K, now int64, p pace, cost time.Duration) time.Duration {
	return s.change(k, now, p, func(b *bucket) time.Duration { return b.charge(now, cost) })
}

// change does something with the bucket of k, unless there is no limit.
func (s *buckets[K]) change(k K, now int64, p pace, what func(*bucket) time.Duration) time.Duration {
	if !p.limited() {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.all[k]
	if !ok {
		s.sweep(now)
	}
	wait := what(&b)
	s.all[k] = b
	return wait
}

// sweep makes room for one more: the idle ones go when there are twice as many as
// stayed the last time.
func (s *buckets[K]) sweep(now int64) {
	if s.all == nil {
		s.all, s.most = map[K]bucket{}, fewBuckets
	}
	if len(s.all) < s.most {
		return
	}
	for k, b := range s.all {
		if b.idle(now) {
			delete(s.all, k)
		}
	}
	s.most = max(fewBuckets, 2*len(s.all))
}

// budgets are those that connections share.
type budgets struct {
	since     time.Time // 0 of their clock
	address   pace
	users     buckets[person]
	addresses buckets[netip.Addr]
	apps      buckets[chat.AppID]
}

type person struct {
	app  chat.AppID
	user chat.UserID
}

// Network is what connections of an address are counted by: of IPv6 the /64, which is
// what one subscriber gets. It is not valid for 127.0.0.1 and ::1, which have no bound of
// their own: they are the operator, or a proxy that brings everybody. The rest of
// 127.0.0.0/8 counts as any address.
func Network(addr netip.Addr) netip.Addr {
	switch {
	case !addr.IsValid(), addr.Unmap() == localhost, addr == netip.IPv6Loopback():
		return netip.Addr{}
	case !addr.Is6():
		return addr
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}

var localhost = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// enterAddress adds what has come from an address, given as text.
func (b *budgets) enterAddress(ip string, now int64, packets, bytes int32) time.Duration {
	addr, _ := netip.ParseAddr(ip)
	n := Network(addr.Unmap())
	if !n.IsValid() {
		return 0
	}
	return b.addresses.enter(n, now, b.address, packets, bytes)
}

// spending is what a connection has read. It belongs to the reading goroutine.
type spending struct {
	packets, bytes int32 // not entered yet
	own            bucket
	burst          int64 // when the last of it would have come at the rate of a burst
}

// spend notes that packets have been read, and n bytes of them behind their headers.
func (l *Link) spend(packets, n int) {
	const header = 2
	l.spent.packets += int32(packets)
	l.spent.bytes += int32(n + header*packets)
}

// owing reports whether it is time to enter what has been read.
func (l *Link) owing() bool {
	return l.spent.packets >= int32(l.step) || l.spent.bytes >= stepBytes
}

// paceSteps sets how many packets make a step: fewer when the app is read so slowly that
// a full step would be felt.
func (l *Link) paceSteps() {
	const perSecond = 32 // steps
	lim := &l.App.Limits
	l.step = stepPackets
	for _, n := range []int{lim.ConnectionPackets, lim.UserPackets, lim.AppPackets} {
		if n > 0 {
			l.step = min(l.step, uint8(min(stepPackets, max(1, n/perSecond))))
		}
	}
}

// pay enters what has been read, and waits until the tightest budget lets the
// connection read on, or until it is closed. The keepalive counts from then. That a
// burst is not read at once is nothing to tell of.
func (l *Link) pay() {
	wait, of := l.enter()
	if wait <= 0 {
		return
	}
	if of != ofBurst {
		l.slowed(of, wait)
	}
	l.Pause(wait, nil)
}

// slowed counts and logs a budget that has bitten.
func (l *Link) slowed(of Budget, wait time.Duration) {
	l.door.opt.Counters.Slowed(of, wait)
	l.noteLimit("packets and bytes of the "+string(of), 0, nil)
}

// enter enters what has been read in all budgets, and returns which one makes the
// connection wait longest. The app's settings may have changed since CONNECT.
func (l *Link) enter() (wait time.Duration, of Budget) {
	d, s := l.door, &l.spent
	packets, bytes := s.packets, s.bytes
	s.packets, s.bytes = 0, 0
	app, err := d.core.App(l.Actor.App)
	if err != nil { // disabled meanwhile
		app = l.App
	}
	lim, now := &app.Limits, d.budgetClock()
	longest := func(w time.Duration, b Budget) {
		if w > wait {
			wait, of = w, b
		}
	}
	own := pace{lim.ConnectionPackets, lim.ConnectionBytes}
	longest(s.own.enter(now, own, packets, bytes), OfConnection)
	read := max(worth(packets, own.packets), worth(bytes, own.bytes))
	longest(enter(&s.burst, now, read/d.shares.burstPace(), burstStart), ofBurst)
	longest(d.budgets.users.enter(person{app.ID, l.Actor.User}, now, pace{lim.UserPackets, lim.UserBytes}, packets, bytes), OfUser)
	longest(d.budgets.enterAddress(l.Actor.IP, now, packets, bytes), OfAddress)
	longest(d.budgets.apps.enter(app.ID, now, pace{lim.AppPackets, lim.AppBytes}, packets, bytes), OfApp)
	return wait, of
}

// Arrive enters a new connection in the budget of its address. It returns how long the
// connection is to wait before anything is read of it, at most 5 s.
func (d *Door) Arrive(from netip.Addr) time.Duration {
	n := Network(from)
	if !n.IsValid() {
		return 0
	}
	wait := min(longestGreeting, d.budgets.addresses.charge(n, d.budgetClock(), d.budgets.address, arrivalCost))
	if wait > burstHold {
		d.opt.Counters.Slowed(OfAddress, wait)
		d.lines.Info(limitReached, "connections of an address", "limit", "connections of an address", "remote", from.String())
	}
	return wait
}

// greeting enters a CONNECT of n bytes in the budget of its address. One from an
// address that is over it waits before its ticket is looked at.
func (l *Link) greeting(n int) {
	d := l.door
	l.greet(OfAddress, d.budgets.enterAddress(l.RemoteIP(), d.budgetClock(), 1, int32(n)))
}

// arriveUser enters a login in the budget of the user, whose ticket is good. One who is
// over it waits before the server does anything for them.
func (l *Link) arriveUser() {
	l.greet(OfUser, l.chargeUser(loginCost))
}

func (l *Link) greet(of Budget, wait time.Duration) {
	wait = min(wait, longestGreeting)
	if wait > burstHold {
		l.door.opt.Counters.Slowed(of, wait)
	}
	if wait > 0 {
		l.Pause(wait, nil)
	}
}

func (l *Link) chargeUser(cost time.Duration) time.Duration {
	d, lim := l.door, &l.App.Limits
	return d.budgets.users.charge(person{l.Actor.App, l.Actor.User}, d.budgetClock(), pace{lim.UserPackets, lim.UserBytes}, cost)
}

// chargeFault makes the next connections of the address wait, and of the user when they
// have logged in: this one ends over what it has sent.
func (l *Link) chargeFault() {
	d := l.door
	if addr, err := netip.ParseAddr(l.RemoteIP()); err == nil {
		if n := Network(addr); n.IsValid() {
			d.budgets.addresses.charge(n, d.budgetClock(), d.budgets.address, faultCost)
		}
	}
	if l.session != nil {
		l.chargeUser(loginFaultCost)
	}
}

// sendClock is now on the same clock in microseconds, never 0. It goes round in 71
// minutes, longer than any send takes.
func (d *Door) sendClock() uint32 { return max(1, uint32(d.budgetClock()/int64(time.Microsecond))) }

// budgetClock is now on the clock of the budgets.
func (d *Door) budgetClock() int64 { return int64(d.opt.Now().Sub(d.budgets.since)) }
