package push

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// TaskState is a push to many, and how far it is, for operators.
type TaskState struct {
	ID            string
	From          chat.UserID
	Form          Form
	Batch         bool   // its users are named
	Scheduled     uint64 // the scheduled task that it is of, 0: none
	Made, Done    int64  // Unix seconds; Done 0: it is under way
	Users, Failed int64
}

// States pages the pushes to many of an app: those under way, then those that are over and still
// known. after is the page's end before, "" first; next is "" at the end.
func (s *Tasks) States(ctx context.Context, app chat.AppID, after string, limit int) (list []TaskState, next string, err error) {
	for _, part := range []string{underWay, over} {
		if after != "" && after[:1] != part && part == underWay {
			continue // they are all read
		}
		at := ""
		if after != "" && after[:1] == part {
			at = after
		}
		rows, keys, err := tasks.Page(ctx, s.ledger, chat.AppShard(app), part, at, limit-len(list))
		if err != nil {
			return nil, "", err
		}
		for i, k := range rows {
			list = append(list, TaskState{
				ID: k.ID, From: k.From, Form: k.Form, Batch: k.Batch, Scheduled: k.Sched, Made: k.Made, Done: k.Done, Users: k.Users, Failed: k.Failed,
			})
			next = keys[i]
		}
		if len(list) == limit {
			return list, next, nil
		}
	}
	return list, "", nil
}
