// Package handbook makes the reference parts of the pages below docs/ out of what the program
// is made of: the descriptions of both doors (admin/openapi.yaml and admin/asyncapi.yaml), the
// table of commands, the table of codes, the webhooks with their golden files, the metrics of a
// server that runs, and the settings. It exists so that no fact of them is written down twice.
//
// A page is written by hand down to its mark; what follows the mark is made, and go generate
// makes it anew. Nothing here is part of the program.
//
// Start reading at [Pages], then page.go.
package handbook

//go:generate go test -run ^TestThePagesAreMade$ . -renew
