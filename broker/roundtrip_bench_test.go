package broker_test

import (
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// BenchmarkRoundTrip is a message from socket to socket on the memory engine:
// published with QoS 1 and a window of 256, acknowledged, delivered with QoS 1 and acknowledged.
func BenchmarkRoundTrip(b *testing.B) {
	h := open(b, nil)
	h.limits(func(l *chat.Limits) { *l = l.NoRates() })
	ann := h.enter(hello{user: "ann"})
	bob := h.enter(hello{user: "bob", change: func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 256 }})
	bob.subscribe(1, "im/in/#")
	b.ReportAllocs()
	heard := make(chan struct{})
	room := make(chan struct{}, 256)
	b.ResetTimer()
	go func() {
		defer close(heard)
		for range b.N {
			<-bob.in
		}
	}()
	go func() {
		for range b.N {
			<-ann.in
			<-room
		}
	}()
	for range b.N {
		room <- struct{}{}
		ann.publish(1, "im/text/c2c/bob", "tea is ready, come in and sit down")
		if ann.ids == 65535 {
			ann.ids = 0
		}
	}
	<-heard
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
