package sessions_test

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/chat/sessions"
	"github.com/teahouse-im/teahouse/storage/memory"
)

func TestStateComesBack(t *testing.T) {
	s := sessions.State{
		ID: sessions.NewID(), Since: 7, Events: 3, Away: 1_700_000_000_000, Expiry: 3600, Born: 1_700_000_000,
		Lag: []sessions.Lag{{chat.ToUser("bob"), 3, 9}, {chat.ToGroup("g"), 1, 1}},
	}
	got, err := sessions.DecodeState(s.Encode())
	if err != nil || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", s) {
		t.Errorf("got %+v, %v, want %+v", got, err, s)
	}
}

// A form that this version does not know is no session.
func TestStateOfAnotherFormIsRefused(t *testing.T) {
	type older struct{ version int }
	encoded := record.Encode(nil, &older{3}, func(f *record.Fields, o *older) { record.Int(f, 1, &o.version) })
	for _, b := range [][]byte{nil, {}, []byte(`{"v":1,"c":3}`), encoded} {
		if _, err := sessions.DecodeState(b); err == nil {
			t.Errorf("%q is read as a session", b)
		}
	}
}

// Rows of one session are its own, whatever they hold.
func TestRowsBelongToOneSession(t *testing.T) {
	store := memory.New(memory.Options{})
	one := sessions.Rows{App: 7, User: "ann", ID: sessions.NewID()}
	other := sessions.Rows{App: 7, User: "ann", ID: sessions.NewID()}
	c := &chat.Commit{Shard: one.Shard()}
	for i := range uint16(1500) {
		c.Rows = append(c.Rows, one.Filter(sessions.Filter{Text: fmt.Sprint("im/in/c2c/", i), QoS: 1}, 0))
		for _, h := range []sessions.Handled{{N: uint64(i), ID: i + 1, QoS: 1, Hash: 1 << 63}, {ID: i + 1, QoS: 2}} {
			claim := one.Claim(h, true, 0)
			made := &chat.Commit{Shard: chat.GroupShard(7, "g")}
			claim.Attach(made)
			c.Rows = append(c.Rows, made.Mirrors[0].Row)
		}
	}
	if err := store.Apply(t.Context(), []*chat.Commit{c}); err != nil {
		t.Fatal(err)
	}
	filters, _, err := one.Filters(t.Context(), store)
	if err != nil || len(filters) != 1500 {
		t.Errorf("%d filters, %v", len(filters), err)
	}
	handled, err := one.Handled(t.Context(), store)
	if err != nil || len(handled) != 1500+sessions.Remembered {
		t.Fatalf("%d handled publishes, %v", len(handled), err)
	}
	for i, h := range handled[1500:] { // those of QoS 2 have no count
		if want := 1500 - sessions.Remembered + i; h.QoS != 1 || h.N != uint64(want) || h.ID != uint16(want)+1 || h.Hash != 1<<63 || h.To != chat.ToGroup("g") {
			t.Fatalf("handled %d is %+v", i, h)
		}
	}
	if list, _, err := other.Filters(t.Context(), store); err != nil || len(list) != 0 {
		t.Errorf("another session has %v, %v", list, err)
	}
	if list, err := other.Handled(t.Context(), store); err != nil || len(list) != 0 {
		t.Errorf("another session has %v, %v", list, err)
	}
	gone, more, err := one.Leftovers(t.Context(), store)
	if err != nil || len(gone) == 0 || !more {
		t.Errorf("%d leftovers, more %v, %v", len(gone), more, err)
	}
}
