package core_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// enter lets a user in with a ticket of now, and returns who calls from then on.
func (h *house) enter(u chat.UserID) chat.Actor {
	h.Helper()
	acc, err := h.People.Login(h.ctx, app, u, chat.Ticket{Issued: h.clock().Unix()})
	if err != nil {
		h.Fatalf("login %s: %v", u, err)
	}
	return chat.Actor{App: app, User: u, Holder: acc.Holder}
}

// renew deletes a user and lets somebody register under the name.
func (h *house) renew(u chat.UserID) chat.Actor {
	h.Helper()
	results, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{u})
	if err != nil || results[0].Code != 0 {
		h.Fatalf("delete %s: %+v %v", u, results, err)
	}
	h.wait(2 * time.Second)
	return h.enter(u)
}

func (h *house) write(by chat.Actor, to chat.Target, s, id string) chat.Receipt {
	h.Helper()
	r, err := h.Message.SendWait(h.ctx, by, chat.Draft{To: to, Body: text(s), ClientMsgID: id})
	if err != nil {
		h.Fatalf("%s writes %q: %v", by.User, s, err)
	}
	return r
}

// history is what somebody reads of a conversation, as numbers.
func (h *house) history(by chat.Actor, t chat.Target) []chat.Seq {
	h.Helper()
	page, err := h.Message.History(h.ctx, by, message.HistoryQuery{Target: t})
	if err != nil {
		h.Fatalf("history of %s: %v", t, err)
	}
	list := []chat.Seq{}
	for _, m := range page.Messages {
		list = append(list, m.Seq)
	}
	return list
}

func (h *house) same(what string, got, want any) {
	h.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		h.Errorf("%s: got %s, want %s", what, g, w)
	}
}

// The next user of a deleted account's name has nothing of what was said one to
// one before; the peers keep all of it (spec/03 §3).
func TestTheNextHolderOfANameBeginsWithNothing(t *testing.T) {
	h := open(t, nil)
	bob, toBob, toAnn := as("bob"), chat.ToUser("bob"), chat.ToUser("ann")
	old := h.write(as("ann"), toBob, "mine", "1")
	h.send("bob", toAnn, "unread")
	h.wants(h.Message.React(h.ctx, as("ann"), toBob, 2, "like", true), 0)
	h.wants(h.Inbox.MarkRead(h.ctx, bob, "", toAnn, chat.Newest), 0)
	h.wants(h.Inbox.MarkRead(h.ctx, as("ann"), "", toBob, 1), 0)

	ann := h.renew("ann")

	page, err := h.Inbox.Conversations(h.ctx, ann, inbox.ConvFilter{}, "", 0)
	h.same("conversations", []any{len(page.Convs), page.UnreadTotal, err}, []any{0, 0, nil})
	total, each, err := h.Inbox.UnreadC2C(h.ctx, ann, "", []chat.UserID{"bob"})
	h.same("unread", []any{total, each, err}, []any{0, []inbox.PeerUnread{{Peer: "bob"}}, nil})
	h.same("history", h.history(ann, toBob), []chat.Seq{})
	one, err := h.Inbox.Conversation(h.ctx, ann, toBob)
	h.same("conversation", []any{one.Head.Seq, one.Head.LastTime, one.Last, one.Read.Seq, one.PeerRead.Seq, err}, []any{0, 0, nil, 0, 0, nil})
	for _, ref := range []chat.MessageRef{{Seq: old.Seq}, {ID: old.ID}, {Key: old.Key}} {
		_, err = h.Message.Recall(h.ctx, ann, "", toBob, ref, "")
		h.wants(err, chat.CodeNoMessage)
	}
	h.wants(h.Message.React(h.ctx, ann, toBob, 2, "like", true), chat.CodeNoMessage)
	h.wants(h.Message.SendReceipts(h.ctx, ann, "", toBob, []chat.MessageRef{{Seq: 2}}), chat.CodeNoMessage)

	again := h.write(ann, toBob, "mine again", "1")
	h.same("a ClientMsgId used before", []any{again.Seq, again.Duplicate}, []any{3, false})
	h.send("bob", toAnn, "welcome")
	h.same("history", h.history(ann, toBob), []chat.Seq{3, 4})
	h.same("bob's history", h.history(bob, toAnn), []chat.Seq{1, 2, 3, 4})
	page, err = h.Inbox.Conversations(h.ctx, ann, inbox.ConvFilter{}, "", 0)
	if err != nil || len(page.Convs) != 1 || page.Convs[0].Last == nil || page.Convs[0].Last.Seq != 4 || page.UnreadTotal != 1 {
		t.Errorf("conversations %+v, %v", page, err)
	}
	got, err := h.Inbox.Sync(h.ctx, ann, inbox.SyncQuery{Convs: map[chat.Target]inbox.SyncPoint{toBob: {}}})
	if err != nil || len(got.Convs) != 1 || len(got.Convs[0].Events) != 0 {
		t.Errorf("sync brings events of before: %+v, %v", got, err)
	}
	h.wants(h.Inbox.MarkRead(h.ctx, ann, "", toBob, chat.Newest), 0)
	h.same("history after reading", h.history(ann, toBob), []chat.Seq{3, 4})
	_, err = h.Message.Recall(h.ctx, ann, "", toBob, chat.MessageRef{ID: again.ID}, "")
	h.wants(err, 0)
	m, err := h.store.Message(h.ctx, chat.C2COf(app, "ann", "bob"), 3)
	if err != nil || m.Recall == nil {
		t.Errorf("the id names another message than the newest: %+v, %v", m, err)
	}
	_, err = h.Message.Recall(h.ctx, admin(), "ann", toBob, chat.MessageRef{Seq: old.Seq}, "")
	h.wants(err, 0)
}

