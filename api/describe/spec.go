package describe

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Reference is a part of the specification.
type Reference struct{ Page, Part string } // the name of the file, and the number behind the sign of a paragraph

// String is the reference as code and documents write it.
func (r Reference) String() string {
	number, _, _ := strings.Cut(r.Page, "-")
	return "spec/" + number + " " + sign + r.Part
}

func (r Reference) object() object {
	return object{{"file", "docs/spec/" + r.Page}, {"section", r.Part}}
}

// Spec finds the parts of the specification in its folder.
type Spec struct{ parts []specPart }

// specPart is a part of a page: its heading and everything up to the next.
type specPart struct {
	Reference
	heading, text string
}

var partHeading = regexp.MustCompile(`^#+ ([0-9]+[a-z]?|[A-Z][0-9]*)\. `)

// indexes are the numbers of the pages that name commands without saying what they are.
var indexes = []string{"02", "40", "41", "50"}

// ReadSpec reads the pages of a folder.
func ReadSpec(folder fs.FS) (*Spec, error) {
	pages, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	s := &Spec{}
	for _, page := range pages {
		text, err := fs.ReadFile(folder, page)
		if err != nil {
			return nil, err
		}
		if number, _, _ := strings.Cut(page, "-"); !slices.Contains(indexes, number) {
			s.add(path.Base(page), string(text))
		}
	}
	return s, nil
}

// sign stands before the number of a part.
const sign = "\u00a7"

func (s *Spec) add(page, text string) {
	for line := range strings.Lines(text) {
		if m := partHeading.FindStringSubmatch(line); m != nil {
			s.parts = append(s.parts, specPart{Reference: Reference{page, m[1]}, heading: line})
		} else if n := len(s.parts); n > 0 && s.parts[n-1].Page == page {
			s.parts[n-1].text += line
		}
	}
}

// Find is the part about a command of REST: the one whose heading has its name, else
// the first that has it at all; false when there is none.
func (s *Spec) Find(command string) (Reference, bool) {
	name := regexp.MustCompile(`(^|[^A-Za-z0-9_])` + regexp.QuoteMeta(command) + `($|[^A-Za-z0-9_])`)
	for _, in := range []func(p specPart) string{
		func(p specPart) string { return p.heading },
		func(p specPart) string { return p.text },
	} {
		for _, p := range s.parts {
			if name.MatchString(in(p)) {
				return p.Reference, true
			}
		}
	}
	return Reference{}, false
}
