package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// speakers are whose right to speak is asked for, in a community and its topic.
var speakers = []struct {
	what string
	by   chat.Actor
	in   chat.GroupID
}{
	{"member", as("bob"), community},
	{"member in a topic", as("bob"), green},
	{"owner", as("ann"), community},
}

// Whether somebody is a member and not muted is asked for every message of a group, and
// costs no allocation where the rows are in memory.
func TestTheRightToSpeakCostsNoAllocation(t *testing.T) {
	eachTwins(t, func(w *twins) {
		found(w.T, w.one, "bob")
		topic(w.T, w.one, green)
		for _, s := range speakers {
			g, err := w.one.Group.Find(w.Context(), app, s.in)
			w.must(err)
			n := testing.AllocsPerRun(100, func() {
				if _, err := w.one.Group.MaySpeak(w.Context(), s.by, s.by.User, g); err != nil {
					w.Errorf("%s: %v", s.what, err)
				}
			})
			if n != 0 {
				w.Errorf("%s: %.0f allocations", s.what, n)
			}
		}
	})
}

// BenchmarkMaySpeak is what a message of a group costs in looking up its sender: member
// and mute.
func BenchmarkMaySpeak(b *testing.B) {
	for _, e := range benchEngines {
		s := benchService(b, e.open(b))
		speaking(b, s)
		for _, who := range speakers {
			b.Run(e.name+"/"+who.what, func(b *testing.B) {
				g, err := s.Group.Find(b.Context(), app, who.in)
				if err != nil {
					b.Fatal(err)
				}
				ctx := b.Context()
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Group.MaySpeak(ctx, who.by, who.by.User, g); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// speaking makes the community of ann, with bob and a topic.
func speaking(b *testing.B, c *core.Core) {
	b.Helper()
	people := []chat.Profile{{User: "ann"}, {User: "bob"}, {User: "cat"}}
	if _, err := c.People.Import(b.Context(), admin(), people); err != nil {
		b.Fatal(err)
	}
	d := chat.GroupDraft{ID: community, Type: chat.Community, Name: "All", Owner: "ann", SupportTopic: true, Members: []chat.NewMember{{User: "bob"}}}
	if _, err := c.Group.Create(b.Context(), admin(), d); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Group.CreateTopic(b.Context(), admin(), chat.TopicDraft{Community: community, ID: green, Name: "T"}); err != nil {
		b.Fatal(err)
	}
}
