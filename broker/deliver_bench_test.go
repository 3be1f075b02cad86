package broker

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// handedAll is a core that has handed over everything.
type handedAll struct{ Core }

func (handedAll) Delivered() uint64                                         { return math.MaxUint64 }
func (handedAll) Online(context.Context, chat.Actor, []chat.Platform)       {}
func (handedAll) LogOut(context.Context, chat.Actor)                        {}
func (handedAll) Offline(context.Context, chat.Actor, string, string, bool) {}
func (handedAll) App(chat.AppID) (*chat.App, error)                         { return &chat.App{}, nil }

// gathered is a broker without doors whose group has n connected members.
func gathered(b testing.TB, n int, qos byte) (*Broker, []*session) {
	b.Helper()
	br := &Broker{opt: Options{}.withDefaults(), svc: handedAll{}, index: newIndex(), tail: newTail(), count: newCounters()}
	br.ctx, br.cancel = context.WithCancel(b.Context())
	b.Cleanup(br.cancel)
	filter, err := topics.ParseFilter("im/#")
	if err != nil {
		b.Fatal(err)
	}
	var none *topics.Set
	set := none.With(topics.Subscription{Filter: filter, QoS: qos})
	opt := transportOptions{}.withDefaults()
	all := make([]*session, n)
	for i := range all {
		k := userKey{1, chat.UserID(fmt.Sprint("u", i))}
		s := &session{b: br, client: "c", number: uint64(i + 1)}
		br.enter(k, s)
		s.link, s.live, s.version = &hooks.Link{}, true, 4+byte(i&1)
		s.conn = newConn(newSink(), &opt, new(traffic), time.Now())
		s.out.size = defaultWindow
		s.filters.Store(set)
		s.user.mu.Lock()
		s.user.online.Store(with(nil, s))
		br.join(s.user, "lobby", chat.Public)
		s.user.mu.Unlock()
		all[i] = s
	}
	return br, all
}

// BenchmarkDeliver is the broker's cost of one group message to n sessions: half of them 3.1.1,
// half 5.0; with QoS 1 the acknowledgements are included.
func BenchmarkDeliver(b *testing.B) {
	for _, qos := range []byte{0, 1} {
		for _, n := range []int{1, 100, 1000, 10_000} {
			b.Run(fmt.Sprintf("qos%d/%d", qos, n), func(b *testing.B) {
				br, all := gathered(b, n, qos)
				body := []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"tea is ready, come in and sit down"}}]`)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					seq := chat.Seq(i + 1)
					br.Deliver(&chat.Message{
						Conv: chat.GroupOf(1, "lobby"), Seq: seq, Clock: uint64(seq), From: "ann", Body: body, Time: 1_700_000_000_000,
					}, 0)
					if qos == 0 {
						continue
					}
					for _, s := range all {
						s.Acked(s.out.first)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/delivery")
			})
		}
	}
}
