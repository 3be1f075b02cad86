package ledger

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Figures are counted in memory where commits are announced, and added to the rows of the
// app from time to time: no message waits for that, or writes anything of it. A server that
// is killed loses what it has counted since.

// figureDays is for how many days figures are shown (spec/09 §F); they are kept a little
// longer.
const figureDays = 30

const daySeconds = 24 * 60 * 60

// figuresOfDay are under the day, as eight digits, a slash and the figure.
var figuresOfDay = Counter(record.Figure)

// figureOrder are the figures that are counted, in the order of pending.
var figureOrder = [...]chat.Figure{
	chat.FigureLogins, chat.FigureLoginUsers, chat.FigureRegistered, chat.FigureUnregistered,
	atSent: chat.FigureSent, atSentC2C: chat.FigureSentC2C, atSentGroup: chat.FigureSentGroup, chat.FigureGroupsMade, chat.FigureGroupsEnded,
	atJoined: chat.FigureJoined, atLeft: chat.FigureLeft, atActive: chat.FigureActive,
	atDown: chat.FigureDown, atDownC2C: chat.FigureDownC2C, atDownGroup: chat.FigureDownGroup,
	chat.FigureCalls, chat.FigureAnswers, atMost: chat.FigureMostOnline,
	chat.FigurePushed, chat.FigurePushedC2C, chat.FigurePushedGroup,
}

// Where those stand that are counted by what a commit has.
const (
	atSent      = 4
	atSentC2C   = 5
	atSentGroup = 6
	atJoined    = 9
	atLeft      = 10
	atActive    = 11
	atDown      = 12
	atDownC2C   = 13
	atDownGroup = 14
	atMost      = 17 // no sum, but the most there were
)

// totals are the figures that are numbers in all: of which ones they are the sum, and which
// are taken away.
var totals = []struct{ total, more, less chat.Figure }{
	{chat.FigureAccountsInAll, chat.FigureRegistered, chat.FigureUnregistered},
	{chat.FigureGroupsInAll, chat.FigureGroupsMade, chat.FigureGroupsEnded},
}

// figures is what has been counted and is not in the rows yet.
type figures struct {
	mu   sync.Mutex // serialises new apps
	apps atomic.Pointer[map[chat.AppID]*pending]
}

// pending is what has been counted of an app.
type pending struct {
	counts [len(figureOrder)]atomic.Int64
	others atomic.Int64 // messages that no device has sent: no figure, see Sent

	sentMu  sync.Mutex // held while counts are taken out
	written int64      // messages sent that are in counts no more

	mu    sync.Mutex // serialises writing it down, and guards what follows
	day   int64      // when it was written down last, in days since 1970
	noted int64      // the most users online of that day that the rows have for sure
}

type tallies [len(figureOrder)]int64

func (f *figures) all() map[chat.AppID]*pending {
	if m := f.apps.Load(); m != nil {
		return *m
	}
	return nil
}

