package sessions

import (
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// State is what is saved of a session from time to time (chat.SessionState.Data). It
// grows with what the client is behind with, not with the messages; filters and
// publishes have rows of their own.
type State struct {
	ID     ID     // of its rows
	Since  uint64 // commit clock up to which it was served
	Lag    []Lag  // messages behind that, by conversation
	Revs   []Lag  // events about conversations behind that, by their Rev
	Events uint64 // newest user event sent
	Away   int64  // when it was saved or last served, Unix milliseconds
	Expiry int64  // how long it outlives its connection, in seconds
	Born   int64  // of the account, Unix seconds
}

// Lag is one conversation of which everything from Next to Head is to be sent.
type Lag struct {
	Conv       chat.Target // as the user sees it
	Next, Head chat.Seq    // or Rev
}

// stateVersion is the only form there is; a session of another is not resumed.
const stateVersion = 2

var errState = errors.New("unknown form of a saved session")

// Encode is the state as it is stored.
func (s *State) Encode() []byte {
	return record.Encode(nil, &stored{stateVersion, string(s.ID[:]), s}, storedFields)
}

// DecodeState reads what Encode has written.
func DecodeState(b []byte) (*State, error) {
	var s State
	v := stored{state: &s}
	if err := record.Decode(b, &v, storedFields); err != nil {
		return nil, err
	}
	if v.version != stateVersion || len(v.id) != len(s.ID) {
		return nil, errState
	}
	copy(s.ID[:], v.id)
	return &s, nil
}

type stored struct {
	version int
	id      string
	state   *State
}

func storedFields(f *record.Fields, v *stored) {
	s := v.state
	record.Int(f, 1, &v.version)
	record.Text(f, 2, &v.id)
	record.Int(f, 3, &s.Since)
	record.Int(f, 4, &s.Events)
	record.Int(f, 5, &s.Away)
	record.Int(f, 6, &s.Expiry)
	record.Int(f, 7, &s.Born)
	record.List(f, 8, &s.Lag, lagFields)
	record.List(f, 9, &s.Revs, lagFields)
}

func lagFields(f *record.Fields, l *Lag) {
	record.Int(f, 1, &l.Conv.Kind)
	record.Text(f, 2, &l.Conv.ID)
	record.Int(f, 3, &l.Next)
	record.Int(f, 4, &l.Head)
}
