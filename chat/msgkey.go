package chat

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Key is the MsgKey: <MsgSeq>_<MsgRandom>_<MsgTime> (spec/04 §2). In C2C the
// MsgSeq is the sender's, in groups the conversation's.
func (m *Message) Key() string { return m.MsgKey().String() }

// AvoidKeys counts the SenderSeq of a Chosen message up until no message of its
// second in the conversation has its MsgKey. before are the messages before it,
// newest first; it looks at those of its second only.
func (m *Message) AvoidKeys(before iter.Seq[*Message]) {
	var taken []uint32
	for other := range before {
		if other.Seconds() != m.Seconds() {
			break
		}
		if other.Random == m.Random {
			taken = append(taken, other.SenderSeq)
		}
	}
	for slices.Contains(taken, m.SenderSeq) {
		m.SenderSeq++
	}
}

// MsgKey is Key in parts.
func (m *Message) MsgKey() MsgKey {
	k := MsgKey{Seq: uint64(m.SenderSeq), Random: m.Random, Time: m.Seconds()}
	if m.Conv.Kind == InGroup {
		k.Seq = uint64(m.Seq)
	}
	return k
}

// ID is the MsgId of spec/00 §6: <From_Account>-<ClientMsgId> when the sender
// gave one, else ours, from which the number can be read back.
func (m *Message) ID() string { return string(m.AppendID(make([]byte, 0, idBytes))) }

// MaxRequestID bounds a RequestId, in bytes (spec/41 §7).
const MaxRequestID = 64

// MaxClientMsgID bounds a ClientMsgId, in bytes (spec/00 §3).
const MaxClientMsgID = 64

// idBytes is enough for every id: an account and its ClientMsgId, or three
// numbers.
const idBytes = MaxUserIDBytes + 1 + MaxClientMsgID

// AppendID appends ID to b.
func (m *Message) AppendID(b []byte) []byte {
	if m.ClientMsgID != "" {
		b = append(append(b, m.From...), '-')
		return append(b, m.ClientMsgID...)
	}
	if m.Seq != 0 {
		b = strconv.AppendUint(b, uint64(m.Seq), 10)
	}
	b = strconv.AppendInt(append(b, '~'), m.Time, 10)
	return strconv.AppendUint(append(b, '-'), uint64(m.Random), 10)
}

// MsgKey names a message within its conversation (spec/04 §2).
type MsgKey struct {
	Seq    uint64
	Random uint32
	Time   int64 // Unix seconds
}

// String prints the key as it goes over the wire.
func (k MsgKey) String() string { return string(k.Append(make([]byte, 0, keyBytes))) }

// keyBytes is enough for every key that ParseMsgKey reads.
const keyBytes = 50

// Append appends String to b.
func (k MsgKey) Append(b []byte) []byte {
	b = strconv.AppendUint(b, k.Seq, 10)
	b = strconv.AppendUint(append(b, '_'), uint64(k.Random), 10)
	return strconv.AppendInt(append(b, '_'), k.Time, 10)
}

// ParseMsgKey reads the form that String prints, at most 50 characters;
// otherwise 90054.
func ParseMsgKey(s string) (MsgKey, error) {
	var k MsgKey
	parts := strings.Split(s, "_")
	if len(s) > keyBytes || len(parts) != 3 {
		return k, Refuse(CodeBadMsgKey, "")
	}
	var err error
	if k.Seq, err = strconv.ParseUint(parts[0], 10, 64); err != nil {
		return k, Refuse(CodeBadMsgKey, "")
	}
	random, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil {
		return k, Refuse(CodeBadMsgKey, "")
	}
	k.Random = uint32(random)
	if k.Time, err = strconv.ParseInt(parts[2], 10, 64); err != nil || k.Time < 0 {
		return k, Refuse(CodeBadMsgKey, "")
	}
	return k, nil
}
