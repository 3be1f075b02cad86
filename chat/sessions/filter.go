package sessions

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Filter is a granted subscription as it is kept.
type Filter struct {
	Text string
	QoS  byte
}

const filterKind = chat.RowKind(record.SessionFilter)

// filters lie under the session's id and a hash of their text.
var filters = ledger.Table(record.SessionFilter, func(f *record.Fields, v *Filter) {
	record.Text(f, 1, &v.Text)
	record.Int(f, 2, &v.QoS)
})

func (r Rows) filterKey(text string) string {
	return string(binary.BigEndian.AppendUint64(r.ID[:], xxhash.Sum64String(text)))
}

// Filter is a filter as a row, until then in Unix seconds.
func (r Rows) Filter(f Filter, expires int64) chat.Row {
	row := filters.Row(r.filterKey(f.Text), &f)
	row.Expires = expires
	return row
}

// NoFilter is the removal of a filter's row.
func (r Rows) NoFilter(text string) chat.Row { return filters.Gone(r.filterKey(text)) }

// Filters reads the filters of the session, and when the first of their rows
// expires, in Unix seconds; 0: there are none.
func (r Rows) Filters(ctx context.Context, store chat.RowReader) (list []Filter, expires int64, err error) {
	for after := ""; ; {
		rows, err := store.Rows(ctx, r.Shard(), filterKind, r.prefix(), after, pageRows)
		if err != nil {
			return nil, 0, fmt.Errorf("read filters: %w", err)
		}
		for i := range rows {
			f, err := filters.Read(r.Shard(), rows[i])
			if err != nil {
				return nil, 0, err
			}
			list = append(list, *f)
			if e := rows[i].Expires; expires == 0 || e < expires {
				expires = e
			}
		}
		if len(rows) < pageRows {
			return list, expires, nil
		}
		after = rows[len(rows)-1].Key
	}
}
