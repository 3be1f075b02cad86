package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

type versionCommand struct {
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run prints the version, and what the program was built from.
func (c versionCommand) Run(w io.Writer) error {
	b := server.ThisBuild()
	if c.JSON {
		return json.NewEncoder(w).Encode(b)
	}
	_, err := fmt.Fprintf(w, "teahouse %s %s %s\ncommit %s\nschema %d, of data folders\n",
		b.Version, b.Go, b.Platform, cmp.Or(b.Commit, "unknown"), b.Schema)
	return err
}