// What somebody said in a group is not the next holder's to take back, nor is who has
// read it theirs to know.
func TestTheNextHolderOfANameOwnsNothingSaidInGroups(t *testing.T) {
	h := open(t, nil)
	for _, kind := range []chat.GroupType{chat.Work, chat.Public, chat.Meeting, chat.Community} {
		ann := h.enter("ann")
		g := h.group("bob", kind, "ann")
		to := chat.ToGroup(g)
		h.write(as("bob"), to, "hello", "")
		old := h.write(ann, to, "mine", "1")
		_, err := h.Message.SendWait(h.ctx, as("bob"), chat.Draft{To: to, Body: text("for ann"), Only: []chat.UserID{"ann"}})
		targeted := err == nil
		h.wants(h.Message.React(h.ctx, ann, to, old.Seq, "like", true), 0)
		muted := h.Group.MuteMembers(h.ctx, admin(), g, []chat.UserID{"ann"}, 3600) == nil
		h.same("kinds of group with targeted messages and with mutes", []bool{targeted, muted}, []bool{kind != chat.Community, kind != chat.Work})

		ann = h.renew("ann")
		_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"ann"}, true)
		h.wants(err, 0)
		_, err = h.Message.Recall(h.ctx, ann, "", to, chat.MessageRef{Seq: old.Seq}, "")
		if chat.CodeOf(err) == 0 {
			t.Errorf("%s: the next holder takes back what is not theirs", kind)
		}
		for _, seq := range h.history(ann, to) {
			m, err := h.store.Message(h.ctx, chat.GroupOf(app, g), seq)
			if err != nil || len(m.To) > 0 {
				t.Errorf("%s: the next holder reads a message that was for the one before, %v", kind, err)
			}
		}
		again := h.write(ann, to, "mine again", "1") // and is not muted any more
		if again.Duplicate {
			t.Errorf("%s: the next holder's message counts as a repetition", kind)
		}
		if seen, _ := h.Message.Reactions(h.ctx, ann, to, []chat.Seq{old.Seq}, 10); len(seen) == 1 && seen[0].List[0].Mine {
			t.Errorf("%s: a reaction of the one before counts as the next holder's", kind)
		}
		_, err = h.Message.Recall(h.ctx, ann, "", to, chat.MessageRef{ID: again.ID}, "")
		h.wants(err, 0)
	}
}

