package topics

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Subscription is a granted filter.
type Subscription struct {
	Filter Filter
	QoS    byte   // granted, 0 to 2
	ID     uint32 // MQTT 5 Subscription Identifier; 0: none
}

// Set is what one session has subscribed to, arranged for the delivery path.
// It is never changed: [Set.With] and [Set.Without] return a new one, so a
// session publishes it through one pointer and delivery reads it without a
// lock. A nil Set is empty.
type Set struct {
	large *large         // nil in a small set, which has the next four
	all   []Subscription // in the order of SUBSCRIBE
	// byID holds the filters that name an id (or, for answers alone, a whole rid),
	// as positions in all; loose those that are narrow in another way.
	byID   map[string][]int32
	loose  []int32
	shares []string // names of shared filters, which are in nothing above
	// free holds, per row, 1 + the best QoS of the filters that match it whatever
	// its ids; 0 is none. One filter such as im/# needs nothing else.
	free  [rows]uint8
	bytes int32  // of the filters' texts
	mask  uint16 // bit per row that some filter can match; of shared ones none
	ids   bool   // some subscription has an identifier
}

// With returns the set with subscriptions added, each replacing an earlier one
// of the same text [MQTT-3.8.4-3].
func (s *Set) With(subs ...Subscription) *Set {
	if s != nil && s.large != nil {
		return s.withMore(subs)
	}
	if s.Len()+len(subs) > smallSet {
		return s.grown().withMore(subs)
	}
	all := append(make([]Subscription, 0, s.Len()+len(subs)), s.All()...)
	for _, sub := range subs {
		same := func(old Subscription) bool { return old.Filter.text == sub.Filter.text }
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i] = sub
			continue
		}
		all = append(all, sub)
	}
	return arrange(all)
}

// grown is a large set of the same subscriptions.
func (s *Set) grown() *Set {
	l := newLarge(s.All())
	return l.set(int32(s.Bytes()), s.Shares())
}

// withMore is With of a large set.
func (s *Set) withMore(subs []Subscription) *Set {
	l, bytes, shares := s.large.change(), s.bytes, slices.Clip(s.shares)
	for _, sub := range subs {
		if l.get(sub.Filter.text) == nil {
			bytes += int32(len(sub.Filter.text))
			if sub.Filter.shared {
				shares = append(shares, sub.Filter.share())
			}
		}
		l.add(sub)
	}
	return l.set(bytes, shares)
}

// withFewer is Without of a large set.
func (s *Set) withFewer(filters []string) *Set {
	l, bytes, shares := s.large.change(), s.bytes, s.shares
	for _, text := range filters {
		e := l.get(text)
		if e == nil {
			continue
		}
		l.remove(e)
		bytes -= int32(len(text))
		if e.Filter.shared {
			name := e.Filter.share()
			shares = slices.DeleteFunc(slices.Clone(shares), func(have string) bool { return have == name })
		}
	}
	if l.len <= smallSet/2 { // not at once where it grew: a set may go up and down there
		return arrange(l.all())
	}
	return l.set(bytes, shares)
}

// Without returns the set with filters of these exact texts removed.
func (s *Set) Without(filters ...string) *Set {
	if s != nil && s.large != nil {
		return s.withFewer(filters)
	}
	drop := make(map[string]bool, len(filters))
	for _, f := range filters {
		drop[f] = true
	}
	var all []Subscription
	for _, sub := range s.All() {
		if !drop[sub.Filter.text] {
			all = append(all, sub)
		}
	}
	return arrange(all)
}

// smallSet is how many subscriptions are arranged anew with every change and looked
// through one by one.
const smallSet = 16

func arrange(all []Subscription) *Set {
	if len(all) == 0 {
		return nil
	}
	s := &Set{all: all}
	for i := range all {
		f := &all[i].Filter
		s.bytes += int32(len(f.text))
		if f.shared {
			s.shares = append(s.shares, f.share())
			continue
		}
		s.mask |= f.mask
		s.ids = s.ids || all[i].ID != 0
		for r := rowNone + 1; r < rows; r++ {
			if f.free&(1<<r) != 0 {
				s.free[r] = max(s.free[r], all[i].QoS+1)
			}
		}
		switch key, ok := f.key(); {
		case f.free == f.mask: // nothing left to ask
		case !ok:
			s.loose = append(s.loose, int32(i))
		default:
			if s.byID == nil {
				s.byID = map[string][]int32{}
			}
			s.byID[key] = append(s.byID[key], int32(i))
		}
	}
	return s
}

