package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/chat/record"
)

// befriend is a call that adds others to owner's list.
func befriend(owner chat.UserID, others ...chat.UserID) people.FriendsToAdd {
	d := people.FriendsToAdd{Owner: owner}
	for _, u := range others {
		d.Items = append(d.Items, chat.NewFriend{User: u, Source: "AddSource_Type_Test", Wording: "hi", Remark: "r-" + string(u)})
	}
	return d
}

// adds adds a friend and returns the code of the item.
func (h *house) adds(by chat.Actor, d people.FriendsToAdd) chat.Code {
	h.Helper()
	results, err := h.People.AddFriends(h.ctx, by, d)
	h.wants(err, 0)
	if len(results) != 1 {
		h.Fatalf("results %+v", results)
	}
	return results[0].Code
}

// allows sets how a user takes requests.
func (h *house) allows(u chat.UserID, how chat.AllowType) {
	h.Helper()
	h.wants(h.People.SetProfile(h.ctx, admin(), u, []chat.ProfileItem{{Tag: chat.TagAllowType, Text: string(how)}}), 0)
}

// friendsOf are the names on a list of friends.
func (h *house) friendsOf(u chat.UserID) string {
	h.Helper()
	page, err := h.People.Friends(h.ctx, as(u), "", "", 0)
	h.wants(err, 0)
	var names []string
	for _, f := range page.List {
		names = append(names, string(f.User))
	}
	if page.Total != len(names) {
		h.Errorf("%s has %d friends, and %d are counted", u, len(names), page.Total)
	}
	return strings.Join(names, " ")
}

func (h *house) requestsOf(u chat.UserID) string {
	h.Helper()
	list, unread, _, err := h.People.FriendRequests(h.ctx, as(u), "", 0)
	h.wants(err, 0)
	var lines []string
	for _, r := range list {
		way := "to "
		if r.In {
			way = "from "
		}
		lines = append(lines, way+string(r.Peer.User))
	}
	return fmt.Sprint(strings.Join(lines, ", "), " / ", unread)
}

// userEvents are what a user's devices were told of their lists.
func (h *house) userEvents(u chat.UserID) (list []string) {
	h.Helper()
	events, err := h.store.UserEvents(h.ctx, app, u, 0, 1000)
	h.wants(err, 0)
	for _, e := range events {
		switch d := e.Detail; {
		case d == nil:
		case d.Friend != nil && d.Friend.Friend != nil:
			list = append(list, d.Friend.What+" "+string(d.Friend.Friend.User))
		case d.Friend != nil && d.Friend.Request != nil:
			list = append(list, d.Friend.What+" "+string(d.Friend.Request.Peer.User))
		case d.Friend != nil:
			list = append(list, d.Friend.What)
		case d.FriendGroup != nil:
			list = append(list, fmt.Sprint("group ", d.FriendGroup.Name, d.FriendGroup.Members, d.FriendGroup.Old, d.FriendGroup.Deleted))
		case d.Black != nil:
			list = append(list, fmt.Sprint("black ", d.Black.Add, d.Black.Delete))
		}
	}
	return list
}

