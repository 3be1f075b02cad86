package people_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// Where a login makes no account, who was not imported is refused, or was deleted since;
// administrators are not.
func TestLoginMakesNoAccountWhereTheAppSaysSo(t *testing.T) {
	r := open(t)
	a := *r.apps.App(app)
	a.Switches.NoAutoRegister = true
	a.Admins = append(slices.Clone(a.Admins), "boss")
	r.apps.Set(a)
	if err := errors.Join(r.StartDeletion(r.ctx, app, "bob"), r.FinishDeletion(r.ctx, app, "bob")); err != nil {
		t.Fatal(err)
	}
	for u, want := range map[chat.UserID]chat.Code{"ann": 0, "bob": chat.CodeNoAccount, "dan": chat.CodeNoAccount, "boss": 0} {
		if _, err := r.Login(r.ctx, app, u, chat.Ticket{Issued: 1_700_000_009}); chat.CodeOf(err) != want {
			t.Errorf("%s logs in: %v, want %d", u, err, want)
		}
		if is := r.account(u) != nil; is != (want == 0) {
			t.Errorf("%s has an account: %t", u, is)
		}
	}
	r.register("dan")
	if _, err := r.Login(r.ctx, app, "dan", chat.Ticket{Issued: 1_700_000_009}); err != nil {
		t.Errorf("who was imported: %v", err)
	}
}

// An app may have so many accounts; deleted ones make room, and what is there already is
// no new one.
func TestAppHasRoomForSoManyAccounts(t *testing.T) {
	r := open(t) // four are there
	count := func(want int64) {
		t.Helper()
		if n, err := r.AccountCount(r.ctx, app); n != want || err != nil {
			t.Errorf("%d accounts, %v, want %d", n, err, want)
		}
	}
	a := *r.apps.App(app)
	a.Limits.Accounts = 5
	r.apps.Set(a)
	login := func(u chat.UserID, want chat.Code) {
		t.Helper()
		if _, err := r.Login(r.ctx, app, u, chat.Ticket{Issued: 1_700_000_009}); chat.CodeOf(err) != want {
			t.Errorf("%s logs in: %v, want %d", u, err, want)
		}
	}
	login("ann", 0)
	count(4)
	login("dan", 0)
	login("dan", 0)
	count(5)
	login("eve", chat.CodeTooManyAccounts)
	nick := "Name"
	list := []chat.Profile{{User: "ann", Nick: &nick}, {User: "eve"}, {User: " bad"}, {User: "fay"}}
	failed, err := r.Import(r.ctx, admin(), list)
	if want := []string{" bad 70402", "eve 70398", "fay 70398"}; err != nil || !slices.Equal(codes(failed), want) {
		t.Errorf("imported: %q, %v, want %q", codes(failed), err, want)
	}
	if acc := r.account("ann"); acc.Nick != nick {
		t.Errorf("who has a place is %+v", acc)
	}
	if err := errors.Join(r.StartDeletion(r.ctx, app, "dan"), r.FinishDeletion(r.ctx, app, "dan"), r.FinishDeletion(r.ctx, app, "dan")); err != nil {
		t.Fatal(err)
	}
	count(4)
	login("eve", 0)
	login("dan", chat.CodeTooManyAccounts)
	count(5)
	a.Admins = append(slices.Clone(a.Admins), "boss")
	r.apps.Set(a)
	login("boss", 0)
	count(6)
}
