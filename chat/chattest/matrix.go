package chattest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Row is one row of spec/21 §2: who may do something, in each type of group. A cell is
// the lowest rank that may ("any", "member", "admin", "owner", "AA") or "nobody", with
// the code of the refusal if it is not 10007. "-" is a case that cannot occur, such as
// kicking an admin in a type without admins. A cell that another page decides has a
// comment.
type Row struct {
	Deed                                         string
	Work, Public, Meeting, AVChatRoom, Community string
}

// Matrix is spec/21 §2, written from the page, independently of the code.
var Matrix = []Row{
	// spec/20 §2: a Work group is not found by those who are no members.
	{"reads the profile", "member", "any", "any", "any", "any"},
	{"reads the members", "member", "member", "member", "nobody", "member"},
	{"renames", "member", "admin", "admin", "owner", "admin"},
	// spec/20 §2: in Work it has no effect, so only backends may do it.
	{"changes the join option", "AA", "admin", "admin", "owner", "nobody"},
	{"mutes all", "AA", "admin", "admin", "owner", "admin"},
	{"changes the size", "AA", "AA", "AA", "AA", "AA"},
	// spec/20 §2, "Who edits other group profile fields".
	{"sets a custom field", "owner", "admin", "admin", "owner", "admin"},
	{"invites", "member", "AA", "AA", "nobody", "member"},
	{"appoints a member", "nobody", "owner", "owner", "nobody", "owner"},
	{"demotes an admin", "-", "owner", "owner", "-", "owner"},
	{"demotes the owner", "nobody", "nobody", "nobody", "nobody", "nobody"},
	{"kicks a member", "owner", "admin", "admin", "nobody 10004", "admin"},
	{"kicks an admin", "-", "owner", "owner", "-", "owner"},
	{"kicks the owner", "nobody", "nobody", "nobody", "nobody 10004", "nobody"},
	{"mutes a member", "nobody", "admin", "admin", "owner", "admin"},
	{"mutes an admin", "-", "owner", "owner", "-", "owner"},
	{"mutes the owner", "nobody", "nobody", "nobody", "nobody", "nobody"},
	{"writes own card", "member", "member", "member", "nobody", "member"},
	{"writes a member's card", "owner", "admin", "admin", "nobody", "admin"},
	{"writes an admin's card", "-", "owner", "owner", "-", "owner"},
	{"sends", "member", "member", "member", "member", "member"},
	{"recalls own message", "member", "member", "member", "nobody 10033", "member"},
	{"recalls a member's message", "owner", "admin", "admin", "nobody 10033", "admin"},
	{"recalls an admin's message", "-", "owner", "owner", "-", "owner"},
	{"disbands", "AA", "owner", "owner", "owner", "owner"},
	// The exceptions for owners (10009) and for backends, which are in no group, are in
	// generated.go.
	{"quits", "member", "member", "member", "member", "member"},
	// With ApplyJoinOption FreeAccess; those who are in already get 10013.
	{"joins", "nobody", "any", "any", "any", "any"},
	// spec/20 §2: nobody applies to a Work group, elsewhere nobody needs to be asked.
	{"approves a join request", "-", "admin", "admin", "-", "-"},
	{"transfers", "owner", "owner", "owner", "nobody", "owner"},
}

// Further are rows of spec/21 §2 that no story goes through.
var Further = []Row{
	// spec/21 §5: never in a Community.
	{"bans a member", "owner", "admin", "admin", "owner", "nobody"},
	{"bans an admin", "-", "owner", "owner", "-", "nobody"},
	{"bans the owner", "nobody", "nobody", "nobody", "nobody", "nobody"},
	// Reading too, which the page leaves open; counters: spec/20 §2.
	{"writes attributes", "member", "member", "member", "member", "member"},
	// spec/00 §5: owner and admins; a live room keeps no message to pin.
	{"pins a message", "member", "admin", "admin", "nobody", "admin"},
	{"sends a notification", "owner", "admin", "admin", "admin", "admin"},
	{"moves counters", "member", "member", "member", "member", "nobody"},
	{"bans an outsider", "owner", "admin", "admin", "owner", "nobody"},
}

// ranks are the words of the cells in order.
var ranks = []string{"any", "member", "admin", "owner", "AA"}

// Cell is the row's cell for a type.
func (r Row) Cell(t chat.GroupType) string {
	return map[chat.GroupType]string{
		chat.Work: r.Work, chat.Public: r.Public, chat.Meeting: r.Meeting,
		chat.AVChatRoom: r.AVChatRoom, chat.Community: r.Community,
	}[t]
}

// Wants is the code that a caller of a rank (a word of the cells; "any" is a non-member)
// gets for the deed.
func (r Row) Wants(t chat.GroupType, rank string) chat.Code {
	who, text, _ := strings.Cut(r.Cell(t), " ")
	code := chat.Code(10007)
	if text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(fmt.Sprintf("cell %q of %q: %v", r.Cell(t), r.Deed, err))
		}
		code = chat.Code(n)
	}
	if who != "nobody" && rankOf(rank) >= rankOf(who) {
		return 0
	}
	return code
}

func rankOf(word string) int {
	for i, w := range ranks {
		if w == word {
			return i
		}
	}
	panic("no such rank: " + word)
}