// The table of spec/07 B3.
func TestAddingAFriend(t *testing.T) {
	type row struct {
		what    string
		furnish func(h *house)
		change  func(d *people.FriendsToAdd)
		by      chat.Actor
		code    chat.Code
		ann     string // ann's list afterwards
		bob     string
	}
	force := func(d *people.FriendsToAdd) { d.Force = true }
	single := func(d *people.FriendsToAdd) { d.Single = true }
	blocks := func(owner, other chat.UserID) func(h *house) {
		return func(h *house) {
			_, err := h.People.BlockUsers(h.ctx, as(owner), "", []chat.UserID{other})
			h.wants(err, 0)
		}
	}
	limit := func(l chat.Limits) func(h *house) {
		return func(h *house) { h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: l}) }
	}
	bobHas := func(h *house) { h.adds(as("bob"), people.FriendsToAdd{Single: true, Items: befriend("", "ann").Items}) }
	for _, c := range []row{
		{what: "somebody who lets anybody", ann: "bob", bob: "ann"},
		{what: "one way", change: single, ann: "bob"},
		{what: "somebody who is to agree", furnish: func(h *house) { h.allows("bob", chat.AllowConfirm) }, code: chat.CodeFriendPending},
		{what: "somebody who refuses all", furnish: func(h *house) { h.allows("bob", chat.DenyAny) }, code: chat.CodeRefusesFriends},
		{what: "somebody who refuses all, by force", furnish: func(h *house) { h.allows("bob", chat.DenyAny) }, by: admin(), change: force, ann: "bob", bob: "ann"},
		{what: "somebody who is to agree, by force", furnish: func(h *house) { h.allows("bob", chat.AllowConfirm) }, by: admin(), change: force, ann: "bob", bob: "ann"},
		{what: "who may not ask", furnish: func(h *house) {
			h.wants(h.People.SetProfile(h.ctx, admin(), "ann", []chat.ProfileItem{{Tag: chat.TagForbidType, Text: string(chat.ForbidSendOut)}}), 0)
		}, code: chat.CodeFriendBarred},
		{what: "who is on the own blocklist", furnish: blocks("ann", "bob"), code: chat.CodeIsBlocked},
		{what: "who is on the own blocklist, by force", furnish: blocks("ann", "bob"), by: admin(), change: force, code: chat.CodeIsBlocked},
		{what: "who has blocked the owner", furnish: blocks("bob", "ann"), code: chat.CodeHasBlocked},
		{what: "who has listed the owner already, and would be asked", furnish: func(h *house) {
			bobHas(h)
			h.allows("bob", chat.AllowConfirm)
		}, ann: "bob", bob: "ann"},
		{what: "into a list that is full", furnish: func(h *house) {
			h.adds(as("ann"), people.FriendsToAdd{Single: true, Items: befriend("", "cat").Items})
			limit(chat.Limits{Friends: 1})(h)
		}, code: chat.CodeFriendsFull, ann: "cat"},
		{what: "somebody whose list is full", furnish: func(h *house) {
			h.adds(as("bob"), people.FriendsToAdd{Single: true, Items: befriend("", "cat").Items})
			limit(chat.Limits{Friends: 1})(h)
		}, code: chat.CodePeerFriendsFull, bob: "cat"},
		{what: "one way to somebody whose list is full", furnish: func(h *house) {
			h.adds(as("bob"), people.FriendsToAdd{Single: true, Items: befriend("", "cat").Items})
			limit(chat.Limits{Friends: 1})(h)
		}, change: single, ann: "bob", bob: "cat"},
		{what: "into one group too many", furnish: func(h *house) {
			_, _, err := h.People.GroupFriends(h.ctx, as("ann"), "", []string{"one"}, nil, true)
			h.wants(err, 0)
			limit(chat.Limits{FriendGroups: 1})(h)
		}, change: func(d *people.FriendsToAdd) { d.Items[0].Groups = []string{"two"} }, code: chat.CodeFriendGroupsFull},
		{what: "a friend", furnish: func(h *house) { h.adds(as("ann"), befriend("", "bob")) }, ann: "bob", bob: "ann"},
		{what: "oneself", change: func(d *people.FriendsToAdd) { d.Items[0].User = "ann" }, code: chat.CodeRelationParameter},
		{what: "nobody", change: func(d *people.FriendsToAdd) { d.Items[0].User = "nobody" }, code: chat.CodeRelationNoAccount},
		{what: "without a source", change: func(d *people.FriendsToAdd) { d.Items[0].Source = "Web" }, code: chat.CodeRelationParameter},
		{what: "with a long remark", change: func(d *people.FriendsToAdd) { d.Items[0].Remark = strings.Repeat("r", 97) }, code: chat.CodeRelationParameter},
		{what: "with a long wording", change: func(d *people.FriendsToAdd) { d.Items[0].Wording = strings.Repeat("w", 257) }, code: chat.CodeRelationParameter},
		{what: "with a long group name", change: func(d *people.FriendsToAdd) { d.Items[0].Groups = []string{strings.Repeat("g", 31)} }, code: chat.CodeRelationParameter},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, nil)
			if c.furnish != nil {
				c.furnish(h)
			}
			d := befriend("ann", "bob")
			if c.change != nil {
				c.change(&d)
			}
			if c.by.User == "" {
				c.by = as("ann")
			}
			h.same("code", h.adds(c.by, d), c.code)
			h.same("ann's friends", h.friendsOf("ann"), c.ann)
			h.same("bob's friends", h.friendsOf("bob"), c.bob)
		})
	}
}

