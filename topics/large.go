package topics

import (
	"cmp"
	"hash/maphash"
	"math/bits"
	"slices"
)

// large arranges a set of many subscriptions so that one is added, removed and found at
// the cost of a few of its neighbours: two hash tables whose buckets are shared between a
// set and the one that follows it. It is never changed once its set is published.
type large struct {
	texts *buckets // by the filter's text
	ids   *buckets // by what a topic must have to match; see spots
	// loose are those with wildcards within the names of answers or $SYS values.
	loose []*entry
	len   int
	next  uint32 // the serial of the next one

	// How many subscriptions, not shared, match a row whatever its ids, by QoS; can match
	// it at all; and have an identifier.
	free [rows][3]uint16
	mask [rows]uint16
	tags int
}

// entry is a subscription of a large set. It is not changed.
type entry struct {
	Subscription
	serial uint32 // orders them
}

// bucketCount is how many buckets a table has: few subscriptions in each at the most that
// a session may have (spec/00 §9), and few enough to copy.
const bucketCount = 64

type buckets [bucketCount][]item

// item is an entry under the hash by which it is looked for.
type item struct {
	hash place
	*entry
}

// place is where in a table something stands: a hash.
type place uint32

var seed = maphash.MakeSeed()

// put adds e; a set that shares the bucket does not see it.
func (b *buckets) put(p place, e *entry) {
	at := &b[p%bucketCount]
	*at = append(slices.Clip(*at), item{p, e})
}

func (b *buckets) drop(p place, e *entry) {
	at := &b[p%bucketCount]
	*at = without(*at, func(i item) bool { return i.entry == e })
}

// without is a copy of a list that others may have.
func without[T any](list []T, gone func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), gone)
}

// best is 1 + the best QoS of those at p that ask for the topic, 0 for none.
func (b *buckets) best(p place, o Outbound) (best uint8) {
	for _, i := range b[p%bucketCount] {
		if i.hash == p {
			best = max(best, i.grant(o))
		}
	}
	return best
}

func placed(h uint64) place { return place(h >> 32) }

func placeOf(text string) place { return placed(maphash.String(seed, text)) }

// placeOfBoth is for those who ask for an id and a sender.
func placeOfBoth(id, from string) place {
	return placed(bits.RotateLeft64(maphash.String(seed, id), 1) + maphash.String(seed, from))
}

// spots appends where the filter stands among the ids, and says whether it is loose: it
// stands wherever a topic of one of its rows looks that it may match.
func (f *Filter) spots(list []place) (_ []place, loose bool) {
	narrow := f.mask &^ f.free
	if narrow&withKind != 0 {
		list = append(list, placeOf(f.kind))
	}
	if narrow&withRest != 0 {
		if loose = wild(f.rest); !loose {
			list = append(list, placeOf(f.rest))
		}
	}
	if narrow&withID != 0 {
		switch {
		case f.from == "":
			list = append(list, placeOf(f.id))
		case f.id == "":
			list = append(list, placeOf(f.from))
		default:
			list = append(list, placeOfBoth(f.id, f.from))
		}
	}
	slices.Sort(list)
	return slices.Compact(list), loose
}

// change is a large set in the making: buckets are those of the set it comes from.
func (l *large) change() *large {
	next := *l
	texts, ids := *l.texts, *l.ids
	next.texts, next.ids = &texts, &ids
	return &next
}

func newLarge(subs []Subscription) *large {
	l := &large{texts: &buckets{}, ids: &buckets{}}
	for i := range subs {
		l.add(subs[i])
	}
	return l
}

// get finds the subscription of a filter of this text, nil when there is none.
func (l *large) get(text string) *entry {
	p := placeOf(text)
	for _, i := range l.texts[p%bucketCount] {
		if i.hash == p && i.Filter.text == text {
			return i.entry
		}
	}
	return nil
}

// add puts a subscription in place of one of the same text.
func (l *large) add(sub Subscription) {
	e := &entry{Subscription: sub, serial: l.next}
	if old := l.get(sub.Filter.text); old != nil {
		e.serial = old.serial
		l.remove(old)
	} else {
		l.next++
	}
	l.len++
	l.texts.put(placeOf(sub.Filter.text), e)
	l.count(e, 1)
	if sub.Filter.shared {
		return
	}
	var store [4]place
	spots, loose := e.Filter.spots(store[:0])
	for _, p := range spots {
		l.ids.put(p, e)
	}
	if loose {
		l.loose = append(slices.Clip(l.loose), e)
	}
}

func (l *large) remove(e *entry) {
	l.len--
	l.texts.drop(placeOf(e.Filter.text), e)
	l.count(e, ^uint16(0))
	if e.Filter.shared {
		return
	}
	var store [4]place
	spots, loose := e.Filter.spots(store[:0])
	for _, p := range spots {
		l.ids.drop(p, e)
	}
	if loose {
		l.loose = without(l.loose, func(other *entry) bool { return other == e })
	}
}

// count enters e in the counts; by is 1, or -1 to take it out.
func (l *large) count(e *entry, by uint16) {
	f := &e.Filter
	if f.shared {
		return
	}
	if e.ID != 0 {
		l.tags += int(int16(by))
	}
	for r := rowNone + 1; r < rows; r++ {
		if f.mask&(1<<r) != 0 {
			l.mask[r] += by
		}
		if f.free&(1<<r) != 0 {
			l.free[r][e.QoS] += by
		}
	}
}

// all lists the subscriptions in the order they were made.
func (l *large) all() []Subscription {
	list := make([]item, 0, l.len)
	for _, b := range l.texts {
		list = append(list, b...)
	}
	slices.SortFunc(list, func(a, b item) int { return cmp.Compare(a.serial, b.serial) })
	subs := make([]Subscription, len(list))
	for i := range list {
		subs[i] = list[i].Subscription
	}
	return subs
}

// best is 1 + the best QoS of the narrow filters that ask for the topic, 0 for none.
func (l *large) best(o Outbound) uint8 {
	bit := uint16(1) << o.row
	if bit&(withKind|withRest|withID) == 0 {
		return 0
	}
	best := l.ids.best(placeOf(o.id), o)
	if bit&withFrom != 0 {
		best = max(best, l.ids.best(placeOf(o.from), o), l.ids.best(placeOfBoth(o.id, o.from), o))
	}
	if bit&withRest != 0 {
		for _, e := range l.loose {
			best = max(best, e.grant(o))
		}
	}
	return best
}

// set is the set of l; shares are the names of its shared filters.
func (l *large) set(bytes int32, shares []string) *Set {
	s := &Set{large: l, bytes: bytes, shares: shares, ids: l.tags > 0}
	for r := rowNone + 1; r < rows; r++ {
		if l.mask[r] > 0 {
			s.mask |= 1 << r
		}
		for qos, n := range l.free[r] {
			if n > 0 {
				s.free[r] = uint8(qos) + 1
			}
		}
	}
	return s
}
