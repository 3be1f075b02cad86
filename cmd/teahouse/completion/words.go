// Package completion completes command lines of the program in shells. What can come next is
// read from the very model that parses the command line, so there is no second list of commands;
// the scripts for the shells only ask the program. Start reading at [Words].
package completion

import (
	"strings"

	"github.com/alecthomas/kong"
)

// Word is something that can come next, with a line that explains it.
type Word struct{ Text, Help string }

// Files stands for the names of files, which the shell knows.
const Files = ":files"

// Words are what the last of words can become: words are those of the command line behind the
// name of the program, up to the cursor; the last is what is typed of a word, perhaps "". A
// shell that splits words at "=" may pass "=" as a word of its own.
func Words(model *kong.Application, words []string) []Word {
	if len(words) == 0 {
		words = []string{""}
	}
	p := place{node: model.Node}
	last := words[len(words)-1]
	for _, w := range words[:len(words)-1] {
		p.pass(w)
	}
	return begunWith(p.next(last))
}

// place is how far a command line has come.
type place struct {
	node    *kong.Node
	passed  int        // arguments of node
	value   *kong.Flag // whose value comes next; nil: none
	flagsUp bool       // "--" has come: no flags any more
}

// pass goes over one whole word.
func (p *place) pass(w string) {
	switch {
	case p.value != nil && w == "=":
	case p.value != nil:
		p.value = nil
	case !p.flagsUp && w == "--":
		p.flagsUp = true
	case !p.flagsUp && strings.HasPrefix(w, "-") && w != "-":
		name, _, whole := strings.Cut(w, "=")
		if f := p.flag(name); f != nil && !whole && !f.IsBool() {
			p.value = f
		}
	default:
		if child := p.child(w); child != nil {
			p.node, p.passed = child, 0
			return
		}
		p.passed++
	}
}

// next is what can come now, and what of it is typed.
func (p *place) next(typed string) (list []Word, begun string) {
	switch {
	case p.value != nil:
		return values(p.value.Value), strings.TrimPrefix(typed, "=")
	case !p.flagsUp && strings.HasPrefix(typed, "-"):
		name, value, whole := strings.Cut(typed, "=")
		if !whole {
			return p.flags(), typed
		}
		f := p.flag(name)
		if f == nil {
			return nil, value
		}
		for _, w := range values(f.Value) {
			if w.Text != Files {
				w.Text = name + "=" + w.Text
			}
			list = append(list, w)
		}
		return list, typed
	}
	for _, c := range p.node.Children {
		if !c.Hidden {
			list = append(list, Word{c.Name, c.Help})
		}
	}
	if n := len(p.node.Positional); n > 0 {
		at := min(p.passed, n-1)
		if v := p.node.Positional[at]; p.passed < n || v.IsCumulative() {
			list = append(list, values(v)...)
		}
	}
	return list, typed
}

// begunWith leaves those of list that begin with what is typed.
func begunWith(list []Word, begun string) []Word {
	var left []Word
	for _, w := range list {
		if w.Text == Files || strings.HasPrefix(w.Text, begun) {
			left = append(left, w)
		}
	}
	return left
}

func (p *place) child(name string) *kong.Node {
	for _, c := range p.node.Children {
		if c.Name == name {
			return c
		}
		for _, a := range c.Aliases {
			if a == name {
				return c
			}
		}
	}
	return nil
}

// flag finds a flag by --name or -x; nil when there is none.
func (p *place) flag(word string) *kong.Flag {
	name, long := strings.CutPrefix(word, "--")
	for _, group := range p.node.AllFlags(false) {
		for _, f := range group {
			if long && f.Name == name || !long && f.Short != 0 && "-"+string(f.Short) == word {
				return f
			}
		}
	}
	return nil
}

func (p *place) flags() []Word {
	var list []Word
	for _, group := range p.node.AllFlags(true) {
		for _, f := range group {
			list = append(list, Word{"--" + f.Name, f.Help})
		}
	}
	return list
}

// values are what a flag or argument can be, as far as its declaration tells.
func values(v *kong.Value) []Word {
	if v.Enum != "" {
		var list []Word
		for _, e := range v.EnumSlice() {
			if e != "" {
				list = append(list, Word{e, ""})
			}
		}
		return list
	}
	if isFile(v) {
		return []Word{{Files, ""}}
	}
	return nil
}

// isFile reports whether a value names a file or folder. It is seen by its type, by its
// placeholder, or by its name.
func isFile(v *kong.Value) bool {
	switch v.Tag.Type {
	case "path", "existingfile", "existingdir", "filecontent":
		return true
	}
	if v.Flag != nil && (v.Flag.PlaceHolder == "FILE" || v.Flag.PlaceHolder == "DIR") {
		return true
	}
	switch v.Name {
	case "file", "dir", "data", "config", "ca":
		return true
	}
	return strings.HasSuffix(v.Name, "-file")
}
