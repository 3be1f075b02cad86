package search

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// format is that of documents and their words: an index of another one is made anew.
const format = 1

// Position is how far an index has come. It is put with what it speaks of, so it is never
// ahead of that.
type Position struct {
	Format int
	// Floor is a point of the commit clock: what came up to it is in the index, once it is
	// Built. While it is built, it is where that began.
	Floor uint64
	Time  int64 // when that was, Unix milliseconds
	Built bool
	// Kind and A, B name the conversation up to which all are done, while it is built.
	Kind chat.Kind
	A, B string
	// Round counts how often all names were gone through.
	Round uint32
	// Seen is a message that was indexed, by which another store is recognised.
	SeenKind     chat.Kind
	SeenA, SeenB string
	SeenSeq      chat.Seq
	SeenClock    uint64
}

func positionFields(f *record.Fields, p *Position) {
	record.Int(f, 1, &p.Format)
	record.Int(f, 2, &p.Floor)
	record.Bool(f, 3, &p.Built)
	record.Int(f, 4, &p.Kind)
	record.Text(f, 5, &p.A)
	record.Text(f, 6, &p.B)
	record.Int(f, 7, &p.Round)
	record.Int(f, 8, &p.SeenKind)
	record.Text(f, 9, &p.SeenA)
	record.Text(f, 10, &p.SeenB)
	record.Int(f, 11, &p.SeenSeq)
	record.Int(f, 12, &p.SeenClock)
	record.Int(f, 13, &p.Time)
}

func (p *Position) bytes() []byte { return record.Encode(nil, p, positionFields) }

// readPosition is the way back; ok is false for what is no position of this format.
func readPosition(b []byte) (p Position, ok bool) {
	if len(b) == 0 || record.Decode(b, &p, positionFields) != nil {
		return Position{}, false
	}
	return p, p.Format == format
}

// after is the conversation up to which all of its kind are done.
func (p *Position) after(app chat.AppID) chat.Conversation {
	if p.A == "" && p.B == "" {
		return chat.Conversation{}
	}
	return chat.Conversation{App: app, Kind: p.Kind, A: p.A, B: p.B}
}

func (p *Position) pass(c chat.Conversation) { p.Kind, p.A, p.B = c.Kind, c.A, c.B }

// reach moves the floor, which was there at a time.
func (p *Position) reach(floor uint64, ms int64) {
	if floor > p.Floor {
		p.Floor, p.Time = floor, ms
	}
}

func (p *Position) see(m *chat.Message) {
	if m.Clock >= p.SeenClock {
		p.SeenKind, p.SeenA, p.SeenB, p.SeenSeq, p.SeenClock = m.Conv.Kind, m.Conv.A, m.Conv.B, m.Seq, m.Clock
	}
}

func (p *Position) seen(app chat.AppID) chat.Conversation {
	return chat.Conversation{App: app, Kind: p.SeenKind, A: p.SeenA, B: p.SeenB}
}