func TestOnlyAdministratorsAddByForce(t *testing.T) {
	h := open(t, nil)
	d := befriend("", "bob")
	d.Force = true
	_, err := h.People.AddFriends(h.ctx, as("ann"), d)
	h.wants(err, chat.CodeRelationNeedAdmin)
	_, err = h.People.AddFriends(h.ctx, as("ann"), befriend("bob", "cat"))
	h.wants(err, chat.CodeRelationNeedAdmin)
}

func TestARequestIsAnswered(t *testing.T) {
	for _, c := range []struct {
		how      chat.FriendAnswer
		ann, bob string
	}{
		{chat.AgreeAndAdd, "bob", "ann"},
		{chat.AgreeOnly, "bob", ""},
		{chat.RejectFriend, "", ""},
	} {
		t.Run(string(c.how), func(t *testing.T) {
			h := open(t, nil)
			h.allows("bob", chat.AllowConfirm)
			d := befriend("", "bob")
			d.Items[0].Groups = []string{"work"}
			h.same("asked", h.adds(as("ann"), d), chat.CodeFriendPending)
			h.same("asked again", h.adds(as("ann"), d), chat.CodeFriendPending)
			h.same("bob's requests", h.requestsOf("bob"), "from ann / 1")
			h.same("ann's requests", h.requestsOf("ann"), "to bob / 0")
			h.wants(h.People.ReadFriendRequests(h.ctx, as("bob")), 0)
			h.same("read", h.requestsOf("bob"), "from ann / 0")
			h.wants(h.People.AnswerFriend(h.ctx, as("bob"), "ann", c.how, "Annie"), 0)
			h.same("ann's friends", h.friendsOf("ann"), c.ann)
			h.same("bob's friends", h.friendsOf("bob"), c.bob)
			h.same("bob's requests", h.requestsOf("bob"), " / 0")
			h.same("ann's requests", h.requestsOf("ann"), " / 0")
			h.wants(h.People.AnswerFriend(h.ctx, as("bob"), "ann", c.how, ""), chat.CodeNoFriendRequest)
			if c.ann == "" {
				return
			}
			list, _, err := h.People.FriendsNamed(h.ctx, as("ann"), "", []chat.UserID{"bob"})
			h.wants(err, 0)
			h.same("what ann has said", []string{list[0].Remark, list[0].Wording, strings.Join(list[0].Groups, "")}, []string{"r-bob", "hi", "work"})
		})
	}
}

func TestRequestsAreTakenBackAndBounded(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{FriendRequests: 1}, AllowType: chat.AllowConfirm})
	h.same("asked", h.adds(as("ann"), befriend("", "bob")), chat.CodeFriendPending)
	h.same("asked by another", h.adds(as("cat"), befriend("", "bob")), chat.CodeRequestsFull)
	h.same("asked of another", h.adds(as("ann"), befriend("", "cat")), chat.CodeRequestsFull)
	h.wants(h.People.DeleteFriendRequest(h.ctx, as("ann"), "bob", true), chat.CodeNoRequestToDelete)
	h.wants(h.People.DeleteFriendRequest(h.ctx, as("ann"), "bob", false), 0)
	h.same("bob's requests", h.requestsOf("bob"), " / 0")
	h.same("asked by another", h.adds(as("cat"), befriend("", "bob")), chat.CodeFriendPending)
	h.wants(h.People.DeleteFriendRequest(h.ctx, as("bob"), "cat", true), 0)
	h.same("cat's requests", h.requestsOf("cat"), " / 0")
}

