//go:build e2e

package contract

import (
	"fmt"
	"slices"
	"testing"
)

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("bob")
		phone, bobs := open(alice, options{}), open(bob, options{})
		writer := openRaw(t, alice, rawOptions{version: 4})
		writer.subscribe(t, "im/ack", "im/err")
		for i := range 45 {
			mustSend(t, writer, "im/text/c2c/"+bob.id, fmt.Sprint(i+1), 1)
		}
		for _, c := range []struct {
			what        string
			query       object
			first, last int
			finished    bool
		}{
			{"the newest page", object{"Limit": 20}, 26, 45, false},
			{"what is before it", object{"Limit": 20, "Before": 26}, 6, 25, false},
			{"what is left", object{"Limit": 20, "Before": 6}, 1, 5, true},
			{"what came after", object{"Limit": 20, "After": 40}, 41, 45, true},
			{"some of what came after", object{"Limit": 3, "After": 10}, 11, 13, false},
			{"after, inclusive", object{"Limit": 3, "After": 10, "Inclusive": 1}, 10, 12, false},
			{"before, inclusive", object{"Limit": 3, "Before": 10, "Inclusive": 1}, 8, 10, false},
		} {
			for who, ask := range map[string]struct {
				d    device
				conv string
			}{"the sender": {phone, "c2c/" + bob.id}, "the receiver": {bobs, "c2c/" + alice.id}} {
				c.query["Conv"] = ask.conv
				page := mustAsk(t, ask.d, "msg.history", c.query)
				got := seqs(page.list("MsgList"))
				if want := span(c.first, c.last); !slices.Equal(got, want) {
					t.Errorf("%s, %s: %v, want %v", c.what, who, got, want)
				}
				if (page.num("IsFinished") == 1) != c.finished {
					t.Errorf("%s, %s: IsFinished %v, want %t", c.what, who, page["IsFinished"], c.finished)
				}
			}
		}
		around := mustAsk(t, bobs, "msg.history", object{"Conv": "c2c/" + alice.id, "Around": 20, "Limit": 5})
		got := seqs(around.list("MsgList"))
		if len(got) != 5 || !slices.Contains(got, 20) || !slices.Equal(got, span(got[0], got[0]+4)) {
			t.Errorf("around 20: %v", got)
		}
		if around.num("IsFinishedBefore") != 0 || around.num("IsFinishedAfter") != 0 {
			t.Errorf("around 20 has ends: %s", around)
		}
		for _, m := range around.list("MsgList") {
			if m.text() != fmt.Sprint(m.num("MsgSeq")) || m.str("From_Account") != alice.id || m.str("MsgId") == "" {
				t.Errorf("an entry of the history: %s", m)
			}
		}
		mustDeny(t, phone, "msg.history", object{"Conv": "group/no-such-group"}, 10010)
		stranger := openRaw(t, s.user("stranger"), rawOptions{version: 4})
		stranger.subscribe(t, "im/res/#")
		if page := stranger.ask(t, "msg.history", object{"Conv": "c2c/" + bob.id}); len(page.list("MsgList")) != 0 {
			t.Errorf("a stranger reads %s", page)
		}
	})
}

func seqs(list []object) []int {
	var all []int
	for _, m := range list {
		all = append(all, m.num("MsgSeq"))
	}
	return all
}

func span(first, last int) []int {
	var all []int
	for i := first; i <= last; i++ {
		all = append(all, i)
	}
	return all
}

// Reconnecting is one sync, then msg.history where something is missing.
func TestSyncListsChangedConversations(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		alice, bob := s.user("alice"), s.user("bob")
		phone, bobs := open(alice, options{}), open(bob, options{})
		team := assemble(t, s, open, groupTypes[2])
		mustAsk(t, bobs, "group.join", object{"GroupId": team.id})
		mustSend(t, phone, "im/text/c2c/"+bob.id, "one", 1)
		team.says(t, team.ann, "to all", 1, bobs)

		convs := func(point object) (map[string]object, object) {
			answer := mustAsk(t, bobs, "sync", point)
			if answer.num("IsFinished") != 1 {
				t.Fatalf("sync: %s", answer)
			}
			m := map[string]object{}
			for _, c := range answer.list("Convs") {
				m[c.str("Conv")] = c
			}
			return m, answer
		}
		all, answer := convs(object{"EventSeq": 0, "Convs": object{}})
		c2c, group := all["c2c/"+alice.id], all[team.conv()]
		if len(all) != 2 || c2c == nil || group == nil {
			t.Fatalf("sync from nothing: %s", answer)
		}
		if c2c.num("MaxSeq") != 1 || c2c.num("UnreadNum") != 1 || c2c.obj("LastMsg").text() != "one" {
			t.Errorf("the conversation with alice: %s", c2c)
		}
		if group.obj("Group").str("Type") != "Meeting" || group.obj("LastMsg").text() != "to all" {
			t.Errorf("the group: %s", group)
		}

		point := object{"EventSeq": answer.num("EventSeq"), "Convs": object{
			"c2c/" + alice.id: object{"MsgSeq": c2c.num("MaxSeq"), "Rev": c2c.num("Rev")},
			team.conv():       object{"MsgSeq": group.num("MaxSeq"), "Rev": group.num("Rev")},
		}}
		if all, answer := convs(point); len(all) != 0 {
			t.Errorf("nothing has moved, but sync tells %s", answer)
		}
		mustSend(t, phone, "im/text/c2c/"+bob.id, "two", 1)
		mustSend(t, phone, "im/recall/c2c/"+bob.id, `{"MsgSeq":1}`, 1)
		all, answer = convs(point)
		c2c = all["c2c/"+alice.id]
		if len(all) != 1 || c2c.num("MaxSeq") != 2 {
			t.Fatalf("one conversation has moved, but sync tells %s", answer)
		}
		if !slices.ContainsFunc(c2c.list("Events"), func(e object) bool { return e.num("MsgSeq") == 1 && e.str("Operator_Account") == alice.id }) {
			t.Errorf("the recall is not among the events: %s", c2c)
		}
	})
}
