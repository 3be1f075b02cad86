package operator

import (
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/memory"
)

// What a reader may run exists, and by its name changes nothing.
func TestReadCommandsExist(t *testing.T) {
	c := core.New(core.Options{Store: memory.New(memory.Options{}), Apps: new(chat.Apps)})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	table := commands.New(c)
	for _, name := range reads {
		service, command, _ := strings.Cut(name, "/")
		if _, ok := table.REST(service, command); !ok {
			t.Errorf("%s is no command", name)
		}
	}
	for _, row := range table.Rows() {
		name := row.Service + "/" + row.Name
		if row.Name != "" && strings.Contains(row.Name, "get") && !slices.Contains(reads, name) &&
			!slices.Contains([]string{"open_msg_svc/get_history", "im_cos_msg/get_cos_sig"}, name) {
			t.Errorf("%s looks like one that only reads", name)
		}
	}
}

func TestConversationsAreNamedAsInAPath(t *testing.T) {
	for _, c := range []chat.Conversation{
		chat.GroupOf(1, "club"), chat.GroupOf(1, "a/b c"), chat.ToUser("bob").Of(1, "alice"), chat.ToUser("b/ö").Of(1, "%2f"),
	} {
		if got, err := parseConversation(1, conversationText(c)); err != nil || got != c {
			t.Errorf("%s: %v, %v", conversationText(c), got, err)
		}
	}
	for _, text := range []string{"", "c2c", "c2c/a", "c2c/a/b/c", "group/", "group/a/b", "c2c//b", "topic/a", "c2c/%zz/b"} {
		if _, err := parseConversation(1, text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
