package form

import (
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// actors are the members that say who acts (spec/00 §5). The Owner_Account of a
// new group is one too, which its command reads.
var actors = []string{"From_Account", "Operator_Account", "Report_Account"}

// Foreign is the first of the members that names another user than u as the one
// who acts, "" when none does. Members that read reports as read by the command are left
// to it.
func Foreign(list []wire.Member, u chat.UserID, read func(name string) bool) string {
	for i := range list {
		m := &list[i]
		if !slices.Contains(actors, string(m.Name)) || m.Null() || read != nil && read(string(m.Name)) {
			continue
		}
		if name, ok := wire.ReadText(m.Value); !ok || name != "" && name != string(u) {
			return string(m.Name)
		}
	}
	return ""
}

// RefuseForeign is the refusal of a member that names another user, about a
// conversation: 10007 in groups, 90008 elsewhere.
func RefuseForeign(name string, kind chat.Kind) error {
	code := chat.CodeBadFrom
	if kind == chat.InGroup {
		code = chat.CodeGroupNotAllowed
	}
	return chat.Refuse(code, "%s names another user", name)
}
