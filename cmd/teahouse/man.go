package main

import (
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/teahouse-im/teahouse/cmd/teahouse/manual"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

type manCommand struct {
	Date string `placeholder:"YYYY-MM-DD" help:"The date of the version, for the foot of the page."`
}

// Validate checks the date; kong calls it.
func (c manCommand) Validate() error {
	if _, err := time.Parse(time.DateOnly, c.Date); c.Date != "" && err != nil {
		return fmt.Errorf("--date %q: want a date such as 2026-11-30", c.Date)
	}
	return nil
}

// Run prints the page.
func (c manCommand) Run(parsed *kong.Context, w io.Writer) error {
	return manual.Write(w, parsed.Model, server.Version, c.Date)
}
