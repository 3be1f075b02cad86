package api

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Members of requests and answers that several families of commands have.

// Conv is the Conv of a body: c2c/ or group/ and the raw id.
type Conv chat.Target

// ReadWire reads the value.
func (n *Conv) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	if !ok {
		return false
	}
	t, ok := chat.ParseTarget(s)
	*n = Conv(t)
	return ok
}

// TypeInJSON is for help.
func (n *Conv) TypeInJSON() string { return "text" }

// Wanted is for who has sent something else.
func (n *Conv) Wanted() string { return "c2c/ or group/ and an id" }

// Pattern implements Patterned.
func (n *Conv) Pattern() string { return "^(c2c|group)/." }

// Bit is yes or no, as 1 or 0.
type Bit bool

// ReadWire reads the value.
func (b *Bit) ReadWire(value []byte) bool {
	n, ok := wire.ReadUint(value, 1)
	*b = n == 1
	return ok
}

// Shape implements Shaped.
func (*Bit) Shape() any { return form.Bit(0) }

// TypeInJSON is for help.
func (*Bit) TypeInJSON() string { return "number" }

// Wanted is for who has sent something else.
func (*Bit) Wanted() string { return "0 or 1" }

// ConvOf takes the target out of members.
func ConvOf(list []wire.Member) (chat.Target, error) {
	var n Conv
	if v := wire.Last(list, "Conv"); v == nil || !n.ReadWire(v) {
		return chat.Target{}, chat.Refuse(chat.CodeConvParameter, "Conv is missing or malformed")
	}
	return chat.Target(n), nil
}

// Match says how many of the keywords have to be found: "or", one, or "and", all: true.
type Match bool

// ReadWire reads the value.
func (m *Match) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	*m = s == "and"
	return ok && (s == "and" || s == "or")
}

// TypeInJSON is for help.
func (*Match) TypeInJSON() string { return "text" }

// Words implements Worded.
func (*Match) Words() []string { return []string{"or", "and"} }

// LooseNumber is a whole number that may come in quotes (spec/02 §6:
// MsgReadTime; spec/22a §4: Next).
type LooseNumber int64

// ReadWire reads the value.
func (n *LooseNumber) ReadWire(value []byte) bool {
	if s, ok := wire.ReadText(value); ok {
		value = []byte(s)
	}
	v, ok := wire.ReadInt(value)
	*n = LooseNumber(v)
	return ok
}

// Either implements Either.
func (n *LooseNumber) Either() []any { return []any{int64(0), ""} }

// LooseText is text that may come as a whole number.
type LooseText string

// ReadWire reads the value.
func (t *LooseText) ReadWire(value []byte) bool {
	if s, ok := wire.ReadText(value); ok {
		*t = LooseText(s)
		return true
	}
	_, ok := wire.ReadInt(value)
	*t = LooseText(value)
	return ok
}

// Either implements Either.
func (t *LooseText) Either() []any { return []any{"", int64(0)} }

// Pair is an entry of AppDefinedData and its kin (spec/20 §7).
type Pair struct {
	Key   string `wire:"!Key" json:"Key"`
	Value string `wire:"Value" json:"Value"`
}

// PairMap turns pairs into a map; nil stays nil, so that absent differs from
// empty.
func PairMap(list []Pair) map[string]string {
	if list == nil {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, p := range list {
		m[p.Key] = p.Value
	}
	return m
}

// TargetError is one receiver a batch failed for.
type TargetError struct {
	User chat.UserID `json:"To_Account"`
	Code chat.Code   `json:"ErrorCode"`
}

// TargetErrors lists the failures of a batch; never nil, so that an empty list
// is written as one.
func TargetErrors(list []chat.ItemResult) []TargetError {
	out := make([]TargetError, 0, len(list))
	for _, f := range list {
		out = append(out, TargetError{f.User, f.Code})
	}
	return out
}

// PageSize is the size of a page as the core takes it: what is asked for, 0 when
// nothing is, chat.NoEntries for a 0 that is.
func PageSize(asked *uint32) int {
	switch {
	case asked == nil:
		return 0
	case *asked == 0:
		return chat.NoEntries
	}
	return int(min(*asked, 1<<30))
}
