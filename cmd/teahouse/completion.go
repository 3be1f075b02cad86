package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/teahouse-im/teahouse/cmd/teahouse/completion"
)

type completionCommands struct {
	Bash  completionBash  `cmd:"" help:"Print the script for bash."`
	Zsh   completionZsh   `cmd:"" help:"Print the script for zsh."`
	Fish  completionFish  `cmd:"" help:"Print the script for fish."`
	Words completionWords `cmd:"" hidden:"" help:"Print what the last word of a command line can become; the scripts ask."`
}

type completionBash struct{}

// Run prints the script.
func (completionBash) Run(w io.Writer) error { return script(w, "bash") }

type completionZsh struct{}

// Run prints the script.
func (completionZsh) Run(w io.Writer) error { return script(w, "zsh") }

type completionFish struct{}

// Run prints the script.
func (completionFish) Run(w io.Writer) error { return script(w, "fish") }

func script(w io.Writer, shell string) error {
	_, err := io.WriteString(w, completion.Scripts[shell])
	return err
}

type completionWords struct {
	Words []string `arg:"" optional:"" help:"Those behind the name of the program."`
}

// Run prints a line for each, with its explanation behind a tabulator.
func (c completionWords) Run(parsed *kong.Context, w io.Writer) error {
	for _, word := range completion.Words(parsed.Model, c.Words) {
		text := word.Text
		if word.Help != "" {
			text += "\t" + word.Help
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}