func TestABlockEndsAFriendship(t *testing.T) {
	h := open(t, nil)
	h.adds(as("ann"), befriend("", "bob"))
	h.allows("ann", chat.AllowConfirm)
	h.allows("cat", chat.AllowConfirm)
	h.adds(as("ann"), befriend("", "cat"))
	h.adds(as("cat"), befriend("", "ann"))
	_, err := h.People.BlockUsers(h.ctx, as("ann"), "", []chat.UserID{"bob", "cat"})
	h.wants(err, 0)
	h.same("ann's friends", h.friendsOf("ann"), "")
	h.same("bob's friends", h.friendsOf("bob"), "")
	h.same("ann's requests", h.requestsOf("ann"), " / 0")
	h.same("cat's requests", h.requestsOf("cat"), " / 0")
	_, err = h.People.UnblockUsers(h.ctx, as("ann"), "", []chat.UserID{"bob"})
	h.wants(err, 0)
	h.same("bob is told", h.userEvents("bob"), []string{"add ann", "delete ann"})
	h.same("ann is told", h.userEvents("ann"), []string{
		"add bob", "request cat", "request cat", "delete bob", "request-done cat", "request-done cat", "black [bob cat] []", "black [] [bob]",
	})
}

func TestFriendsAreTakenOff(t *testing.T) {
	h := open(t, nil)
	h.adds(as("ann"), befriend("", "bob"))
	h.adds(as("ann"), befriend("", "cat"))
	codes := func(single bool, list ...chat.UserID) (codes []chat.Code) {
		results, err := h.People.RemoveFriends(h.ctx, as("ann"), "", list, single)
		h.wants(err, 0)
		for _, r := range results {
			codes = append(codes, r.Code)
		}
		return codes
	}
	h.same("one way", codes(true, "bob", "admin"), []chat.Code{0, chat.CodeNotFriends})
	h.same("bob's friends", h.friendsOf("bob"), "ann")
	h.same("the other way", codes(false, "bob", "bob"), []chat.Code{0, 0})
	h.same("bob's friends", h.friendsOf("bob"), "")
	h.wants(h.People.RemoveAllFriends(h.ctx, admin(), "ann", false), 0)
	h.same("ann's friends", h.friendsOf("ann")+h.friendsOf("cat"), "")
}

func TestFriendGroups(t *testing.T) {
	h := open(t, nil)
	h.adds(as("ann"), befriend("", "bob"))
	codes := func(in bool, names []string, list ...chat.UserID) string {
		results, _, err := h.People.GroupFriends(h.ctx, as("ann"), "", names, list, in)
		h.wants(err, 0)
		var codes []chat.Code
		for _, r := range results {
			codes = append(codes, r.Code)
		}
		return fmt.Sprint(codes)
	}
	groups := func() string {
		list, _, err := h.People.FriendGroups(h.ctx, as("ann"), "", nil, true)
		h.wants(err, 0)
		return fmt.Sprint(list)
	}
	h.same("put in", codes(true, []string{"a", "b"}, "bob", "cat", "nobody"), "[0 32216 30003]")
	h.same("groups", groups(), "[{1 a 1 [bob]} {2 b 1 [bob]}]")
	h.wants(h.People.RenameFriendGroup(h.ctx, as("ann"), "a", "b"), chat.CodeRelationParameter)
	h.wants(h.People.RenameFriendGroup(h.ctx, as("ann"), "a", "c"), 0)
	h.same("taken out", codes(false, []string{"b"}, "bob"), "[0]")
	_, err := h.People.DeleteFriendGroups(h.ctx, as("ann"), "", []string{"b", "none"})
	h.wants(err, 0)
	h.same("groups", groups(), "[{1 c 1 [bob]}]")
	list, _, err := h.People.FriendsNamed(h.ctx, as("ann"), "", []chat.UserID{"bob"})
	h.wants(err, 0)
	h.same("bob's", list[0].Groups, []string{"c"})
	h.same("told", h.userEvents("ann")[1:], []string{
		"group a[bob]false", "group b[bob]false", "group c[bob]afalse", "group b[]false", "group b[]true",
	})
	_, err = h.People.RemoveFriends(h.ctx, as("ann"), "", []chat.UserID{"bob"}, true)
	h.wants(err, 0)
	h.same("groups", groups(), "[{1 c 0 []}]")
}

