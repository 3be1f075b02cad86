package handbook

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// exchange is a request with its answer, from a golden file.
type exchange struct{ body, answer string }

// record is what golden files and the tables of codes know of commands and methods, by name.
type record struct {
	shown map[string]exchange // a short one that went well
	codes map[string][]int    // which codes tests get
	by    map[int][]string    // the same the other way round
	never map[int]string      // why a code of the original is not used
}

// shortest of what is worth showing, and the most that is shown, in bytes.
const mostShown = 900

var answerCode = regexp.MustCompile(`"(?:ErrorCode|RetCode|ResultCode|Code)":(\d+)`)

// readRecord reads the transcripts of both doors and the tables of codes.
func readRecord(root fs.FS) (*record, error) {
	r := &record{map[string]exchange{}, map[string][]int{}, map[int][]string{}, map[int]string{}}
	goldens, err := fs.Glob(root, "admin/testdata/*.txt")
	if err != nil {
		return nil, err
	}
	for _, file := range append(goldens, "hooks/testdata/methods.txt") {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		r.transcript(strings.Split(string(text), "\n"))
	}
	tables, err := fs.Glob(root, path.Join("cmd/teahouse/server/testdata/codes", "*.txt"))
	if err != nil {
		return nil, err
	}
	for _, file := range tables {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		r.table(strings.Split(string(text), "\n"))
	}
	for _, list := range r.codes {
		slices.Sort(list)
	}
	for _, list := range r.by {
		slices.Sort(list)
	}
	return r, nil
}

// transcript reads "service/command body" or "user method body", each with its answer in the
// next line.
func (r *record) transcript(text []string) {
	for i := 1; i < len(text); i++ {
		answer := text[i]
		if !strings.HasPrefix(answer, `{"ActionStatus"`) && !strings.HasPrefix(answer, `{"ErrorCode"`) {
			continue
		}
		name, body, ok := strings.Cut(text[i-1], " {")
		if !ok {
			continue
		}
		if !strings.Contains(name, "/") {
			_, name, _ = strings.Cut(name, " ")
		}
		r.note(name, exchange{"{" + body, answer})
	}
}

func (r *record) note(name string, e exchange) {
	found := answerCode.FindAllStringSubmatch(e.answer, -1)
	for _, m := range found {
		if n, _ := strconv.Atoi(m[1]); n != 0 {
			r.reaches(name, n)
		}
	}
	well := len(found) > 0 && found[0][1] == "0"
	known, there := r.shown[name]
	if size := len(e.body) + len(e.answer); well && size <= mostShown && (!there || size > len(known.body)+len(known.answer)) {
		r.shown[name] = e
	}
}

// table reads "code by command body"; by is REST or a user, or never with a reason.
func (r *record) table(text []string) {
	for _, line := range text {
		f := strings.SplitN(line, " ", 4)
		if len(f) < 3 {
			continue
		}
		number, _, _ := strings.Cut(f[0], "*")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil || n == 0:
		case f[1] == "never":
			r.never[n] = strings.Join(f[2:], " ")
		case f[1] != "test" && f[2] != "on":
			r.reaches(f[2], n)
		}
	}
}

func (r *record) reaches(name string, n int) {
	if !slices.Contains(r.codes[name], n) {
		r.codes[name] = append(r.codes[name], n)
		r.by[n] = append(r.by[n], name)
	}
}
