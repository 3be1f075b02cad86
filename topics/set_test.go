package topics

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func sub(t testing.TB, filter string, qos byte) Subscription {
	return Subscription{Filter: must(t, filter), QoS: qos}
}

func wants(t *testing.T, s *Set, o Outbound, want int) {
	t.Helper()
	qos, ok := s.QoS(o)
	if got := int(qos); !ok {
		if want >= 0 {
			t.Errorf("%s: not granted, want QoS %d", o, want)
		}
	} else if got != want {
		t.Errorf("%s: QoS %d, want %d", o, got, want)
	}
}

func TestSetTakesTheBestQoS(t *testing.T) {
	bob, lobby := In(chat.ToUser("bob")), In(chat.ToGroup("lobby"))
	s := new(Set).With(sub(t, "im/#", 0), sub(t, "im/in/c2c/bob", 2), sub(t, "im/in/group/+", 1))
	wants(t, s, bob, 2)
	wants(t, s, In(chat.ToUser("eve")), 0)
	wants(t, s, lobby, 1)
	wants(t, s, Ack, 0)
	wants(t, s, Text(chat.ToUser("bob"), "bob"), -1)

	s2 := s.With(sub(t, "im/in/c2c/bob", 0))
	wants(t, s2, bob, 0)
	wants(t, s, bob, 2) // the old set stands
	s3 := s2.Without("im/#", "never/there")
	wants(t, s3, bob, 0)
	wants(t, s3, Ack, -1)
	if got := s3.Len(); got != 2 {
		t.Errorf("%d filters left, want 2", got)
	}
	if !s3.Has("im/in/group/+") || s3.Has("im/#") {
		t.Errorf("left: %v", s3.All())
	}
	if s4 := s3.Without("im/in/c2c/bob", "im/in/group/+"); s4.Len() != 0 || s4 != nil {
		t.Errorf("an emptied set is %v", s4)
	}
}

func TestNilSetIsEmpty(t *testing.T) {
	var s *Set
	wants(t, s, Ack, -1)
	if s.Len() != 0 || s.All() != nil || s.Has("#") || s.AppendIDs(nil, Ack) != nil || s.Without("#") != nil {
		t.Error("a nil set holds something")
	}
	if _, _, ok := s.Message(chat.ToUser("bob"), "bob", true); ok {
		t.Error("a nil set wants a message")
	}
}

func TestSetIdentifiers(t *testing.T) {
	a, b, c := sub(t, "im/#", 0), sub(t, "im/in/#", 1), sub(t, "im/ack", 0)
	a.ID, c.ID = 7, 9
	s := new(Set).With(a, b, c)
	if got := s.AppendIDs(nil, In(chat.ToUser("bob"))); !slices.Equal(got, []uint32{7}) {
		t.Errorf("a message has identifiers %v, want [7]", got)
	}
	if got := s.AppendIDs(nil, Ack); !slices.Equal(got, []uint32{7, 9}) {
		t.Errorf("an ack has identifiers %v, want [7 9]", got)
	}
}

func TestPlainTextNeedsExplicitFilter(t *testing.T) {
	lobby := chat.ToGroup("lobby")
	for _, c := range []struct {
		filters []string
		plain   bool
		want    string
	}{
		{[]string{"im/#"}, true, "im/in/group/lobby"},
		{[]string{"#"}, true, "im/in/group/lobby"},
		{[]string{"im/text/#"}, true, "im/text/group/lobby/ann"},
		{[]string{"im/text/#"}, false, ""},
		{[]string{"im/text/group/lobby/+"}, true, "im/text/group/lobby/ann"},
		{[]string{"im/text/group/other/+"}, true, ""},
		{[]string{"im/text/#", "im/#"}, true, "im/text/group/lobby/ann"},
		{[]string{"im/text/#", "im/#"}, false, "im/in/group/lobby"},
		{[]string{"im/event/#"}, true, ""},
	} {
		s := new(Set)
		for _, f := range c.filters {
			s = s.With(sub(t, f, 1))
		}
		o, qos, ok := s.Message(lobby, "ann", c.plain)
		if got := o.String(); ok != (c.want != "") || ok && (got != c.want || qos != 1) {
			t.Errorf("%v, plain %v: %s, %d, %v, want %q", c.filters, c.plain, got, qos, ok, c.want)
		}
	}
}

// A set answers as its filters do one by one, however it is arranged.
func TestSetMatchesItsFilters(t *testing.T) {
	pool := []string{
		"#", "im/#", "im/in/#", "im/in/c2c/+", "im/in/c2c/bob", "im/in/c2c/%62ob", "im/in/+/bob", "im/+/+/bob",
		"im/res/+", "im/res/7", "im/res/a/+", "im/res/#", "im/event/#", "im/event/+", "im/event/kick", "im/event/+/bob",
		"im/text/#", "im/text/+/+/bob", "im/text/+/bob/#", "im/ack", "im/+", "im/event/typing/+",
		"app/#", "app/msg/c2c/ann/+", "app/msg/+/+/bob", "app/event/+", "app/event/State.StateChange",
		"$SYS/#", "$SYS/broker/version", "$SYS/broker/bytes/+",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var s *Set
		held := map[string]byte{}
		for range random.IntN(8) {
			f, qos := pool[random.IntN(len(pool))], byte(random.IntN(3))
			s, held[f] = s.With(sub(t, f, qos)), qos
			if random.IntN(4) == 0 {
				f = pool[random.IntN(len(pool))]
				s = s.Without(f)
				delete(held, f)
			}
		}
		for _, o := range samples {
			want := -1
			for text, qos := range held {
				if f := must(t, text); f.Matches(o) {
					want = max(want, int(qos))
				}
			}
			wants(t, s, o, want)
		}
		if t.Failed() {
			t.Fatalf("set: %v", held)
		}
	}
}

