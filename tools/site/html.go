package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

//go:embed page.html
var layout string

var pageTemplate = template.Must(template.New("page").Parse(layout))

// group is a part of the navigation.
type group struct {
	Name  string
	Pages []entry
}

// entry is a line of the navigation or of the contents of a page.
type entry struct {
	To, Text string
	Here     bool
	Level    int
}

// order is the order of the navigation; pages that are not named stand at the end.
var order = []struct {
	name  string
	pages string
}{
	{"Start", "index coming-from-tencent-chat migrate examples"},
	{"Write programs", "clients mqtt rest webhooks errors media push calls sdk uikit embedding"},
	{"Run a server", "install operating configuration tls operator backup metrics security sizing upgrade performance"},
	{"Specification", "spec/*"},
	{"The project", "*"},
}

// groups are the navigation as a page shows it.
func (all *pages) groups(at *page) (list []group) {
	taken := map[*page]bool{}
	for _, o := range order {
		g := group{Name: o.name}
		for name := range strings.FieldsSeq(o.pages) {
			for _, p := range all.list {
				base := strings.TrimSuffix(p.out, ".html")
				if !taken[p] && (base == name || name == "*" || name == "spec/*" && strings.HasPrefix(base, "spec/")) {
					if name == "*" && strings.HasPrefix(base, "spec/") {
						continue
					}
					taken[p] = true
					g.Pages = append(g.Pages, entry{To: relative(at.out, p.out), Text: shortTitle(p), Here: p == at})
				}
			}
		}
		list = append(list, g)
	}
	return list
}

// shortTitle is what a page is called in the navigation.
func shortTitle(p *page) string {
	if p.out == "index.html" {
		return "What it is"
	}
	return p.title
}

// mostContents bounds the contents of a page; beyond it the smaller headings are left out.
const mostContents = 60

// contents are the headings of a page.
func (p *page) contents() (list []entry) {
	for _, deepest := range []int{3, 2} {
		list = nil
		for _, h := range p.headings {
			if h.level > 1 && h.level <= deepest {
				list = append(list, entry{To: "#" + h.anchor, Text: h.text, Level: h.level})
			}
		}
		if len(list) <= mostContents {
			break
		}
	}
	return list
}

var (
	tableTag   = regexp.MustCompile(`<table>`)
	headingTag = regexp.MustCompile(`<h([2-6]) id="([^"]*)">(.*?)</h[2-6]>`)
	command    = regexp.MustCompile(`^\w+/\w+$`)
	preTag     = regexp.MustCompile(`<pre><code`)
	emptyHead  = regexp.MustCompile(`<th></th>`)
)

// html is a page as it is served.
func (all *pages) html(p *page) ([]byte, error) {
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, p.source, p.tree); err != nil {
		return nil, err
	}
	text := tableTag.ReplaceAllString(body.String(), `<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>`)
	text = strings.ReplaceAll(text, "</table>", "</table></div>")
	text = strings.ReplaceAll(text, "<!-- raw HTML omitted -->\n", "")
	text = preTag.ReplaceAllString(text, `<pre tabindex="0"><code`)
	text = emptyHead.ReplaceAllString(text, `<td></td>`)
	text = headingTag.ReplaceAllStringFunc(text, func(h string) string {
		m := headingTag.FindStringSubmatch(h)
		link := fmt.Sprintf(`<a class="anchor" href="#%s" aria-label="Link to this part">#</a>`, m[2])
		if command.MatchString(m[3]) {
			link += fmt.Sprintf(` <a class="try" href="%s/console/#/try/%s">try it in the console</a>`, up(p.out), m[3])
		}
		return fmt.Sprintf(`<h%s id="%s">%s %s</h%s>`, m[1], m[2], m[3], link, m[1])
	})
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, map[string]any{
		"Title": p.title, "Body": template.HTML(text), "Groups": all.groups(p), "Contents": p.contents(), "Up": strings.TrimSuffix(up(p.out), ".."),
		"Admin": up(p.out), "Spec": slices.Contains([]string{"rest.html", "mqtt.html"}, p.out),
	})
	return out.Bytes(), err
}

// up is the way from a page to what lies beside /docs/.
func up(out string) string {
	return relative(out, "..")
}
