package operator

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// AuditTime is how long the log is kept, of its newest AuditRows entries. A choice.
const AuditTime = 400 * 24 * time.Hour

// Entry is a line of the log: who has done what, to which object, from where, and how it ended.
// It holds no secret and nothing that was said.
type Entry struct {
	ID      string
	Time    int64  // Unix milliseconds; set by Note
	Actor   string // the operator's name; "" for the token and the socket
	Kind    string // session, token or socket
	Action  string // such as user.kick
	Object  string
	App     chat.AppID
	Address string
	Result  string // ok, or why not
	Detail  string
}

// entries lie newest first: their key begins with the time, counted down.
var entries = ledger.Table(record.AuditEntry, func(f *record.Fields, e *Entry) {
	record.Int(f, 1, &e.Time)
	record.Text(f, 2, &e.Actor)
	record.Text(f, 3, &e.Kind)
	record.Text(f, 4, &e.Action)
	record.Text(f, 5, &e.Object)
	record.Int(f, 6, &e.App)
	record.Text(f, 7, &e.Address)
	record.Text(f, 8, &e.Result)
	record.Text(f, 9, &e.Detail)
}).Named(func(e *Entry, _ chat.Shard, key string) { e.ID = hex.EncodeToString([]byte(key)) })

// auditKey is where what happened at a time begins; micros in Unix microseconds.
func auditKey(micros int64) string {
	return string(binary.BigEndian.AppendUint64(nil, ^uint64(micros)))
}

// maxText bounds each text of an entry, in bytes.
const maxText = 256

func clip(s *string) {
	if len(*s) > maxText {
		*s = strings.ToValidUTF8((*s)[:maxText], "") + "…"
	}
}

// Note adds an entry and returns when it is durable.
func (s *Service) Note(ctx context.Context, e Entry) error {
	for _, text := range []*string{&e.Actor, &e.Kind, &e.Action, &e.Object, &e.Address, &e.Result, &e.Detail} {
		clip(text)
	}
	s.noted.Add(1)
	apart := make([]byte, 4)
	_, _ = rand.Read(apart) // never fails
	return s.ledger.Share(ctx, chat.ServerShard, 0, maxText, func(_ context.Context, t *ledger.Turn) error {
		e.Time = t.Ms
		entries.PutUntil(t, auditKey(t.Ms*1000)+string(apart), &e, t.Sec()+seconds(AuditTime))
		return nil
	})
}

// AuditQuery says which entries are wanted; what is zero is not looked at. Times are Unix
// milliseconds, both included.
type AuditQuery struct {
	Actor, Object string
	Action        string // how it begins
	App           chat.AppID
	From, To      int64
}

func (q *AuditQuery) wants(e *Entry) bool {
	return (q.Actor == "" || e.Actor == q.Actor) && (q.Object == "" || e.Object == q.Object) &&
		strings.HasPrefix(e.Action, q.Action) && (q.App == 0 || e.App == q.App) &&
		(q.To == 0 || e.Time <= q.To)
}

// Audit pages the log, newest first, after the entry whose ID is given. A page may be short
// although there is more: next is "" at the end.
func (s *Service) Audit(ctx context.Context, q AuditQuery, after string, limit int) (list []Entry, next string, err error) {
	key, err := keyOf(after)
	if err != nil {
		return nil, "", err
	}
	if key == "" && q.To > 0 {
		key = auditKey((q.To + 1) * 1000)
	}
	for range scanAtMost / peoplePage {
		rows, keys, err := entries.Page(ctx, s.ledger, chat.ServerShard, "", key, peoplePage)
		if err != nil {
			return nil, "", err
		}
		for i, e := range rows {
			if e.Time < q.From {
				return list, "", nil
			}
			key = keys[i]
			if !q.wants(e) {
				continue
			}
			list = append(list, *e)
			if len(list) == limit {
				return list, e.ID, nil
			}
		}
		if len(rows) < peoplePage {
			return list, "", nil
		}
	}
	return list, hex.EncodeToString([]byte(key)), nil
}