func (f *figures) of(app chat.AppID) *pending {
	if p := f.all()[app]; p != nil {
		return p
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.all()[app]; p != nil {
		return p
	}
	next := map[chat.AppID]*pending{app: new(pending)}
	maps.Copy(next, f.all())
	f.apps.Store(&next)
	return next[app]
}

// forget drops what was counted of an app.
func (f *figures) forget(app chat.AppID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := maps.Clone(f.all())
	delete(next, app)
	f.apps.Store(&next)
}

func (p *pending) add(f chat.Figure, n int64) {
	for i := range figureOrder {
		if figureOrder[i] == f {
			p.counts[i].Add(n)
		}
	}
}

// atLeast raises a figure that is no sum.
func (p *pending) atLeast(at int, n int64) {
	for {
		have := p.counts[at].Load()
		if n <= have || p.counts[at].CompareAndSwap(have, n) {
			return
		}
	}
}

// note counts a commit that is done. session is that of the device that has caused it.
func (f *figures) note(c *chat.Commit, session uint64) {
	if session == 0 && len(c.Counted)+len(c.Arrived)+len(c.Left)+len(c.Messages)+len(c.Passing) == 0 {
		return
	}
	p := f.of(c.Shard.App)
	if joined, left := len(c.Arrived), len(c.Left); joined+left > 0 {
		p.counts[atJoined].Add(int64(joined))
		p.counts[atLeft].Add(int64(left))
	}
	for _, one := range c.Counted {
		p.add(one.Figure, one.N)
	}
	n := sentBy(c.Messages) + sentBy(c.Passing)
	if n == 0 {
		return
	}
	if session == 0 {
		p.others.Add(n)
		return
	}
	p.counts[atSent].Add(n)
	if c.Shard.Kind == chat.InGroup {
		p.counts[atSentGroup].Add(n)
	} else {
		p.counts[atSentC2C].Add(n)
	}
}

// sentBy is how many of the messages were sent.
func sentBy(list []*chat.Message) (n int64) {
	for _, m := range list {
		if m.Duplicate == nil && m.Tip == nil {
			n++
		}
	}
	return n
}

// Count moves a figure once the turn's commit is done.
func (t *Turn) Count(f chat.Figure, n int64) {
	t.Commit.Counted = append(t.Commit.Counted, chat.Counted{Figure: f, N: n})
}

// Count moves a figure.
func (l *Ledger) Count(app chat.AppID, f chat.Figure, n int64) { l.figures.of(app).add(f, n) }

// FlushFigures adds to the rows what has been counted. What cannot be written is counted
// again the next time.
func (l *Ledger) FlushFigures(ctx context.Context) error {
	for app, p := range l.figures.all() {
		if l.IsShut(app) {
			continue
		}
		if err := l.flushFigures(ctx, app, p); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) flushFigures(ctx context.Context, app chat.AppID, p *pending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	today := l.NowSec() / daySeconds
	l.census(app, p, today)
	n := p.take()
	any := false
	for i := range n {
		any = any || n[i] != 0 && (i != atMost || n[i] > p.noted)
	}
	if !any {
		return nil
	}
	err := l.Share(ctx, chat.AppShard(app), 0, 256, func(ctx context.Context, t *Turn) error { return putFigures(ctx, t, n) })
	if err == nil {
		p.noted = max(p.noted, n[atMost])
		return nil
	}
	p.putBack(n)
	return err
}

// take takes out what has been counted, and putBack counts it again.
func (p *pending) take() (n tallies) {
	p.sentMu.Lock()
	defer p.sentMu.Unlock()
	for i := range n {
		n[i] = p.counts[i].Swap(0)
	}
	p.written += n[atSent]
	return n
}

func (p *pending) putBack(n tallies) {
	p.sentMu.Lock()
	defer p.sentMu.Unlock()
	for i := range n {
		if i == atMost {
			p.atLeast(i, n[i])
		} else {
			p.counts[i].Add(n[i])
		}
	}
	p.written -= n[atSent]
}

// Sent is how many messages of an app were sent since the server was started, by devices, backends
// and administrators.
func (l *Ledger) Sent(app chat.AppID) int64 {
	p := l.figures.all()[app]
	if p == nil {
		return 0
	}
	p.sentMu.Lock()
	defer p.sentMu.Unlock()
	return p.written + p.counts[atSent].Load() + p.others.Load()
}

// census counts what the deliverer knows: of a day that begins, those who are there since
// the one before.
func (l *Ledger) census(app chat.AppID, p *pending, today int64) {
	out := l.Deliverer()
	c2c, group := out.Down(app)
	p.counts[atDownC2C].Add(c2c)
	p.counts[atDownGroup].Add(group)
	p.counts[atDown].Add(c2c + group)
	if p.day != today {
		p.counts[atActive].Add(out.Stayed(app, today*daySeconds*1000))
		p.day, p.noted = today, 0
	}
	p.atLeast(atMost, out.Online(app))
}

// Came counts that a user has a connection: the most who are online may be more now.
func (l *Ledger) Came(app chat.AppID) {
	l.figures.of(app).atLeast(atMost, l.Deliverer().Online(app))
}

func putFigures(ctx context.Context, t *Turn, n tallies) error {
	day := t.Sec() / daySeconds
	expires := (day + figureDays + 1) * daySeconds
	most, err := figuresOfDay.Get(ctx, t.Read, t.Shard, figureKey(day, chat.FigureMostOnline))
	if err != nil {
		return err
	}
	n[atMost] = max(0, n[atMost]-most)
	for i, f := range figureOrder {
		if n[i] != 0 {
			figuresOfDay.AddUntil(t, figureKey(day, f), n[i], expires)
		}
	}
	return nil
}

func figureKey(day int64, f chat.Figure) string { return fmt.Sprintf("%08d/%s", day, f) }

// Figures are those of the last 30 days, today the last. What was counted by this server is
// in them. inAll are the figures that are numbers in all, as they are now: those of the days before
// are told by what came and went since.
func (l *Ledger) Figures(ctx context.Context, app chat.AppID, inAll map[chat.Figure]int64) ([]chat.DayFigures, error) {
	if err := l.flushFigures(ctx, app, l.figures.of(app)); err != nil {
		return nil, err
	}
	shard, today := chat.AppShard(app), l.NowSec()/daySeconds
	list := make([]chat.DayFigures, figureDays)
	var asks []chat.RowAsk
	for i := range list {
		list[i] = chat.DayFigures{Day: today - figureDays + 1 + int64(i), Figures: map[chat.Figure]int64{}}
		for _, f := range figureOrder {
			asks = append(asks, figuresOfDay.Ask(shard, figureKey(list[i].Day, f)))
		}
	}
	have, err := figuresOfDay.Of(ctx, l, asks)
	if err != nil {
		return nil, err
	}
	for i, n := range have {
		list[i/len(figureOrder)].Figures[figureOrder[i%len(figureOrder)]] = n
	}
	for _, c := range totals {
		n := inAll[c.total]
		for i := figureDays - 1; i >= 0; i-- { // back from today
			day := list[i].Figures
			day[c.total] = n
			n -= day[c.more] - day[c.less]
		}
	}
	return list, nil
}