// Nobody inherits a place in a group, whatever its type.
func TestADeletedOwnerOrAdminLeavesNoPlace(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Switches.LiveAdmins = true
	h.apps.Set(a)
	for _, kind := range []chat.GroupType{chat.Work, chat.Public, chat.Meeting, chat.Community, chat.AVChatRoom} {
		h.enter("ann")
		owned := h.group("ann", kind)
		room := h.group("bob", chat.AVChatRoom)
		_, err := h.Group.Join(h.ctx, as("ann"), room, "")
		h.wants(err, 0)
		role := chat.RoleAdmin
		h.wants(h.Group.ModifyMember(h.ctx, admin(), room, "ann", chat.MemberPatch{Role: &role}), 0)
		h.renew("ann")
		for what, id := range map[string]chat.GroupID{"own": owned, "administered": room} {
			g, err := h.Group.Find(h.ctx, app, id)
			if chat.CodeOf(err) == chat.CodeNoGroup {
				continue // it went with its last member
			}
			h.wants(err, 0)
			role, err := h.Group.Standing(h.ctx, as("ann"), g)
			h.same(fmt.Sprintf("%s, %s", kind, what), []any{role, g.Owner == "ann", err}, []any{chat.NotMember, false, nil})
		}
	}
}

// A request to join that waits is the applicant's, not their name's.
func TestJoinRequestsGoWithTheAccount(t *testing.T) {
	h := open(t, nil)
	g, err := h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, Name: "g", Owner: "bob", ApplyJoin: chat.JoinPermission})
	h.wants(err, 0)
	joined, err := h.Group.Join(h.ctx, as("ann"), g.ID, "let me in")
	h.same("joined", []any{joined, err}, []any{false, nil})
	h.renew("ann")
	list, _, err := h.Group.JoinRequests(h.ctx, as("bob"), g.ID, 0, "")
	h.same("requests", []any{len(list), err}, []any{0, nil})
	err = h.Group.Approve(h.ctx, as("bob"), chat.JoinRequestRef{Group: g.ID, Applicant: "ann"}, true, "")
	h.wants(err, chat.CodeGroupParameter)
}

// Deleting is a kick whose time outlives the account.
func TestTicketsFromBeforeADeletionAreRefused(t *testing.T) {
	h := open(t, nil)
	h.wait(time.Hour)
	deleted := h.clock()
	if _, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		for _, issued := range []time.Time{deleted.Add(-time.Minute), deleted} {
			if _, err := h.People.Login(h.ctx, app, "ann", chat.Ticket{Issued: issued.Unix()}); chat.CodeOf(err) != chat.CodeTicketRevoked {
				t.Errorf("a ticket of %v: %v, want 70052", issued, err)
			}
		}
	}
	refused()
	exist, err := h.People.Check(h.ctx, admin(), []chat.UserID{"ann"})
	h.same("exists", []any{exist, err}, []any{[]bool{false}, nil})
	_, err = h.People.Import(h.ctx, admin(), []chat.Profile{profile("ann", "New")})
	h.wants(err, 0)
	refused()
	acc, err := h.People.Login(h.ctx, app, "ann", chat.Ticket{Issued: deleted.Unix() + 1})
	if err != nil || acc.Nick != "New" || acc.Created <= deleted.Unix() {
		t.Errorf("the next account: %+v, %v", acc, err)
	}
	h.renew("ann")
	refused()
}