func TestFriendFields(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Custom: chat.CustomFields{Friend: map[string]chat.FieldRights{
		"own":  {Read: []chat.Level{chat.LevelUser}, Write: []chat.Level{chat.LevelUser}},
		"seen": {Read: []chat.Level{chat.LevelUser}},
		"app":  {},
	}}})
	h.adds(as("ann"), befriend("", "bob"))
	for _, c := range []struct {
		by     chat.Actor
		update chat.FriendUpdate
		code   chat.Code
	}{
		{as("ann"), chat.FriendUpdate{User: "bob", Custom: map[string]string{"own": "x"}}, 0},
		{as("ann"), chat.FriendUpdate{User: "bob", Custom: map[string]string{"seen": "x"}}, chat.CodeRelationNeedAdmin},
		{as("ann"), chat.FriendUpdate{User: "bob", Custom: map[string]string{"other": "x"}}, chat.CodeRelationParameter},
		{as("ann"), chat.FriendUpdate{User: "bob", Custom: map[string]string{"own": strings.Repeat("x", 501)}}, chat.CodeRelationParameter},
		{as("ann"), chat.FriendUpdate{User: "cat", Custom: map[string]string{"own": "x"}}, chat.CodeNotFriends},
		{admin(), chat.FriendUpdate{User: "bob", Custom: map[string]string{"seen": "y", "app": "z"}}, 0},
	} {
		results, err := h.People.UpdateFriends(h.ctx, c.by, "ann", []chat.FriendUpdate{c.update})
		h.wants(err, 0)
		h.same(fmt.Sprint(c.update.Custom), results[0].Code, c.code)
	}
	shown := func(by chat.Actor) string {
		list, _, err := h.People.FriendsNamed(h.ctx, by, "ann", []chat.UserID{"bob"})
		h.wants(err, 0)
		return fmt.Sprint(list[0].Custom)
	}
	h.same("ann reads", shown(as("ann")), "map[own:x seen:y]")
	h.same("the app reads", shown(admin()), "map[app:z own:x seen:y]")
}

// While friends alone may write, both have to be in each other's list.
func TestFriendsOnly(t *testing.T) {
	h := open(t, nil)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{FriendsOnly: true}})
	send := func(by chat.Actor, from, to chat.UserID, want chat.Code) {
		t.Helper()
		_, err := h.Message.SendWait(h.ctx, by, chat.Draft{From: from, To: chat.ToUser(to), Body: text("x")})
		h.wants(err, want)
	}
	send(as("ann"), "", "bob", chat.CodeStrangers)
	h.wants(h.Message.Typing(h.ctx, as("ann"), "bob", true), 0)
	send(as("ann"), "", "ann", 0)
	send(admin(), "ann", "bob", 0)
	one := befriend("", "bob")
	one.Single = true
	h.adds(as("ann"), one)
	send(as("ann"), "", "bob", chat.CodeNotTheirFriend)
	send(as("bob"), "", "ann", chat.CodeNotOwnFriend)
	h.adds(as("ann"), befriend("", "bob"))
	h.wants(h.Message.Typing(h.ctx, as("ann"), "bob", false), 0)
	h.told()
	h.same("typing", h.ears.typing, []string{"ann>bob:false"})
	for range 3 { // what is remembered of the pair, too
		send(as("ann"), "", "bob", 0)
		send(as("bob"), "", "ann", 0)
	}
	_, err := h.People.RemoveFriends(h.ctx, as("bob"), "", []chat.UserID{"ann"}, true)
	h.wants(err, 0)
	send(as("ann"), "", "bob", chat.CodeNotTheirFriend)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	send(as("ann"), "", "bob", 0)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{FriendsOnly: true}})
	send(as("ann"), "", "bob", chat.CodeNotTheirFriend)
}

