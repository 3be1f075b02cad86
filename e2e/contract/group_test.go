//go:build e2e

package contract

import (
	"fmt"
	"strings"
	"testing"
)

// groupType is what the group story needs to know of a type (spec/20 §2,
// spec/21 §2).
type groupType struct {
	name   string
	id     string // custom ids begin with it
	invite bool   // members come in by invitation, else by joining
	mute   bool   // members can be muted
	kick   bool   // members can be kicked
	stored bool   // there is a history: recall, read, paging
}

var groupTypes = []groupType{
	{name: "Work", invite: true, kick: true, stored: true},
	{name: "Public", mute: true, kick: true, stored: true},
	{name: "Meeting", mute: true, kick: true, stored: true},
	{name: "AVChatRoom", mute: true},
	{name: "Community", id: "@TGS#_", mute: true, kick: true, stored: true},
}

// team is a group with three people in it, each with a device.
type team struct {
	groupType
	id              string
	owner, ann, ben device
}

func (g team) topic(verb string) string { return "im/" + verb + "/group/" + escape(g.id) }

// conv is the group's name in bodies.
func (g team) conv() string { return "group/" + g.id }

// assemble makes a group over MQTT and brings everybody in.
func assemble(t testing.TB, s *server, open opener, of groupType) team {
	t.Helper()
	g := team{groupType: of, id: of.id + fresh("team")}
	g.owner = open(s.user("olga"), options{})
	g.ann = open(s.user("ann"), options{})
	g.ben = open(s.user("ben"), options{})
	made := mustAsk(t, g.owner, "group.create", object{"Type": of.name, "Name": "Team", "GroupId": g.id, "ApplyJoinOption": "FreeAccess"})
	if made.str("GroupId") != g.id {
		t.Fatalf("group.create answers %s, want GroupId %s", made, g.id)
	}
	if of.invite {
		answer := mustAsk(t, g.owner, "group.invite", object{"GroupId": g.id, "MemberList": []object{
			{"Member_Account": g.ann.user().id}, {"Member_Account": g.ben.user().id},
		}})
		for _, m := range answer.list("MemberList") {
			if m.num("Result") != 1 {
				t.Fatalf("group.invite: %s", answer)
			}
		}
		return g
	}
	members := []device{g.ann, g.ben}
	if !of.stored {
		members = append(members, g.owner) // in a live room the owner enters like everybody
	}
	for _, d := range members {
		if answer := mustAsk(t, d, "group.join", object{"GroupId": g.id}); answer.num("Joined") != 1 {
			t.Fatalf("group.join: %s", answer)
		}
	}
	return g
}

// says lets one speak and the others hear it.
func (g team) says(t testing.TB, who device, word string, qos byte, hearers ...device) object {
	t.Helper()
	ack := mustSend(t, who, g.topic("text"), word, qos)
	for _, d := range hearers {
		got := d.in().body(t, g.topic("in"), saying(word))
		if got.str("From_Account") != who.user().id || got.str("GroupId") != g.id {
			t.Errorf("%s hears %s", d.user().id, got)
		}
		if got["MsgSeq"] != ack["MsgSeq"] {
			t.Errorf("MsgSeq %v, acknowledged was %v", got["MsgSeq"], ack["MsgSeq"])
		}
	}
	return ack
}

func TestGroupsOfEveryType(t *testing.T) {
	t.Parallel()
	for _, of := range groupTypes {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			everyKind(t, func(t *testing.T, open opener) {
				g := assemble(t, shared(t), open, of)
				g.talk(t)
				g.muteOne(t)
				g.muteAll(t)
				if g.stored {
					g.recall(t)
					g.read(t, open)
					g.page(t)
				} else {
					g.forgets(t)
				}
				g.silence(t)
			})
		})
	}
}

func (g team) talk(t *testing.T) {
	g.says(t, g.owner, "welcome", 1, g.ann, g.ben)
	g.says(t, g.ann, "thanks", 0, g.owner, g.ben)
	g.says(t, g.ben, "hello", 2, g.owner, g.ann)
	outsider := g.ann.user().home.user("otto")
	phone := openRaw(t, outsider, rawOptions{version: 4})
	phone.subscribe(t, "im/#", g.topic("in")) // a filter naming a group one is not in is granted
	mustRefuse(t, phone, g.topic("text"), "let me in", 1, 10007)
	g.says(t, g.ben, "who was that", 1, g.owner, g.ann)
	barrier(t, phone)
	phone.in().never(t, g.topic("in"), nil)
}

