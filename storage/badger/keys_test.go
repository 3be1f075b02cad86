package badger

import (
	"bytes"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// onePerKind is a key of every row of the table, as the store makes it.
var onePerKind = []struct {
	key  []byte
	want string
}{
	{putRow(nil, chat.C2COf(7, "ann", "bob").Shard(), 70, "bob"), `row 7 1 "ann" "bob" read mark "bob"`},
	{putRow(nil, chat.GroupShard(7, "g\x00"), 31, ""), `row 7 2 "g\x00" "" member ""`},
	{putRow(nil, chat.UserShard(7, "ann"), 0x1234, "\xff"), `row 7 3 "ann" "" unknown kind "\xff"`},
	{putRow(nil, chat.ServerShard, 1, "7"), `row 0 4 "" "" tenant "7"`},
	{putDedupKey(nil, chat.C2COf(7, "b", "a"), chat.DedupKey{1, 15: 2}), `dedup 7 1 "a" "b" 01000000000000000000000000000002`},
	{putShard(nil, keyHead, chat.GroupShard(7, "g")), `head 7 2 "g" ""`},
	{putMessageKey(nil, chat.C2COf(7, "a", "b"), 9), `message 7 1 "a" "b" 9`},
	{putSenderKey(nil, chat.GroupOf(7, "g"), "ann"), `sender 7 2 "g" "" "ann"`},
	{outboxKey(keyOutbox, 5), `outbox 5`},
	{outboxKey(keyDead, 5), `dead letter 5`},
	{putNumber(putConv(nil, keyRevision, chat.C2COf(7, "a", "b")), 9), `revision 7 1 "a" "b" 9`},
	{sessionKey(7, "ann", "phone\xff"), `session 7 "ann" "phone\xff"`},
	{putUserEvent(nil, 7, "ann", 3), `user event 7 "ann" 3`},
	{storeKey(nameSchema), `store "schema"`},
	{putShard(nil, keySweep, chat.GroupShard(7, "g")), `sweep 7 2 "g" ""`},
}

func TestEveryKeyPrints(t *testing.T) {
	seen := map[byte]bool{}
	for _, k := range onePerKind {
		got, err := describe(k.key)
		if err != nil || got != k.want {
			t.Errorf("key %x: got %s, %v, want %s", k.key, got, err, k.want)
		}
		seen[k.key[0]] = true
	}
	for _, row := range layout {
		if !seen[row.prefix] {
			t.Errorf("no key of prefix %c (%s) is shown", row.prefix, row.name)
		}
	}
}

func TestPrefixesAreUnique(t *testing.T) {
	seen := map[byte]string{}
	for _, row := range layout {
		if before, ok := seen[row.prefix]; ok {
			t.Errorf("prefix %c means %s and %s", row.prefix, before, row.name)
		}
		seen[row.prefix] = row.name
	}
}

func TestMalformedKeysAreRefused(t *testing.T) {
	for _, k := range onePerKind {
		for cut := range len(k.key) {
			if k.key[0] == keyRow && cut >= len(k.key)-len(restOf(k.key)) {
				break // what is left of the rest is a rest
			}
			if s, err := describe(k.key[:cut]); err == nil {
				t.Errorf("%x cut to %d bytes prints %s", k.key, cut, s)
			}
		}
		if s, err := describe(append(slices.Clone(k.key), 1)); err == nil && k.key[0] != keyRow {
			t.Errorf("%x with a byte more prints %s", k.key, s)
		}
	}
}

// restOf is the free end of a row's key.
func restOf(k []byte) string {
	r := readKey(k)
	r.byte()
	r.shard(r.app())
	r.kind()
	return r.all()
}

// FuzzKeys holds two tuples of one kind against each other: what goes into a
// key comes out, keys are equal only when the tuples are, keys order as the
// tuples do, and no tuple's keys lie under the prefix of another conversation,
// user or app.
func FuzzKeys(f *testing.F) {
	f.Add(uint32(1), "a", "b", uint64(1), uint32(1), "a\x00", "b", uint64(1))
	f.Add(uint32(1), "a", "\x00b", uint64(0), uint32(1), "a\x00", "b", uint64(1<<63))
	f.Add(uint32(1), "", "", uint64(0), uint32(256), "\x00\x01", "\xff", uint64(2))
	f.Add(uint32(1), "a\x00\x01b", "", uint64(0), uint32(1), "a", "b", uint64(2))
	f.Fuzz(func(t *testing.T, app1 uint32, a1, b1 string, n1 uint64, app2 uint32, a2, b2 string, n2 uint64) {
		one, two := tuple{chat.AppID(app1), a1, b1, n1}, tuple{chat.AppID(app2), a2, b2, n2}
		for _, kind := range []chat.Kind{chat.C2C, chat.InGroup} {
			one.roundTrip(t, kind)
			one.apart(t, two, kind)
		}
		one.ordered(t, two)
	})
}

type tuple struct {
	app  chat.AppID
	a, b string
	n    uint64
}

func (x tuple) conv(k chat.Kind) chat.Conversation {
	if k == chat.InGroup {
		return chat.GroupOf(x.app, chat.GroupID(x.a))
	}
	return chat.Conversation{App: x.app, Kind: k, A: x.a, B: x.b}
}

func (x tuple) pair() []byte {
	return putNumber(putText(putUser(nil, keySession, x.app, chat.UserID(x.a)), x.b), x.n)
}

func (x tuple) roundTrip(t *testing.T, kind chat.Kind) {
	r := readKey(putNumber(putConv(nil, keyMessage, x.conv(kind)), x.n))
	prefix, app := r.byte(), r.app()
	shard, n := r.shard(app), r.number()
	if r.err() != nil || prefix != keyMessage || shard != x.conv(kind).Shard() || n != x.n {
		t.Fatalf("%v came out as %v %d, %v", x, shard, n, r.err())
	}
	r = readKey(x.pair())
	if r.byte(); r.app() != x.app || r.text() != x.a || r.text() != x.b || r.number() != x.n || r.err() != nil {
		t.Fatalf("%v did not come out of a pair", x)
	}
}

func (x tuple) apart(t *testing.T, y tuple, kind chat.Kind) {
	mine, others := putConv(nil, keyMessage, x.conv(kind)), putConv(nil, keyMessage, y.conv(kind))
	if same := x.conv(kind) == y.conv(kind); same != bytes.Equal(mine, others) {
		t.Fatalf("%v and %v: same %v, keys %x and %x", x, y, same, mine, others)
	}
	if x.conv(kind) != y.conv(kind) && bytes.HasPrefix(putNumber(others, y.n), mine) {
		t.Fatalf("a key of %v lies under %v", y, x)
	}
	users := chat.UserShard(y.app, chat.UserID(y.a))
	for other, k := range map[string][]byte{"row": putRow(nil, users, 1, y.b), "rows": putRows(nil, users, 1)} {
		prefix := putShard(nil, keyRow, chat.UserShard(x.app, chat.UserID(x.a)))
		if under := bytes.HasPrefix(k, prefix); under != (x.app == y.app && x.a == y.a) {
			t.Fatalf("%s of %v under %v: %v", other, y, x, under)
		}
	}
	if end := past(mine); bytes.Compare(putNumber(mine, x.n), end) >= 0 {
		t.Fatalf("past %x is %x", mine, end)
	}
}

func (x tuple) ordered(t *testing.T, y tuple) {
	want := x.compare(y)
	if got := bytes.Compare(x.pair(), y.pair()); got != want {
		t.Fatalf("%v and %v order as %d, want %d", x, y, got, want)
	}
}

func (x tuple) compare(y tuple) int {
	switch {
	case x.app != y.app:
		return order(x.app, y.app)
	case x.a != y.a:
		return order(x.a, y.a)
	case x.b != y.b:
		return order(x.b, y.b)
	}
	return order(x.n, y.n)
}

func order[T chat.AppID | string | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
