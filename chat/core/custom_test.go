package core_test

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// declares sets an app whose fields are named after who may write and read them.
func (h *house) declares() {
	levels := func(l ...chat.Level) []chat.Level { return l }
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Custom: chat.CustomFields{
		Group: map[string]chat.FieldRights{
			"open":   {Read: levels("user"), Write: levels("member")},
			"staff":  {Read: levels("admin"), Write: levels("owner")},
			"secret": {},
		},
		Member: map[string]chat.FieldRights{
			"mood":  {Read: levels("member"), Write: levels("self")},
			"grade": {Read: levels("self", "owner"), Write: levels("admin")},
			"notes": {Read: levels("app"), Write: levels("app")},
		},
	}})
}

func TestGroupFieldsHaveReadersAndWriters(t *testing.T) {
	h := open(t, nil)
	h.declares()
	d := chat.GroupDraft{Type: chat.Public, Name: "g", Members: []chat.NewMember{{User: "bob"}}}
	d.Custom = map[string]string{"nowhere": "x"}
	_, err := h.Group.Create(h.ctx, as("ann"), d)
	h.wants(err, 10004)
	d.Custom = map[string]string{"secret": "x"}
	_, err = h.Group.Create(h.ctx, as("ann"), d)
	h.wants(err, 10007)
	d.Custom = map[string]string{"staff": "s", "open": "o"}
	g, err := h.Group.Create(h.ctx, as("ann"), d)
	h.must(err)
	for _, c := range []struct {
		by   chat.Actor
		key  string
		want chat.Code
	}{
		{as("cat"), "open", 10007},
		{as("bob"), "open", 0},
		{as("ann"), "open", 0},
		{as("bob"), "staff", 10007},
		{as("ann"), "staff", 0},
		{admin(), "staff", 0},
		{as("ann"), "secret", 10007},
		{admin(), "secret", 0},
		{as("ann"), "nowhere", 10004},
		{admin(), "nowhere", 10004},
	} {
		err := h.Group.Modify(h.ctx, c.by, g.ID, chat.GroupPatch{Custom: map[string]string{c.key: "new"}})
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%s writes %s: got %d, want %d", c.by.User, c.key, got, c.want)
		}
	}
	for by, want := range map[chat.UserID]string{
		"cat": "map[open:new]", "bob": "map[open:new]", "ann": "map[open:new staff:new]", "admin": "map[open:new secret:new staff:new]",
	} {
		who := as(by)
		if by == "admin" {
			who = admin()
		}
		v, err := h.Group.Get(h.ctx, who, g.ID)
		h.must(err)
		if got := fmt.Sprint(v.Custom); got != want {
			t.Errorf("%s reads %s, want %s", by, got, want)
		}
	}
}

func TestMemberFieldsHaveReadersAndWriters(t *testing.T) {
	h := open(t, nil)
	h.declares()
	g := h.group("ann", chat.Public, "bob", "cat")
	boss := chat.RoleAdmin
	h.must(h.Group.ModifyMember(h.ctx, as("ann"), g, "cat", chat.MemberPatch{Role: &boss}))
	for _, c := range []struct {
		by   chat.Actor
		of   chat.UserID
		key  string
		want chat.Code
	}{
		{as("bob"), "bob", "mood", 0},
		{as("ann"), "bob", "mood", 10007},
		{admin(), "bob", "mood", 0},
		{as("bob"), "bob", "grade", 10007},
		{as("cat"), "bob", "grade", 0},
		{as("cat"), "ann", "grade", 10007},
		{as("ann"), "bob", "notes", 10007},
		{admin(), "bob", "notes", 0},
		{as("bob"), "bob", "nowhere", 10004},
		{admin(), "bob", "nowhere", 10004},
	} {
		err := h.Group.ModifyMember(h.ctx, c.by, g, c.of, chat.MemberPatch{Custom: map[string]string{c.key: "new"}})
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%s writes %s of %s: got %d, want %d", c.by.User, c.key, c.of, got, c.want)
		}
	}
	for by, want := range map[chat.UserID]string{
		"bob": "map[grade:new mood:new]", "cat": "map[mood:new]", "ann": "map[grade:new mood:new]", "admin": "map[grade:new mood:new notes:new]",
	} {
		who := as(by)
		if by == "admin" {
			who = admin()
		}
		list, _, _, err := h.Group.Members(h.ctx, who, g, chat.MemberQuery{Users: []chat.UserID{"bob"}})
		h.must(err)
		if got := fmt.Sprint(list[0].Custom); got != want {
			t.Errorf("%s reads %s, want %s", by, got, want)
		}
	}
}

