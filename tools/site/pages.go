package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// page is one page.
type page struct {
	file, out string // from the root of the module, and from /docs/
	source    []byte
	tree      ast.Node
	title     string
	headings  []heading
	anchors   map[string]bool
	sections  []section // for the index
}

// heading is a heading with its anchor.
type heading struct {
	level        int
	anchor, text string
}

// pages are all of them.
type pages struct {
	list  []*page
	known map[string]*page // by file
	links []reference
}

// reference is a link from a page to a heading of one.
type reference struct {
	from       *page
	to, anchor string
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// single are the pages outside docs, with their names.
var single = map[string]string{
	"README.md": "index.html", "sdk/typescript/README.md": "sdk.html", "examples/README.md": "examples.html", "docs/spec/README.md": "spec/index.html",
}

func readPages(root string) (*pages, error) {
	all := &pages{known: map[string]*page{}}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/spec/*.md", "sdk/typescript/README.md", "examples/README.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				return nil, err
			}
			all.add(filepath.ToSlash(name), source)
		}
	}
	for _, p := range all.list {
		all.link(p)
	}
	return all, nil
}

func (all *pages) add(file string, source []byte) {
	out, ok := single[file]
	if !ok && !strings.Contains(file, "/") { // of the project as a whole
		out = "about/" + strings.ToLower(strings.TrimSuffix(file, ".md")) + ".html"
	} else if !ok {
		out = strings.TrimSuffix(strings.TrimPrefix(file, "docs/"), ".md") + ".html"
	}
	p := &page{file: file, out: out, source: source, anchors: map[string]bool{}}
	p.tree = markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(&anchors{used: map[string]int{}}))))
	p.walk()
	if p.title == "" {
		p.title = path.Base(file)
	}
	all.list, all.known[file] = append(all.list, p), p
}

// walk collects headings and what stands below each.
func (p *page) walk() {
	p.sections = []section{{}}
	_ = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		h, ok := n.(*ast.Heading)
		if !ok {
			p.note(n)
			return ast.WalkContinue, nil
		}
		id, _ := h.AttributeString("id")
		one := heading{h.Level, string(id.([]byte)), plain(h, p.source)}
		if h.Level == 1 && p.title == "" {
			p.title = one.text
		}
		p.anchors[one.anchor] = true
		p.headings = append(p.headings, one)
		p.sections = append(p.sections, section{heading: one})
		return ast.WalkSkipChildren, nil
	})
}

// note puts the words of a node into the section that is being read.
func (p *page) note(n ast.Node) {
	last := &p.sections[len(p.sections)-1]
	switch n := n.(type) {
	case *ast.Text:
		last.words = append(last.words, n.Segment.Value(p.source)...)
		last.words = append(last.words, ' ')
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			last.words = append(last.words, line.Value(p.source)...)
		}
	}
}

// plain is the text of a node without marks.
func plain(n ast.Node, source []byte) string {
	var b bytes.Buffer
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// link makes links between files those between pages. What is no page is not linked to.
func (all *pages) link(p *page) {
	var gone []ast.Node
	_ = ast.Walk(p.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			gone = append(gone, n)
			return ast.WalkSkipChildren, nil
		case *ast.Link:
			to := string(n.Destination)
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				break
			}
			file, anchor, _ := strings.Cut(to, "#")
			target := p.file
			if file != "" {
				target = path.Join(path.Dir(p.file), file)
			}
			other := all.known[target]
			if other == nil {
				gone = append(gone, n)
				break
			}
			n.Destination = []byte(relative(p.out, other.out))
			if anchor != "" {
				all.links = append(all.links, reference{p, target, anchor})
				n.Destination = append(n.Destination, "#"+anchor...)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range gone {
		unlink(n)
	}
}

// unlink leaves the words of a link and takes the link away; a picture goes as a whole.
func unlink(n ast.Node) {
	parent := n.Parent()
	if n.Kind() == ast.KindLink {
		for c := n.FirstChild(); c != nil; {
			next := c.NextSibling()
			parent.InsertBefore(parent, n, c)
			c = next
		}
	}
	parent.RemoveChild(parent, n)
}

// relative is the way from one page to another.
func relative(from, to string) string {
	if strings.Contains(from, "/") {
		return "../" + to
	}
	return to
}

// broken are the links to headings that there are not.
func (all *pages) broken() (list []error) {
	for _, l := range all.links {
		if !all.known[l.to].anchors[l.anchor] {
			list = append(list, fmt.Errorf("%s: %s has no heading for #%s", l.from.file, l.to, l.anchor))
		}
	}
	return list
}
