package server

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// The verifier keeps what it has checked as long as it is shown the same
// application: asking twice gives the same one, replacing it gives another.
func TestTicketAppsFollowTenants(t *testing.T) {
	apps := new(chat.Apps)
	find := newTicketApps(apps).find
	if _, ok := find(7); ok {
		t.Fatal("an app that does not exist was found")
	}
	apps.Set(NewApp(7, ""))
	one, ok := find(7)
	two, _ := find(7)
	if !ok || one != two || one.ID != 7 || len(one.Keys) != 1 {
		t.Fatalf("got %+v, then %+v", one, two)
	}
	apps.Set(NewApp(7, ""))
	if three, _ := find(7); three == one || three.Keys[0].Secret == one.Keys[0].Secret {
		t.Error("a replaced app still shows its old key")
	}
}
