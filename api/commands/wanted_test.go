package commands_test

import (
	"context"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
)

// A word that is none of those a member takes is answered with those.
func TestUnknownWordNamesTheKnown(t *testing.T) {
	table := commands.New(newCore(t))
	for _, c := range []struct{ method, body, want string }{
		{"group.create", `{"Type":"public","Name":"x"}`, "Type has to be Work, Public, Meeting, AVChatRoom or Community"},
		{"group.approve", `{"ApplicationId":"x","Action":"Reject"}`, `Action has to be "Approve" or "Refuse"`},
		{"group.role", `{"GroupId":"g","Member_Account":"bob","Role":"Owner"}`, `Role has to be "Admin" or "Member"`},
		{"group.muteall", `{"GroupId":"g","MuteAllMember":1}`, `MuteAllMember has to be "On" or "Off"`},
		{"group.search", `{"Keywords":["x"],"Match":"any"}`, `Match has to be "or" or "and"`},
		{"sync", `{"Convs":["c2c/bob"]}`, `Convs has to be an object with numbers of messages, such as {"c2c/bob":12}`},
	} {
		cmd, _ := table.Method(c.method)
		_, err := cmd.Run(context.Background(), chat.Actor{App: app, User: "alice"}, []byte(c.body), api.MostMQTT)
		if _, text := chat.Outward(err); text != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.body, text, c.want)
		}
	}
}
