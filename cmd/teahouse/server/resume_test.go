package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// killed is a store that makes a number of commits more.
type killed struct {
	chat.Store
	left int
}

func (k *killed) Apply(ctx context.Context, list []*chat.Commit) error {
	if k.left -= len(list); k.left < 0 {
		return errors.New("killed")
	}
	return k.Store.Apply(ctx, list)
}

// The end of a large group that a crash has cut short is finished by the next start.
func TestStartFinishesTheEndOfAGroup(t *testing.T) {
	o := devOptions(t)
	stop(t, start(t, o)) // leaves an app in the folder
	endHalfAGroup(t, o.Data)
	a := start(t, o)
	rows, err := a.Core().Group.MemberPage(t.Context(), FirstDevApp, "large", "", 10)
	if err != nil || len(rows) != 0 {
		t.Errorf("members are left: %v, %v", rows, err)
	}
	told, err := a.store.UserEvents(t.Context(), FirstDevApp, "user1199", 0, 10)
	if err != nil || len(told) != 1 || told[0].Notice == nil || told[0].Notice.Kind != chat.NoticeDestroyed {
		t.Errorf("the last one is told %v, %v", told, err)
	}
}

// endHalfAGroup makes a group of 1,200 members in a folder and destroys half of it.
func endHalfAGroup(t *testing.T, dir string) {
	t.Helper()
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: FirstDevApp, Limits: chat.Limits{}.NoRates()})
	disk := &killed{Store: store, left: 1 << 30}
	c := core.New(core.Options{Store: disk, Apps: apps, Lanes: 1, Fatal: func(error) {}})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	by := chat.Actor{App: FirstDevApp, User: Administrator, Standing: chat.AsAdmin}
	_, err = c.Group.Create(t.Context(), by, chat.GroupDraft{ID: "large", Type: chat.Public, Name: "large"})
	must(err)
	for first := 0; first < 1200; first += 100 {
		var people []chat.Profile
		var names []chat.UserID
		for n := range 100 {
			names = append(names, chat.UserID(fmt.Sprintf("user%04d", first+n)))
			people = append(people, chat.Profile{User: names[n]})
		}
		_, err = c.People.Import(t.Context(), by, people)
		must(err)
		_, err = c.Group.AddMembers(t.Context(), by, "large", names, true)
		must(err)
	}
	disk.left = 2
	if err := c.Group.Destroy(t.Context(), by, "large"); err == nil {
		t.Error("the destruction was not cut")
	}
	if err := errors.Join(c.Close(context.Background()), store.Close()); err != nil {
		t.Error(err)
	}
}
