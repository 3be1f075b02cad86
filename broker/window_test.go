package broker

import (
	"math/rand/v2"
	"testing"
)

// Ids are unique among what is in flight, consecutive, never 0, and every
// acknowledgement frees exactly its own, in whatever order they come.
func TestWindowUnderRandomAcks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	w := window{size: 50}
	var flying []uint16
	seq := uint64(0)
	for range 400_000 {
		if w.room() > 0 && rnd.IntN(2) == 0 {
			id := w.next()
			if id == 0 {
				t.Fatal("packet id 0")
			}
			for _, other := range flying {
				if other == id {
					t.Fatalf("id %d is in flight twice", id)
				}
			}
			seq++
			w.push(nil, seq)
			flying = append(flying, id)
			continue
		}
		if len(flying) == 0 {
			continue
		}
		i := rnd.IntN(min(len(flying), 3))
		if !w.ack(flying[i]) || w.ack(flying[i]) {
			t.Fatalf("ack of %d", flying[i])
		}
		flying = append(flying[:i], flying[i+1:]...)
	}
	for _, id := range flying {
		if !w.ack(id) {
			t.Fatalf("ack of %d", id)
		}
	}
	if w.room() != int(w.size) || w.ack(w.next()) {
		t.Errorf("room %d of %d", w.room(), w.size)
	}
}

func TestUnknownAcks(t *testing.T) {
	w := window{size: 5}
	if w.ack(0) || w.ack(1) {
		t.Error("an ack of nothing counts")
	}
	w.next()
	w.push(nil, 1)
	for _, id := range []uint16{0, 2, 65535} {
		if w.ack(id) {
			t.Errorf("ack of %d counts", id)
		}
	}
	if !w.ack(1) {
		t.Error("ack of 1 does not count")
	}
}
