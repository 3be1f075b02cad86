package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
)

func (h *house) ban(by chat.Actor, g chat.GroupID, seconds uint32, list ...chat.UserID) error {
	return h.Group.BanMembers(h.ctx, by, g, list, seconds, "noise")
}

func (h *house) banned(g chat.GroupID) string {
	h.Helper()
	list, next, err := h.Group.Bans(h.ctx, admin(), g, 0, 0)
	h.must(err)
	text := ""
	for _, b := range list {
		text += fmt.Sprintf("%s %d ", b.User, b.Until-1_700_000_000)
	}
	return text + fmt.Sprint(next)
}

func TestBannedUserIsOutUntilTheEnd(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Public, "bob", "cat")
	free := chat.JoinFree
	h.must(h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{ApplyJoin: &free}))
	h.hears(a, g, "joined [ann bob cat]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`, `notice 7 to cat "" 0`)
	h.must(h.ban(as("ann"), g, 60, "bob", "bob"))
	h.hears(a, g, "left [bob]", `notice 22 to bob "noise" 0`) // and no tip
	_, err := h.Message.SendWait(h.ctx, as("bob"), chat.Draft{To: chat.ToGroup(g), Body: text("hi")})
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.wants(err, chat.CodeGroupNotAllowed)
	results, err := h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob", "admin"}, false)
	h.wants(err, 0)
	h.same("results", results, "[{bob 0} {admin 1}]")
	h.same("bans", h.banned(g), "bob 60 0")
	h.wait(time.Minute)
	h.same("bans a minute later", h.banned(g), "0")
	_, err = h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, 0)
}

func TestLiftedBanLetsIn(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.Community)
	h.wants(h.ban(as("ann"), g, 60, "bob"), chat.CodeGroupNotAllowed) // spec/21 §5
	_, _, err := h.Group.Bans(h.ctx, admin(), g, 0, 0)
	h.wants(err, chat.CodeGroupNotAllowed)
	g = h.group("ann", chat.Meeting, "bob")
	h.hears(a, g, "joined [ann]", `notice 6 to ann "" 0`, "joined [ann bob]", `notice 6 to ann "" 0`, `notice 7 to bob "" 0`)
	h.must(h.ban(admin(), g, chat.MuteForever, "cat"))
	h.same("bans", h.banned(g), "cat 2594967295 0")
	h.must(h.Group.UnbanMembers(h.ctx, as("ann"), g, []chat.UserID{"cat", "bob"}))
	h.hears(a, g, `notice 22 to cat "noise" 0`, `notice 23 to cat "" 0`)
	_, err = h.Group.Join(h.ctx, as("cat"), g, "")
	h.wants(err, 0)
}

func TestBansAreRefused(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob", "cat")
	h.wants(h.ban(as("bob"), g, 60, "cat"), chat.CodeGroupNotAllowed)
	h.wants(h.ban(admin(), g, 60, "ann"), chat.CodeGroupNotAllowed)
	h.wants(h.ban(as("ann"), g, 0, "cat"), chat.CodeGroupParameter)
	h.wants(h.ban(as("ann"), g, 60), chat.CodeGroupParameter)
	h.wants(h.ban(as("ann"), g, 60, "nobody"), chat.CodeGroupNoAccount)
	h.wants(h.ban(as("ann"), g, 60, h.people(21)...), chat.CodeGroupBatch)
	h.wants(h.Group.UnbanMembers(h.ctx, as("bob"), g, []chat.UserID{"cat"}), chat.CodeGroupNotAllowed)
	h.must(h.ban(as("ann"), g, 60, "bob"))
	_, _, err := h.Group.Bans(h.ctx, as("cat"), g, 0, 0)
	h.wants(err, chat.CodeGroupNotAllowed)
}

func TestBanEndsWatching(t *testing.T) {
	h, a := listen(t)
	g := h.group("ann", chat.AVChatRoom)
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.must(err)
	h.hears(a, g, `notice 6 to ann "" 0`, "joined [bob]", "passing tip 1 by bob on bob, 1 in")
	h.must(h.ban(as("ann"), g, 60, "bob", "cat"))
	h.hears(a, g, "left [bob]", `notice 22 to bob "noise" 0`, `notice 22 to cat "noise" 0`)
	h.watchesNothing("bob")
	_, err = h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, chat.CodeGroupNotAllowed)
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Switches: chat.Switches{NoLiveBans: true}})
	h.wants(h.ban(admin(), g, 60, "cat"), chat.CodeGroupNotAllowed)
}

// A ban is the account's, not its name's.
func TestBanEndsWithTheAccount(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Meeting, "bob")
	h.must(h.ban(as("ann"), g, 60, "bob"))
	_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"bob"})
	h.must(err)
	h.login("bob", chat.Ticket{Issued: h.clock().Unix() + 1}, 0)
	h.same("bans", h.banned(g), "0")
	_, err = h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, 0)
}

func TestBansArePaged(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Meeting)
	all := h.people(150)
	for i := 0; i < len(all); i += 20 {
		h.must(h.ban(as("ann"), g, 60, all[i:min(i+20, len(all))]...))
	}
	seen, offset := 0, 0
	for {
		list, next, err := h.Group.Bans(h.ctx, as("ann"), g, offset, 0)
		h.must(err)
		if seen += len(list); next == 0 {
			break
		}
		offset = next
	}
	h.same("bans", seen, 150)
}

func TestAppIsNotAskedAboutTheBanned(t *testing.T) {
	h, j := judged(t)
	g := h.group("ann", chat.Meeting)
	h.must(h.ban(as("ann"), g, 60, "bob"))
	j.asked = nil
	_, err := h.Group.Join(h.ctx, as("bob"), g, "")
	h.wants(err, chat.CodeGroupNotAllowed)
	_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{"bob"}, false)
	h.wants(err, chat.CodeGroupNotAllowed)
	h.same("asked", len(j.asked), 0)
}

// What the app's server is told of a change of attributes, and of a ban.
func TestAppIsToldOfAttributesAndBans(t *testing.T) {
	h, _ := judged(t)
	g := h.group("ann", chat.Public, "bob")
	h.must(h.attrs(as("bob"), g, attribute.ModifyAttrs, "a=1"))
	h.must(h.attrs(as("bob"), g, attribute.ModifyAttrs, "a=1"))
	h.must(h.attrs(as("bob"), g, attribute.ClearAttrs))
	h.must(h.ban(as("ann"), g, 60, "bob", "cat"))
	list, err := h.store.Pending(h.ctx, "", 100)
	h.must(err)
	var told []string
	for _, e := range list {
		if e.Kind == chat.AfterAttrs || e.Kind == chat.AfterMemberExit {
			told = append(told, fmt.Sprint(e.Kind, " ", e.Way, " by ", e.By, " ", e.Users, e.Attrs))
		}
	}
	h.same("told", told, "[Group.CallbackAfterGroupAttrChanged modify by bob [] [{a 1}] Group.CallbackAfterGroupAttrChanged clear by bob [] [] "+
		"Group.CallbackAfterMemberExit Kicked by ann [bob] []]")
	_, err = h.Group.Import(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, ID: "old", Name: "g", Owner: "ann"}, 0)
	h.must(err)
	after, err := h.store.Pending(h.ctx, "", 100)
	h.must(err)
	h.same("told of an import", len(after)-len(list), 0)
}
