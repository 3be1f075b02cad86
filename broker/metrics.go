package broker

import (
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
)

// latencies are the bounds of the histograms of sends, in seconds.
var latencies = []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}

// counters are what the broker and package hooks count. The hot ones are plain
// atomics, read at scrape time.
type counters struct {
	connects    labelled // CONNECTs by outcome
	logins      *prometheus.CounterVec
	refused     *prometheus.CounterVec
	disconnects labelled // by reason
	published   labelled // publishes by class of the answer
	slowed      labelled // pauses of readers by budget
	slowedFor   labelled // their length, in nanoseconds

	acked  prometheus.Histogram // sends, by the time until they are acknowledged
	spread prometheus.Histogram // messages, by the time until sessions have them

	delivered [2]atomic.Int64 // messages sent live, by QoS
	caughtUp  atomic.Int64    // messages sent from the log
	events    atomic.Int64    // durable events sent live
	streamed  atomic.Int64    // packets of apps' streams sent to administrators
	lagged    atomic.Int64    // times a conversation entered a lag set
	dropped   atomic.Int64    // transient packets without room
	tooLarge  atomic.Int64    // packets above a client's Maximum Packet Size

	roomDropped atomic.Int64 // messages of live rooms above the budget of a tick
}

// labelled is a counter per value of one label; the values are fixed.
type labelled map[string]*atomic.Int64

func newLabelled(values ...string) labelled {
	l := labelled{}
	for _, v := range values {
		l[v] = new(atomic.Int64)
	}
	return l
}

// add counts a value; one that is not declared counts as "other".
func (l labelled) add(value string) {
	c := l[value]
	if c == nil {
		c = l["other"]
	}
	c.Add(1)
}

func newCounters() *counters {
	return &counters{
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_logins_total", Help: "Logins over MQTT (CONNECT and login.refresh) by ErrorCode, 0 when they succeed.",
		}, []string{"code"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "teahouse_publishes_refused_total",
			Help: "Publishes of clients that were refused, by ErrorCode; \"app\" stands for all codes that an app's own server has chosen.",
		}, []string{"code"}),
		acked: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "teahouse_send_ack_seconds", Buckets: latencies,
			Help: "How long sends over MQTT took that were let pass, from the reading of the packet to its acknowledgement.",
		}),
		spread: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "teahouse_send_deliver_seconds", Buckets: latencies,
			Help: "How long messages took from their admission at either door until all sessions that keep up had them.",
		}),
		connects: newLabelled("ok", "ticket", "app", "banned", "full", "fault", "draining", "client-id",
			"auth-method", "will", "other"),
		disconnects: newLabelled("Unregister", "LinkClose", "TimeOut", "replaced", "multi-login", "other"),
		slowed:      newLabelled(budgetNames...),
		slowedFor:   newLabelled(budgetNames...),
		published: newLabelled("ok", "fault", "malformed", "unauthenticated", "denied", "not-found", "limited",
			"refused-by-app", "unavailable", "other"),
	}
}

// Connect implements hooks.Counters.
func (c *counters) Connect(outcome string) { c.connects.add(outcome) }

// Login implements hooks.Counters.
func (c *counters) Login(code chat.Code) { c.logins.WithLabelValues(strconv.Itoa(int(code))).Inc() }

// Published implements hooks.Counters.
func (c *counters) Published(class string) { c.published.add(class) }

// Refused implements hooks.Counters.
func (c *counters) Refused(code chat.Code) { c.refused.WithLabelValues(code.Label()).Inc() }

var budgetNames = []string{string(hooks.OfConnection), string(hooks.OfUser), string(hooks.OfAddress), string(hooks.OfApp)}

// Acked implements hooks.Counters.
func (c *counters) Acked(d time.Duration) { c.acked.Observe(d.Seconds()) }

// Slowed implements hooks.Counters.
func (c *counters) Slowed(of hooks.Budget, d time.Duration) {
	c.slowed.add(string(of))
	c.slowedFor[string(of)].Add(int64(d))
}

