package push

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// pushCounts count in the shard of the app: pushes to many of a day under "q" and the day;
// what became of a task's under "t", the task and a place; of all tasks of an hour under "h", the
// hour and a place; of the messages of an hour under "n".
var pushCounts = ledger.Counter(record.PushCount)

const (
	countsDay    = "q"
	countsTask   = "t"
	countsHour   = "h"
	countsNormal = "n"
)

// What is counted, and of which kind of event (EventType of spec/30 §6.5).
const (
	countTotal     = 0
	countSent      = 1
	countDelivered = 2
	countClicked   = 3

	eventOffline = 1
	eventOnline  = 2
)

// counted is a place of counts: an event, a platform and what is counted.
type counted struct{ event, platform, what byte }

// counts are what a commit adds.
type counts map[counted]int64

func (c counts) add(event, platform, what int, n int64) {
	c[counted{byte(event), byte(platform), byte(what)}] += n
}

// put adds the counts of a task to its own and to those of the hour.
func (c counts) put(t *ledger.Turn, task string) {
	c.putUnder(t, countsTask+task+"\x00")
	c.putUnder(t, countsHour+hourKey(t.Sec()))
}

func (c counts) putUnder(t *ledger.Turn, prefix string) {
	for place, n := range c {
		pushCounts.AddUntil(t, prefix+string([]byte{place.event, place.platform, place.what}), n, t.Sec()+statisticsFor+hour)
	}
}

const (
	hour          = 60 * 60
	statisticsFor = 30 * 24 * hour // seconds (spec/09 C)
	placeBytes    = 3
	maxTaskIDs    = 5
)

func dayKey(sec int64) string {
	return countsDay + string(binary.BigEndian.AppendUint32(nil, uint32(sec/(24*hour))))
}

func hourKey(sec int64) string { return string(binary.BigEndian.AppendUint32(nil, uint32(sec/hour))) }

// Statistics are the numbers of pushes: of a task, or of all.
type Statistics struct {
	Task      string
	Platforms []PlatformStatistics
	PushNumbers
}

// PlatformStatistics are the numbers of one kind of event on one platform.
type PlatformStatistics struct {
	EventType, Platform int
	PushNumbers
}

// PushNumbers count pushes to devices: how many there were to be, how many were handed to a
// provider or a connection, how many providers have acknowledged, and how many were clicked.
type PushNumbers struct{ Total, Sent, Delivered, Clicked int64 }

func (n *PushNumbers) add(what byte, by int64) {
	switch what {
	case countTotal:
		n.Total += by
	case countSent:
		n.Sent += by
	case countDelivered:
		n.Delivered += by
	case countClicked:
		n.Clicked += by
	}
}

// Settled counts what became of pushes in the commit that makes it durable, and tells the
// app's server of those of tasks. It is a turn of the app's shard.
func (s *Tasks) Settled(t *ledger.Turn, list []Settlement) {
	app := s.ledger.AppEvenDisabled(t.Shard.App)
	if app == nil {
		return
	}
	settled(context.Background(), t, app, list) // a turn's own reads, which nobody waits for
}

func settled(ctx context.Context, t *ledger.Turn, app *chat.App, list []Settlement) {
	byTask := map[string]counts{}
	told := map[string][]chat.PushTold{}
	var order []string
	for _, one := range list {
		if byTask[one.TaskID] == nil {
			byTask[one.TaskID] = counts{}
			order = append(order, one.TaskID)
		}
		byTask[one.TaskID].settle(one)
		if one.TaskID != "" {
			told[one.TaskID] = append(told[one.TaskID], chat.PushTold{
				Task: one.TaskID, TaskTime: madeAt(one.TaskID), Time: one.Time, To: one.User,
				Platform: one.Channel.Number(), Stage: int(one.Stage), Code: one.Code, Info: one.Info,
			})
		}
	}
	for _, task := range order {
		if task == "" {
			byTask[task].putUnder(t, countsNormal+hourKey(t.Sec()))
			continue
		}
		byTask[task].put(t, task)
		if t.Wants(app, chat.AllMemberPush) {
			tellPushes(t, app, withData(ctx, t, task, told[task]))
		}
	}
}

// withData adds the DataId of their task to events.
func withData(ctx context.Context, t *ledger.Turn, task string, list []chat.PushTold) []chat.PushTold {
	k, err := findTask(ctx, t.Read, t.Shard, task)
	if err != nil || k == nil {
		return list
	}
	for i := range list {
		list[i].Data = k.DataID
	}
	return list
}

// settle counts one push. What a provider has taken counts as delivered (our choice: no
// provider tells more).
func (c counts) settle(one Settlement) {
	event, platform := eventOffline, one.Channel.Number()
	if one.TaskID == "" && one.Stage != StageClicked && one.Stage != StageDelivered {
		c.add(event, platform, countTotal, 1) // those of a task are counted when they are enqueued
	}
	switch one.Stage {
	case StageSent:
		c.add(event, platform, countSent, 1)
		c.add(event, platform, countDelivered, 1)
	case StageDelivered:
		c.add(event, platform, countDelivered, 1)
	case StageClicked:
		c.add(event, platform, countClicked, 1)
	}
}