func TestUndeclaredFieldsAreFreeInAnAppThatDeclaresNone(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	h.must(h.Group.Modify(h.ctx, as("ann"), g, chat.GroupPatch{Custom: map[string]string{"anything": "x"}}))
	h.must(h.Group.ModifyMember(h.ctx, as("bob"), g, "bob", chat.MemberPatch{Custom: map[string]string{"mine": "x"}}))
	h.wants(h.Group.Modify(h.ctx, as("bob"), g, chat.GroupPatch{Custom: map[string]string{"anything": "y"}}), 10007)
	h.declares() // what is declared no more is for app administrators
	v, err := h.Group.Get(h.ctx, as("ann"), g)
	h.must(err)
	if len(v.Custom) != 0 {
		t.Errorf("the owner still reads %v", v.Custom)
	}
}

// A field that is bound to group types is none elsewhere; a binding that is made later
// hides what is there from all but app administrators.
func TestFieldsBoundToGroupTypes(t *testing.T) {
	h := open(t, nil)
	g, topicless := h.group("ann", chat.Public, "bob"), h.group("ann", chat.Community, "bob")
	h.must(h.Group.Modify(h.ctx, admin(), g, chat.GroupPatch{Custom: map[string]string{"floor": "1"}}))
	h.must(h.Group.ModifyMember(h.ctx, admin(), g, "bob", chat.MemberPatch{Custom: map[string]string{"desk": "1"}}))
	all, some := []chat.Level{chat.LevelUser}, []chat.GroupType{chat.Community, chat.AVChatRoom}
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Custom: chat.CustomFields{
		Group:  map[string]chat.FieldRights{"floor": {Read: all, Write: all, Types: some}},
		Member: map[string]chat.FieldRights{"desk": {Read: all, Write: all, Types: some}},
	}})
	floor, desk := map[string]string{"floor": "2"}, map[string]string{"desk": "2"}
	for _, by := range []chat.Actor{as("bob"), admin()} {
		h.wants(h.Group.Modify(h.ctx, by, g, chat.GroupPatch{Custom: floor}), chat.CodeGroupParameter)
		h.wants(h.Group.ModifyMember(h.ctx, by, g, "bob", chat.MemberPatch{Custom: desk}), chat.CodeGroupParameter)
		h.must(h.Group.Modify(h.ctx, by, topicless, chat.GroupPatch{Custom: floor}))
		h.must(h.Group.ModifyMember(h.ctx, by, topicless, "bob", chat.MemberPatch{Custom: desk}))
	}
	for kind, want := range map[chat.GroupType]chat.Code{chat.Work: chat.CodeGroupParameter, chat.Community: 0} {
		_, err := h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: kind, Name: "g", Custom: floor})
		h.wants(err, want)
		_, err = h.Group.Create(h.ctx, as("ann"), chat.GroupDraft{Type: kind, Name: "g", Members: []chat.NewMember{{User: "bob", Custom: desk}}})
		h.wants(err, want)
	}
	for _, c := range []struct {
		by   chat.Actor
		of   chat.GroupID
		want string
	}{
		{as("bob"), g, "map[] map[]"}, {admin(), g, "map[floor:1] map[desk:1]"}, {as("bob"), topicless, "map[floor:2] map[desk:2]"},
	} {
		v, err := h.Group.Get(h.ctx, c.by, c.of)
		h.must(err)
		list, _, _, err := h.Group.Members(h.ctx, c.by, c.of, chat.MemberQuery{Users: []chat.UserID{"bob"}})
		h.must(err)
		h.same("fields that "+string(c.by.User)+" reads", fmt.Sprint(v.Custom, list[0].Custom), c.want)
	}
}
