package group

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// How many groups an app has more than at the beginning of the day (spec/41 §3), a day
// of UTC. It is kept in the shard of the app: each group's own commit moves it, so that
// it costs no other, and groups that are made at the same moment may pass the limit by a few.

// growth counts groups made less groups disbanded, under the day counted from 1970, and
// under alarmKey whether the app was told. Its counters expire with their day.
var growth = ledger.Counter(record.GroupGrowth)

// alarmAbove is the share of the limit above which the app is told, in percent.
const alarmAbove = 70

func growthKey(sec int64) string { return strconv.FormatInt(sec/day, 10) }

func alarmKey(sec int64) string { return growthKey(sec) + "\x00told" }

// grew counts the turn's group.
func (t *Turn) grew(by int64) {
	t.move(growthKey(t.Sec()), by)
	if by > 0 {
		t.Count(chat.FigureGroupsMade, by)
	} else {
		t.Count(chat.FigureGroupsEnded, -by)
	}
}

func (t *Turn) move(key string, by int64) {
	row := growth.Row(key, by)
	row.Expires = dayEnds(t.Sec())
	t.Mirror(chat.AppShard(t.app.ID), row)
}

// mayGrow refuses one more group with 10006 when the app has grown enough today.
func (r reader) mayGrow(ctx context.Context, app *chat.App) error {
	_, err := r.grown(ctx, app, r.NowSec())
	return err
}

// grown is by how many groups the app has grown today, or mayGrow's refusal.
func (r reader) grown(ctx context.Context, app *chat.App, sec int64) (int, error) {
	most := app.Limits.GroupGrowthPerDay
	if most < 0 {
		return 0, nil
	}
	n, err := growth.Get(ctx, r.Reader, chat.AppShard(app.ID), growthKey(sec))
	if err == nil && n >= int64(most) {
		err = chat.Refuse(chat.CodeGroupFrequency, "the app has %d groups more than yesterday, no more until midnight UTC", n)
	}
	return int(n), err
}

// grow refuses a group above the limit, and tells the app once a day that few are left.
func (t *Turn) grow(ctx context.Context) error {
	n, err := t.grown(ctx, t.app, t.Sec())
	most := t.app.Limits.GroupGrowthPerDay
	if err != nil || most < 0 || (n+1)*100 <= most*alarmAbove || !t.Wants(t.app, chat.GroupQuota) {
		return err
	}
	told, err := growth.Get(ctx, t.Read, chat.AppShard(t.app.ID), alarmKey(t.Sec()))
	if err != nil || told > 0 {
		return err
	}
	t.move(alarmKey(t.Sec()), 1)
	t.Tell(chat.GroupQuota, func(e *chat.Event) { e.Group, e.Used, e.Quota = nil, n+1, most })
	return nil
}
