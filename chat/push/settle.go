package push

import (
	"context"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// settle makes durable what became of the page that was handed over: rows that are over
// go, unless something newer has taken their place, and the app is told.
func (c *courier) settle() error {
	list := c.owed
	if len(list) == 0 {
		return nil
	}
	app := c.s.read.AppEvenDisabled(c.at.app)
	told := make([]Settlement, 0, len(list))
	now := c.s.read.NowSec()
	for i := range list {
		if one, ok := list[i].settlement(c.at, now); ok {
			told = append(told, one)
		}
	}
	also := c.s.settled
	err := c.s.ledger.Share(c.s.cut, chat.AppShard(c.at.app), 0, 256*len(list), func(ctx context.Context, t *ledger.Turn) error {
		if err := settleRows(ctx, t, list); err != nil {
			return err
		}
		keepTraces(t, told)
		if also != nil {
			also(t, told)
		}
		tell(t, app, told)
		t.Commit.Rules = 0
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	c.owed = nil
	for i := range list {
		c.counted(&list[i])
	}
	return c.dropGone(list)
}

func settleRows(ctx context.Context, t *ledger.Turn, list []item) error {
	asks := make([]chat.RowAsk, len(list))
	for i := range list {
		asks[i] = waits.Ask(t.Shard, list[i].key)
	}
	have, err := waits.Of(ctx, t.Read, asks)
	if err != nil {
		return err
	}
	for i := range list {
		it := &list[i]
		switch {
		case !it.w.same(have[i]):
		case it.due == 0:
			waits.Remove(t, it.key)
		default:
			next := *it.w
			next.Due = it.due
			waits.PutUntil(t, it.key, &next, next.Expires+lingers)
		}
	}
	return nil
}

// settlement is what is told of it; ok is false when it is tried again, or nothing is known
// of it any more.
func (it *item) settlement(at place, now int64) (s Settlement, ok bool) {
	if it.due != 0 {
		return s, false
	}
	s = Settlement{
		User: it.w.User, Client: it.w.Client, Channel: at.channel, TaskID: it.w.TaskID, PushID: it.w.PushID,
		Conv: it.w.conv(at.app), Seq: it.w.Seq, Time: now, Code: it.result.Code, Info: it.result.Info,
	}
	if it.notice != nil {
		s.PushID, s.From, s.Message = it.notice.PushID, it.notice.From, it.notice.message
	}
	switch {
	case it.reason != "":
		s.Stage, s.Info, s.Code = StageDropped, it.reason, 0
	case it.result.Outcome == Sent:
		s.Stage, s.Code, s.Info = StageSent, 0, ""
	default:
		s.Stage = StageFailed
	}
	return s, s.PushID != ""
}

// counted counts what became of it.
func (c *courier) counted(it *item) {
	switch {
	case it.due != 0:
	case it.reason != "":
		c.s.count(c.at, CountDropped, it.reason)
	case it.result.Outcome == Sent:
		c.s.count(c.at, CountSent, "")
		c.figure(it)
	default:
		c.s.count(c.at, CountDropped, it.result.Outcome.String())
	}
}

// figure counts a message that APNs has taken, for the app's figures (spec/09 §F).
func (c *courier) figure(it *item) {
	if c.at.channel != APNs || it.w.TaskID != "" {
		return
	}
	by := chat.FigurePushedC2C
	if it.w.Kind == chat.InGroup {
		by = chat.FigurePushedGroup
	}
	c.s.ledger.Count(c.at.app, chat.FigurePushed, 1)
	c.s.ledger.Count(c.at.app, by, 1)
}

// dropGone drops the devices whose tokens are invalid, unless they have registered others
// meanwhile.
func (c *courier) dropGone(list []item) error {
	var all error
	for i := range list {
		if it := &list[i]; it.result.Outcome == Gone && it.device != nil {
			was := it.device
			err := c.s.drop(c.s.cut, c.at.app, was.User, func(d *Device) bool { return d.Client == was.Client && d.same(was) })
			all = errors.Join(all, err)
		}
	}
	return all
}
