package people_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func text(tag chat.ProfileTag, v string) chat.ProfileItem { return chat.ProfileItem{Tag: tag, Text: v} }

func number(tag chat.ProfileTag, n uint32) chat.ProfileItem {
	return chat.ProfileItem{Tag: tag, Number: n, Numeric: true}
}

// declares sets the custom fields of the app.
func (r *room) declares(fields map[string]chat.FieldRights) {
	a := *r.apps.App(app)
	a.Custom.Profile = fields
	r.apps.Set(a)
}

// rights are named after who may read and write the field.
func rights() map[string]chat.FieldRights {
	user, self, nobody := []chat.Level{chat.LevelUser}, []chat.Level{chat.LevelSelf}, []chat.Level{chat.LevelApp}
	return map[string]chat.FieldRights{
		"open": {Read: user, Write: self}, "own": {Read: self, Write: self}, "given": {Read: user, Write: nobody}, "secret": {},
	}
}

// shown prints items as "Nick=Ann BirthDay=7".
func shown(items []chat.ProfileItem) string {
	list := make([]string, len(items))
	for i, item := range items {
		name := strings.TrimPrefix(strings.TrimPrefix(string(item.Tag), "Tag_Profile_IM_"), "Tag_Profile_")
		list[i] = name + "=" + item.Text
		if item.Numeric {
			list[i] = fmt.Sprint(name, "=", item.Number)
		}
	}
	return strings.Join(list, " ")
}

// profile is what somebody reads of a user's.
func (r *room) profile(by chat.Actor, u chat.UserID, tags ...chat.ProfileTag) string {
	r.Helper()
	list, err := r.Profiles(r.ctx, by, []chat.UserID{u}, tags)
	if err != nil {
		return fmt.Sprint(chat.CodeOf(err))
	}
	if list[0].User != u {
		r.Errorf("%s is answered for %s", list[0].User, u)
	}
	if list[0].Code != 0 {
		return fmt.Sprint("item ", list[0].Code)
	}
	return shown(list[0].Items)
}

const defaults = "Gender=Gender_Type_Unknown AllowType=AllowType_Type_AllowAny AdminForbidType=AdminForbid_Type_None"

func TestEveryValueOfAProfileIsChecked(t *testing.T) {
	full := strings.Repeat("x", chat.MaxProfileBytes)
	for _, c := range []struct {
		what string
		item chat.ProfileItem
		want chat.Code
	}{
		{"a nick", text(chat.TagNick, full), 0},
		{"a nick that is too long", text(chat.TagNick, full+"x"), 40601},
		{"a nick that is a number", number(chat.TagNick, 1), 40610},
		{"an empty nick", text(chat.TagNick, ""), 0},
		{"a picture", text(chat.TagImage, full), 0},
		{"a picture that is too long", text(chat.TagImage, full+"x"), 40601},
		{"a signature", text(chat.TagSignature, full), 0},
		{"a signature that is too long", text(chat.TagSignature, full+"x"), 40601},
		{"a gender", text(chat.TagGender, "Gender_Type_Female"), 0},
		{"another gender", text(chat.TagGender, "Female"), 40605},
		{"an empty gender", text(chat.TagGender, ""), 40605},
		{"a gender that is too long", text(chat.TagGender, full+"x"), 40601},
		{"a gender that is a number", number(chat.TagGender, 1), 40610},
		{"a birthday", number(chat.TagBirthDay, 20190419), 0},
		{"a birthday that is text", text(chat.TagBirthDay, "20190419"), 40610},
		{"a place of 16 bytes", text(chat.TagLocation, full[:16]), 0},
		{"a place of 17 bytes", text(chat.TagLocation, full[:17]), 40605},
		{"whom to allow", text(chat.TagAllowType, string(chat.DenyAny)), 0},
		{"whom to allow, in words of one's own", text(chat.TagAllowType, "AllowType_Type_Friends"), 40605},
		{"a language", number(chat.TagLanguage, 1<<32-1), 0},
		{"settings of messages", number(chat.TagSettings, 1), 0},
		{"a level", number(chat.TagLevel, 7), 0},
		{"a role", number(chat.TagRole, 7), 0},
		{"a level that is text", text(chat.TagLevel, ""), 40610},
		{"what is forbidden them", text(chat.TagForbidType, string(chat.ForbidNone)), 40008},
		{"a field that there is not", text("Tag_Profile_IM_Shoes", "41"), 40009},
		{"a field without a tag", text("", "x"), 40009},
		{"a custom field", text("Tag_Profile_Custom_open", full), 0},
		{"a custom field that is too long", text("Tag_Profile_Custom_open", full+"x"), 40601},
		{"a custom field that is a number", number("Tag_Profile_Custom_open", 7), 40610},
		{"a custom field of their own", text("Tag_Profile_Custom_own", "x"), 0},
		{"a custom field that others write", text("Tag_Profile_Custom_given", "x"), 40008},
		{"a custom field of administrators", text("Tag_Profile_Custom_secret", "x"), 40008},
		{"a custom field that is not declared", text("Tag_Profile_Custom_other", "x"), 40009},
	} {
		r := open(t)
		r.declares(rights())
		items := []chat.ProfileItem{text(chat.TagNick, "Ann"), number(chat.TagRole, 3), c.item}
		err := r.SetProfile(r.ctx, as("ann"), "ann", items)
		if got := chat.CodeOf(err); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
		if kept := r.profile(as("ann"), "ann"); c.want != 0 && kept != defaults {
			t.Errorf("%s: of a change that is refused %q is kept", c.what, kept)
		}
	}
}

