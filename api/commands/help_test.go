package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/wire/form"
)

// What help shows is what the request reads: an example is sent to a core that
// knows alice alone, so it may be refused for what is not there, but not for its form.
func TestHelpsExamplesAreRead(t *testing.T) {
	c := newCore(t)
	table := commands.New(c)
	alice := chat.Actor{App: app, User: "alice"}
	for _, name := range table.Methods(false) {
		cmd, ok := table.Explained(name, false)
		if !ok {
			t.Errorf("%s is listed and not explained", name)
			continue
		}
		given := map[string]json.RawMessage{}
		if err := json.Unmarshal(cmd.Example(), &given); err != nil {
			t.Errorf("%s: the example is not JSON: %v", name, err)
			continue
		}
		known := map[string]bool{}
		for _, m := range cmd.Members() {
			known[m.Name] = true
			if _, there := given[m.Name]; m.Required && !there {
				t.Errorf("%s: the example lacks %s", name, m.Name)
			}
			if v := given[m.Name]; v != nil && !fits(v, m.Type) {
				t.Errorf("%s: %s is %s in the example, %s in the list", name, m.Name, v, m.Type)
			}
		}
		for n := range given {
			if !known[n] {
				t.Errorf("%s: the example has %s, the list has not", name, n)
			}
		}
		run, ok := table.Method(name)
		if !ok {
			continue // the door's own
		}
		_, err := run.Run(context.Background(), alice, cmd.Example(), api.MostMQTT)
		var refused *chat.Error
		if errors.As(err, &refused) && refused.Code.Class() == chat.Malformed {
			t.Errorf("%s: the example is refused: %v", name, err)
		}
	}
}

// What a message may hold is in the list of msg.send, in the spelling of spec/00 §3.
func TestHelpListsAllMembersOfAMessage(t *testing.T) {
	cmd, ok := commands.New(newCore(t)).Explained("msg.send", false)
	if !ok {
		t.Fatal("msg.send is not explained")
	}
	listed := map[string]bool{}
	for _, m := range cmd.Members() {
		if listed[m.Name] = true; m.Name != "Conv" && !form.IsDraftMember(m.Name) {
			t.Errorf("%s is listed and not read", m.Name)
		}
	}
	for _, name := range []string{
		"Conv", "MsgBody", "MsgRandom", "MsgSeq", "CloudCustomData", "OfflinePushInfo", "OnlineOnlyFlag", "MsgLifeTime",
		"MsgPriority", "GroupAtInfo", "To_Account", "IsNeedReadReceipt", "SupportMessageExtension", "SendMsgControl",
		"Quote", "ClientMsgId",
	} {
		if !listed[name] {
			t.Errorf("%s is read and not listed", name)
		}
	}
}

// fits reports whether a value is of a type that help names.
func fits(v json.RawMessage, typ string) bool {
	if of, list := strings.CutPrefix(typ, "list of "); list {
		var items []json.RawMessage
		return json.Unmarshal(v, &items) == nil && len(items) > 0 && fits(items[0], of)
	}
	switch typ {
	case "text":
		return v[0] == '"'
	case "object":
		return v[0] == '{'
	}
	return typ == "number" && bytes.ContainsAny(v[:1], "-0123456789")
}

func TestUnknownMethodNamesTheNearest(t *testing.T) {
	table := commands.New(newCore(t))
	for _, c := range []struct{ asked, want string }{
		{"msg.histroy", "did you mean msg.history?"},
		{"group.creat", "did you mean group.create?"},
		{"conv.lists", "did you mean conv.list?"},
		{"Help", "did you mean help?"},
		{"groups.create", "did you mean group.create?"},
		{"group.leave", "help lists those there are"},
		{"nothing.of.the.kind", "help lists those there are"},
		{strings.Repeat("x", 1000), "help lists those there are"},
		{"", "help lists those there are"},
	} {
		err := table.UnknownMethod(c.asked, false)
		if chat.CodeOf(err) != chat.CodeUnknownCommand || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %q", c.asked, err, c.want)
		}
	}
}

const app = 1

func newCore(t *testing.T) *core.Core {
	t.Helper()
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app})
	c := core.New(core.Options{Store: memory.New(memory.Options{}), Apps: apps})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}