func (g team) muteOne(t *testing.T) {
	mute := func(seconds int) object {
		return object{"GroupId": g.id, "Members_Account": []string{g.ann.user().id}, "MuteTime": seconds}
	}
	if !g.mute {
		mustDeny(t, g.owner, "group.mute", mute(60), 10007)
		return
	}
	mustDeny(t, g.ben, "group.mute", mute(60), 10007) // a member mutes nobody
	mustAsk(t, g.owner, "group.mute", mute(3600))
	for qos := range byte(3) {
		mustRefuse(t, g.ann, g.topic("text"), "mmm", qos, 10017)
	}
	g.says(t, g.ben, "it is quiet", 1, g.owner, g.ann) // the muted still hear
	mustAsk(t, g.owner, "group.mute", mute(0))
	g.says(t, g.ann, "I am back", 1, g.owner, g.ben)
	g.owner.in().never(t, g.topic("in"), func(p packet) bool { return parse(t, p.payload).text() == "mmm" })
}

func (g team) muteAll(t *testing.T) {
	turn := func(how string) object { return object{"GroupId": g.id, "ShutUpAllMember": how} }
	if !g.mute {
		mustDeny(t, g.ann, "group.muteall", turn("On"), 10007)
		return
	}
	mustDeny(t, g.ann, "group.muteall", turn("On"), 10007)
	mustAsk(t, g.owner, "group.muteall", turn("On"))
	mustRefuse(t, g.ann, g.topic("text"), "mmm", 1, 10017)
	mustRefuse(t, g.ben, g.topic("text"), "mmm", 0, 10017)
	g.says(t, g.owner, "listen", 1, g.ann, g.ben)
	mustAsk(t, g.owner, "group.muteall", turn("Off"))
	g.says(t, g.ben, "at last", 1, g.owner, g.ann)
}

func (g team) recall(t *testing.T) {
	ack := g.says(t, g.ann, "a slip", 1, g.ben)
	body := jsonText(object{"MsgSeq": ack.num("MsgSeq")})
	mustRefuse(t, g.ben, g.topic("recall"), body, 1, 10007) // another's message, and ben is a plain member
	mustSend(t, g.ann, g.topic("recall"), body, 1)
	is := func(o object) bool { return o.num("MsgSeq") == ack.num("MsgSeq") }
	if e := g.ben.in().body(t, "im/event/recall", is); e.str("Operator_Account") != g.ann.user().id || e.str("Conv") != g.conv() {
		t.Errorf("recall: %s", e)
	}
	mustRefuse(t, g.ann, g.topic("recall"), `{"MsgSeq":100000}`, 1, 10030)

	// The owner takes back what a member said, named by MsgId.
	ack = g.says(t, g.ben, "nonsense", 1, g.owner)
	mustSend(t, g.owner, g.topic("recall"), jsonText(object{"MsgId": ack.str("MsgId")}), 1)
	g.ann.in().body(t, "im/event/recall", func(o object) bool { return o.str("MsgId") == ack.str("MsgId") })
}

func (g team) read(t *testing.T, open opener) {
	tablet := open(g.ben.user(), options{})
	ack := g.says(t, g.owner, "read this", 1, g.ben, tablet)
	mustSend(t, g.ben, g.topic("read"), jsonText(object{"MsgSeq": ack.num("MsgSeq")}), 1)
	e := tablet.in().body(t, "im/event/read", func(o object) bool { return o.num("ReadSeq") == ack.num("MsgSeq") })
	if e.str("By") != g.ben.user().id || e.str("Conv") != g.conv() {
		t.Errorf("read: %s", e)
	}
	if item := mustAsk(t, g.ben, "conv.get", object{"Conv": g.conv()}); item.num("UnreadNum") != 0 || item.num("ReadSeq") != ack.num("MsgSeq") {
		t.Errorf("after reading: %s", item)
	}
}

// page reads the whole history backwards: no number is missing or twice.
func (g team) page(t *testing.T) {
	for i := range 5 {
		g.says(t, g.ann, fmt.Sprintf("line %d", i), 1, g.owner)
	}
	next, before := 0, 0
	for {
		query := object{"Conv": g.conv(), "Limit": 4}
		if before != 0 {
			query["Before"] = before
		}
		page := mustAsk(t, g.owner, "msg.history", query)
		list := page.list("MsgList")
		for i := len(list) - 1; i >= 0; i-- {
			seq := list[i].num("MsgSeq")
			if next != 0 && seq != next {
				t.Fatalf("after %d comes %d: %s", next+1, seq, page)
			}
			next, before = seq-1, seq
		}
		if page.num("IsFinished") == 1 {
			break
		}
		if len(list) != 4 {
			t.Fatalf("a page of %d that is not the last one: %s", len(list), page)
		}
	}
	if next != 0 {
		t.Errorf("the history ends at %d, want 1", next+1)
	}
}

