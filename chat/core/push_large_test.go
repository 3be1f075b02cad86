package core_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/chat/record"
)

// rowCounter is a store that counts the rows that are read by pages.
type rowCounter struct {
	chat.Store
	members, all atomic.Int64
}

func (c *rowCounter) Rows(ctx context.Context, s chat.Shard, k chat.RowKind, prefix, after string, limit int) ([]chat.Row, error) {
	rows, err := c.Store.Rows(ctx, s, k, prefix, after, limit)
	if k == chat.RowKind(record.Member) {
		c.members.Add(int64(len(rows)))
	}
	c.all.Add(int64(len(rows)))
	return rows, err
}

// Many messages in a group of 10,000 read its members once, and of those members who are
// connected nothing more; all who are away get theirs.
func TestLargeGroupIsReadOnce(t *testing.T) {
	const members, away, spoken = 10_000, 400, 400
	p := furnish(t, nil)
	p.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{GroupMembers: 20_000, GroupRate: -1}})
	users := make([]chat.UserID, members)
	profiles := make([]chat.Profile, members)
	for i := range users {
		users[i] = chat.UserID(fmt.Sprintf("m%05d", i))
		profiles[i] = chat.Profile{User: users[i]}
	}
	for i := 0; i < members; i += 100 {
		_, err := p.People.Import(p.ctx, admin(), profiles[i:i+100])
		p.must(err)
	}
	g := p.house.group("ann", chat.Public)
	for i := 0; i < members; i += 100 {
		_, err := p.Core.Group.AddMembers(p.ctx, admin(), g, users[i:i+100], true)
		p.must(err)
	}
	for i, u := range users { // everybody but some is connected
		p.register(u, "phone", push.Device{Channel: push.FCM, Token: "t-" + string(u)})
		p.out.connect(u, i >= away)
	}
	store := &rowCounter{Store: p.store}
	c := core.New(core.Options{
		Store: store, Apps: p.apps, Now: p.clock, Lanes: 1,
		Push: push.Options{
			Channels: func(chat.AppID, push.ChannelName) push.Channel { return p.provider },
			After:    func(time.Duration) <-chan time.Time { return time.After(time.Millisecond) },
		},
	})
	c.Attach(p.out)
	p.must(c.Resume(p.ctx, []chat.AppID{app}))
	began := time.Now()
	for i := range spoken { // 40 a second
		_, err := c.Message.SendWait(p.ctx, as("ann"), chat.Draft{To: chat.ToGroup(g), Body: text(fmt.Sprint("say ", i))})
		p.must(err)
		p.wait(time.Second / 40)
	}
	last := fmt.Sprint("say ", spoken-1)
	p.until("all who are away have the last", func() bool { return p.had(last) == away })
	t.Logf("%d messages, %d pushes, %d member rows and %d rows in all in %s", spoken, len(p.all()), store.members.Load(), store.all.Load(), time.Since(began))
	if n := store.members.Load(); n > 2*members {
		t.Errorf("%d member rows are read for %d messages in a group of %d", n, spoken, members)
	}
	if n := len(p.all()); n > away*spoken/10 {
		t.Errorf("%d pushes for %d users", n, away)
	}
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
