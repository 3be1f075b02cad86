package sessions

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Remembered is how many QoS 1 publishes of a session are remembered: the latest
// ones, and of each packet id the latest (spec/00 §3).
const Remembered = 512

// Handled is a publish that was handled: its packet id, what it said, and what it has
// led to.
type Handled struct {
	N    uint64 // counts the publishes of the session
	ID   uint16
	QoS  byte
	Hash uint64      // of topic and payload
	To   chat.Target // the conversation as the user sees it; zero: the topic says it, or none
	Seq  chat.Seq    // of the message that was sent, 0: none
}

// Hash is Handled.Hash of a topic's hash and a payload.
func Hash(topic uint64, payload []byte) uint64 {
	return topic*0x9E3779B185EBCA87 + xxhash.Sum64(payload)
}

const handledKind = chat.RowKind(record.Handled)

// handled lie under the session's id. Those of QoS 1 follow behind a 1 in a ring of
// Remembered places, by their count; those of QoS 2 behind a 2 by their packet id, until
// that is released.
var handled = ledger.Table(record.Handled, handledFields)

func handledFields(f *record.Fields, h *Handled) {
	record.Int(f, 1, &h.N)
	record.Int(f, 2, &h.ID)
	record.Int(f, 3, &h.QoS)
	record.Int(f, 4, &h.Hash)
	record.Int(f, 5, &h.To.Kind)
	record.Text(f, 6, &h.To.ID)
	record.Int(f, 7, &h.Seq)
}

// handledBytes is room for a record of them without a conversation.
const handledBytes = 48

func (r Rows) handledKey(h *Handled) string {
	place := uint16(h.N % Remembered)
	if h.QoS == 2 {
		place = h.ID
	}
	var key [len(ID{}) + 3]byte
	copy(key[:], r.ID[:])
	key[len(r.ID)] = '0' + h.QoS
	binary.BigEndian.PutUint16(key[len(r.ID)+1:], place)
	return string(key[:])
}

// Claim is the claim of a publish. named says that the row is to hold the
// conversation, which the topic does not say.
func (r Rows) Claim(h Handled, named bool, expires int64) *chat.Claim {
	return &chat.Claim{
		Shard: r.Shard(), Kind: handledKind, Key: r.handledKey(&h), Expires: expires,
		Value: func(m chat.Made) []byte {
			if h.Seq = m.Seq; named && m.Conv.Kind != 0 {
				h.To = m.Conv.For(r.User)
			}
			return record.Encode(make([]byte, 0, handledBytes), &h, handledFields)
		},
	}
}

// Released is the removal of what a QoS 2 publish has left.
func (r Rows) Released(id uint16) chat.Row {
	return handled.Gone(r.handledKey(&Handled{ID: id, QoS: 2}))
}

// Handled reads what is kept of the session's publishes, by their count.
func (r Rows) Handled(ctx context.Context, store chat.RowReader) ([]Handled, error) {
	var list []Handled
	for after := ""; ; {
		rows, err := store.Rows(ctx, r.Shard(), handledKind, r.prefix(), after, pageRows)
		if err != nil {
			return nil, fmt.Errorf("read handled publishes: %w", err)
		}
		for i := range rows {
			h, err := handled.Read(r.Shard(), rows[i])
			if err != nil {
				return nil, err
			}
			list = append(list, *h)
		}
		if len(rows) < pageRows {
			break
		}
		after = rows[len(rows)-1].Key
	}
	slices.SortFunc(list, func(a, b Handled) int { return cmp.Compare(a.N, b.N) })
	return list, nil
}
