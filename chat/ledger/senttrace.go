package ledger

import (
	"context"
	"encoding/binary"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/trace"
)

// sentTrace is the distributed trace that a message belongs to. It is a row of its own, because
// nearly no message has one; the row lives as long as the message may be pushed.
type sentTrace struct {
	trace.Context
	Seq chat.Seq // of the message
}

// sentTraces lie in the conversation's shard, by sender and Random: both are known before the
// message has a number. Of two messages that have the same the newer keeps its trace.
var sentTraces = Table(record.SentTrace, func(f *record.Fields, v *sentTrace) {
	record.Text(f, 1, &v.Parent)
	record.Text(f, 2, &v.State)
	record.Int(f, 3, &v.Seq)
})

func sentTraceKey(m *chat.Message) string {
	return string(binary.BigEndian.AppendUint32(nil, m.Random)) + string(m.From)
}

// SentTrace is the row that keeps the trace of a message until a time (Unix seconds), for the commit that
// appends it and no other message.
func SentTrace(m *chat.Message, t *trace.Context, until int64) chat.Row {
	return chat.Row{
		Kind: chat.RowKind(record.SentTrace), Key: sentTraceKey(m), Expires: until,
		Late: func(n chat.Numbers) []byte {
			v := sentTrace{Context: *t, Seq: n.Seq}
			if m.Duplicate != nil {
				v.Seq = m.Duplicate.Seq
			}
			return sentTraces.encode(&v)
		},
	}
}

// TraceOf is the trace that a message belongs to, nil when there is none, or none any more.
func TraceOf(ctx context.Context, r chat.RowReader, m *chat.Message) (*trace.Context, error) {
	v, err := sentTraces.Get(ctx, r, m.Conv.Shard(), sentTraceKey(m))
	if err != nil || v == nil || v.Seq != m.Seq {
		return nil, err
	}
	return &v.Context, nil
}