func TestFollows(t *testing.T) {
	h := open(t, nil)
	follow := func(by, other chat.UserID, on bool, want chat.Code) {
		t.Helper()
		results, err := h.People.Follow(h.ctx, as(by), "", []chat.UserID{other}, on)
		h.wants(err, 0)
		h.same(fmt.Sprint(by, " follows ", other), results[0].Code, want)
	}
	counts := func(u chat.UserID) string {
		t.Helper()
		list, _, err := h.People.FollowInfo(h.ctx, as("cat"), []chat.UserID{u})
		h.wants(err, 0)
		return fmt.Sprint(list[0])
	}
	lists := func(u chat.UserID) (lists string) {
		t.Helper()
		for _, kind := range []chat.FollowType{chat.Fans, chat.Following, chat.MutualFollow} {
			list, _, err := h.People.Follows(h.ctx, as(u), "", kind, "", 0)
			h.wants(err, 0)
			for _, f := range list {
				lists += string(f.User)
			}
			lists += "/"
		}
		return lists
	}
	follow("ann", "bob", true, 0)
	follow("ann", "bob", true, 0)
	follow("ann", "ann", true, chat.CodeRelationParameter)
	follow("ann", "nobody", true, chat.CodeRelationNoAccount)
	h.same("ann", counts("ann")+lists("ann"), "{0 1 0}/bob//")
	h.same("bob", counts("bob")+lists("bob"), "{1 0 0}ann///")
	follow("bob", "ann", true, 0)
	h.same("ann", counts("ann")+lists("ann"), "{1 1 1}bob/bob/bob/")
	types, _, err := h.People.CheckFollows(h.ctx, as("ann"), "", []chat.UserID{"bob", "cat"})
	h.wants(err, 0)
	h.same("checked", types, []chat.FollowType{chat.MutualFollow, chat.NoFollow})
	follow("ann", "bob", false, 0)
	h.same("ann", counts("ann")+lists("ann"), "{1 0 0}bob///")
	h.same("bob", counts("bob")+lists("bob"), "{0 1 0}/ann//")
	_, err = h.People.BlockUsers(h.ctx, as("ann"), "", []chat.UserID{"cat"})
	h.wants(err, 0)
	follow("ann", "cat", true, chat.CodeIsBlocked)
	follow("cat", "ann", true, chat.CodeHasBlocked)
}

// Who registers a name again has no friends, no requests and no follows of the former
// holder, and is in nobody's lists.
func TestRelationsGoWithTheAccount(t *testing.T) {
	h := open(t, nil)
	h.adds(as("ann"), befriend("", "bob"))
	h.adds(as("cat"), befriend("", "bob"))
	h.allows("admin", chat.AllowConfirm)
	h.allows("bob", chat.AllowConfirm)
	h.adds(as("bob"), befriend("", "admin"))
	h.adds(as("admin"), befriend("", "bob"))
	for _, pair := range [][2]chat.UserID{{"ann", "bob"}, {"bob", "ann"}, {"bob", "cat"}} {
		_, err := h.People.Follow(h.ctx, as(pair[0]), "", []chat.UserID{pair[1]}, true)
		h.wants(err, 0)
	}
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"bob"})
	h.wants(err, 0)
	_, err = h.People.Login(h.ctx, app, "bob", chat.Ticket{Issued: h.clock().Unix() + 1})
	h.wants(err, 0)
	for _, u := range []chat.UserID{"ann", "bob", "cat", "admin"} {
		h.same(string(u)+" has friends", h.friendsOf(u), "")
		h.same(string(u)+" has requests", h.requestsOf(u), " / 0")
		counts, _, err := h.People.FollowInfo(h.ctx, as("ann"), []chat.UserID{u})
		h.wants(err, 0)
		h.same(string(u)+" follows", counts, []chat.FollowCounts{{}})
	}
	if told := h.userEvents("ann"); !slices.Contains(told, "delete bob") {
		t.Errorf("ann is told %q", told)
	}
}