// register makes the metrics known.
func (b *Broker) register(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	var err error
	total := func(name, help string, labels prometheus.Labels, f func() int64) {
		err = errors.Join(err, r.Register(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Name: "teahouse_" + name, Help: help, ConstLabels: labels},
			func() float64 { return float64(f()) })))
	}
	each := func(name, help, label string, l labelled) {
		for v, c := range l {
			total(name, help, prometheus.Labels{label: v}, c.Load)
		}
	}
	c, st := b.count, &b.in.stats
	each("connects_total", "CONNECT packets by outcome: ok, or why they were refused.", "outcome", c.connects)
	each("disconnects_total", "Ended connections of clients that were let in, by reason: Unregister (the client said goodbye), LinkClose (the connection was lost), TimeOut (the client was silent for too long), replaced and multi-login (another device has taken its place).", "reason", c.disconnects)
	each("publishes_total", "Publishes of clients by class of their answer: ok, or the kind of refusal; fault is an error of the server.", "class", c.published)
	each("reads_slowed_total", "Pauses before reading on from a client that has used up a budget, by budget: connection, user, address, app.", "budget", c.slowed)
	for of, d := range c.slowedFor {
		err = errors.Join(err, r.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "teahouse_reads_slowed_seconds_total", Help: "How long the pauses were that teahouse_reads_slowed_total counts, by budget.", ConstLabels: prometheus.Labels{"budget": of},
		}, func() float64 { return time.Duration(d.Load()).Seconds() })))
	}
	for reason := range closeReasons {
		total("connections_closed_total", "Closed sockets by first cause: server (it closed them in good order), peer (the client or the network did), connect_timeout (no CONNECT came), idle (silent beyond the keep alive), oversize (a packet above the limit), protocol (a packet that is no MQTT), slow and stalled (the client does not take what it is sent).", prometheus.Labels{"reason": reason.String()}, st.Closed[reason].Load)
	}
	total("received_bytes_total", "Bytes read from clients.", nil, b.sum(func(f *flow) *atomic.Int64 { return &f.BytesIn }))
	total("sent_bytes_total", "Bytes written to clients.", nil, b.sum(func(f *flow) *atomic.Int64 { return &f.BytesOut }))
	total("received_packets_total", "MQTT packets read from clients.", nil, b.sum(func(f *flow) *atomic.Int64 { return &f.PacketsIn }))
	total("sent_packets_total", "MQTT packets written to clients.", nil, b.sum(func(f *flow) *atomic.Int64 { return &f.PacketsOut }))
	total("writes_total", "Write calls on client sockets; each carries what is ready, often many packets.", nil, b.sum(func(f *flow) *atomic.Int64 { return &f.Flushes }))
	const delivered = "Messages sent to sessions, by way: live (as they were said) or log (read from the history by a session that was behind, of any qos)."
	total("delivered_total", delivered, prometheus.Labels{"way": "live", "qos": "0"}, c.delivered[0].Load)
	total("delivered_total", delivered, prometheus.Labels{"way": "live", "qos": "1"}, c.delivered[1].Load)
	total("delivered_total", delivered, prometheus.Labels{"way": "log", "qos": "any"}, c.caughtUp.Load)
	total("delivered_events_total", "Durable events sent to sessions as they happened.", nil, c.events.Load)
	total("streamed_total", "Packets of apps' streams sent to administrators.", nil, c.streamed.Load)
	total("lagged_total", "Times a session fell behind in a conversation and was left to the log.", nil, c.lagged.Load)
	total("dropped_frames_total", "Packets that are not stored (typing, presence, events of the moment) and were dropped because a client does not keep up.", nil, c.dropped.Load)
	total("room_messages_dropped_total", "Messages in large AVChatRooms that nobody was sent: more was said than a tick may carry.", nil, c.roomDropped.Load)
	total("oversize_frames_total", "Packets not sent because they exceed the client's Maximum Packet Size.", nil, c.tooLarge.Load)
	const turnedAway = "New sockets that were closed at once because there were too many, by reason: address (of one address), total (of all)."
	total("accepts_refused_total", turnedAway, prometheus.Labels{"reason": "address"}, st.RefusedPerAddress.Load)
	total("accepts_refused_total", turnedAway, prometheus.Labels{"reason": "total"}, st.RefusedTotal.Load)
	total("accepts_total", "Sockets of clients that were accepted.", nil, st.Accepted.Load)
	total("accept_errors_total", "Times that the system would not hand over a new socket, for instance for want of file handles.", nil, st.AcceptErrors.Load)
	total("handshake_errors_total", "PROXY headers, TLS handshakes and WebSocket upgrades of clients that failed.", nil, st.HandshakeErrors.Load)
	total("connection_panics_total", "Connections that ended over a fault in the server's own code; each should be reported.", nil, st.Panics.Load)
	for v, version := range []string{"1.2", "1.3"} {
		for c, shown := range []string{"no", "yes"} {
			total("tls_handshakes_total", "TLS handshakes of clients by version (1.2, 1.3) and client_certificate: yes when the client has shown one, else no.",
				prometheus.Labels{"version": version, "client_certificate": shown}, st.Handshakes[v][c].Load)
		}
	}
	total("certificate_challenges_total", "TLS connections that were a challenge of an authority for certificates.", nil, st.Challenges.Load)
	for name, gauge := range map[string]struct {
		help  string
		value *atomic.Int64
	}{
		"connections":    {"Open client sockets.", &st.Open},
		"buffered_bytes": {"Bytes held in memory for clients that have not taken them yet.", &st.Buffered},
	} {
		err = errors.Join(err, r.Register(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "teahouse_" + name, Help: gauge.help}, func() float64 { return float64(gauge.value.Load()) })))
	}
	for _, one := range []prometheus.Collector{&census{b: b}, c.logins, c.refused, c.acked, c.spread} {
		err = errors.Join(err, r.Register(one))
	}
	return err
}

// census counts sessions when it is asked to.
type census struct{ b *Broker }

var (
	sessionsDesc = prometheus.NewDesc("teahouse_sessions", "MQTT sessions by state: connected, or detached (kept for a client that is away).", []string{"state"}, nil)
	lagDesc      = prometheus.NewDesc("teahouse_lag_conversations", "Conversations in which a connected session is behind and is served from the history; summed over all sessions.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *census) Describe(ch chan<- *prometheus.Desc) {
	ch <- sessionsDesc
	ch <- lagDesc
}

// Collect implements prometheus.Collector.
func (c *census) Collect(ch chan<- prometheus.Metric) {
	var connected, detached, lag int
	now := c.b.opt.Now()
	c.b.stalls.begin()
	defer c.b.stalls.end()
	c.b.index.everyone(func(u *user) {
		u.mu.Lock()
		defer u.mu.Unlock()
		for _, s := range u.all {
			s.mu.Lock()
			if s.link == nil {
				detached++
			} else {
				connected++
				lag += len(s.lag.convs) - s.lag.passed
				c.b.stalls.of(s, now)
			}
			s.mu.Unlock()
		}
	})
	ch <- prometheus.MustNewConstMetric(sessionsDesc, prometheus.GaugeValue, float64(connected), "connected")
	ch <- prometheus.MustNewConstMetric(sessionsDesc, prometheus.GaugeValue, float64(detached), "detached")
	ch <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, float64(lag))
}