// key is the id every narrow row of the filter insists on.
func (f *Filter) key() (string, bool) {
	narrow := f.mask &^ f.free
	switch {
	case narrow&^withRest == 0 && !wild(f.rest):
		return f.rest, true
	case narrow&^withKind == 0:
		return f.kind, f.kind != ""
	case narrow&^withID == 0:
		return f.id, f.id != ""
	}
	return "", false
}

func wild(rest string) bool {
	for i := range len(rest) {
		if rest[i] == '+' || rest[i] == '#' {
			return true
		}
	}
	return false
}

// Len is the number of subscriptions.
func (s *Set) Len() int {
	switch {
	case s == nil:
		return 0
	case s.large != nil:
		return s.large.len
	}
	return len(s.all)
}

// All returns the subscriptions in the order they were made. The caller
// changes nothing.
func (s *Set) All() []Subscription {
	switch {
	case s == nil:
		return nil
	case s.large != nil:
		return s.large.all()
	}
	return s.all
}

// Get returns the subscription of a filter of this text.
func (s *Set) Get(filter string) (sub Subscription, ok bool) {
	if s == nil {
		return sub, false
	}
	if s.large != nil {
		if e := s.large.get(filter); e != nil {
			return e.Subscription, true
		}
		return sub, false
	}
	for i := range s.all {
		if s.all[i].Filter.text == filter {
			return s.all[i], true
		}
	}
	return sub, false
}

// Bytes is how long the texts of all filters are together.
func (s *Set) Bytes() int {
	if s == nil {
		return 0
	}
	return int(s.bytes)
}

// Has reports whether a filter of this text is in the set.
func (s *Set) Has(filter string) bool {
	_, ok := s.Get(filter)
	return ok
}

// QoS returns the best QoS granted for a topic; ok is false when no filter
// asks for it. It does not allocate and, for sets of wildcards, reads one byte.
func (s *Set) QoS(o Outbound) (qos byte, ok bool) {
	if s == nil {
		return 0, false
	}
	best := s.free[o.row] // 1 + QoS
	switch {
	case best == 3:
	case s.large != nil:
		best = max(best, s.large.best(o))
	default:
		for _, i := range s.loose {
			best = max(best, s.all[i].grant(o))
		}
		if s.byID != nil {
			for _, i := range s.byID[o.id] {
				best = max(best, s.all[i].grant(o))
			}
		}
	}
	if best == 0 {
		return 0, false
	}
	return best - 1, true
}

// Stream reports whether a filter that is not shared asks for the app's stream.
func (s *Set) Stream() bool { return s != nil && s.mask&appStream != 0 }

// Shares lists the names of shared filters. The caller changes nothing.
func (s *Set) Shares() []string {
	if s == nil {
		return nil
	}
	return s.shares
}

// System reports whether a filter asks for values below $SYS/.
func (s *Set) System() bool { return s != nil && s.mask&(1<<rowSystem) != 0 }

// grant is 1 + the subscription's QoS when it asks for the topic, else 0.
func (sub *Subscription) grant(o Outbound) uint8 {
	if !sub.Filter.Matches(o) {
		return 0
	}
	return sub.QoS + 1
}

// AppendIDs appends the Subscription Identifiers of all filters that ask for
// the topic [MQTT-3.3.4-3]. Sets without identifiers answer at once.
func (s *Set) AppendIDs(ids []uint32, o Outbound) []uint32 {
	if s == nil || !s.ids {
		return ids
	}
	for _, sub := range s.All() {
		if sub.ID != 0 && !sub.Filter.shared && sub.Filter.Matches(o) {
			ids = append(ids, sub.ID)
		}
	}
	return ids
}

// Message chooses the topic for a message of conversation t from a sender: im/text if
// plain says that it consists of text elements and a filter names im/text, otherwise
// im/in with JSON. A set with both gets text where there is text: a reading of
// "instead of JSON" in spec/00 §7.
func (s *Set) Message(t chat.Target, from chat.UserID, plain bool) (o Outbound, qos byte, ok bool) {
	if s == nil {
		return Outbound{}, 0, false
	}
	if plain {
		o = Text(t, from)
		if qos, ok = s.QoS(o); ok {
			return o, qos, true
		}
	}
	o = In(t)
	qos, ok = s.QoS(o)
	return o, qos, ok
}
