// Package manual writes the man page of the program. Commands, flags and their explanations are
// read from the model that parses the command line; only what stands around them is here.
// Start reading at [Write].
package manual

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// around is the page without its commands, in the macros of man(7).
//
//go:embed around.man
var around string

// commandsHere stands in the page where the commands go, versionHere and dateHere in its first line.
const (
	commandsHere = "@COMMANDS@\n"
	versionHere  = "@VERSION@"
	dateHere     = "@DATE@"
)

// Write writes the page, section 1, in the macros of man(7). date is that of the version, as
// 2006-01-02; "" is none.
func Write(w io.Writer, model *kong.Application, version, date string) error {
	var commands strings.Builder
	for _, leaf := range model.Leaves(true) {
		writeCommand(&commands, leaf)
	}
	_, err := strings.NewReplacer(commandsHere, commands.String(), versionHere, text(version), dateHere, date).WriteString(w, around)
	return err
}

func writeCommand(w *strings.Builder, leaf *kong.Node) {
	fmt.Fprintf(w, ".SS %s\n", text(leaf.FullPath()+usage(leaf)))
	writeText(w, leaf.Help)
	for _, group := range leaf.AllFlags(true) {
		for _, f := range group {
			if f.Name == "help" {
				continue
			}
			name := f.ShortSummary()
			if !f.IsBool() {
				name += "=" + f.FormatPlaceHolder()
			}
			fmt.Fprintf(w, ".TP\n.B %s\n", text(name))
			writeText(w, f.Help)
		}
	}
	for _, a := range leaf.Positional {
		if a.Help != "" {
			fmt.Fprintf(w, ".TP\n.I %s\n", text(a.Name))
			writeText(w, a.Help)
		}
	}
}

// usage is what follows the name of a command.
func usage(leaf *kong.Node) string {
	var s strings.Builder
	for _, group := range leaf.AllFlags(true) {
		for _, f := range group {
			if f.Required && len(f.Xor) == 0 {
				s.WriteString(" " + f.ShortSummary() + "=" + f.FormatPlaceHolder())
			}
		}
	}
	for _, a := range leaf.Positional {
		s.WriteString(" " + a.ShortSummary())
	}
	return s.String()
}

// lineBytes is about how long a line of the page's source may be.
const lineBytes = 76

// writeText writes a paragraph: each sentence begins a line, as man pages have it, and long ones
// go on in the next.
func writeText(w *strings.Builder, s string) {
	for _, sentence := range strings.SplitAfter(s, ". ") {
		line := ""
		for _, word := range strings.Fields(sentence) {
			if line != "" && len(line)+len(word) > lineBytes {
				w.WriteString(text(line) + "\n")
				line = ""
			}
			line = strings.TrimSpace(line + " " + word)
		}
		if line != "" {
			w.WriteString(text(line) + "\n")
		}
	}
}

// text is s with what the macros would take for themselves escaped.
func text(s string) string {
	s = strings.NewReplacer("\\", "\\e", "-", "\\-", "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = "\\&" + s
	}
	return s
}
