package core_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
)

func (h *house) hasCounters(g chat.GroupID, want string) {
	h.Helper()
	list, err := h.Attribute.Counters(h.ctx, admin(), g, nil)
	h.must(err)
	h.same("counters", list, want)
}

func (h *house) count(by chat.Actor, g chat.GroupID, way attribute.CounterWay, key string, n int64) ([]chat.Counter, error) {
	return h.Attribute.UpdateCounters(h.ctx, by, g, way, []chat.Counter{{Key: key, Value: n}})
}

func TestCounters(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Meeting, "bob")
	up := func(way attribute.CounterWay, key string, n int64, want string) {
		h.Helper()
		got, err := h.count(as("bob"), g, way, key, n)
		h.must(err)
		h.same("moved", got, want)
	}
	h.hasCounters(g, "[]")
	up(attribute.SetCounters, "b", 5, "[{b 5}]")
	up(attribute.IncreaseCounters, "a", 2, "[{a 2}]") // from 0
	up(attribute.DecreaseCounters, "b", 7, "[{b -2}]")
	up(attribute.SetCounters, "b", -2, "[{b -2}]") // no change
	up(attribute.SetCounters, "c", 0, "[{c 0}]")
	h.hasCounters(g, "[{a 2} {b -2} {c 0}]")
	got, err := h.Attribute.Counters(h.ctx, as("bob"), g, []string{"c", "z"})
	h.must(err)
	h.same("those asked for", got, "[{c 0}]")
	h.must(h.Attribute.DeleteCounters(h.ctx, as("bob"), g, []string{"b", "z"}))
	h.must(h.Attribute.DeleteCounters(h.ctx, as("bob"), g, nil))
	h.must(h.Attribute.DeleteCounters(h.ctx, as("bob"), g, nil))
	h.hasCounters(g, "[]")
	var told []string
	for _, e := range h.events() {
		told = append(told, fmt.Sprint(e.Kind, " ", e.Rev, " ", e.Detail.Counters.Set, e.Detail.Counters.Deleted))
	}
	want := "counters 1 [{b 5}] []; counters 2 [{a 2}] []; counters 3 [{b -2}] []; counters 4 [{c 0}] []; counters 5 [] [b]; counters 6 [] [a c]"
	h.same("told", strings.Join(told, "; "), want)
}

func TestCountersAreRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	by := as("ann")
	refused := func(want chat.Code, who chat.Actor, g chat.GroupID, way attribute.CounterWay, list ...chat.Counter) {
		h.Helper()
		_, err := h.Attribute.UpdateCounters(h.ctx, who, g, way, list)
		h.wants(err, want)
	}
	one := chat.Counter{Key: "k", Value: 1}
	refused(chat.CodeGroupParameter, by, g, "Twice", one)
	refused(chat.CodeGroupParameter, by, g, attribute.SetCounters)
	refused(chat.CodeGroupParameter, by, g, attribute.SetCounters, chat.Counter{})
	refused(chat.CodeGroupParameter, by, g, attribute.SetCounters, chat.Counter{Key: strings.Repeat("k", 129)})
	refused(chat.CodeGroupNotAllowed, as("cat"), g, attribute.SetCounters, one)
	refused(chat.CodeGroupNotAllowed, admin(), h.group("ann", chat.Community), attribute.SetCounters, one)
	refused(chat.CodeBadGroupID, by, "", attribute.SetCounters, one)
	refused(chat.CodeNoGroup, by, "nothing", attribute.SetCounters, one)
	var many []chat.Counter
	for i := range 21 {
		many = append(many, chat.Counter{Key: fmt.Sprint(i), Value: math.MaxInt64})
	}
	refused(chat.CodeTooManyCounters, by, g, attribute.SetCounters, many...)
	refused(0, by, g, attribute.SetCounters, many[:20]...)
	refused(chat.CodeTooManyCounters, by, g, attribute.SetCounters, one)
	refused(chat.CodeGroupParameter, by, g, attribute.IncreaseCounters, chat.Counter{Key: "0", Value: 1})
	refused(0, by, g, attribute.IncreaseCounters, chat.Counter{Key: "0", Value: math.MinInt64})
	refused(chat.CodeGroupParameter, by, g, attribute.DecreaseCounters, chat.Counter{Key: "1", Value: math.MinInt64})
	refused(0, by, g, attribute.DecreaseCounters, chat.Counter{Key: "0", Value: math.MinInt64})
}

func TestCountersHaveARate(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	for range 40 {
		_, err := h.count(as("ann"), g, attribute.IncreaseCounters, "k", 1)
		h.must(err)
	}
	_, err := h.count(as("ann"), g, attribute.IncreaseCounters, "k", 1)
	h.wants(err, chat.CodeGroupFrequency)
	h.wait(time.Second)
	got, err := h.count(as("ann"), g, attribute.IncreaseCounters, "k", 1)
	h.must(err)
	h.same("counter", got, "[{k 41}]")
}

// once is an update under a RequestId.
func (h *house) once(by chat.Actor, g chat.GroupID, id string) (got []chat.Counter, err error) {
	err = h.Once(h.ctx, by, "update", id, func(ctx context.Context) (err error) {
		got, err = h.Attribute.UpdateCounters(ctx, by, g, attribute.IncreaseCounters, []chat.Counter{{Key: "k", Value: 1}})
		return err
	})
	return got, err
}

func TestARepeatedRequestHasOneEffect(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	for _, c := range []struct {
		by   chat.UserID
		id   string
		wait time.Duration
		want string
	}{
		{"ann", "1", 0, "[{k 1}]"},
		{"ann", "1", 0, "[{k 1}]"},
		{"bob", "1", 0, "[{k 2}]"}, // not theirs
		{"ann", "2", 0, "[{k 3}]"},
		{"ann", "1", 299 * time.Second, "[{k 1}]"},
		{"ann", "1", time.Second, "[{k 4}]"},
	} {
		h.wait(c.wait)
		got, err := h.once(as(c.by), g, c.id)
		h.must(err)
		h.same(fmt.Sprint(c), got, c.want)
	}
}

// A request that failed is tried again; two at once are one.
func TestRequestsOfOneIdComeOneAfterTheOther(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	_, err := h.once(as("bob"), g, "1")
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.must(err)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := h.once(as("bob"), g, "1"); err != nil || fmt.Sprint(got) != "[{k 1}]" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	all.Wait()
	h.hasCounters(g, "[{k 1}]")
}

func TestARepeatedCreationMakesOneGroup(t *testing.T) {
	h := open(t, nil)
	create := func() (id chat.GroupID) {
		h.must(h.Once(h.ctx, as("ann"), "create", "1", func(ctx context.Context) error {
			g, err := h.Group.Create(ctx, as("ann"), chat.GroupDraft{Type: chat.Public, Name: "g"})
			if err == nil {
				id = g.ID
			}
			return err
		}))
		return id
	}
	first, second := create(), create()
	_, total, err := h.Group.List(h.ctx, admin(), "", "", 0)
	h.same("groups", []any{first == second, total, err}, "[true 1 <nil>]")
}
