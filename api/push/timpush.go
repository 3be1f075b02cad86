package push

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corepush "github.com/teahouse-im/teahouse/chat/push"
)

// maxBatch bounds the accounts of timpush/batch (spec/09 C), batchRate its calls a second
// (spec/02 §5).
const (
	maxBatch  = 500
	batchRate = 30
)

// timpushRows are the newer commands of pushes to many (spec/09 C).
func timpushRows() []*api.Command {
	return slices.Concat([]*api.Command{
		api.Row(api.TIMPushService, "push", "", api.Admins, push),
		api.Row(api.TIMPushService, "batch", "", api.Admins, pushBatch).AtMost(batchRate).Takes("To_Account", 1, maxBatch),
	}, labelRows(api.TIMPushService, ""), scheduleRows(), statisticsRows())
}

// newPush is a push in one of two forms: with a MsgBody it is a message, without one a
// notice.
type newPush struct {
	From      chat.UserID `wire:"!From_Account" code:"90008"`
	Random    *uint32     `wire:"!MsgRandom" code:"90005"`
	Passing   api.Bit     `wire:"OnlineOnlyFlag"`
	Body      elements    `wire:"MsgBody"`
	Cloud     string      `wire:"CloudCustomData"`
	Condition *condition  `wire:"Condition"`
	Info      pushInfo    `wire:"OfflinePushInfo"`
	Data      string      `wire:"DataId"`
}

func push(ctx context.Context, c *api.Call, r *newPush) (*taskMade, error) {
	d := &corepush.TaskDraft{
		From: r.From, Random: *r.Random, Body: json.RawMessage(r.Body), Cloud: r.Cloud,
		Push: json.RawMessage(r.Info), Condition: r.Condition.core(), DataID: r.Data,
	}
	switch {
	case r.Body == nil:
		d.Form = corepush.FormOf(d.Push)
	case bool(r.Passing):
		d.Form = corepush.Passing
	default:
		d.Form = corepush.Ordinary
	}
	return makeTask(ctx, c, d)
}

type batchPush struct {
	From   chat.UserID   `wire:"!From_Account" code:"90008"`
	To     []chat.UserID `wire:"!To_Account" code:"90003"`
	Random *uint32       `wire:"!MsgRandom"`
	Info   pushInfo      `wire:"!OfflinePushInfo" code:"90043"`
	Data   string        `wire:"DataId"`
}

// batchMade has the accounts that are none (our choice).
type batchMade struct {
	ID     string            `json:"TaskId"`
	Errors []api.TargetError `json:"ErrorList,omitempty"`
}

func pushBatch(ctx context.Context, c *api.Call, r *batchPush) (*batchMade, error) {
	d := &corepush.TaskDraft{
		Form: corepush.FormOf(json.RawMessage(r.Info)), From: r.From, Random: *r.Random, Push: json.RawMessage(r.Info), To: r.To, DataID: r.Data,
	}
	id, failures, err := c.Core.Tasks.MakeBatch(ctx, c.By, d)
	return &batchMade{id, api.TargetErrors(failures)}, err
}
