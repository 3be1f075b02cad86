package teahouse_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const specFolder = "docs/spec"

// The grammar of references. A page of the specification is named by its number
// ("spec/22b"), a part of it by what stands before the heading ("§1", "§6.4", "B2"),
// by its letter ("note A") or by its number in a list of rules ("rule 2"). Parts
// may follow each other ("§5, §6 and §7"), also over the end of a comment line.
const (
	gap    = `(?:[ \t]|\n[ \t]*(?:(?://|#|\*)[ \t]*)?)+`
	part   = `(?:§[0-9]+[a-z]?(?:\.[0-9]+)*|§[A-Z][0-9]*|[A-Z][0-9]\b|notes?` + gap + `[A-Z]\b|rule` + gap + `[0-9]+)`
	parts  = part + `(?:(?:,|` + gap + `and|` + gap + `to|,` + gap + `and)` + gap + part + `)*`
	number = `([0-9]+[a-z]?)\b(?:-[a-z0-9-]+\.md)?`
)

var (
	specReference = regexp.MustCompile(`\bspec/` + number + `(?:,?` + gap + `(` + parts + `))?`)
	// Pages name each other without the folder, and themselves without the number.
	pageReference = regexp.MustCompile(`\b([0-9]{2}[a-z]?)(?:-[a-z0-9-]+\.md)?,?` + gap + `(` + parts + `)`)
	ownReference  = regexp.MustCompile(`()(§[0-9A-Z](?:[0-9a-z.]*[0-9a-z])?)`)

	onePart = regexp.MustCompile(part)
	spaces  = regexp.MustCompile(gap)

	// Standards have paragraphs of their own.
	standard = regexp.MustCompile(`(?:MQTT 5|RFC [0-9]+|\[MQTT-[-0-9.]+\])` + gap + `§[0-9.]+`)
	// Plans that are not in the tree: who reads the code cannot look there.
	plan = regexp.MustCompile(`\b(?:DESIGN|STYLE|REVIEW|CLUSTER|HOUSE|MQTT-LIBRARY)\b`)

	mention = regexp.MustCompile(`(?:\\[nt])?([A-Za-z0-9_./-]*[A-Za-z0-9_-]\.md)\b`)
	link    = regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)\s]*)?\)`)
	anchor  = regexp.MustCompile(`\]\(([^)\s#:]*\.md)?#([^)\s]+)\)`) // a heading of this page, or of another

	heading = regexp.MustCompile(`^#+ ([0-9]+[a-z]?(?:\.[0-9]+)+|[0-9]+[a-z]?\.|[A-Z][0-9]*\.) `)
	note    = regexp.MustCompile(`^- \*\*([A-Z])\.\*\* `)
	rule    = regexp.MustCompile(`^([0-9]+)\. \*\*`)
)

// specPage is a page of the specification: its parts as the grammar writes them.
type specPage struct {
	file  string
	parts map[string]bool
}

func readPage(file, text string) specPage {
	p := specPage{file, map[string]bool{}}
	for line := range strings.Lines(text) {
		if m := heading.FindStringSubmatch(line); m != nil {
			p.parts["§"+strings.TrimSuffix(m[1], ".")] = true
		} else if m := note.FindStringSubmatch(line); m != nil {
			p.parts["note "+m[1]] = true
		} else if m := rule.FindStringSubmatch(line); m != nil {
			p.parts["rule "+m[1]] = true
		}
	}
	return p
}

// has looks for a part as it is written in a reference.
func (p specPage) has(written string) bool {
	name := spaces.ReplaceAllString(written, " ")
	name = strings.Replace(name, "notes ", "note ", 1)
	if !strings.Contains(name, " ") && !strings.HasPrefix(name, "§") {
		name = "§" + name // "B2" is a heading
	}
	return p.parts[name]
}

// resolver knows what there is to refer to.
type resolver struct {
	pages  map[string]specPage // by number
	exists func(file string) bool
}

// unresolved lists the references of a file that lead nowhere, as
// "file:line: reference: what is missing".
func (r *resolver) unresolved(file, text string) (all []string) {
	report := func(at int, ref, why string) {
		line := 1 + strings.Count(text[:at], "\n")
		all = append(all, fmt.Sprintf("%s:%d: %s: %s", file, line, spaces.ReplaceAllString(ref, " "), why))
	}
	left := []byte(text) // what no reference was found in so far; lengths stay
	each := func(re *regexp.Regexp, f func(m []int)) {
		for _, m := range re.FindAllSubmatchIndex(left, -1) {
			f(m)
			copy(left[m[0]:m[1]], strings.Repeat(" ", m[1]-m[0]))
		}
	}
	look := func(own string) func(m []int) {
		return func(m []int) {
			if m[2] < m[3] {
				own = text[m[2]:m[3]]
			}
			ref := text[m[0]:m[1]]
			p, ok := r.pages[own]
			if !ok {
				report(m[0], ref, "no page of "+specFolder+" begins with "+own)
				return
			}
			if m[4] < 0 {
				return
			}
			for _, written := range onePart.FindAllString(text[m[4]:m[5]], -1) {
				if !p.has(written) {
					report(m[0], ref, p.file+" has no "+spaces.ReplaceAllString(written, " "))
				}
			}
		}
	}

	r.files(file, text, report)
	each(plan, func(m []int) { report(m[0], text[m[0]:m[1]], "a document that is not in the tree") })
	each(standard, func([]int) {})
	each(specReference, look(""))
	if path.Dir(file) == specFolder {
		each(pageReference, look(""))
		if own, _, ok := strings.Cut(path.Base(file), "-"); ok {
			each(ownReference, look(own))
		}
	}
	each(regexp.MustCompile(`§[0-9A-Za-z.]*`), func(m []int) {
		report(m[0], text[m[0]:m[1]], "a paragraph of which document?")
	})
	return all
}

// files looks for documents and for the targets of links: beside the file, or
// from the root of the module.
func (r *resolver) files(file, text string, report func(at int, ref, why string)) {
	found := func(name string) bool {
		return r.exists(path.Join(path.Dir(file), name)) || r.exists(path.Clean(name)) ||
			path.Dir(file) == "cmd/teahouse/handbook" && r.exists(path.Join("docs", name)) // it writes pages of docs
	}
	for _, m := range mention.FindAllStringSubmatchIndex(text, -1) {
		if name := text[m[2]:m[3]]; !found(name) {
			report(m[0], name, "no such file")
		}
	}
	if path.Ext(file) != ".md" {
		return
	}
	for _, m := range link.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if path.Ext(name) == ".md" || strings.Contains(name, ":") {
			continue // looked at above, or an address
		}
		if !r.exists(path.Join(path.Dir(file), name)) {
			report(m[0], name, "no such file")
		}
	}
}

