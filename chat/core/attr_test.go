package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
)

func pairs(texts ...string) []chat.Attr {
	var list []chat.Attr
	for _, s := range texts {
		k, v, _ := strings.Cut(s, "=")
		list = append(list, chat.Attr{Key: k, Value: v})
	}
	return list
}

func (h *house) attrs(by chat.Actor, g chat.GroupID, way attribute.AttrWay, texts ...string) error {
	return h.Attribute.WriteAttrs(h.ctx, by, g, way, pairs(texts...), nil)
}

func (h *house) hasAttrs(g chat.GroupID, want string) {
	h.Helper()
	list, version, err := h.Attribute.Attrs(h.ctx, admin(), g)
	h.must(err)
	h.same("attributes", fmt.Sprint(list, version), want)
}

func TestAttributes(t *testing.T) {
	for _, kind := range chat.GroupTypes() {
		h := open(t, nil)
		g := h.group("ann", kind)
		by := admin()
		h.hasAttrs(g, "[] 0")
		h.must(h.attrs(by, g, attribute.SetAttrs, "b=2", "a=1"))
		h.must(h.attrs(by, g, attribute.SetAttrs, "a=1", "b=2")) // no change
		h.must(h.attrs(by, g, attribute.ModifyAttrs, "b=3", "c="))
		h.hasAttrs(g, "[{a 1} {b 3} {c }] 2")
		h.wants(h.attrs(by, g, attribute.DeleteAttrs, "a", "z"), chat.CodeNoAttr)
		h.must(h.attrs(by, g, attribute.DeleteAttrs, "a"))
		h.must(h.attrs(by, g, attribute.SetAttrs, "b=3"))
		h.must(h.attrs(by, g, attribute.ClearAttrs))
		h.hasAttrs(g, "[] 5")
		var told []string
		for _, e := range h.events() {
			c := e.Detail.Attrs
			told = append(told, fmt.Sprint(e.Kind, e.Rev, c.All, c.Version, c.Set, c.Deleted))
		}
		want := "attrs1[{a 1} {b 2}]1[a b][] attrs2[{a 1} {b 3} {c }]2[b c][] attrs3[{b 3} {c }]3[][a] attrs4[{b 3}]4[][c] attrs5[]5[][b]"
		if got := strings.ReplaceAll(strings.Join(told, " "), " ", ""); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: told\n %s\nwant\n %s", kind, got, want)
		}
		kept, err := h.store.ConvEvents(h.ctx, chat.GroupOf(app, g), 0, 10)
		if n := map[bool]int{true: 0, false: 5}[kind == chat.AVChatRoom]; err != nil || len(kept) != n {
			t.Errorf("%s: %d events are kept (%v), want %d", kind, len(kept), err, n)
		}
	}
}

func TestAttributesAreForMembers(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.must(h.attrs(as("bob"), g, attribute.SetAttrs, "a=1"))
	h.wants(h.attrs(as("cat"), g, attribute.SetAttrs, "a=2"), chat.CodeGroupNotAllowed)
	_, _, err := h.Attribute.Attrs(h.ctx, as("cat"), g)
	h.wants(err, chat.CodeGroupNotAllowed)
	g = h.group("ann", chat.AVChatRoom)
	h.wants(h.attrs(as("bob"), g, attribute.SetAttrs, "a=1"), chat.CodeGroupNotAllowed)
	_, err = h.Group.Join(h.ctx, as("bob"), g, "")
	h.must(err)
	h.must(h.attrs(as("bob"), g, attribute.SetAttrs, "a=1"))
}

func TestAttributesAreBounded(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	var full []string
	for i := range 16 {
		full = append(full, fmt.Sprintf("k%02d=%s", i, strings.Repeat("x", 900)))
	}
	for _, c := range []struct {
		way   attribute.AttrWay
		attrs []string
		want  chat.Code
	}{
		{attribute.SetAttrs, []string{"=x"}, chat.CodeGroupParameter},
		{attribute.ModifyAttrs, nil, chat.CodeGroupParameter},
		{attribute.SetAttrs, []string{strings.Repeat("k", 33) + "=x"}, chat.CodeAttrKey},
		{attribute.SetAttrs, []string{"k=" + strings.Repeat("x", 4001)}, chat.CodeAttrValue},
		{attribute.SetAttrs, append(full, "one=more"), chat.CodeTooManyAttrs},
		{attribute.SetAttrs, []string{strings.Repeat("k", 32) + "=" + strings.Repeat("x", 4000)}, 0},
		{attribute.SetAttrs, full, 0},
		{attribute.ModifyAttrs, []string{"one=more"}, chat.CodeTooManyAttrs},
		{attribute.ModifyAttrs, []string{"k00=" + strings.Repeat("x", 4000)}, chat.CodeAttrBytes},
		{attribute.ModifyAttrs, []string{"k00=1"}, 0},
		{attribute.ModifyAttrs, []string{"k00=2"}, 0},
		{attribute.ModifyAttrs, []string{"k00=3"}, 0},
		{attribute.ModifyAttrs, []string{"k00=4"}, chat.CodeAttrRate},
		{attribute.ModifyAttrs, []string{"k00=3"}, 0}, // changes nothing
	} {
		if got := chat.CodeOf(h.attrs(as("ann"), g, c.way, c.attrs...)); got != c.want {
			t.Errorf("%s %.20s: got %d, want %d", c.way, c.attrs, got, c.want)
		}
	}
	h.wait(time.Second)
	h.must(h.attrs(as("ann"), g, attribute.ModifyAttrs, "k00=4"))
}

func TestAttributesOfAnotherVersionAreRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public)
	write := func(value string, version uint64) error {
		return h.Attribute.WriteAttrs(h.ctx, as("ann"), g, attribute.ModifyAttrs, pairs("a="+value), &version)
	}
	h.wants(write("1", 1), chat.CodeAttrConflict)
	h.must(write("1", 0))
	h.wants(write("2", 0), chat.CodeAttrConflict)
	h.must(write("2", 1))
	h.hasAttrs(g, "[{a 2}] 2")
}

// They go with their group.
func TestAttributesOfADisbandedGroupAreGone(t *testing.T) {
	h := open(t, nil)
	create := func() {
		_, err := h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: chat.Public, ID: "g", Name: "g"})
		h.must(err)
	}
	create()
	h.must(h.attrs(as("ann"), "g", attribute.SetAttrs, "a=1"))
	_, err := h.Attribute.UpdateCounters(h.ctx, as("ann"), "g", attribute.SetCounters, []chat.Counter{{Key: "n", Value: 1}})
	h.must(err)
	h.must(h.Group.Destroy(h.ctx, as("ann"), "g"))
	create()
	h.hasAttrs("g", "[] 0")
	h.hasCounters("g", "[]")
}