func BenchmarkSetQoS(b *testing.B) {
	group := In(chat.ToGroup("g500"))
	many := make([]Subscription, 1000)
	for i := range many {
		many[i] = sub(b, fmt.Sprintf("im/in/group/g%d", i), 1)
	}
	for _, c := range []struct {
		name string
		set  *Set
	}{
		{"all", new(Set).With(sub(b, "im/#", 1))},
		{"one group", new(Set).With(sub(b, "im/in/group/g500", 1))},
		{"1000 groups", new(Set).With(many...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := c.set.QoS(group); !ok {
					b.Fatal("not granted")
				}
			}
		})
	}
}

func BenchmarkParseFilter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseFilter("im/in/group/lobby"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOutboundAppend(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 64)
	o := In(chat.ToGroup("lobby"))
	for b.Loop() {
		buf = o.Append(buf[:0])
	}
}

// A set of many filters answers as its filters do one by one, whatever has been added
// and removed, and leaves the sets before it as they were.
func TestLargeSet(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	var pool []string
	for i := range 30 {
		for _, form := range []string{
			"im/in/c2c/u%d", "im/in/+/u%d", "im/text/group/u%d/#", "im/text/group/+/u%d", "im/text/c2c/u1/u%d", "+/+/+/u%d",
			"im/res/u%d", "im/res/+/u%d", "im/res/u%d/#", "im/+/u%d", "im/event/typing/u%d", "app/msg/c2c/+/u%d", "$share/s%d/app/#",
		} {
			pool = append(pool, fmt.Sprintf(form, i))
		}
	}
	pool = append(pool, "im/#", "#", "im/in/#", "im/event/recall", "im/event/+", "$SYS/#", "app/#", "im/res/#")
	var topics []Outbound
	for i := range 4 {
		u := fmt.Sprintf("u%d", i)
		topics = append(topics, In(chat.ToUser(chat.UserID(u))), In(chat.ToGroup(chat.GroupID(u))), Typing(chat.UserID(u)),
			Text(chat.ToGroup(chat.GroupID(u)), "u2"), Text(chat.ToUser("u1"), chat.UserID(u)), Res(u), Res(u+"/u1"), Res("x/"+u), Event(u))
	}
	topics = append(topics, Ack, Err, Event("recall"))

	var s *Set
	held := map[string]Subscription{}
	check := func(s *Set, held map[string]Subscription) {
		t.Helper()
		bytes, shares := 0, 0
		for text, sub := range held {
			if got, ok := s.Get(text); !ok || got.QoS != sub.QoS {
				t.Fatalf("%s: %+v %v, want %+v", text, got, ok, sub)
			}
			if bytes += len(text); sub.Filter.Shared() {
				shares++
			}
		}
		if s.Len() != len(held) || len(s.All()) != len(held) || s.Bytes() != bytes || len(s.Shares()) != shares {
			t.Fatalf("%d filters of %d bytes, %d shared; want %d of %d, %d", s.Len(), s.Bytes(), len(s.Shares()), len(held), bytes, shares)
		}
		for _, o := range topics {
			want := -1
			for _, sub := range held {
				if !sub.Filter.Shared() && sub.Filter.Matches(o) {
					want = max(want, int(sub.QoS))
				}
			}
			wants(t, s, o, want)
		}
		if t.Failed() {
			t.Fatalf("set: %v", held)
		}
	}
	for round := range 400 {
		before, heldBefore := s, maps.Clone(held)
		var subs []Subscription
		var gone []string
		growing := round%200 < 120
		for range random.IntN(12) {
			text := pool[random.IntN(len(pool))]
			if random.IntN(4) > 0 == growing {
				sub := sub(t, text, byte(random.IntN(2)))
				subs = append(subs, sub)
				held[text] = sub
			} else {
				gone = append(gone, text)
			}
		}
		for _, text := range gone {
			delete(held, text)
		}
		s = s.With(subs...).Without(gone...)
		check(s, held)
		check(before, heldBefore)
	}
	for text := range held {
		s = s.Without(text)
		delete(held, text)
		check(s, held)
	}
}

func TestLargeSetKeepsOrder(t *testing.T) {
	var s *Set
	var want []string
	for i := range 200 {
		text := fmt.Sprintf("im/in/c2c/u%d", i)
		s = s.With(sub(t, text, 0))
		want = append(want, text)
	}
	s = s.With(sub(t, want[50], 1)).Without(want[7])
	want = append(want[:7:7], want[8:]...)
	for i, sub := range s.All() {
		if sub.Filter.String() != want[i] {
			t.Fatalf("filter %d is %s, want %s", i, sub.Filter, want[i])
		}
	}
}

// BenchmarkSetChange adds a filter to a set and removes it.
func BenchmarkSetChange(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		var s *Set
		for i := range n {
			s = s.With(sub(b, fmt.Sprintf("im/in/c2c/u%d", i), 1))
		}
		one := sub(b, "im/in/c2c/bob", 1)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.With(one).Without("im/in/c2c/bob")
			}
		})
	}
}
