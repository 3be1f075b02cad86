package form

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// A refusal of a member of a message says what would have been read, in the words of
// the service that was asked.
func TestMessageSaysWhatIsWanted(t *testing.T) {
	group, c2c := chat.ToGroup("g"), chat.ToUser("bob")
	for _, c := range []struct {
		to         chat.Target
		body, want string
	}{
		{group, `{"MsgBody":[]}`, "Random is missing"},
		{c2c, `{"MsgBody":[]}`, "MsgRandom is missing"},
		{group, `{"Random":"1"}`, "Random has to be a whole number from 0 to 4294967295"},
		{c2c, `{"MsgRandom":-1}`, "MsgRandom has to be a whole number from 0 to 4294967295"},
		{group, `{"MsgBody":"x"}`, "MsgBody has to be a list of elements"},
		{group, `{"MsgPriority":"high"}`, `MsgPriority has to be "High", "Normal" or "Low"`},
		{group, `{"GroupAtInfo":["bob"]}`, "GroupAtInfo has to be a list of objects with GroupAtAllFlag or GroupAt_Account"},
		{group, `{"To_Account":[]}`, "To_Account has to be a list of text, not empty"},
		{group, `{"CloudCustomData":{}}`, "CloudCustomData has to be text"},
		{c2c, `{"SyncOtherMachine":"1"}`, "SyncOtherMachine has to be 1 or 2"},
		{c2c, `{"MsgLifeTime":"1"}`, "MsgLifeTime has to be a whole number of seconds"},
		{c2c, `{"ForbidCallbackControl":"x"}`, "ForbidCallbackControl has to be a list of text"},
	} {
		list, err := wire.Split([]byte(c.body), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = AdminDraftOf(list, c.to)
		if _, text := chat.Outward(err); text != c.want {
			t.Errorf("%s: %q, want %q", c.body, text, c.want)
		}
	}
}

// Of no member is nothing said.
func TestEveryMemberSaysWhatIsWanted(t *testing.T) {
	for _, list := range [][]string{draftMembers, adminMembers} {
		for _, name := range list {
			if wanted[name] == "" {
				t.Errorf("nothing says what %s has to be", name)
			}
		}
	}
}
