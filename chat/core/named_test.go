package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

// called gives a user a nick and a photo.
func (h *house) called(u chat.UserID, nick, face string) {
	h.Helper()
	_, err := h.People.Import(h.ctx, admin(), []chat.Profile{{User: u, Nick: &nick, FaceURL: &face}})
	h.must(err)
}

// card gives a member a name card.
func (h *house) card(u chat.UserID, g chat.GroupID, text string) {
	h.Helper()
	h.must(h.Group.ModifyMember(h.ctx, as(u), g, u, chat.MemberPatch{NameCard: &text}))
}

// What was said keeps the names of when it was said; a list has those of now (spec/00 §5,
// §6).
func TestGroupMessagesNameTheirSender(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.send("bob", chat.ToGroup(g), "nameless")
	h.called("bob", "Bobby", "http://x/b")
	h.called("ann", "Ann", "")
	h.card("bob", g, "B.")
	h.card("ann", g, "owner")
	h.send("bob", chat.ToGroup(g), "named")
	h.send("ann", chat.ToGroup(g), "named too")
	h.called("ann", "Anna", "")
	page, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToGroup(g), Limit: 10})
	h.must(err)
	want := []*chat.Author{nil, {Nick: "Bobby", FaceURL: "http://x/b", NameCard: "B."}, {Nick: "Ann", NameCard: "owner"}}
	var got []*chat.Author
	for _, m := range page.Messages {
		if m.Tip == nil {
			got = append(got, m.Author)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i := range want {
		if (got[i] == nil) != (want[i] == nil) || got[i] != nil && *got[i] != *want[i] {
			t.Errorf("message %d is by %+v, want %+v", i, got[i], want[i])
		}
	}
	v, err := h.Inbox.Conversation(h.ctx, as("bob"), chat.ToGroup(g))
	h.must(err)
	if a := v.Last.Author; a == nil || a.Nick != "Anna" || a.NameCard != "owner" {
		t.Errorf("the list names the sender %+v", a)
	}
	if a := page.Messages[len(page.Messages)-1].Author; a.Nick != "Ann" {
		t.Errorf("the list has changed the message to %+v", a)
	}
}

// authors prints who history says the messages of a conversation are by.
func (h *house) authors(by chat.UserID, with chat.UserID) (list []string) {
	h.Helper()
	page, err := h.Message.History(h.ctx, as(by), message.HistoryQuery{Target: chat.ToUser(with), Limit: 20})
	h.must(err)
	for _, m := range page.Messages {
		if m.Author == nil {
			list = append(list, "nobody")
			continue
		}
		list = append(list, m.Author.Nick+" "+m.Author.FaceURL)
	}
	return list
}

// What was said keeps the names of when it was said, also by who has written to the other
// before; the list of conversations has those of now.
func TestOneToOneMessagesNameTheirSender(t *testing.T) {
	h := open(t, nil)
	say := func(from, to chat.UserID) {
		for range 3 { // the second and the third time the two are known
			h.send(from, chat.ToUser(to), "hi")
		}
	}
	say("ann", "bob")
	h.called("ann", "Ann", "http://x/a")
	say("ann", "bob")
	h.must(h.People.SetProfile(h.ctx, as("ann"), "ann", []chat.ProfileItem{{Tag: chat.TagNick, Text: "Anna"}}))
	say("ann", "bob")
	h.called("ann", "", "")
	say("ann", "bob")
	var want []string
	for _, name := range []string{"nobody", "Ann http://x/a", "Anna http://x/a", "nobody"} {
		want = append(want, name, name, name)
	}
	h.same("authors", h.authors("bob", "ann"), want)

	h.called("bob", "Bob", "")
	say("bob", "ann")
	h.called("bob", "Robert", "")
	v, err := h.Inbox.Conversation(h.ctx, as("ann"), chat.ToUser("bob"))
	h.must(err)
	h.same("of now", *v.Last.Author, chat.Author{Nick: "Robert"})
	authors := h.authors("ann", "bob")
	h.same("of then", authors[len(authors)-1], "Bob ")
}

// In a list the messages of a deleted account keep their names, also when somebody else has the UserID now.
func TestNamesOfDeletedSenderStay(t *testing.T) {
	h := open(t, nil)
	h.called("ann", "Ann", "")
	h.send("ann", chat.ToUser("bob"), "hi")
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
	h.must(err)
	last := func() chat.Author {
		v, err := h.Inbox.Conversation(h.ctx, as("bob"), chat.ToUser("ann"))
		h.must(err)
		return *v.Last.Author
	}
	h.called("ann", "Another", "")
	h.same("names", last(), chat.Author{Nick: "Ann"})
}

// A sender with names costs no more than one without: their messages share the author.
func TestMessagesShareTheirAuthor(t *testing.T) {
	h := open(t, nil)
	h.called("ann", "Ann", "")
	for range 3 {
		h.send("ann", chat.ToUser("bob"), "hi")
	}
	said := h.heard()
	if n := len(said); n != 3 || said[1].Author == nil || said[1].Author != said[2].Author {
		t.Errorf("%d messages: %+v", n, said)
	}
}

func TestRecallNamesTheOperator(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.called("bob", "Bobby", "http://x/b")
	said := h.send("bob", chat.ToGroup(g), "oops")
	_, err := h.Message.Recall(h.ctx, as("bob"), "", chat.ToGroup(g), chat.MessageRef{Seq: said.Seq}, "")
	h.must(err)
	events := h.events()
	if n := len(events); n != 2 || events[0].Detail == nil || *events[0].Detail.Operator != (chat.Person{User: "bob", Nick: "Bobby", FaceURL: "http://x/b"}) {
		t.Errorf("%d events: %+v", n, events)
	}
	// The other says what lists show: without a number, and only while it is the last.
	if e := events[1]; e.Kind != chat.EventLast || e.Rev != 0 || e.Message.Seq != said.Seq || e.Message.Recall == nil || *e.Message.Author != (chat.Author{Nick: "Bobby", FaceURL: "http://x/b"}) {
		t.Errorf("%+v", e)
	}
	older, _ := h.send("bob", chat.ToGroup(g), "one"), h.send("ann", chat.ToGroup(g), "two")
	_, err = h.Message.Recall(h.ctx, as("bob"), "", chat.ToGroup(g), chat.MessageRef{Seq: older.Seq}, "")
	h.must(err)
	if events := h.events(); len(events) != 3 || events[2].Kind != chat.EventRecall {
		t.Errorf("of one that is not the last: %d events", len(events))
	}
}