// slugs are the anchors that the headings of a page have on GitHub and at /docs/.
func slugs(markdown string) map[string]bool {
	all, seen, code := map[string]bool{}, map[string]int{}, false
	for line := range strings.Lines(markdown) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		m := anyHeading.FindStringSubmatch(strings.TrimSpace(line))
		if code || m == nil {
			continue
		}
		words := noSlug.ReplaceAllString(strings.ToLower(linkText.ReplaceAllString(m[1], "$1")), "")
		s := strings.ReplaceAll(words, " ", "-")
		n := seen[s]
		seen[s]++
		if n > 0 {
			s = fmt.Sprintf("%s-%d", s, n)
		}
		all[s] = true
	}
	return all
}

var (
	anyHeading = regexp.MustCompile(`^#{1,6} (.+)$`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	noSlug     = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestEveryAnchorResolves: a link to a heading of a page finds it there.
func TestEveryAnchorResolves(t *testing.T) {
	t.Parallel()
	pages := append(globbed(t, "*.md", "docs/*.md", "docs/spec/*.md", "sdk/typescript/*.md", "web/*/*.md"), globbed(t, "examples/*.md", "examples/*/*.md")...)
	headings, links := map[string]map[string]bool{}, 0
	for _, file := range pages {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		headings[file] = slugs(string(text))
	}
	for _, file := range pages {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range anchor.FindAllStringSubmatch(string(text), -1) {
			links++
			to := file
			if m[1] != "" {
				to = path.Join(path.Dir(file), m[1])
			}
			if headings[to] == nil || !headings[to][m[2]] {
				t.Errorf("%s: %s has no heading for #%s", file, to, m[2])
			}
		}
	}
	if links < 100 {
		t.Errorf("%d links to headings were found", links)
	}
}

// globbed are the files of patterns.
func globbed(t *testing.T, patterns ...string) (files []string) {
	t.Helper()
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

// newResolver reads the pages of the specification.
func newResolver(t *testing.T) *resolver {
	t.Helper()
	r := &resolver{map[string]specPage{}, func(file string) bool {
		_, err := os.Stat(file)
		return err == nil
	}}
	files, err := filepath.Glob(specFolder + "/[0-9]*-*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", specFolder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n, _, _ := strings.Cut(filepath.Base(file), "-")
		if old, twice := r.pages[n]; twice {
			t.Errorf("%s and %s have the same number", old.file, file)
		}
		r.pages[n] = readPage(filepath.ToSlash(file), string(text))
	}
	return r
}

// TestEveryReferenceResolves: what a comment, a test or a page refers to can be
// looked up in the tree.
func TestEveryReferenceResolves(t *testing.T) {
	t.Parallel()
	r := newResolver(t)
	read := []string{".go", ".md", ".sh", ".js", ".mjs", ".ts", ".yml", ".yaml", ".toml"}
	foreign := []string{".git", "node_modules", "bin", "testdata"}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(foreign, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains(read, filepath.Ext(file)) && d.Name() != "Makefile":
			return nil
		case file == "references_test.go": // holds bad references on purpose
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, line := range r.unresolved(filepath.ToSlash(file), string(text)) {
			t.Error(line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestResolver(t *testing.T) {
	t.Parallel()
	page := readPage("docs/spec/22b-x.md", "# 22b Title\n1. **Rule.** One\n## 1. One\n### 6.4 Four\n## 7a. Seven\n# D. Four\n## B2. Two\n- **A.** Note\n")
	r := &resolver{map[string]specPage{"22b": page}, func(file string) bool {
		return slices.Contains(strings.Fields("docs/there.md docs/spec/22b-x.md LICENSE"), file)
	}}
	for _, c := range []struct{ file, text, missing string }{
		{"a.go", "spec/22b", ""},
		{"a.go", "(spec/22b §1).", ""},
		{"a.go", "spec/22b §6.4: four", ""},
		{"a.go", "spec/22b's figure, spec/22b §7a", ""},
		{"a.go", "spec/22b §1, §6.4 and §7a", ""},
		{"a.go", "spec/22b note A, spec/22b B2, spec/22b §D, spec/22b rule 1", ""},
		{"a.go", "// (spec/22b\n\t// §1,\n\t// note A)", ""},
		{"a.go", "MQTT 5 §3.1.4, [MQTT-3.1.2-23] §3.2, RFC 6455 §5.2", ""},
		{"a.go", "see docs/there.md", ""},
		{"docs/a.md", "[x](there.md#heading), [y](../LICENSE), [z](https://example.org/a)", ""},
		{"docs/spec/22b-x.md", "22b §1, §7a; 22b-x.md §1; §B2", ""},

		{"a.go", "spec/22", "spec/22: no page of docs/spec begins with 22"},
		{"a.go", "spec/22b §2", "spec/22b §2: docs/spec/22b-x.md has no §2"},
		{"a.go", "spec/22b §6", "spec/22b §6: docs/spec/22b-x.md has no §6"},
		{"a.go", "spec/22b §6.5", "spec/22b §6.5: docs/spec/22b-x.md has no §6.5"},
		{"a.go", "spec/22b §1, §3, §7a", "spec/22b §1, §3, §7a: docs/spec/22b-x.md has no §3"},
		{"a.go", "spec/22b note B", "spec/22b note B: docs/spec/22b-x.md has no note B"},
		{"a.go", "spec/22b B3", "spec/22b B3: docs/spec/22b-x.md has no B3"},
		{"a.go", "spec/22b rule 2", "spec/22b rule 2: docs/spec/22b-x.md has no rule 2"},
		{"a.go", "// spec/22b\n// §9", "spec/22b §9: docs/spec/22b-x.md has no §9"},
		{"a.go", "DESIGN §3", "§3: a paragraph of which document?"},
		{"a.go", "see STYLE", "STYLE: a document that is not in the tree"},
		{"a.go", "see docs/gone.md", "docs/gone.md: no such file"},
		{"docs/a.md", "[x](LICENCE)", "LICENCE: no such file"},
		{"docs/spec/22b-x.md", "§3", "§3: docs/spec/22b-x.md has no §3"},
		{"docs/spec/22b-x.md", "23 §1", "23 §1: no page of docs/spec begins with 23"},
		{"docs/spec/README.md", "§1", "§1: a paragraph of which document?"},
	} {
		got := r.unresolved(c.file, c.text)
		if c.missing == "" && len(got) > 0 {
			t.Errorf("%q: %q, want nothing", c.text, got)
		}
		if want := c.file + ":1: " + c.missing; c.missing != "" && !slices.Contains(got, want) {
			t.Errorf("%q: %q, want %q", c.text, got, want)
		}
	}
}