func friendCuts() []*cut {
	both := func(h *house) { h.adds(as("ann"), befriend("", "bob")) }
	asked := func(h *house) {
		h.allows("bob", chat.AllowConfirm)
		h.adds(as("ann"), befriend("", "bob"))
	}
	return []*cut{
		{"add a friend both ways", func(*house) {}, func(ctx context.Context, c *core.Core) error {
			_, err := c.People.AddFriends(ctx, as("ann"), befriend("", "bob"))
			return err
		}, nil},
		{"take a friend off both lists", both, func(ctx context.Context, c *core.Core) error {
			_, err := c.People.RemoveFriends(ctx, as("ann"), "", []chat.UserID{"bob"}, false)
			return err
		}, nil},
		{"accept a request", asked, func(ctx context.Context, c *core.Core) error {
			return c.People.AnswerFriend(ctx, as("bob"), "ann", chat.AgreeAndAdd, "")
		}, []chat.Code{chat.CodeNoFriendRequest}},
		{"block a friend", both, func(ctx context.Context, c *core.Core) error {
			_, err := c.People.BlockUsers(ctx, as("ann"), "", []chat.UserID{"bob"})
			return err
		}, nil},
		{"follow who follows", func(h *house) {
			_, err := h.People.Follow(h.ctx, as("bob"), "", []chat.UserID{"ann"}, true)
			h.wants(err, 0)
		}, func(ctx context.Context, c *core.Core) error {
			_, err := c.People.Follow(ctx, as("ann"), "", []chat.UserID{"bob"}, true)
			return err
		}, nil},
	}
}

func init() { cuts = append(cuts, friendCuts()...) }

// Calls of many at the same time leave lists that fit each other, counted right, and none
// longer than it may be.
func TestFriendsAtTheSameTime(t *testing.T) {
	seen := &witness{}
	h := open(t, func(o *core.Options) { seen.Store, o.Store, o.Lanes = o.Store, seen, 4 })
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{Friends: 5}})
	var users []chat.UserID
	for i := range 8 {
		u := chat.UserID(fmt.Sprint("user", i))
		_, err := h.People.Login(h.ctx, app, u, chat.Ticket{})
		h.wants(err, 0)
		users = append(users, u)
	}
	ctx, cancel := context.WithTimeout(h.ctx, time.Minute)
	defer cancel()
	ended := make(chan error)
	for _, u := range users {
		go func() {
			_, err := h.People.AddFriends(ctx, as(u), befriend("", users...))
			if err == nil {
				_, err = h.People.Follow(ctx, as(u), "", users, true)
			}
			if err == nil {
				_, err = h.People.RemoveFriends(ctx, as(u), "", users[:2], false)
			}
			ended <- err
		}()
	}
	for range users {
		h.wants(<-ended, 0) // every call ends by its deadline
	}
	for _, u := range users {
		if n := len(strings.Fields(h.friendsOf(u))); n > 5 {
			t.Errorf("%s has %d friends", u, n)
		}
	}
	h.wants(core.VerifyRows(h.ctx, seen.Store, seen.EachRow, h.clock(), func(where, what string) { t.Errorf("%s: %s", where, what) }), 0)
	owed, err := h.store.Rows(h.ctx, chat.AppShard(app), chat.RowKind(record.FriendOwed), "", "", 100)
	h.wants(err, 0)
	if len(owed) > 0 {
		t.Errorf("%d halves are owed: %q", len(owed), owed[0].Key)
	}
}

// An event about a blocklist fits a small device.
func TestManyBlocksAreToldInSeveralEvents(t *testing.T) {
	h := open(t, nil)
	var list []chat.UserID
	for i := range 41 {
		u := chat.UserID(fmt.Sprint("u", i))
		_, err := h.People.Login(h.ctx, app, u, chat.Ticket{})
		h.wants(err, 0)
		list = append(list, u)
	}
	_, err := h.People.BlockUsers(h.ctx, as("ann"), "", list)
	h.wants(err, 0)
	h.same("told", h.userEvents("ann"), []string{fmt.Sprint("black ", list[:40], " []"), "black [u40] []"})
}