// madeAt is when a task was made, which its id ends with; Unix seconds.
func madeAt(id string) (sec int64) {
	for _, c := range id[strings.LastIndexByte(id, '_')+1:] {
		if c < '0' || c > '9' {
			return 0
		}
		sec = sec*10 + int64(c-'0')
	}
	return sec
}

// TaskStatistics are the numbers of up to 5 tasks, or of all within a time when none is named:
// from start to end, Unix seconds, hours that lie within it in part as a whole (our choice). What lies 30
// days back is not known any more. 90001 for a time that is none, 90011 for more tasks.
func (s *Tasks) TaskStatistics(ctx context.Context, by chat.Actor, start, end int64, ids []string) ([]Statistics, error) {
	if len(ids) > maxTaskIDs {
		return nil, chat.Refuse(chat.CodeTooManyTargets, "TaskID has at most %d entries", maxTaskIDs)
	}
	if err := s.mayRead(by, start, end); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		all, err := s.hours(ctx, by.App, countsHour, start, end)
		return []Statistics{all}, err
	}
	list := make([]Statistics, 0, len(ids))
	for _, id := range ids {
		if len(id) > chat.MaxRowKey/2 || strings.ContainsRune(id, 0) {
			return nil, chat.Refuse(chat.CodeBadJSON, "an entry of TaskID is no task")
		}
		one := Statistics{Task: id}
		rows, err := s.ledger.Rows(ctx, chat.AppShard(by.App), chat.RowKind(record.PushCount), countsTask+id+"\x00", "", maxPlaces)
		if err != nil {
			return nil, err
		}
		one.sum(rows)
		list = append(list, one)
	}
	return list, nil
}

// NormalStatistics are the numbers of pushes of chat messages within a time; see
// TaskStatistics.
func (s *Tasks) NormalStatistics(ctx context.Context, by chat.Actor, start, end int64) (Statistics, error) {
	if err := s.mayRead(by, start, end); err != nil {
		return Statistics{}, err
	}
	return s.hours(ctx, by.App, countsNormal, start, end)
}

// maxPlaces is more than the places that one task can have, or one hour.
const maxPlaces = 256

// mayRead refuses who is no administrator, and times that are none.
func (s *Tasks) mayRead(by chat.Actor, start, end int64) error {
	if _, err := s.ledger.App(by.App); err != nil {
		return err
	}
	now := s.ledger.NowSec()
	switch {
	case !by.Admin():
		return chat.Refuse(chat.CodeMsgNeedAdmin, "")
	case start <= 0 || end < start:
		return chat.Refuse(chat.CodeBadJSON, "StartTime and EndTime are no time")
	case end-start > statisticsFor || start < now-statisticsFor-24*hour:
		return chat.Refuse(chat.CodeBadJSON, "StartTime and EndTime lie within the last 30 days")
	}
	return nil
}

// hours sums up the hours of a time.
func (s *Tasks) hours(ctx context.Context, app chat.AppID, prefix string, start, end int64) (Statistics, error) {
	var all Statistics
	last := prefix + hourKey(end) + "\xff"
	after := prefix + hourKey(start) // sorts before all places of the hour
	for {
		rows, err := s.ledger.Rows(ctx, chat.AppShard(app), chat.RowKind(record.PushCount), prefix, after, maxPlaces)
		if err != nil {
			return all, err
		}
		n := slices.IndexFunc(rows, func(r chat.Row) bool { return r.Key > last })
		if n < 0 {
			n = len(rows)
		}
		all.sum(rows[:n])
		if n < maxPlaces {
			return all, nil
		}
		after = rows[n-1].Key
	}
}

// sum adds counters, whose keys end with their places.
func (s *Statistics) sum(rows []chat.Row) {
	for _, r := range rows {
		if len(r.Key) < placeBytes {
			continue
		}
		place := r.Key[len(r.Key)-placeBytes:]
		s.add(place[2], r.Add)
		s.platform(int(place[0]), int(place[1])).add(place[2], r.Add)
	}
}

// platform is the entry of an event on a platform; they stay in order.
func (s *Statistics) platform(event, platform int) *PlatformStatistics {
	i, found := slices.BinarySearchFunc(s.Platforms, [2]int{event, platform}, func(p PlatformStatistics, at [2]int) int {
		return slices.Compare([]int{p.EventType, p.Platform}, at[:])
	})
	if !found {
		s.Platforms = slices.Insert(s.Platforms, i, PlatformStatistics{EventType: event, Platform: platform})
	}
	return &s.Platforms[i]
}