// forgets: a live room has no history, and nothing is taken back.
func (g team) forgets(t *testing.T) {
	ack := g.says(t, g.ann, "gone", 1, g.ben)
	if !ack.has("PrevSeq") || ack.num("PrevSeq") != 0 { // nobody lacks what came before
		t.Errorf("im/ack: %s, want PrevSeq 0", ack)
	}
	mustDeny(t, g.ann, "msg.history", object{"Conv": g.conv()}, 10044)
	mustRefuse(t, g.ann, g.topic("recall"), jsonText(object{"MsgSeq": ack.num("MsgSeq")}), 1, 10033)
}

// silence: who is kicked (in a live room: who quits) hears no word that is
// said afterwards, and says none.
func (g team) silence(t *testing.T) {
	kick := object{"GroupId": g.id, "MemberToDel_Account": []string{g.ann.user().id}, "Reason": "enough"}
	if g.kick {
		mustDeny(t, g.ben, "group.kick", object{"GroupId": g.id, "MemberToDel_Account": []string{g.owner.user().id}}, 10007)
		mustAsk(t, g.owner, "group.kick", kick)
		g.ann.in().body(t, "im/event/group", func(o object) bool { return o.num("OpType") == 4 && o.str("GroupId") == g.id })
	} else {
		mustDeny(t, g.owner, "group.kick", kick, 10004, 10007)
		mustAsk(t, g.ann, "group.quit", object{"GroupId": g.id})
	}
	for i := range 3 {
		g.says(t, g.owner, fmt.Sprintf("behind ann's back %d", i), byte(i), g.ben)
	}
	mustRefuse(t, g.ann, g.topic("text"), "wait", 1, 10007)
	barrier(t, g.ann)
	for _, word := range g.ann.in().texts(t, g.topic("in")) {
		if strings.HasPrefix(word, "behind") {
			t.Errorf("who left still hears %q", word)
		}
	}
}

func TestGroupRanks(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		g := assemble(t, shared(t), open, groupTypes[1])
		ann, ben, owner := g.ann.user().id, g.ben.user().id, g.owner.user().id
		role := func(user, role string) object { return object{"GroupId": g.id, "Member_Account": user, "Role": role} }
		mustDeny(t, g.ann, "group.role", role(ben, "Admin"), 10007)
		mustAsk(t, g.owner, "group.role", role(ann, "Admin"))
		g.ann.in().body(t, "im/event/group", func(o object) bool { return o.num("OpType") == 9 })
		mustAsk(t, g.ann, "group.mute", object{"GroupId": g.id, "Members_Account": []string{ben}, "MuteTime": 60})
		mustRefuse(t, g.ben, g.topic("text"), "mmm", 1, 10017)
		mustDeny(t, g.ann, "group.mute", object{"GroupId": g.id, "Members_Account": []string{owner}, "MuteTime": 60}, 10007)
		mustDeny(t, g.ann, "group.kick", object{"GroupId": g.id, "MemberToDel_Account": []string{owner}}, 10007)
		mustDeny(t, g.owner, "group.quit", object{"GroupId": g.id}, 10009)
		mustAsk(t, g.owner, "group.transfer", object{"GroupId": g.id, "NewOwner_Account": ann})
		mustDeny(t, g.owner, "group.destroy", object{"GroupId": g.id}, 10007)
		mustAsk(t, g.ann, "group.destroy", object{"GroupId": g.id})
		g.ben.in().body(t, "im/event/group", func(o object) bool { return o.num("OpType") == 5 && o.str("GroupId") == g.id })
		mustRefuse(t, g.ben, g.topic("text"), "anybody?", 1, 10010)
	})
}

// Who discards a group's messages is sent none; they are in the history, and not
// counted as unread (spec/21 §6, spec/00 §5).
func TestDiscardedMessages(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		g := assemble(t, shared(t), open, groupTypes[1])
		mustAsk(t, g.ben, "group.member", object{"GroupId": g.id, "Member_Account": g.ben.user().id, "MsgFlag": "Discard"})
		mustSend(t, g.ann, g.topic("text"), "who listens?", 1)
		g.owner.in().body(t, g.topic("in"), saying("who listens?"))
		barrier(t, g.ben)
		g.ben.in().never(t, g.topic("in"), func(p packet) bool { return strings.Contains(string(p.payload), "who listens?") })
		item := mustAsk(t, g.ben, "conv.get", object{"Conv": g.conv()})
		if item.num("UnreadNum") != 0 || item.obj("LastMsg").text() != "who listens?" {
			t.Errorf("ben's item: %s", item)
		}
	})
}