// A Will outlives its connection; it does not speak in the name of who has the
// UserID next.
func TestWhatADeletedAccountLeftBehindIsNotSent(t *testing.T) {
	h := open(t, nil)
	toBob := chat.ToUser("bob")
	ann := h.renew("ann")
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: toBob, Body: text("last words")})
	h.wants(err, chat.CodeTicketRevoked)
	h.write(ann, toBob, "first words", "")
	_, err = h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
	h.wants(err, 0)
	_, err = h.Message.SendWait(h.ctx, ann, chat.Draft{To: toBob, Body: text("last words")})
	h.wants(err, chat.CodeTicketRevoked)
	_, err = h.Message.SendWait(h.ctx, admin(), chat.Draft{From: "ann", To: toBob, Body: text("x")})
	h.wants(err, chat.CodeBadFrom)
}

// A deletion that a fault has cut short is finished before anybody gets the name,
// and may be asked for again.
func TestADeletionCutShortIsFinished(t *testing.T) {
	broken := errors.New("disk")
	for _, way := range []string{"login", "import", "delete"} {
		for fault := 1; ; fault++ {
			var store *faulty.Store
			h := open(t, func(o *core.Options) {
				store = faulty.New(o.Store)
				o.Store, o.Fatal = store, func(error) {}
			})
			h.write(as("ann"), chat.ToUser("bob"), "mine", "")
			h.send("bob", chat.ToUser("ann"), "unread")
			h.group("bob", chat.Public, "ann")
			_, err := h.People.BlockUsers(h.ctx, as("bob"), "bob", []chat.UserID{"ann"})
			h.wants(err, 0)
			store.Fail("Row", fault, broken)
			_, err = h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
			store.FailAll(nil, "Row")
			if err == nil {
				if fault < 5 {
					t.Errorf("%s: only %d reads could fail", way, fault-1)
				}
				break
			}
			acc, err := h.Ledger().AccountRow(h.ctx, app, "ann")
			h.wants(err, 0)
			if acc.State == chat.AccountLive && way != "delete" {
				continue // nothing has begun
			}
			h.wait(time.Minute)
			switch way {
			case "import":
				_, err = h.People.Import(h.ctx, admin(), []chat.Profile{profile("ann", "New")})
			case "delete":
				_, err = h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
			}
			h.wants(err, 0)
			h.wait(time.Minute)
			ann := h.enter("ann")
			h.same(fmt.Sprintf("%s after fault %d", way, fault), []any{ann.Holder, h.history(ann, chat.ToUser("bob"))}, []any{1, []chat.Seq{}})
			groups, err := h.Group.Memberships(h.ctx, app, "ann")
			h.same("groups", []any{len(groups), err}, []any{0, nil})
			blocked, err := h.People.Blocked(h.ctx, app, "bob", "ann")
			h.same("blocked", []any{blocked, err}, []any{false, nil})
		}
	}
}

// A message that the app was asked about while an account was deleted is neither
// from nor for the next holder of the name, whether or not the two have talked before.
func TestMessagesHeldDuringADeletion(t *testing.T) {
	for _, talked := range []bool{false, true} {
		for _, c := range []struct {
			from, to chat.UserID
			want     chat.Code
		}{{"ann", "bob", chat.CodeTicketRevoked}, {"bob", "ann", chat.CodeToUnknown}} {
			h, g := gated(t)
			if talked {
				sent := h.sendAsync(c.from, chat.ToUser(c.to), "hello")
				(<-g.asked).answer(chat.Verdict{}, nil)
				h.wants(<-sent, 0)
			}
			held := h.sendAsync(c.from, chat.ToUser(c.to), "held")
			q := <-g.asked
			ann := h.renew("ann")
			q.answer(chat.Verdict{}, nil)
			h.wants(<-held, c.want)
			page, err := h.Inbox.Conversations(h.ctx, ann, inbox.ConvFilter{}, "", 0)
			h.same("conversations", []any{len(page.Convs), page.UnreadTotal, err}, []any{0, 0, nil})
		}
	}
}
