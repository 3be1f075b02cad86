package broker_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// An app administrator acts as owner of every group over MQTT as well as over HTTP
// (spec/21 §1); nobody else does.
func TestAppAdministratorActsAsOwnerOverMQTT(t *testing.T) {
	h := open(t, nil)
	h.group("g", "ann", "bob", "cat")
	kick := `{"GroupId":"g","MemberToDel_Account":["bob"]}`
	for _, c := range []struct {
		who  chat.UserID
		want chat.Code
	}{{"cat", 10007}, {"admin", 0}} {
		d := h.enter(hello{user: c.who, version: 4, client: "phone"})
		d.subscribe(1, "im/res/#") // what was told before is not asked about
		d.publish(1, "im/req/group.kick/r", kick)
		if got := d.message("im/res/r").ErrorCode; got != c.want {
			t.Errorf("%s: got %d, want %d", c.who, got, c.want)
		}
	}
}
