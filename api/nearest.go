package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Nearest is the method that a caller may have meant by a name that is none;
// "" when no name comes near.
func (t *Table) Nearest(name string, admin bool) string {
	names := t.Methods(admin)
	best := slices.MinFunc(names, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	_, verb, found := strings.Cut(best, ".")
	if !found {
		verb = best
	}
	if distance(name, best) > max(1, len(verb)/3) { // the family alone brings no name near
		return ""
	}
	return best
}

// UnknownMethod is the refusal of a method that does not exist, 60009; it names
// the one that the caller may have meant (spec/00 §5).
func (t *Table) UnknownMethod(name string, admin bool) error {
	if meant := t.Nearest(name, admin); meant != "" {
		return chat.Refuse(chat.CodeUnknownCommand, "unknown method, did you mean %s?", meant)
	}
	return chat.Refuse(chat.CodeUnknownCommand, "unknown method, the method help lists those there are")
}

// UnknownCommand is the refusal of a REST command that is not served: 10003 in the
// group's services, 60009 elsewhere (spec/02 §1). It names the one that the caller may
// have meant.
func (t *Table) UnknownCommand(svc, name string) error {
	code := chat.CodeUnknownCommand
	if svc == GroupService || svc == LiveService || svc == GroupAttrService || svc == TopicService {
		code = chat.CodeGroupUnknown
	}
	if meant, ok := t.nearestREST(svc, name); ok {
		return chat.Refuse(code, "no such command, did you mean %s/%s?", meant[0], meant[1])
	}
	return chat.Refuse(code, "")
}

// nearestREST finds the command with the nearest name, in the caller's own service
// before others. A third of a name may be wrong: backends also call what the original
// has and this server has not, and that must not be taken for a slip.
func (t *Table) nearestREST(svc, name string) (meant [2]string, ok bool) {
	best := len(name)/3 + 1
	for key := range t.rest {
		wrong := distance(name, key[1])
		better := wrong < best
		if wrong == best && ok { // of equals the own service, then by the alphabet
			own, other := key[0] == svc, meant[0] == svc
			better = own && !other || own == other && slices.Compare(key[:], meant[:]) < 0
		}
		if better {
			best, meant, ok = wrong, key, true
		}
	}
	return meant, ok
}

// distance is how many bytes have to be put, taken or changed to make b of a; a
// name that is far longer than any method is not looked at.
func distance(a, b string) int {
	if len(a) > 2*len(b) {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
