package record_test

import (
	"fmt"
	"testing"

	"github.com/teahouse-im/teahouse/chat/record"
)

// known is every kind that was ever stored, as it was first written down: its
// name, whether it is a rule, and whose shard it lies in. Stores have rows by these
// numbers, so a line is only ever added. The number of a kind that goes stays here, in
// retired, and is given to nothing else.
var known = map[record.Kind]string{
	1:   "tenant, a rule of server",
	2:   "web push pair, a rule of server",
	3:   "restored, of server",
	10:  "account, a rule of user",
	11:  "block, a rule of user",
	12:  "blocked by, of user",
	13:  "blocks, of user",
	14:  "profile, a rule of user",
	15:  "account count, of app",
	17:  "friend, a rule of user",
	18:  "friend of, of user",
	19:  "relations, of user",
	20:  "friend detail, of user",
	21:  "friend request, of user",
	22:  "friend owed, of app",
	23:  "follow, of conversation",
	24:  "follow count, of user",
	25:  "trace, of user",
	29:  "ending, of app",
	30:  "group, a rule of group",
	31:  "member, a rule of group",
	32:  "member of, of user",
	33:  "mute, a rule of group",
	34:  "join request, of group",
	35:  "group list, of app",
	36:  "group count, of app",
	37:  "live numbers, of group",
	38:  "groups made, a rule of user",
	39:  "owned room, a rule of user",
	40:  "ban, a rule of group",
	41:  "attribute, of group",
	42:  "attribute state, of group",
	43:  "counters, of group",
	44:  "group growth, of app",
	45:  "notices owed, of group",
	46:  "invited to, of user",
	47:  "topic flag, of group",
	48:  "topic flag of, of user",
	49:  "topic list, of group",
	50:  "receipt, of conversation",
	51:  "receipt count, of conversation",
	52:  "reaction, of conversation",
	53:  "reaction count, of conversation",
	54:  "extension, of conversation",
	55:  "extension state, of conversation",
	56:  "pin, of conversation",
	57:  "merged list, of conversation",
	58:  "merged part, of conversation",
	59:  "deletion, of conversation",
	60:  "word state, of app",
	61:  "word list, of app",
	62:  "word, of app",
	63:  "sent trace, of conversation",
	70:  "read mark, of conversation",
	71:  "peer, of user",
	72:  "conversation setting, of user",
	73:  "draft, of user",
	74:  "conversation groups, of user",
	75:  "conversation settings, of user",
	90:  "figure, of app",
	91:  "figure in all, of app",
	92:  "media object, of media",
	93:  "media ref, of media",
	94:  "media of, of user",
	95:  "media count, of user",
	96:  "push device, of user",
	97:  "push user, of app",
	98:  "push token, of app",
	99:  "push waiting, of app",
	100: "push cursor, of app",
	101: "push trace, of app",
	102: "push label, of user",
	103: "push tag count, of app",
	104: "push attribute names, of app",
	105: "push task, of app",
	106: "push task part, of app",
	107: "push task index, of app",
	108: "push schedule, of app",
	109: "push count, of app",
	110: "session filter, of user",
	111: "handled, of user",
	112: "repeat, of user",
	113: "call, of conversation",
	114: "call place, of app",
	115: "call of, of user",
	116: "operator, a rule of server",
	117: "operator session, of server",
	118: "operator link, a rule of server",
	119: "audit entry, of server",
}

var retired = map[record.Kind]bool{91: true}

func TestKindsKeepTheirNumbers(t *testing.T) {
	numbers, names := map[record.Kind]bool{}, map[string]bool{}
	for _, k := range record.Kinds {
		if numbers[k.Kind] || names[k.Name] {
			t.Errorf("%d %q stands twice in the table", k.Kind, k.Name)
		}
		numbers[k.Kind], names[k.Name] = true, true
		rule := ""
		if k.Rule {
			rule = "a rule "
		}
		if got := fmt.Sprintf("%s, %sof %s", k.Name, rule, k.Shard); got != known[k.Kind] {
			t.Errorf("kind %d is %q, want %q", k.Kind, got, known[k.Kind])
		}
		if retired[k.Kind] {
			t.Errorf("%q has the number %d of a kind that was taken away", k.Name, k.Kind)
		}
		if k.Kind.String() != k.Name || k.Kind.Rule() != k.Rule || k.What == "" {
			t.Errorf("kind %d says of itself %q, rule %t", k.Kind, k.Kind, k.Kind.Rule())
		}
	}
	for k, name := range known {
		if !numbers[k] && !retired[k] {
			t.Errorf("kind %d, %q, has gone without being retired", k, name)
		}
	}
}

func TestNumbersOutsideTheTableAreNoRule(t *testing.T) {
	for _, k := range []record.Kind{0, 4, 9, 9999, 65535} {
		if k.Rule() || k.String() != "unknown kind" {
			t.Errorf("kind %d is %q, rule %t", k, k, k.Rule())
		}
	}
}