func TestWhoMaySetAProfile(t *testing.T) {
	r := open(t)
	r.declares(rights())
	everything := []chat.ProfileItem{
		text(chat.TagForbidType, string(chat.ForbidSendOut)), text("Tag_Profile_Custom_open", "o"), text("Tag_Profile_Custom_own", "w"),
		text("Tag_Profile_Custom_given", "g"), text("Tag_Profile_Custom_secret", "s"),
	}
	for _, c := range []struct {
		what string
		by   chat.Actor
		of   chat.UserID
		set  []chat.ProfileItem
		want chat.Code
	}{
		{"their own", as("ann"), "ann", []chat.ProfileItem{text(chat.TagNick, "Ann")}, 0},
		{"somebody else's", as("bob"), "ann", []chat.ProfileItem{text(chat.TagNick, "Ann")}, 40004},
		{"an administrator anybody's", admin(), "ann", everything, 0},
		{"that of nobody", admin(), "nobody", everything, 40003},
		{"nothing", as("ann"), "ann", nil, 40001},
		{"more than there is", as("ann"), "ann", slices.Repeat(everything[1:2], 33), 40001},
		{"as much as there is", as("ann"), "ann", slices.Repeat(everything[1:2], 32), 0},
	} {
		if got := chat.CodeOf(r.SetProfile(r.ctx, c.by, c.of, c.set)); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
	const all = "Nick=Ann Gender=Gender_Type_Unknown AllowType=AllowType_Type_AllowAny AdminForbidType=AdminForbid_Type_SendOut Custom_given=g Custom_open=o"
	for _, c := range []struct {
		by   chat.Actor
		want string
	}{{as("bob"), all}, {as("ann"), all + " Custom_own=w"}, {admin(), all + " Custom_own=w Custom_secret=s"}} {
		if got := r.profile(c.by, "ann"); got != c.want {
			t.Errorf("%s reads %s, want %s", c.by.User, got, c.want)
		}
	}
}

func TestFieldsAreReadByTheirTags(t *testing.T) {
	r := open(t)
	r.declares(rights())
	err := r.SetProfile(r.ctx, admin(), "ann", []chat.ProfileItem{
		number(chat.TagLevel, 7), text(chat.TagImage, "http://x/a"), text("Tag_Profile_Custom_own", "w"), text("Tag_Profile_Custom_secret", "s"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by   chat.Actor
		of   chat.UserID
		tags []chat.ProfileTag
		want string
	}{
		{as("bob"), "ann", []chat.ProfileTag{chat.TagLevel, chat.TagNick, chat.TagImage}, "Level=7 Image=http://x/a"},
		{as("bob"), "ann", []chat.ProfileTag{chat.TagAllowType, chat.TagBirthDay}, "AllowType=AllowType_Type_AllowAny"},
		{as("bob"), "ann", []chat.ProfileTag{chat.TagLevel, "Tag_Profile_Custom_own"}, "item 40007"},
		{as("ann"), "ann", []chat.ProfileTag{"Tag_Profile_Custom_own"}, "Custom_own=w"},
		{as("ann"), "ann", []chat.ProfileTag{"Tag_Profile_Custom_secret"}, "item 40007"},
		{admin(), "ann", []chat.ProfileTag{"Tag_Profile_Custom_secret", "Tag_Profile_Custom_open"}, "Custom_secret=s"},
		{admin(), "ann", []chat.ProfileTag{"Tag_Profile_Custom_other"}, "40009"},
		{as("bob"), "ann", []chat.ProfileTag{"Tag_Profile_IM_Shoes"}, "40009"},
		{as("bob"), "nobody", []chat.ProfileTag{chat.TagNick}, "item 40003"},
		{as("bob"), "bob", nil, defaults},
	} {
		if got := r.profile(c.by, c.of, c.tags...); got != c.want {
			t.Errorf("%s reads %v of %s: %q, want %q", c.by.User, c.tags, c.of, got, c.want)
		}
	}
}

// Where an app declares no fields every key will do, up to the number of them.
func TestAnAppThatDeclaresNothingTakesAnyKey(t *testing.T) {
	r := open(t)
	var many []chat.ProfileItem
	for i := range chat.MaxProfileFields {
		many = append(many, text(chat.CustomTag("k"+string(rune('a'+i))), "v"))
	}
	if err := r.SetProfile(r.ctx, as("ann"), "ann", many); err != nil {
		t.Fatal(err)
	}
	more := []chat.ProfileItem{text("Tag_Profile_Custom_more", "v")}
	if err := r.SetProfile(r.ctx, as("ann"), "ann", more); chat.CodeOf(err) != chat.CodeProfileParameter {
		t.Errorf("one more: %v", err)
	}
	if err := r.SetProfile(r.ctx, as("ann"), "ann", append(more, text(many[0].Tag, ""))); err != nil {
		t.Errorf("one in place of another: %v", err)
	}
	if got := r.profile(as("bob"), "ann", "Tag_Profile_Custom_more", many[0].Tag); got != "Custom_more=v" {
		t.Errorf("others read %q", got)
	}
	for _, key := range []string{"", "a_b", "abcdefghi", "ä", "k1"} {
		err := r.SetProfile(r.ctx, as("ann"), "ann", []chat.ProfileItem{text(chat.CustomTag(key), "v")})
		if chat.CodeOf(err) != chat.CodeProfileNoTag {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

// Names are the account's, by whichever call they are set.
func TestNamesOfAProfileAreThoseOfTheAccount(t *testing.T) {
	r := open(t)
	if err := r.SetProfile(r.ctx, as("ann"), "ann", []chat.ProfileItem{text(chat.TagNick, "Ann"), text(chat.TagImage, "http://x/a")}); err != nil {
		t.Fatal(err)
	}
	if acc := r.account("ann"); acc.Nick != "Ann" || acc.FaceURL != "http://x/a" {
		t.Errorf("the account is %+v", acc)
	}
	nick := "Annie"
	if failed, err := r.Import(r.ctx, admin(), []chat.Profile{{User: "ann", Nick: &nick}}); err != nil || failed != nil {
		t.Fatal(failed, err)
	}
	if got := r.profile(as("bob"), "ann", chat.TagNick, chat.TagImage); got != "Nick=Annie Image=http://x/a" {
		t.Errorf("the profile is %s", got)
	}
}

func TestFriendPolicy(t *testing.T) {
	r := open(t)
	is := func(what string, u chat.UserID, allow chat.AllowType, forbid chat.ForbidType) {
		t.Helper()
		a, f, err := r.FriendPolicy(r.ctx, r.apps.App(app), u)
		if err != nil || a != allow || f != forbid {
			t.Errorf("%s: %s, %s, %v", what, a, f, err)
		}
	}
	is("nothing is set", "ann", chat.AllowAny, chat.ForbidNone)
	a := *r.apps.App(app)
	a.AllowType = chat.AllowConfirm
	r.apps.Set(a)
	is("the app has a default", "ann", chat.AllowConfirm, chat.ForbidNone)
	err := r.SetProfile(r.ctx, admin(), "ann", []chat.ProfileItem{
		text(chat.TagAllowType, string(chat.DenyAny)), text(chat.TagForbidType, string(chat.ForbidSendOut)),
	})
	if err != nil {
		t.Fatal(err)
	}
	is("both are set", "ann", chat.DenyAny, chat.ForbidSendOut)
	is("of somebody unknown", "nobody", chat.AllowConfirm, chat.ForbidNone)
}

// Who gets a name later has nothing of the profile of the one before.
func TestProfileGoesWithTheAccount(t *testing.T) {
	r := open(t)
	if err := r.SetProfile(r.ctx, as("ann"), "ann", []chat.ProfileItem{number(chat.TagLevel, 7), text("Tag_Profile_Custom_open", "o")}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.StartDeletion(r.ctx, app, "ann"), r.FinishDeletion(r.ctx, app, "ann")); err != nil {
		t.Fatal(err)
	}
	if got := r.profile(as("bob"), "ann"); got != "item 40003" {
		t.Errorf("of the deleted account %q is read", got)
	}
	r.register("ann")
	if got := r.profile(as("ann"), "ann"); got != defaults {
		t.Errorf("the next one has %q", got)
	}
}

// heard takes what users are told.
type heard struct {
	chat.Deliverer
	events chan *chat.UserEvent
}

func (h heard) UserEvent(e *chat.UserEvent) { h.events <- e }

// next is the next event as "to: EventSeq of items".
func (h heard) next(t *testing.T) string {
	t.Helper()
	select {
	case e := <-h.events:
		p := e.Detail.Profile
		return fmt.Sprintf("%s: %d %s %s", e.User, e.Seq, p.User, shown(p.Items))
	case <-time.After(10 * time.Second):
		t.Fatal("nobody is told")
		return ""
	}
}

// next returns so many events, those of others in the order of their names.
func (h heard) several(t *testing.T, n int) (list []string) {
	t.Helper()
	for range n {
		list = append(list, h.next(t))
	}
	slices.Sort(list)
	return list
}

func (h heard) quiet(t *testing.T) {
	t.Helper()
	select {
	case e := <-h.events:
		t.Errorf("%s is told of %+v", e.User, e.Detail)
	default:
	}
}

func listen(r *room) heard {
	h := heard{r.ledger.Deliverer(), make(chan *chat.UserEvent, 4096)}
	r.ledger.Attach(h)
	return h
}

// A change is told to the user durably, and to those who have a conversation with them; to
// each what they may read, to nobody who has blocked them, and nothing when nothing changes.
func TestChangeOfAProfileIsTold(t *testing.T) {
	r := open(t)
	r.declares(rights())
	r.register("dan")
	for _, u := range []chat.UserID{"bob", "cat"} {
		r.meet("ann", u)
	}
	r.meet("ann", "ann")
	if _, err := r.BlockUsers(r.ctx, as("cat"), "cat", []chat.UserID{"ann"}); err != nil {
		t.Fatal(err)
	}
	h := listen(r)
	set := func(by chat.Actor, items ...chat.ProfileItem) {
		t.Helper()
		if err := r.SetProfile(r.ctx, by, "ann", items); err != nil {
			t.Fatal(err)
		}
	}
	set(as("ann"), text(chat.TagNick, "Ann"), number(chat.TagLevel, 7), text(chat.TagGender, "Gender_Type_Unknown"), text("Tag_Profile_Custom_own", "w"))
	want := []string{"ann: 1 ann Nick=Ann Level=7 Custom_own=w", "bob: 0 ann Nick=Ann Level=7"}
	if got := h.several(t, 2); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	set(as("ann"), text(chat.TagNick, "Ann"), text("Tag_Profile_Custom_open", "")) // as it was
	set(admin(), text("Tag_Profile_Custom_secret", "s"))
	set(admin(), number(chat.TagLevel, 0), text("Tag_Profile_Custom_own", ""))
	want = []string{"ann: 2 ann Level=0 Custom_own=", "bob: 0 ann Level=0"}
	if got := h.several(t, 2); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	h.quiet(t)
	kept, err := r.store.UserEvents(r.ctx, app, "ann", 0, 10)
	if err != nil || len(kept) != 2 || kept[0].Kind != chat.UserProfile {
		t.Errorf("kept are %v, %v", kept, err)
	}
	if kept, err := r.store.UserEvents(r.ctx, app, "bob", 0, 10); err != nil || len(kept) != 0 {
		t.Errorf("of a peer's are kept %v, %v", kept, err)
	}
}

// An import is a change too, unless it is of somebody new.
func TestImportedNamesAreTold(t *testing.T) {
	r := open(t)
	r.meet("ann", "bob")
	h := listen(r)
	nick := "Name"
	var rules []uint64
	for range 2 {
		if failed, err := r.Import(r.ctx, admin(), []chat.Profile{{User: "ann", Nick: &nick}, {User: "dan", Nick: &nick}}); err != nil || failed != nil {
			t.Fatal(failed, err)
		}
		head, err := r.store.Head(r.ctx, chat.UserShard(app, "ann"))
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, head.Rules)
	}
	if got, want := h.several(t, 2), []string{"ann: 1 ann Nick=Name", "bob: 0 ann Nick=Name"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	h.quiet(t)
	if rules[0] != rules[1] {
		t.Errorf("an import of what is there is written: %v", rules)
	}
}

// With more peers than are told at a time everybody hears of the last change, and of none
// before an older one.
func TestManyPeersAreToldInOrder(t *testing.T) {
	r := open(t)
	crowd := some(450, "u")
	r.register(crowd...)
	for _, u := range crowd {
		r.meet("ann", u)
	}
	h := listen(r)
	const changes = 5
	for i := range changes {
		if err := r.SetProfile(r.ctx, as("ann"), "ann", []chat.ProfileItem{number(chat.TagLevel, uint32(i+1))}); err != nil {
			t.Fatal(err)
		}
	}
	last := map[chat.UserID]uint32{}
	for done := 0; done < len(crowd); {
		select {
		case e := <-h.events:
			if e.User == "ann" {
				continue
			}
			level := e.Detail.Profile.Items[0].Number
			if level <= last[e.User] {
				t.Fatalf("%s hears of level %d after %d", e.User, level, last[e.User])
			}
			if last[e.User] = level; level == changes {
				done++
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%d of %d peers know the last level", done, len(crowd))
		}
	}
}

// The app is told of what changed, all of it.
func TestAppIsToldOfProfiles(t *testing.T) {
	r := open(t)
	a := *r.apps.App(app)
	a.Webhook = chat.Webhook{URL: "http://x", Events: map[string]bool{string(chat.AfterProfile): true}}
	r.apps.Set(a)
	nick := "Annie"
	by := as("ann")
	by.IP, by.Platform = "::1", chat.PlatformWeb
	err := errors.Join(
		r.SetProfile(r.ctx, by, "ann", []chat.ProfileItem{text(chat.TagNick, "Ann"), number(chat.TagLevel, 0)}),
		r.SetProfile(r.ctx, by, "ann", []chat.ProfileItem{text(chat.TagNick, "Ann")}),
		r.SetProfile(r.ctx, admin(), "ann", []chat.ProfileItem{number(chat.TagLevel, 7)}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Import(r.ctx, admin(), []chat.Profile{{User: "ann", Nick: &nick}, {User: "dan", Nick: &nick}}); err != nil {
		t.Fatal(err)
	}
	list, err := r.store.Pending(r.ctx, "", 10)
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprintf("%s by %s%s: %s", e.Users, e.By, e.IP, shown(e.Profile)))
	}
	want := []string{"[ann] by ann::1: Nick=Ann", "[ann] by admin: Level=7", "[ann] by admin: Nick=Annie"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the app is told %q, %v, want %q", got, err, want)
	}
}
