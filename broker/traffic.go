package broker

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/forwarded"
	"github.com/teahouse-im/teahouse/origins"
	"github.com/teahouse-im/teahouse/sampled"
)

// transportOptions bounds what one connection, one address and all of them may
// cost. The zero value of every field means the default beside it.
type transportOptions struct {
	// ConnectTimeout runs from the accept to [conn.Authenticated], TLS and
	// WebSocket handshakes included: 10 s (spec/00 §9).
	ConnectTimeout time.Duration
	// WriteTimeout is how long the peer may take to accept up to 64 KiB: 10 s.
	WriteTimeout time.Duration
	// Linger is how long a closing connection may take to deliver its last
	// packets and to see the peer's end: 1 s.
	Linger time.Duration
	// IdleCap closes a connection whose client asked for no keep alive after this
	// long without a byte from it: 15 min.
	IdleCap time.Duration

	// MaxConnect bounds the first packet, its fixed header included: 64 KiB
	// (spec/00 §9).
	MaxConnect int
	// MaxPacket bounds every other packet likewise until Authenticated says better: 128 KiB
	// (spec/00 §9).
	MaxPacket int
	// SoftLimit is where [conn.Frame] begins to refuse: 1 MiB waiting.
	SoftLimit int
	// HardLimit closes the connection: 4 MiB waiting.
	HardLimit int
	// BufferTotal bounds what waits on all connections together: 256 MiB. Above it
	// Frame refuses at 64 KiB already, so that many slow peers at once, each within
	// its limit, do not add up to more than the machine has.
	BufferTotal int64

	// PerAddress bounds connections of one address that have not authenticated
	// yet: 64. Negative: no bound.
	PerAddress int
	// Total bounds all connections. 0 or negative: no bound but the system's.
	Total int

	// WSPath and Origins are for WebSocket listeners: "/mqtt" and none but the
	// server's own host.
	WSPath  string
	Origins origins.List
	// Beside serves the other paths of WebSocket listeners. nil: there are none.
	Beside http.Handler

	// Forwarders are proxies whose X-Forwarded-For is believed on HTTP listeners.
	Forwarders forwarded.Prefixes

	// Arrive says how long a new connection is held before anything is read of it; may be nil.
	Arrive func(netip.Addr) time.Duration

	ended func(*conn) // called when a connection is gone; may be nil

	Logger *slog.Logger
	Lines  *sampled.Log // what strangers cause; nil: not logged
}

func (o transportOptions) withDefaults() transportOptions {
	def(&o.ConnectTimeout, 10*time.Second)
	def(&o.WriteTimeout, 10*time.Second)
	def(&o.Linger, time.Second)
	def(&o.IdleCap, 15*time.Minute)
	def(&o.MaxConnect, 64<<10)
	def(&o.MaxPacket, 128<<10)
	def(&o.SoftLimit, 1<<20)
	def(&o.HardLimit, 4<<20)
	def(&o.BufferTotal, 256<<20)
	def(&o.PerAddress, 64)
	if o.WSPath == "" {
		o.WSPath = "/mqtt"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func def[T ~int | ~int64](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// closeReason says why a connection ended: the first cause.
type closeReason uint8

const (
	closedByServer       closeReason = iota // the zero reason: we asked for it: DISCONNECT, refusal, takeover, shut-down
	closedByPeer                            // end of stream or a broken socket
	closedConnectTimeout                    // not authenticated in time
	closedIdle                              // nothing received within the idle time
	closedOversize                          // a packet above the limit
	closedProtocol                          // no CONNECT first, or no MQTT at all
	closedSlow                              // more waiting than the hard limit
	closedStalled                           // a write timed out
	closeReasons                            // how many there are
)

// String is the value of the reason label in the metrics.
func (r closeReason) String() string {
	names := [closeReasons]string{"server", "peer", "connect_timeout", "idle", "oversize", "protocol", "slow", "stalled"}
	return names[r]
}

// traffic counts what passes through the connections of a [listeners]. It is for
// metrics only.
type traffic struct {
	flow // of connections that are no app's yet

	FramesRefused atomic.Int64 // by the soft limit
	Buffered      atomic.Int64 // bytes held for peers that are behind, now

	Accepted          atomic.Int64
	AcceptErrors      atomic.Int64
	RefusedPerAddress atomic.Int64
	RefusedTotal      atomic.Int64
	HandshakeErrors   atomic.Int64 // PROXY header, TLS and WebSocket
	Challenges        atomic.Int64 // TLS connections that were a challenge of an authority for certificates
	// Handshakes are the TLS handshakes that were done: with 1.2 and with 1.3, each without a
	// certificate of the client and with one.
	Handshakes [2][2]atomic.Int64
	Panics     atomic.Int64 // recovered in a connection's goroutine
	Open       atomic.Int64 // sockets held now
	Closed     [closeReasons]atomic.Int64
}
