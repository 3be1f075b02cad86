package chattest

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

//go:embed testdata/rules.txt
var rulesText string

// Row is one row of a table of rules.txt: a deed or an option, and a cell for each type of
// group.
type Row struct {
	Deed  string
	cells map[chat.GroupType]string
}

// The tables of rules.txt, which says what they mean: Matrix and Further by role, Further
// without a story; Joins and Invites by the option of the group, "" for "omitted".
var (
	Matrix  = table("by role")
	Further = table("by role, without a story")
	Joins   = table("joins")
	Invites = table("invites")
)

// table reads one table of rules.txt. Cells stand at least two blanks apart.
func table(name string) []Row {
	_, text, ok := strings.Cut(rulesText, "["+name+"]\n")
	if !ok {
		panic("rules.txt has no table " + name)
	}
	text, _, _ = strings.Cut(text, "\n[")
	var rows []Row
	var types []string
	for line := range strings.Lines(text) {
		cells := regexp.MustCompile("  +").Split(strings.TrimRight(line, "\n"), -1)
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case types == nil:
			types = cells[1:]
		case len(cells) != 1+len(types):
			panic("rules.txt: " + line)
		default:
			row := Row{Deed: strings.Replace(cells[0], "omitted", "", 1), cells: map[chat.GroupType]string{}}
			for i, t := range types {
				row.cells[chat.GroupType(t)] = cells[1+i]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// ranks are the words of the cells in order.
var ranks = []string{"any", "member", "admin", "owner", "AA"}

// Cell is the row's cell for a type.
func (r Row) Cell(t chat.GroupType) string { return r.cells[t] }

// Waits reports whether what a caller of a rank has been let to do waits for an answer: their
// rank is below the one behind the slash.
func (r Row) Waits(t chat.GroupType, rank string) bool {
	_, free, ok := strings.Cut(r.Cell(t), "/")
	return ok && rankOf(rank) < rankOf(free)
}

// Wants is the code that a caller of a rank (a word of the cells; "any" is a non-member)
// gets for the deed.
func (r Row) Wants(t chat.GroupType, rank string) chat.Code {
	who, text, _ := strings.Cut(r.Cell(t), " ")
	who, _, _ = strings.Cut(who, "/")
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
